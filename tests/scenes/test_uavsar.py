import shutil
from contextlib import closing

import numpy as np
import pytest

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size
from satstudio.scenes.readers.uavsar import layout_of, parse_annotation
from satstudio.scenes.scene import open_scene

FOLDER = "data/open/sar_slc/uavsar"
SLC = "winnip_crop_L090HH_01.T1.slc"
REAL = "brazos_14937_17090_017_170903_L090_CX_01.ann"


@pytest.mark.parametrize("name", [SLC, "winnip_crop_L090HH_01.ann"])
def test_the_samples_lie_as_the_annotation_says(shared_data, name):
    path = shared_data / FOLDER / name
    expected = np.fromfile(path.with_name(SLC), "<c8").reshape(250, 250)
    with closing(open_scene(path)) as scene:
        assert (scene.driver, scene.dtype, scene.bands) == ("UAVSAR", "complex64", ("HH",))
        assert scene.grid.spacing_m == (0.6, 1.66551366)
        assert scene.band_info[0].date == "2017-08-31T17:55:51"
        assert np.array_equal(scene.read().pixels[0], expected)


def test_a_real_annotation_gives_the_size_of_its_huge_image(shared_data):
    values = parse_annotation((shared_data / FOLDER / REAL).read_text("utf-8"))
    layout = layout_of(shared_data / "any.slc", values)
    assert layout.size == Size(273921, 9900)
    assert layout.end_byte == 21_694_543_200  # as the annotation says of the file


def test_a_segment_of_a_stack_has_its_own_size(tmp_path):
    values = parse_annotation("slc_2_1x1 Rows (-) = 70\nslc_2_1x1 Columns (-) = 90\n")
    assert layout_of(tmp_path / "name_s2_1x1.slc", values).size == Size(70, 90)


def test_comments_and_units_are_no_part_of_a_value():
    text = "; a comment = 5\nslc_mag.set_rows (pixels) = 250 ; lines\nSite (&) = Brazos; TX\n"
    assert parse_annotation(text) == {"slc_mag.set_rows": "250", "Site": "Brazos"}


def test_a_file_that_is_too_short_is_refused(shared_data, tmp_path):
    for name in (SLC, "winnip_crop_L090HH_01.ann"):
        shutil.copyfile(shared_data / FOLDER / name, tmp_path / name)
    whole = (tmp_path / SLC).read_bytes()
    (tmp_path / SLC).write_bytes(whole[:-8])
    with pytest.raises(SceneReadError, match="500000 bytes, the file has 499992"):
        open_scene(tmp_path / SLC)


def test_an_annotation_without_its_data_names_what_is_missing(shared_data):
    with pytest.raises(SceneReadError, match="beside it lies no"):
        open_scene(shared_data / FOLDER / REAL)

"""Comparing: figures equal those of the metrics, one stretch for all, misfits are said."""

from contextlib import closing

import numpy as np
import pytest
from made import made_slc, write_geotiff
from PIL import Image

from satstudio.bench.compare import CompareRecipe, compare_scenes, figures_of
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.progress import Progress
from satstudio.metrics.measures.speckle import enl, ratio_image_stats
from satstudio.metrics.measures.structure import epi_ratio
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene


@pytest.fixture
def pair(tmp_path):
    """A complex scene and its intensity through a boxcar filter."""
    scene = made_slc(tmp_path, 96, 80)
    out = tmp_path / "boxcar.tif"
    return scene, restore_scene(scene, "baseline:boxcar", RestoreRecipe(), out, Progress())


def read(path):
    with closing(open_scene(path)) as scene:
        return scene.read()


def test_a_complex_scene_and_its_filtered_intensity_are_compared_as_power(pair):
    noisy, filtered = read(pair[0]), read(pair[1])
    found = figures_of(noisy, filtered)
    power = np.abs(noisy.pixels.astype(np.complex128)) ** 2
    made = filtered.pixels.astype(np.float64)
    assert found["enl"].value == pytest.approx(enl(made, mask=filtered.valid), rel=1e-6)
    assert found["enl"].value > 3 * enl(power)
    ratio = ratio_image_stats(power, made, mask=filtered.valid)
    assert dict(found["ratio_image_stats"].parts) == pytest.approx(ratio, rel=1e-6)
    edges = epi_ratio(power, made, mask=filtered.valid)
    assert found["epi_ratio"].value == pytest.approx(edges, rel=1e-6)
    assert all(one.definition for one in found.values())


def test_a_scene_is_best_against_itself(pair):
    scene = read(pair[0])
    found = figures_of(scene, scene)
    assert found["ratio_image_stats"].value == pytest.approx(1)
    assert found["epi_ratio"].value == pytest.approx(1)


def test_bytes_have_psnr_and_ssim_without_asking(tmp_path):
    values = np.arange(40 * 40, dtype=np.uint16).reshape(40, 40) % 200
    first = write_geotiff(tmp_path / "a.tif", values.astype(np.uint8))
    second = write_geotiff(tmp_path / "b.tif", (values + 5).astype(np.uint8))
    found = figures_of(read(first), read(second))
    assert found["mse"].value == pytest.approx(25)
    assert found["psnr"].value == pytest.approx(10 * np.log10(255**2 / 25))
    assert found["psnr"].data_range == 255
    assert found["ssim"].value < 1


def test_the_picture_shows_all_scenes_under_the_stretch_of_the_first(pair, tmp_path):
    recipe = CompareRecipe(window="8,8,64,48", max_px=128)
    out = tmp_path / "compare.png"
    made = compare_scenes([str(pair[0]), str(pair[1]), str(pair[0])], recipe, out, Progress())
    assert list(made.figures) == [pair[0].name, "boxcar.tif", f"{pair[0].name} (2)"]
    with Image.open(out) as picture:
        assert picture.width > 2 * 48
        colours = np.asarray(picture.convert("L"))
    assert len(np.unique(colours)) > 50


def test_scenes_of_other_sizes_are_refused(pair, tmp_path):
    small = made_slc(tmp_path, 40, 40, name="small.tif")
    with pytest.raises(GridMismatchError, match="same grid"):
        compare_scenes([str(pair[0]), str(small)], CompareRecipe(), tmp_path / "no.png", Progress())
    assert not (tmp_path / "no.png").exists()


def test_one_scene_alone_is_nothing_to_compare(pair, tmp_path):
    with pytest.raises(InputError, match="at least one result"):
        compare_scenes([str(pair[0])], CompareRecipe(), tmp_path / "no.png", Progress())

"""Sentinel-1 products: images by swath and polarisation, burst seams without data."""

import math
import shutil
import zipfile
from contextlib import closing

import numpy as np
import pytest
from made_safe import BURSTS, COLS, ROWS, made_safe, plain_tiff

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.crop import crop_scene
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.scene import list_images, open_scene


def seams() -> np.ndarray:
    line = np.arange(ROWS) % (ROWS // BURSTS)
    good = (line >= 2) & (line < ROWS // BURSTS - 2)
    col = np.arange(COLS)
    return good[:, np.newaxis] & (col >= 5) & (col <= 79)


def test_images_are_named_by_swath_and_polarisation(tmp_path):
    safe = made_safe(tmp_path)
    assert [info.name for info in list_images(safe)] == ["iw1/vv", "iw2/vh"]
    assert [info.title for info in list_images(safe / "manifest.safe")] == ["IW1 VV", "IW2 VH"]
    with closing(open_scene(safe)) as scene:
        assert scene.image == "iw1/vv"
        assert scene.address == f"{safe}#iw1/vv"
    with closing(open_scene(f"{safe}/manifest.safe#iw2/vh")) as scene:
        assert scene.bands == ("VH",)
        assert scene.path == safe
    with pytest.raises(SceneReadError, match="no image 'iw3/vv': it has iw1/vv, iw2/vh"):
        open_scene(f"{safe}#iw3/vv")


def test_the_annotation_tells_place_spacing_date_and_polarisation(tmp_path):
    with closing(open_scene(made_safe(tmp_path))) as scene:
        assert (scene.dtype, scene.quantity, scene.driver) == ("complex_int16", "complex", "SAFE")
        ground = 2.33 / math.sin(math.radians(40))
        assert scene.grid.spacing_m == pytest.approx((13.9, ground))
        assert scene.band_info[0].date == "2022-09-18T07:49:39.530512"
        assert scene.band_info[0].polarisation == "VV"
        assert scene.tags["MISSION"] == "S1A"
        assert len(scene.grid.gcps) == 16
        assert scene.levels[0] == (1, 1)
        # line 20, pixel 30 of the annotation is the centre of that pixel
        found = Locator(scene.grid).lonlat(20.5, 30.5)
        assert found == pytest.approx((15.0006, 44.998), abs=1e-6)


def test_seams_between_bursts_have_no_data(tmp_path):
    with closing(open_scene(made_safe(tmp_path))) as scene:
        assert np.array_equal(scene.read().valid, seams())
        window = Window(13, 2, 30, 60)
        assert np.array_equal(scene.read(window).valid, seams()[window.slices])
        sample = scene.sample()
        assert sample.pixels.shape[2] == seams().sum()


@pytest.mark.parametrize("shape", [Size(30, 45), Size(20, 30), Size(7, 11), Size(60, 9)])
def test_a_coarse_picture_never_takes_a_seam_for_data(tmp_path, shape):
    safe = made_safe(tmp_path)
    path = next((safe / "measurement").glob("*iw1*"))
    plain_tiff(path, seams() * 1000 + 0j, "complex_int16")
    with closing(open_scene(safe)) as scene:
        raster = scene.read(shape=shape)
    assert raster.valid.any()
    assert (raster.pixels[0][raster.valid] == 1e6).all()


def test_a_crop_of_a_product_keeps_seams_and_place(tmp_path):
    safe = made_safe(tmp_path)
    window = Window(10, 8, 40, 70)
    out = crop_scene(f"{safe}#iw2/vh", window, tmp_path / "out.tif", Progress())
    with closing(open_scene(out)) as cropped, closing(open_scene(f"{safe}#iw2/vh")) as scene:
        assert np.array_equal(cropped.read().pixels, scene.read(window).pixels)
        assert np.array_equal(cropped.read().valid, seams()[window.slices])
        assert cropped.dtype == "complex_int16"
        assert cropped.grid.spacing_m == pytest.approx(scene.grid.spacing_m)
        assert cropped.band_info == scene.band_info
        before = Locator(scene.grid).lonlat(30, 40)
        assert Locator(cropped.grid).lonlat(20, 32) == pytest.approx(before, abs=1e-9)


def test_zero_is_no_data_where_nothing_tells_of_bursts(tmp_path):
    safe = made_safe(tmp_path, ("s3/hh",), bursts=0)
    path = next((safe / "measurement").glob("*.tiff"))
    plain_tiff(path, seams() * 1000 + 0j, "complex_int16")
    with closing(open_scene(safe)) as scene:
        assert np.array_equal(scene.read().valid, seams())


def test_a_product_without_annotation_still_shows_its_pixels(tmp_path):
    safe = made_safe(tmp_path)
    shutil.rmtree(safe / "annotation")
    with closing(open_scene(safe)) as scene:
        assert scene.bands == ("VV",)
        assert scene.grid.gcps == ()
        assert scene.read().pixels.any()


def test_ground_range_products_are_amplitudes(tmp_path):
    safe = made_safe(tmp_path, ("iw/vv", "iw/vh"), kind="GRD", bursts=0)
    with closing(open_scene(f"{safe}#iw/vh")) as scene:
        assert (scene.dtype, scene.quantity, scene.is_complex) == ("uint16", "amplitude", False)
        assert scene.grid.spacing_m == pytest.approx((13.9, 2.33))
        assert scene.read().valid.all()


def test_images_of_one_swath_are_told_apart_by_number(tmp_path):
    safe = made_safe(tmp_path, ("wv1/vv", "wv2/vv", "wv1/vv"))
    names = [info.name for info in list_images(safe)]
    assert names == ["wv1/vv/001", "wv1/vv/003", "wv2/vv"]


def test_a_packed_product_opens_where_it_is(tmp_path):
    safe = made_safe(tmp_path)
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in safe.rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    with (
        closing(open_scene(f"{packed}#iw2/vh")) as scene,
        closing(open_scene(f"{safe}#iw2/vh")) as a,
    ):
        assert np.array_equal(scene.read().pixels, a.read().pixels)
        assert scene.grid.gcps == a.grid.gcps


def test_a_product_without_pixels_or_with_a_broken_annotation_says_so(tmp_path):
    safe = made_safe(tmp_path)
    broken = next((safe / "annotation").glob("*iw1*"))
    broken.write_text("<product><adsHeader>")
    with pytest.raises(SceneReadError, match="no Sentinel-1 annotation"):
        open_scene(safe)
    shutil.rmtree(safe / "measurement")
    with pytest.raises(SceneReadError, match="no measurement images"):
        open_scene(safe)


def test_the_real_crop_has_the_place_of_its_annotation(open_data):
    (safe,) = (open_data / "sar_slc/safe_crop").glob("*.SAFE")
    with closing(open_scene(f"{safe}#iw3/vv")) as scene:
        assert len(scene.grid.gcps) == 210
        assert scene.read().valid.all()
        lon, lat = Locator(scene.grid).lonlat(300, 700)
    assert (lon, lat) == pytest.approx((-27.2, 39.0), abs=0.5)  # the Azores


def test_the_full_size_product_is_read_in_part_only(open_data):
    (path,) = (open_data / "sar_slc/safe_full_size").glob("*.zip")
    assert [info.name for info in list_images(path)] == ["iw1/vh", "iw1/vv", "iw2/vh"]
    with closing(open_scene(f"{path}#iw1/vv")) as scene:
        assert scene.grid.size == Size(13509, 21632)
        assert not scene.read(Window(0, 0, 4, 21632)).valid[0].any()  # a border
        assert scene.read(Window(700, 10_000, 64, 64)).valid.all()

"""FITS images: rows from the top, planes as bands, scaled integers, gaps, damage."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.scenes.readers.fits import is_fits
from satstudio.scenes.scene import list_images, open_scene

fits = pytest.importorskip("astropy.io.fits", reason="astropy, satstudio[fits], is not installed")
RNG = np.random.default_rng(2)


def written(path, *images, **header):
    """Write images, the first as the primary one, the others as named extensions."""
    units = [fits.PrimaryHDU(images[0])]
    units += [fits.ImageHDU(image, name=name) for name, image in images[1:]]
    units[0].header.update(header)
    fits.HDUList(units).writeto(path)
    return path


def read(path, *window, **how):
    with closing(open_scene(path)) as scene:
        return scene.read(Window(*window) if window else None, **how)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_values_and_types_are_kept_and_the_last_row_is_the_first(tmp_path, dtype):
    values = (RNG.random((9, 7)) * 200 + 1).astype(dtype)
    path = written(tmp_path / "a.fits", values)
    with closing(open_scene(path)) as scene:
        assert scene.dtype == np.dtype(dtype).name
        assert (scene.grid.size, scene.driver) == (Size(9, 7), "FITS")
        raster = scene.read()
    assert raster.pixels.dtype.isnative
    np.testing.assert_array_equal(raster.pixels[0], values[::-1])
    assert raster.valid.all()


def test_a_window_and_a_coarser_reading_are_parts_of_the_whole(tmp_path):
    path = written(tmp_path / "a.fits", RNG.random((3, 20, 30)).astype(np.float32))
    whole = read(path).pixels
    assert whole.shape == (3, 20, 30)
    np.testing.assert_array_equal(read(path, 4, 5, 6, 7).pixels, whole[:, 4:10, 5:12])
    coarse = read(path, 2, 0, 18, 30, shape=Size(6, 10), bands=[2]).pixels
    np.testing.assert_array_equal(coarse, whole[[2], 2:20:3, 0:30:3])


def test_what_has_no_value_is_not_valid(tmp_path):
    values = RNG.random((6, 6)).astype(np.float32)
    values[0, 2] = np.nan
    assert not read(written(tmp_path / "a.fits", values)).valid[5, 2]
    unit = fits.PrimaryHDU(np.array([[1, 2], [-99, 4]], np.int16))
    unit.header["BLANK"] = -99
    unit.writeto(tmp_path / "blank.fits")
    assert read(tmp_path / "blank.fits").valid.tolist() == [[False, True], [True, True]]


def test_scaled_integers_come_as_what_they_stand_for(tmp_path):
    unit = fits.PrimaryHDU(np.arange(6, dtype=np.int16).reshape(2, 3))
    unit.header["BSCALE"], unit.header["BZERO"] = 0.5, 10.0
    unit.writeto(tmp_path / "a.fits")
    assert read(tmp_path / "a.fits").pixels.tolist() == [[[11.5, 12, 12.5], [10, 10.5, 11]]]


def test_a_file_of_several_images_lists_them_and_tables_are_none(tmp_path):
    science, error = RNG.random((4, 5)), RNG.random((6, 5))
    table = fits.BinTableHDU.from_columns([fits.Column("flux", "E", array=[1.0, 2.0])])
    units = [fits.PrimaryHDU(), fits.ImageHDU(science, name="SCI"), table]
    fits.HDUList([*units, fits.ImageHDU(error, name="ERR"), fits.ImageHDU(error)]).writeto(
        tmp_path / "many.fits"
    )
    path = tmp_path / "many.fits"
    assert [info.name for info in list_images(path)] == ["SCI", "ERR", "hdu4"]
    np.testing.assert_array_equal(read(path).pixels[0], science[::-1])
    np.testing.assert_array_equal(read(f"{path}#ERR").pixels[0], error[::-1])
    with pytest.raises(SceneReadError, match=r"no image 'DQ': it has SCI, ERR"):
        open_scene(f"{path}#DQ")


def test_images_that_are_packed_inside_are_read(tmp_path):
    values = (np.mgrid[0:80, 0:60][0] * 10).astype(np.int16)  # takes less room than it is large
    packed = fits.CompImageHDU(values, compression_type="RICE_1")
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tmp_path / "a.fits.fz")
    found = read(tmp_path / "a.fits.fz", 3, 4, 10, 12).pixels[0]
    np.testing.assert_array_equal(found, values[::-1][3:13, 4:16])


def test_packed_pixels_that_are_damaged_are_one_sentence(tmp_path):
    values = (RNG.random((80, 60)) * 1000).astype(np.int16)
    packed = fits.CompImageHDU(values, compression_type="RICE_1")
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tmp_path / "a.fits.fz")
    whole = bytearray((tmp_path / "a.fits.fz").read_bytes())
    place = whole.find(b"ZCMPTYPE") // 2880 * 2880 + 2880 * 2 + 80 * 8
    whole[place : place + 400] = bytes(400)
    (tmp_path / "a.fits.fz").write_bytes(whole)
    with pytest.raises(SceneReadError, match=r"^Cannot (open|read) a\.fits\.fz: [^\n]*$"):
        read(tmp_path / "a.fits.fz")


def test_threads_that_read_at_once_see_the_same(tmp_path):
    path = written(tmp_path / "a.fits", RNG.random((3, 60, 50)).astype(np.float32))
    windows = [Window(row, col, 20, 25) for row in (0, 20, 40) for col in (0, 25)] * 8
    with closing(open_scene(path)) as scene, ThreadPoolExecutor(4) as pool:
        whole = scene.read().pixels
        for window, found in zip(windows, pool.map(scene.read, windows), strict=True):
            np.testing.assert_array_equal(found.pixels, whole[:, *window.slices])


def test_axes_of_one_step_are_none_and_real_cubes_of_four_axes_no_image(tmp_path):
    assert read(written(tmp_path / "a.fits", np.ones((1, 2, 3, 4)))).pixels.shape == (2, 3, 4)
    with pytest.raises(SceneReadError, match="holds no image"):
        open_scene(written(tmp_path / "b.fits", np.ones((2, 2, 3, 4))))


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.9])
def test_a_file_that_is_cut_short_is_refused(tmp_path, share):
    path = written(tmp_path / "a.fits", RNG.random((100, 90)))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * 2880 * 26)])
    with pytest.raises(SceneReadError, match=r"a\.fits"):
        read(path)


def test_a_header_of_senseless_values_is_one_sentence(tmp_path):
    path = written(tmp_path / "a.fits", RNG.random((10, 9)))
    whole = path.read_bytes()
    for old, new in ((b"=                   10", b"= 99999999999999999999"), (b"= ", b"=!"),
                     (b"BITPIX  =                  -64", b"BITPIX  =                    7"),
                     (b"NAXIS   ", b"NAXIX   "), (b"END", b"DNE")):  # fmt: skip
        path.write_bytes(whole.replace(old, new))
        with pytest.raises(SceneReadError, match=r"^Cannot (open|read) a\.fits: [^\n]*$"):
            read(path)


def test_without_astropy_it_says_what_to_install(tmp_path, monkeypatch):
    path = written(tmp_path / "a.fits", np.ones((2, 2)))
    monkeypatch.setitem(sys.modules, "astropy.io", None)
    with pytest.raises(SceneReadError, match=r"package astropy; install satstudio\[fits\]"):
        open_scene(path)


def test_a_real_image_of_a_galaxy_opens(open_data):
    path = open_data / "astro/m101_swiftx.fits"
    assert is_fits(path)
    assert not is_fits(open_data / "astro")
    raster = read(path)
    assert raster.pixels.shape == (1, 140, 140)
    with fits.open(path) as file:
        np.testing.assert_array_equal(raster.pixels[0], file[0].data[::-1])

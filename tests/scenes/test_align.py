"""A scene on another's grid: right places, whole = windows, told in the result."""

from contextlib import closing

import numpy as np
import pytest
from made import TRANSFORM, gcps, phase_ramp, speckle, write_geotiff
from rasterio.transform import Affine

from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.scenes.geometry.align import ALIGNED_TAG, aligned
from satstudio.scenes.scene import open_scene

GEO = Affine(1e-4, 0, 15.0, 0, -1e-4, 45.15)
"""Degrees, on the ground of TRANSFORM."""


def plane(rows, cols, step=1.0, row=0.0, col=0.0):
    """Values that say where a pixel's centre lies: 3 rows + 7 columns, in pixels of TRANSFORM."""
    down, across = np.mgrid[:rows, :cols]
    return (3 * (row + (down + 0.5) * step) + 7 * (col + (across + 0.5) * step)).astype(np.float32)


def grid_of(transform, rows, cols, crs):
    return GeoGrid(Size(rows, cols), transform.to_gdal(), crs)


@pytest.fixture
def scene(tmp_path):
    opened = open_scene(write_geotiff(tmp_path / "plane.tif", plane(60, 50), nodata=-1))
    yield opened
    opened.close()


@pytest.mark.parametrize(("step", "row", "col"), [(0.5, 0, 0), (1.0, 3.25, 7.5), (0.37, 8, 2)])
def test_values_come_from_the_same_ground(scene, tmp_path, step, row, col):
    there = TRANSFORM * Affine.translation(col, row) * Affine.scale(step)
    with closing(aligned(scene, grid_of(there, 40, 36, scene.grid.crs))) as moved:
        found = moved.read()
    inside = found.valid[0] if found.valid.ndim == 3 else found.valid
    wanted = plane(40, 36, step, row, col)
    deep = inside.copy()
    deep[0], deep[:, 0] = False, False  # at the scene's edge there is nothing to interpolate with
    np.testing.assert_allclose(found.pixels[0][deep], wanted[deep], rtol=2e-3)
    assert inside.mean() > 0.9


def test_pixels_twice_as_large_are_means(scene):
    there = grid_of(TRANSFORM * Affine.scale(2), 30, 25, scene.grid.crs)
    with closing(aligned(scene, there)) as coarse:
        found = coarse.read().pixels[0]
        assert "mean of 2 x 2" in coarse.tags[ALIGNED_TAG]
    own = plane(60, 50).reshape(30, 2, 25, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(found[1:-1, 1:-1], own[1:-1, 1:-1], rtol=1e-5)


def test_a_grid_moved_by_whole_pixels_gives_the_pixels_themselves(tmp_path):
    samples = speckle(40, 40)
    with closing(open_scene(write_geotiff(tmp_path / "slc.tif", samples))) as slc:
        there = grid_of(TRANSFORM * Affine.translation(5, 3), 20, 20, slc.grid.crs)
        np.testing.assert_allclose(
            aligned(slc, there).read().pixels[0], samples[3:23, 5:25], atol=1e-5
        )


def test_complex_samples_keep_their_spectrum(tmp_path):
    ramp = phase_ramp(64, 64, 0.2, -0.25)
    with closing(open_scene(write_geotiff(tmp_path / "ramp.tif", ramp))) as slc:
        there = grid_of(TRANSFORM * Affine.translation(0.5, 0.5), 60, 60, slc.grid.crs)
        found = aligned(slc, there).read().pixels[0][8:-8, 8:-8]
    wanted = phase_ramp(64, 64, 0.2, -0.25)[8:52, 8:52] * np.exp(2j * np.pi * 0.5 * (0.2 - 0.25))
    assert np.abs(found - wanted).max() < 0.05  # linear: 0.4


@pytest.mark.parametrize("how", ["degrees", "gcps"])
def test_any_window_has_the_pixels_of_the_whole(tmp_path, scene, how):
    if how == "gcps":
        source = open_scene(
            write_geotiff(tmp_path / "gcp.tif", plane(60, 50), gcps=gcps(60, 50), nodata=-1)
        )
        there = grid_of(Affine(1.3e-4, 0, 15.0005, 0, -0.9e-4, 44.9995), 40, 30, "EPSG:4326")
    else:
        source = scene
        there = grid_of(GEO * Affine.rotation(3), 48, 44, "EPSG:4326")
    with closing(source):
        whole = aligned(source, there)
        all_of_it = whole.read()
        assert all_of_it.valid.mean() > 0.2
        for window in (Window(0, 0, 1, 1), Window(11, 3, 17, 26), Window(30, 20, 5, 9)):
            part = whole.read(window)
            np.testing.assert_array_equal(part.pixels, all_of_it.pixels[:, *window.slices])
            np.testing.assert_array_equal(part.valid, all_of_it.valid[window.slices])


def test_beyond_the_scene_and_in_its_holes_there_are_no_data(tmp_path):
    values = plane(40, 40)
    values[10:14, 20:25] = -1
    with closing(open_scene(write_geotiff(tmp_path / "h.tif", values, nodata=-1))) as holed:
        there = grid_of(TRANSFORM * Affine.translation(-5, -5), 60, 60, holed.grid.crs)
        found = aligned(holed, there).read()
    wanted = np.zeros((60, 60), bool)
    wanted[5:45, 5:45] = True
    wanted[15:19, 25:30] = False
    np.testing.assert_array_equal(found.valid, wanted)


def test_classes_are_those_of_the_nearest_pixel(tmp_path):
    classes = np.random.default_rng(0).integers(0, 9, (30, 30)).astype(np.uint8)
    path = write_geotiff(tmp_path / "c.tif", classes)
    with closing(open_scene(f"{path}#quantity=class")) as scene:
        there = grid_of(TRANSFORM * Affine.scale(1 / 2), 60, 60, scene.grid.crs)
        found = aligned(scene, there).read().pixels[0]
    np.testing.assert_array_equal(found, classes.repeat(2, 0).repeat(2, 1))


def test_decibels_are_mixed_as_power(tmp_path):
    db = np.zeros((8, 8), np.float32)
    db[:, 4:] = 20
    path = write_geotiff(tmp_path / "db.tif", db)
    with closing(open_scene(f"{path}#quantity=db")) as scene:
        there = grid_of(TRANSFORM * Affine.translation(0.5, 0), 8, 7, scene.grid.crs)
        found = aligned(scene, there).read().pixels[0]
    np.testing.assert_allclose(found[4, 3], 10 * np.log10((1 + 100) / 2), rtol=1e-5)


def test_what_has_no_place_is_not_aligned(scene):
    with pytest.raises(GridMismatchError, match="does not say where it lies"):
        aligned(scene, GeoGrid(Size(4, 4)))

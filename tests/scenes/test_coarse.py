"""A zoomed-out reading is the mean power of the pyramid, at any window and shape."""

import shutil
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import made_complex, speckle, write_geotiff

from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.pyramid.coarse import level_for
from satstudio.scenes.scene import Scene, open_scene

ROWS, COLS = 530, 610


def attached(scene: Scene) -> Scene:
    build_pyramid(scene.source, scene.identity, Progress())
    scene.attach_pyramid(open_pyramid(scene.identity))
    return scene


def test_coarse_readings_are_mean_power_once_there_is_a_pyramid(tmp_path):
    pixels = speckle(512, 1024)
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", pixels))) as scene:
        assert not scene.has_pyramid
        attached(scene)
        assert scene.has_pyramid
        raster = scene.read(shape=Size(128, 256))
        blocks = (np.abs(pixels) ** 2).reshape(128, 4, 256, 4).mean(axis=(1, 3))
        assert (raster.sampling, raster.quantity) == ("mean", "power")
        assert raster.pixels[0] == pytest.approx(blocks, rel=0.01)
        part = scene.read(Window(256, 512, 256, 512), Size(64, 128))
        assert part.pixels[0] == pytest.approx(blocks[64:, 128:], rel=0.01)
        assert scene.read(Window(0, 0, 64, 64)).sampling == "full"


def test_a_pyramid_that_vanished_is_done_without(tmp_path, home):
    with closing(open_scene(made_complex(tmp_path, 600, 600))) as scene:
        attached(scene)
        shutil.rmtree(home / "cache")
        assert scene.read(shape=Size(100, 100)).sampling == "nearest"
        assert not scene.has_pyramid


@pytest.fixture(scope="module")
def averaged(tmp_path_factory):
    """A scene with its pyramid, and the power of its pixels."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SATSTUDIO_HOME", str(tmp_path_factory.mktemp("kept")))
    pixels = speckle(ROWS, COLS)
    scene = open_scene(write_geotiff(tmp_path_factory.mktemp("scene") / "a.tif", pixels))
    pyramid = open_pyramid_of(scene)
    yield scene, pyramid, np.abs(pixels) ** 2
    scene.close()
    patch.undo()


def open_pyramid_of(scene):
    attached(scene)
    return open_pyramid(scene.identity)


@given(data=st.data())
def test_each_pixel_is_the_mean_of_a_block_it_lies_in(averaged, data):
    scene, pyramid, power = averaged
    row, col = data.draw(st.integers(0, ROWS - 8)), data.draw(st.integers(0, COLS - 8))
    window = Window(
        row, col, data.draw(st.integers(8, ROWS - row)), data.draw(st.integers(8, COLS - col))
    )
    shape = Size(
        data.draw(st.integers(1, window.rows // 2)), data.draw(st.integers(1, window.cols // 2))
    )
    raster = scene.read(window, shape)
    assert raster.sampling == "mean"
    assert raster.valid.all()
    down, across = pyramid.levels[level_for(pyramid, window, shape)]
    i = data.draw(st.integers(0, shape.rows - 1))
    j = data.draw(st.integers(0, shape.cols - 1))
    r = int(window.row + (i + 0.5) * window.rows / shape.rows) // down * down
    c = int(window.col + (j + 0.5) * window.cols / shape.cols) // across * across
    expected = power[r : r + down, c : c + across].mean()
    assert raster.pixels[0, i, j] == pytest.approx(expected, rel=0.01)

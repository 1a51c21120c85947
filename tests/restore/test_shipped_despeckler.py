"""The despeckler that comes with the program: the same pixels whatever the tiles."""

from contextlib import closing

import numpy as np
import pytest

from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_raster, restore_scene
from satstudio.scenes.scene import open_scene

MODEL = resources_folder() / "models/despeckler.onnx"
SAMPLE = resources_folder() / "demo/sample_slc.tif"
WINDOW = Window(900, 333, 301, 397)
AGREE = 1e-5
"""Of the largest output."""


@pytest.fixture(scope="module")
def expected():
    with closing(open_scene(SAMPLE)) as scene:
        return restore_raster(scene, MODEL, RestoreRecipe(window=WINDOW)).pixels[0]


@pytest.mark.parametrize("tile_px", [100, 128, 320])
def test_any_tile_size_gives_the_same_pixels(expected, tile_px):
    with closing(open_scene(SAMPLE)) as scene:
        recipe = RestoreRecipe(window=WINDOW, tile_px=tile_px)
        found = restore_raster(scene, MODEL, recipe).pixels[0]
    assert np.abs(found - expected).max() <= AGREE * expected.max()


def test_without_its_halo_seams_are_seen(expected):
    with closing(open_scene(SAMPLE)) as scene:
        recipe = RestoreRecipe(window=WINDOW, tile_px=128, halo_px=0)
        found = restore_raster(scene, MODEL, recipe).pixels[0]
    assert np.abs(found - expected).max() > 100 * AGREE * expected.max()


def test_a_window_is_that_part_of_the_whole_scene(expected, tmp_path):
    larger = Window(860, 300, 360, 500)
    out = restore_scene(SAMPLE, MODEL, RestoreRecipe(window=larger), tmp_path / "o.tif", Progress())
    inside = WINDOW.moved(-larger.row, -larger.col)
    with closing(open_scene(out)) as restored:
        found = restored.read(inside).pixels[0]
    assert np.abs(found - expected).max() <= AGREE * expected.max()

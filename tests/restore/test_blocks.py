"""Blocks and tiles cover each pixel once; beyond the edge a scene is mirrored."""

from contextlib import closing

import numpy as np
import pytest
import rasterio
from hypothesis import assume, given
from hypothesis.strategies import integers, sampled_from
from made import made_complex, write_geotiff

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.restore.blocks import BlockReader, TileGrid, block_side, plan_blocks
from satstudio.scenes.scene import open_scene


@given(
    row=integers(0, 50), rows=integers(1, 120), cols=integers(1, 120), tile=integers(1, 12),
    halo=integers(0, 9), multiple=sampled_from([1, 2, 4, 8]), side=integers(8, 90),
)  # fmt: skip
def test_blocks_and_their_tiles_cover_each_pixel_once(row, rows, cols, tile, halo, multiple, side):
    tile = tile * 8
    assume(tile - 2 * -(-halo // multiple) * multiple >= multiple)
    grid = TileGrid(tile, halo, multiple)
    window = Window(row, 3, rows, cols)
    kept = np.zeros((row + rows, 3 + cols), int)
    for block in plan_blocks(window, grid, side):
        kept[block.keep.slices] += 1
        for first in grid.starts(block.keep.row, block.keep.end_row):
            assert first % multiple == 0
            assert block.read.row <= first - halo
            assert first - grid.margin + tile <= block.read.end_row
    assert (kept[window.slices] == 1).all()
    assert kept.sum() == window.size.pixels


@given(step=integers(1, 900), size=sampled_from([4, 8, 32, 200]))
def test_blocks_are_bounded_and_waste_little(step, size):
    grid = TileGrid(step, 0)
    side = block_side(grid, size)
    assert side * side * size <= 2 * 24 * 2**20 or side in (256, step)
    if 8 <= step <= 128 and size == 8:
        assert -(-side // step) * step / side < 1.1


@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (2, 5), (20, 31)])
def test_beyond_its_edges_a_scene_is_mirrored(tmp_path, rows, cols):
    values = np.arange(rows * cols, dtype=np.float32).reshape(rows, cols)
    with closing(open_scene(write_geotiff(tmp_path / "s.tif", values))) as scene:
        found = BlockReader(scene, [0]).read(Window(-7, -9, rows + 30, cols + 20)).values[0]
    np.testing.assert_array_equal(found, np.pad(values, ((7, 23), (9, 11)), mode="reflect"))


def test_what_has_no_data_is_filled_with_the_same_typical_value_everywhere(tmp_path):
    scene_path = made_complex(tmp_path, 60, 60)

    with rasterio.open(scene_path, "r+") as dataset:
        samples = dataset.read(1)
        samples[10:20] = np.nan
        dataset.write(samples, 1)
    with closing(open_scene(scene_path)) as scene:
        reader = BlockReader(scene, [0])
        first = reader.filled(reader.read(Window(0, 0, 15, 60)))
        second = reader.filled(reader.read(Window(12, 5, 48, 10)))
    assert len({*first[0, 10:].ravel(), *second[0, :8].ravel()}) == 1
    assert np.abs(first[0, 12, 3]) ** 2 == pytest.approx(np.log(2), rel=0.1)  # median of power


def test_a_tile_without_room_is_refused():
    with pytest.raises(InputError, match="no room"):
        TileGrid(16, 8)
    with pytest.raises(InputError, match="multiples of 8"):
        TileGrid(20, 0, 8)

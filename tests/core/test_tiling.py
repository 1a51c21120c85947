"""Tiles keep each pixel once and read a halo around what they keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.tiling import plan_tiles


@given(rows=integers(1, 200), cols=integers(1, 200), step=integers(8, 64), halo=integers(0, 16))
def test_each_pixel_is_kept_by_exactly_one_tile(rows, cols, step, halo):
    kept = np.zeros((rows, cols), int)
    for tile in plan_tiles(Size(rows, cols), tile_px=step + 2 * halo, halo_px=halo):
        kept[tile.keep.slices] += 1
    assert (kept == 1).all()


@given(rows=integers(1, 200), cols=integers(1, 200), step=integers(8, 64), halo=integers(0, 16))
def test_a_tile_reads_the_halo_around_what_it_keeps(rows, cols, step, halo):
    for tile in plan_tiles(Size(rows, cols), tile_px=step + 2 * halo, halo_px=halo):
        assert tile.read == tile.keep.grown(halo)
        assert tile.inner == Window(halo, halo, tile.keep.rows, tile.keep.cols)
        assert max(tile.read.rows, tile.read.cols) <= step + 2 * halo


def test_a_halo_that_leaves_nothing_is_refused():
    with pytest.raises(InputError, match="no room"):
        list(plan_tiles(Size(10, 10), tile_px=16, halo_px=8))

import numpy as np
from hypothesis import given
from hypothesis.strategies import floats, integers

from satstudio.core.grid import Size, Window
from satstudio.gui.kit.scenes.tile_grid import Tile, TileGrid, by_distance
from satstudio.scenes.pyramid.levels import plan_levels

sides = integers(1, 3000)


def grid_of(rows, cols, aspect=1.0):
    size = Size(rows, cols)
    return TileGrid(size, plan_levels(size, aspect))


@given(sides, sides, floats(0.2, 6))
def test_the_tiles_of_each_level_cover_each_pixel_once(rows, cols, aspect):
    grid = grid_of(rows, cols, aspect)
    for level in range(len(grid.levels)):
        seen = np.zeros((rows, cols), np.uint8)
        for tile in grid.covering(level, Window.whole(grid.size)):
            seen[grid.window(tile).slices] += 1
        assert (seen == 1).all()


@given(sides, sides, integers(0, 2999), integers(0, 2999), integers(1, 900), integers(1, 900))
def test_the_tiles_of_a_window_are_those_that_touch_it(rows, cols, row, col, high, wide):
    grid = grid_of(rows, cols)
    window = Window(row, col, high, wide).clipped(grid.size)
    if window.rows == 0 or window.cols == 0:
        return
    whole = grid.covering(0, Window.whole(grid.size))
    touching = {tile for tile in whole if grid.window(tile).overlaps(window)}
    assert set(grid.covering(0, window)) == touching


@given(sides, sides, floats(0.2, 6))
def test_an_ancestor_covers_all_of_its_tile(rows, cols, aspect):
    grid = grid_of(rows, cols, aspect)
    for tile in grid.covering(0, Window.whole(grid.size))[::7]:
        for ancestor in grid.ancestors(tile):
            assert grid.window(tile).clipped(grid.size).is_inside(grid.size)
            outer, inner = grid.window(ancestor), grid.window(tile)
            assert outer.row <= inner.row
            assert outer.col <= inner.col
            assert outer.end_row >= inner.end_row
            assert outer.end_col >= inner.end_col
            row, col, high, wide = grid.part(tile, ancestor)
            shape = grid.shape(ancestor)
            assert row >= 0
            assert col >= 0
            assert row + high <= shape.rows + 1e-6
            assert col + wide <= shape.cols + 1e-6


def test_the_top_level_is_one_tile():
    grid = grid_of(20_000, 12_345)
    assert grid.count(grid.top) == Size(1, 1)


def test_the_tile_at_the_cursor_comes_first():
    grid = grid_of(2048, 2048)
    tiles = grid.covering(0, Window.whole(grid.size))
    assert by_distance(tiles, grid, 1000, 300)[0] == Tile(0, 3, 1)
    assert by_distance([], grid, 0, 0) == []

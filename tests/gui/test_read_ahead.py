from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.tiles.read_ahead import tiles_ahead
from satstudio.gui.kit.scenes.tile_grid import TileGrid

GRID = TileGrid(Size(4096, 4096), ((1, 1), (2, 2), (4, 4), (8, 8)))
VIEW = Window(1024, 1024, 1024, 1024)
CENTRE = (1536.0, 1536.0)


def levels(zoom, level=1):
    return [tile.level for tile in tiles_ahead(GRID, level, VIEW, CENTRE, zoom)]


def test_of_a_view_that_moves_what_lies_around_comes_first():
    assert levels(1)[0] == 1
    assert set(levels(1)) == {1, 2}


def test_of_a_view_that_grows_the_finer_tiles_that_will_fill_it_come_first():
    ahead = tiles_ahead(GRID, 1, VIEW, CENTRE, 2.0)
    finer = [tile for tile in ahead if tile.level == 0]
    assert ahead[: len(finer)] == finer
    covered = [GRID.window(tile) for tile in finer]
    assert min(window.row for window in covered) == 1280
    assert max(window.end_row for window in covered) == 2048


def test_of_a_view_that_shrinks_the_coarser_tiles_come_first_with_those_around():
    ahead = tiles_ahead(GRID, 1, VIEW, CENTRE, 0)
    assert ahead[0].level == 2
    around = [GRID.window(tile) for tile in ahead if tile.level == 2]
    assert min(window.row for window in around) < VIEW.row


def test_nothing_is_finer_than_the_finest_nor_coarser_than_the_coarsest():
    assert set(levels(1.5, level=0)) == {0, 1}
    assert set(levels(0, level=3)) == {3}

"""tiles_ahead: which tiles will be seen next, from where the view is going."""

from satstudio.core.grid import Window
from satstudio.gui.kit.scenes.tile_grid import Tile, TileGrid, by_distance

Place = tuple[float, float]


def tiles_ahead(
    grid: TileGrid, level: int, window: Window, place: Place, zoom: float
) -> list[Tile]:
    """Return tiles worth reading while nothing is missing, most likely ones first.

    Parameters
    ----------
    window : what is in view
    place : (row, col) of the scene around which one zooms
    zoom : of a view that grows, by how much it may yet until the finer level is shown; 0 while
        it shrinks, 1 while it only moves
    """
    ring = by_distance(grid.covering(level, window, margin=1), grid, *place)
    coarser = grid.covering(level + 1, window, margin=1) if level < grid.top else []
    if zoom == 0:
        return coarser + ring
    if level == 0 or zoom == 1:
        return ring + coarser
    closer = _shrunk(window, place, zoom).clipped(grid.size)
    return by_distance(grid.covering(level - 1, closer), grid, *place) + coarser


def _shrunk(window: Window, place: Place, zoom: float) -> Window:
    row, col = place
    return Window(
        int(row - (row - window.row) / zoom),
        int(col - (col - window.col) / zoom),
        int(window.rows / zoom) + 1,
        int(window.cols / zoom) + 1,
    )

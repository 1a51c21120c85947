"""followed_window: the ground of a window of one scene, as a window of another one."""

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.scene import Scene

POINTS = 9


def followed_window(
    window: Window, one: Scene, other: Scene, places: tuple[Locator | None, Locator | None]
) -> Window:
    """Return the window of `other` that shows what a window of `one` shows; cut to the scene.

    Parameters
    ----------
    places : of both scenes; None where one is not known yet

    Raises
    ------
    InputError
        If `other` does not show it, or nobody knows where it does.
    """
    if not one.grid.apart(other.grid) and one.grid.size == other.grid.size:
        return window
    here, there = _located(one, places[0]), _located(other, places[1])
    rows = np.linspace(window.row, window.end_row, POINTS)
    cols = np.linspace(window.col, window.end_col, POINTS)
    grid = np.meshgrid(rows, cols, indexing="ij")
    found = there.rowcols(*here.lonlats(grid[0].ravel(), grid[1].ravel()))
    good = np.isfinite(found[0]) & np.isfinite(found[1])
    if not good.any():
        raise InputError(f"{other.name} does not show this ground.")
    (row, end_row), (col, end_col) = (
        (round(float(values[good].min())), round(float(values[good].max()))) for values in found
    )
    made = Window(row, col, max(end_row - row, 1), max(end_col - col, 1)).clipped(other.grid.size)
    if not (made.rows and made.cols):
        raise InputError(f"{other.name} does not show this ground.")
    return made


def _located(scene: Scene, place: Locator | None) -> Locator:
    if place is None or not place.is_located:
        raise InputError(f"nobody says where {scene.name} lies on the ground.")
    return place

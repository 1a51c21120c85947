"""Blend: overlapping tiles fade into each other; seam_score: how much seams stand out."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Window
from satstudio.restore.blocks import TileGrid
from satstudio.scenes.geometry.rescaled import edge

Values = npt.NDArray[Any]
Weights = npt.NDArray[np.float32]

BESIDE_PX = (2, 7)
"""Lines beside a seam that it is compared with: from so many pixels on, to before so many."""


def fade(length: int, overlap: int) -> Weights:
    """Return the weight of each pixel along a tile whose ends overlap its neighbours.

    The outermost quarter of an overlap has no weight: there the network lacks what lies beyond.
    Over the middle half weights rise linearly, so that those of two neighbours add up to 1.
    """
    skipped = overlap // 4
    places = np.arange(length) + 0.5
    inner = np.minimum(places, length - places) - skipped
    weights: Weights = np.clip(inner / max(overlap - 2 * skipped, 0.5), 0, 1).astype(np.float32)
    return weights


class Blend:
    """Adds tiles into a block, weighted by how near their pixels are to the tile's middle.

    Parameters
    ----------
    grid : of the tiles; neighbours overlap by twice its margin
    ratio : pixels of the answers for one of the grid
    target : window of the answers' grid that is made
    """

    def __init__(self, grid: TileGrid, ratio: Fraction, target: Window) -> None:
        self._grid = grid
        self._ratio = ratio
        self._target = target
        self._weights = fade(int(grid.tile_px * ratio), int(2 * grid.margin * ratio))

    def add(self, made: Values, answer: Values, row: int, col: int) -> None:
        """Add the answer (channels, rows, cols) of the tile whose own pixels start here."""
        rows, from_rows = self._overlap(row, self._target.row, self._target.end_row)
        cols, from_cols = self._overlap(col, self._target.col, self._target.end_col)
        weights = self._weights[from_rows, None] * self._weights[from_cols]
        made[:, rows, cols] += weights * answer[:, from_rows, from_cols]

    def whole(self, made: Values, rows: Iterable[int], cols: Iterable[int]) -> Values:
        """Return what was added over the sum of the weights, given the starts of all tiles."""
        down = self._sum(rows, self._target.row, self._target.end_row)
        across = self._sum(cols, self._target.col, self._target.end_col)
        made /= down[:, None]
        made /= across
        return made

    def _overlap(self, start: int, first: int, end: int) -> tuple[slice, slice]:
        """Return where a tile lies in the target, and which part of the tile that is."""
        corner = edge(start - self._grid.margin, self._ratio)
        low, high = max(corner, first), min(corner + len(self._weights), end)
        high = max(low, high)
        return slice(low - first, high - first), slice(low - corner, high - corner)

    def _sum(self, starts: Iterable[int], first: int, end: int) -> Weights:
        total = np.zeros(end - first, np.float32)
        for start in starts:
            there, part = self._overlap(start, first, end)
            total[there] += self._weights[part]
        return total


def seam_score(image: Values, seams: tuple[Iterable[int], Iterable[int]]) -> float:
    """Return how much larger steps across seams are than steps beside them; about 1 without seams.

    Parameters
    ----------
    image : (rows, cols), real
    seams : rows and columns that are the first behind a seam

    Returns
    -------
    float
        Mean of |difference of neighbours| across the seams over that of the lines that lie 2 to 6
        pixels beside a seam. 0 without steps at seams; inf where there are steps at seams only.
    """
    at_seams, beside = [np.zeros(0)], [np.zeros(0)]
    for axis, places in enumerate(seams):
        steps = np.moveaxis(np.abs(np.diff(np.asarray(image, np.float64), axis=axis)), axis, 0)
        for place in places:
            near = [place + way * k - 1 for way in (-1, 1) for k in range(*BESIDE_PX)]
            at_seams.append(steps[place - 1 : place].ravel())
            beside.append(steps[[line for line in near if 0 <= line < len(steps)]].ravel())
    inner, outer = np.concatenate(at_seams), np.concatenate(beside)
    mean = float(inner.mean()) if inner.size else 0.0
    usual = float(outer.mean()) if outer.size else 0.0
    return mean / usual if usual else (np.inf if mean else 0.0)

"""read_coarse: a window of a pyramid at the shape that is asked for."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.pyramid.build import Pyramid


def level_for(pyramid: Pyramid, window: Window, shape: Size) -> int | None:
    """Return the coarsest level whose pixels are not larger than those asked for, if any."""
    down = -(-window.rows // shape.rows)
    across = -(-window.cols // shape.cols)
    fits = [
        index
        for index, (rows, cols) in enumerate(pyramid.levels)
        if rows <= down and cols <= across
    ]
    return fits[-1] if fits else None


def read_coarse(
    pyramid: Pyramid, level: int, window: Window, shape: Size, bands: Sequence[int]
) -> tuple[Pixels, Mask]:
    """Return (bands, rows, cols) float32 means and (rows, cols) valid.

    Where window and shape are those of the level, its pixels come as they are; else the nearest.
    A pixel of complex data needs all its bands, one of real data any.
    """
    factors = pyramid.levels[level]
    rows = _places(window.row, window.rows, shape.rows, factors[0])
    cols = _places(window.col, window.cols, shape.cols, factors[1])
    there = Window(
        int(rows[0]), int(cols[0]), int(rows[-1] - rows[0] + 1), int(cols[-1] - cols[0] + 1)
    )
    pixels = np.empty((len(bands), shape.rows, shape.cols), np.float32)
    together = np.logical_and if pyramid.is_power else np.logical_or
    valid: Mask | None = None
    pick = _pick(rows - rows[0], cols - cols[0])
    for index, band in enumerate(bands):
        values, good = pyramid.read(band, level, there)
        pixels[index] = values[pick]
        valid = good[pick] if valid is None else together(valid, good[pick])
    return pixels, valid if valid is not None else np.zeros((shape.rows, shape.cols), bool)


def _pick(rows: Pixels, cols: Pixels) -> tuple[Any, ...]:
    """Return the index of rows and columns; slices, which are faster, where none is left out."""
    if rows[-1] + 1 == len(rows) and cols[-1] + 1 == len(cols):
        return slice(None), slice(None)
    return np.ix_(rows, cols)


def _places(start: int, length: int, count: int, factor: int) -> Pixels:
    """Return which rows (or columns) of a level the rows of a picture lie in."""
    centres = start + (np.arange(count) + 0.5) * length / count
    places: Pixels = np.minimum(centres, start + length - 1).astype(int) // factor
    return places

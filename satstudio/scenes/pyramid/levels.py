"""plan_levels: which coarser sizes of a scene are worth having."""

import math

from satstudio.core.grid import Size

Factors = tuple[int, int]
"""How many rows and columns of the scene make one row and column of a level."""

TOP_PX = 256
"""The coarsest level is the first whose longest side has at most so many pixels."""


def plan_levels(size: Size, aspect: float = 1.0) -> tuple[Factors, ...]:
    """Return the levels of an image, finest first, starting with (1, 1).

    Each level halves the one before. Where pixels are not square on the ground, only the finer
    axis is halved until they are square within a factor of sqrt(2); then both are.

    Parameters
    ----------
    size : of the scene
    aspect : row spacing over column spacing on the ground (6 for Sentinel-1 IW single-look)
    """
    levels = [(1, 1)]
    while max(_sides(size, levels[-1])) > TOP_PX:
        levels.append(_next(size, levels[-1], aspect))
    return tuple(levels)


def level_size(size: Size, factors: Factors) -> Size:
    """Return rows and columns of a level; the last block of a side may be cut short."""
    return Size(*_sides(size, factors))


def _sides(size: Size, factors: Factors) -> tuple[int, int]:
    return -(-size.rows // factors[0]), -(-size.cols // factors[1])


def _next(size: Size, factors: Factors, aspect: float) -> Factors:
    rows, cols = _sides(size, factors)
    shape = aspect * factors[0] / factors[1]
    halve_rows = rows > 1 and (shape <= math.sqrt(2) or cols == 1)
    halve_cols = cols > 1 and (shape >= math.sqrt(0.5) or rows == 1)
    return factors[0] * (1 + halve_rows), factors[1] * (1 + halve_cols)

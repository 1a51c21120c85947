"""half_sums, half_places: sums over the half of the window around each pixel that is wanted.

Every sum is added up of disjoint runs, squares and triangles, which the eight halves share; none
is the difference of two sums: a bright point would leave its rounding errors in the other half.
"""

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
CORNERS = ((False, False), (True, True), (True, False), (False, True))
"""(upper, left): where the right angle of the triangular halves lies."""


def half_sums(padded: Doubles, window: int) -> Doubles:
    """Return sums over halves of windows, from which `half_places` chooses: (6, ...).

    Parameters
    ----------
    padded : (..., rows + window - 1, cols + window - 1), the image with half a window around it
    """
    half = window // 2
    rows, cols = (count - window + 1 for count in padded.shape[-2:])
    made = np.zeros((6, *padded.shape[:-2], rows + half, cols + half))
    _run(_run(padded, window, -2), half + 1, -1, out=made[0, ..., :rows, :])
    _run(_run(padded, window, -1), half + 1, -2, out=made[1, ..., :cols])
    shapes = _Shapes(padded)
    for place, (is_upper, is_left) in enumerate(CORNERS, 2):
        shapes.triangle(window, is_upper, is_left, out=made[place, ..., :rows, :cols])
    return made


def half_places(side: npt.NDArray[np.integer], window: int) -> Indices:
    """Return where in the flat `half_sums` the wanted half of each pixel lies.

    Parameters
    ----------
    side : (..., rows, cols), 0 to 7 in the order of distances to the line between the halves: right
        and left of a column, below and above a row, and the two sides of either diagonal, row + col
        and col - row; where it is positive comes first. Each half includes that line
    """
    half = window // 2
    rows, cols = side.shape[-2:]
    shape = (*side.shape[:-2], rows + half, cols + half)
    every = np.arange(int(np.prod(shape))).reshape(shape)
    width, plane = shape[-1], every.size
    # the left half of a pixel is the right one of the pixel `half` before it
    starts = np.array([half, 0, plane + half * width, plane, *(plane * np.arange(2, 6))])
    places: Indices = starts.take(side)
    places += every[..., :rows, :cols]
    return places


class _Shapes:
    """Sums over squares and right triangles of any side, by the upper-left corner around them."""

    def __init__(self, values: Doubles) -> None:
        self._values = values
        self._squares: dict[int, Doubles] = {}

    def square(self, side: int) -> Doubles:
        if side not in self._squares:
            self._squares[side] = _run(_run(self._values, side, -2), side, -1)
        return self._squares[side]

    def triangle(
        self, side: int, is_upper: bool, is_left: bool, out: Doubles | None = None
    ) -> Doubles:
        """Sum 1, 2, ... `side` pixels a row; the right angle lies in this corner.

        The largest square in that corner, and what is left of both legs: two smaller triangles.
        """
        if side == 1:
            return self._values
        long, short = (side + 1) // 2, side // 2
        rows, cols = (count - side + 1 for count in self._values.shape[-2:])

        def at(sums: Doubles, row: int, col: int) -> Doubles:
            return sums[..., row : row + rows, col : col + cols]

        smaller = self.triangle(short, is_upper, is_left)
        own_row, leg_row = (0, long) if is_upper else (short, 0)
        own_col, leg_col = (0, long) if is_left else (short, 0)
        total: Doubles = np.add(
            at(self.square(long), own_row, own_col),
            at(smaller, leg_row, long - leg_col),
            out=out,
        )
        total += at(smaller, long - leg_row, leg_col)
        return total


def _run(values: Doubles, count: int, axis: int, out: Doubles | None = None) -> Doubles:
    """Sum `count` neighbours along an axis (-2 or -1); that much shorter, less one."""
    if count == 1:
        return values
    long, short = (count + 1) // 2, count // 2
    first = _run(values, long, axis)
    second = first if short == long else _run(values, short, axis)
    length = values.shape[axis] - count + 1
    if axis == -1:
        return np.add(first[..., :length], second[..., long : long + length], out=out)
    return np.asarray(np.add(first[..., :length, :], second[..., long : long + length, :], out=out))

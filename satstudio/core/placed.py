"""Placed: where the pixels of one grid lie in those of another, of whole or measured ratio."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from satstudio.core.crs import same_crs
from satstudio.core.grid import LIES_PX, GeoGrid, Size, Transform, Window

MOST_PARTS = 128
"""Largest denominator of a ratio that is looked for."""

MOST_STEP = 4096
"""Largest step between windows that are whole pixels of every grid."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A grid on the ground of a first one: its pixel = ratio * first pixel + start.

    Attributes
    ----------
    ratio : its pixels for one of the first, along an axis
    row, col : where the upper-left corner of the first grid lies in its pixels
    size : its rows and columns
    """

    ratio: Fraction
    row: Fraction
    col: Fraction
    size: Size

    def window(self, window: Window) -> Window:
        """Return the same ground in its pixels; the window must be one of a `Lattice`."""
        row, col = window.row * self.ratio + self.row, window.col * self.ratio + self.col
        return Window(
            int(row), int(col), int(window.rows * self.ratio), int(window.cols * self.ratio)
        )

    @property
    def covered(self) -> tuple[int, int, int, int]:
        """First row and column of the first grid that it covers wholly, and the ends."""
        top, left = -self.row / self.ratio, -self.col / self.ratio
        bottom = (self.size.rows - self.row) / self.ratio
        right = (self.size.cols - self.col) / self.ratio
        return math.ceil(top), math.ceil(left), math.floor(bottom), math.floor(right)


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where windows of a first grid are whole pixels of all others.

    Attributes
    ----------
    area : ground that all have, in pixels of the first; its corner is on the lattice
    step : distance of corners, and what sides are multiples of
    """

    area: Window
    step: int


def place(first: GeoGrid, other: GeoGrid) -> Placed | str:
    """Find where a grid lies on another; a sentence's end that says why it does not.

    Both with a transform are compared on the ground, to a hundredth of the coarser pixel. Otherwise
    sizes tell the ratio, and what else both say of their place must agree.
    """
    if first.transform is not None and other.transform is not None:
        if first.crs and other.crs and not same_crs(first.crs, other.crs):
            return first.apart(replace(other, size=first.size))
        return _by_transform(first, other)
    return _by_size(first, other)


def common_lattice(size: Size, placed: Sequence[Placed]) -> Lattice | str:
    """Return the windows that all grids share; a sentence's end that says why there is none."""
    top, left, bottom, right = 0, 0, size.rows, size.cols
    for one in placed:
        row, col, end_row, end_col = one.covered
        top, left = max(top, row), max(left, col)
        bottom, right = min(bottom, end_row), min(right, end_col)
    step = math.lcm(*(one.ratio.denominator for one in placed))
    if step > MOST_STEP:
        return f"windows that are whole pixels of all lie {step} px apart"
    first_row = _first_whole(top, step, [(one.ratio, one.row) for one in placed])
    first_col = _first_whole(left, step, [(one.ratio, one.col) for one in placed])
    if first_row is None or first_col is None:
        return "no pixel corner lies on one of every other"
    if bottom - first_row < 1 or right - first_col < 1:
        gap = max(top - bottom, left - right, 0)
        return f"they have no ground in common and lie {gap} px of the first apart"
    area = Window(first_row, first_col, bottom - first_row, right - first_col)
    return Lattice(area, step)


def _first_whole(start: int, step: int, axes: Sequence[tuple[Fraction, Fraction]]) -> int | None:
    for position in range(start, start + step):
        if all((position * ratio + offset).denominator == 1 for ratio, offset in axes):
            return position
    return None


def _by_size(first: GeoGrid, other: GeoGrid) -> Placed | str:
    one, two = first.size, other.size
    ratio = Fraction(two.rows, one.rows)
    if ratio != Fraction(two.cols, one.cols):
        return (
            f"{two.rows} x {two.cols} px are not as long and wide as {one.rows} x {one.cols} px, "
            f"and without transforms nothing else tells where they lie"
        )
    reason = first.apart(_resized(other, one, ratio))
    return reason or Placed(ratio, Fraction(0), Fraction(0), two)


def _resized(grid: GeoGrid, size: Size, ratio: Fraction) -> GeoGrid:
    """Return a grid with pixels `ratio` times as large."""
    times = float(ratio)
    gcps = tuple(
        replace(point, row=point.row / times, col=point.col / times) for point in grid.gcps
    )
    spacing = grid.spacing_m and (grid.spacing_m[0] * times, grid.spacing_m[1] * times)
    transform = None
    if grid.transform is not None:
        t = grid.transform
        transform = t[0], t[1] * times, t[2] * times, t[3], t[4] * times, t[5] * times
    return replace(grid, size=size, gcps=gcps, spacing_m=spacing, transform=transform)


def _by_transform(first: GeoGrid, other: GeoGrid) -> Placed | str:
    found = _inner(first.transform, other.transform)
    if found is None:
        return "a transform is not finite or has no area"
    (per_col, turned_col, col), (turned_row, per_row, row) = found
    rows, cols = first.size.rows, first.size.cols
    near = LIES_PX * max(1.0, abs(per_row), abs(per_col))
    turn = max(abs(turned_col) * rows, abs(turned_row) * cols)
    if per_row <= 0 or per_col <= 0 or turn > near:
        return f"one is turned or mirrored against the other, by up to {turn:.3g} px"
    ratio = _fraction(per_row, per_col, near / max(rows, cols))
    if ratio is None:
        return (
            f"the ratios {per_row:.6g} (rows) and {per_col:.6g} (columns) of their pixel sizes are "
            f"not one fraction with a denominator up to {MOST_PARTS}"
        )
    starts = []
    for start in (row, col):
        exact = Fraction(round(start * ratio.denominator), ratio.denominator)
        off = abs(float(exact) - start)
        if off > near:
            return f"they are shifted by {off:.3g} px against each other"
        starts.append(exact)
    return Placed(ratio, starts[0], starts[1], other.size)


def _fraction(per_row: float, per_col: float, near: float) -> Fraction | None:
    """Return the simplest fraction that both are to `near`."""
    for parts in range(1, MOST_PARTS + 1):
        count = round(per_row * parts)
        if count > 0 and all(abs(count / parts - per) <= near for per in (per_row, per_col)):
            return Fraction(count, parts)
    return None


Row = tuple[float, float, float]


def _inner(one: Transform | None, two: Transform | None) -> tuple[Row, Row] | None:
    """Return the affine from pixels (col, row) of one grid to those of another, by rows."""
    if one is None or two is None or not all(map(math.isfinite, (*one, *two))):
        return None
    area = two[1] * two[5] - two[2] * two[4]
    if area == 0:
        return None
    east = (one[1], one[2], one[0] - two[0])
    north = (one[4], one[5], one[3] - two[3])
    col = [(two[5] * e - two[2] * n) / area for e, n in zip(east, north, strict=True)]
    row = [(two[1] * n - two[4] * e) / area for e, n in zip(east, north, strict=True)]
    return (col[0], col[1], col[2]), (row[0], row[1], row[2])

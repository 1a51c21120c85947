"""One band against every shifted crop of another: the smallest bias-free squared error, fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.raster import Mask

Reals = npt.NDArray[np.float64]
Cut = tuple[Reals, Reals, Mask]
NEAR = 1e-6
"""Shifts whose screened errors lie this near the smallest are measured directly."""


@dataclass(frozen=True, slots=True, eq=False)
class Shifts:
    """A band that stays but for its border, and one that moves under it.

    Attributes
    ----------
    high, low : (rows, cols) float64, finite everywhere
    clear, known : where `high` and `low` count
    """

    high: Reals
    low: Reals
    clear: Mask
    known: Mask
    border: int

    @property
    def inner(self) -> tuple[slice, slice]:
        """The part of `low` inside the border."""
        rows, cols = self.high.shape
        return slice(self.border, rows - self.border), slice(self.border, cols - self.border)

    def cut(self, down: int, right: int) -> Cut:
        """Return the crop of `high` that starts at (down, right), `low`, and what counts."""
        low = self.low[self.inner]
        rows, cols = low.shape
        part = slice(down, down + rows), slice(right, right + cols)
        return self.high[part], low, self.clear[part] & self.known[self.inner]

    def places(self) -> list[tuple[int, int]]:
        """Every (down, right), row by row."""
        side = range(2 * self.border + 1)
        return [(down, right) for down in side for right in side]

    def cuts(self) -> Iterator[Cut]:
        """Return every crop."""
        return (self.cut(*place) for place in self.places())


def best_square(shifts: Shifts) -> float:
    """Smallest mean square, over shifts, of the difference less its mean; NaN if nothing counts.

    All shifts are screened by sums of products; only the best ones are measured directly, so the
    value does not suffer from the cancellation of the sums.
    """
    places = shifts.places()
    if shifts.known[shifts.inner].all():
        screened = _screened(shifts)
        if np.isnan(screened).all():
            return float("nan")
        limit = np.nanmin(screened) * (1 + NEAR) + _doubt(shifts)
        places = [place for place, value in zip(places, screened, strict=True) if value <= limit]
    found = [_square(shifts.cut(*place)) for place in places]
    finite = [value for value in found if not np.isnan(value)]
    return min(finite) if finite else float("nan")


def _square(cut: Cut) -> float:
    high, low, counted = cut
    difference = (high - low)[counted]
    return float(difference.var()) if difference.size else float("nan")


def _doubt(shifts: Shifts) -> float:
    """Return what rounding may have done to a screened value."""
    spread = max(float(shifts.high.var()), float(shifts.low.var()))
    return 1e-12 * spread


def _screened(shifts: Shifts) -> Reals:
    """Variance of the difference at each shift, from sums over the clear pixels.

    The moving band is laid out with the width of the other and zeros behind each row; then each
    shift is one product of two lines of memory.
    """
    cols = shifts.high.shape[1]
    inner = shifts.low[shifts.inner]
    middle = float(inner.mean())
    clear = shifts.clear.astype(np.float64)
    high = np.where(shifts.clear, shifts.high - middle, 0)
    low = np.zeros((inner.shape[0], cols))
    low[:, : inner.shape[1]] = inner - middle
    more = 2 * shifts.border
    line_clear, line_high = (np.append(plane.ravel(), np.zeros(more)) for plane in (clear, high))
    line_low, line_square = low.ravel(), (low * low).ravel()
    sums = np.array([_box_sums(plane, inner.shape) for plane in (clear, high, high * high)])
    count, sum_high, square_high = sums.reshape(3, -1)
    product, sum_low, square_low = (np.empty(len(count)) for _ in range(3))
    for at, (down, right) in enumerate(shifts.places()):
        start = down * cols + right
        part = slice(start, start + line_low.size)
        product[at] = line_high[part] @ line_low
        sum_low[at] = line_clear[part] @ line_low
        square_low[at] = line_clear[part] @ line_square
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sum_high - sum_low) / count
        return np.asarray((square_high - 2 * product + square_low) / count - mean**2)


def _box_sums(plane: Reals, size: tuple[Any, ...]) -> Reals:
    """Return sums of a plane over every crop of this size."""
    total = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1))
    np.cumsum(np.cumsum(plane, axis=0), axis=1, out=total[1:, 1:])
    rows, cols = size
    return np.asarray(
        total[rows:, cols:] - total[:-rows, cols:] - total[rows:, :-cols] + total[:-rows, :-cols]
    )

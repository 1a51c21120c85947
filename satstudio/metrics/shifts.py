"""One band against every shifted crop of another: the smallest error less its mean, fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from satstudio.core.raster import Mask
from satstudio.metrics.scratch import scratch

Reals = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Cut = tuple[Reals, Reals, Mask]
BLOCK = 6
NEAR = 1e-5
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
    if not (shifts.clear.any() and shifts.known.any()):
        return float("nan")
    places = shifts.places()
    if shifts.known[shifts.inner].all():
        screened, doubt = _screened(shifts)
        if np.isnan(screened).all():
            return float("nan")
        limit = np.nanmin(screened) * (1 + NEAR) + doubt
        places = [place for place, value in zip(places, screened, strict=True) if value <= limit]
    found = [_square(shifts.cut(*place)) for place in places]
    finite = [value for value in found if not np.isnan(value)]
    return min(finite) if finite else float("nan")


def _square(cut: Cut) -> float:
    """Mean square of the difference less its mean, where both count; NaN if nothing does."""
    high, low, counted = cut
    count = int(np.count_nonzero(counted))
    if not count:
        return float("nan")
    difference = np.subtract(high, low, out=scratch("difference", low.shape, np.float64))
    difference *= counted
    difference -= difference.sum() / count
    difference *= counted
    return float(np.vdot(difference, difference)) / count


def _screened(shifts: Shifts) -> tuple[Reals, float]:
    """Variance of the difference at each shift, nearly, and more than float32 may have done to it.

    With h the crop, c its clear pixels and l the moving band, the sums of c h, c h^2 and c are
    those of boxes; the sums of h l, c l and c l^2 are correlations.
    """
    inner = shifts.low[shifts.inner]
    middle = float(inner.mean())
    planes = scratch("planes", (3, *shifts.clear.shape), np.float32)
    clear, high, square = planes
    clear[:] = shifts.clear
    np.subtract(shifts.high, middle, out=high, casting="same_kind")
    high *= clear
    np.multiply(high, high, out=square)
    side = 2 * shifts.border + 1
    count, sum_high, square_high = _box_sums(planes, side)
    moving = _blocks(inner, middle)
    (product,) = _correlated(high, moving[:, :1], side)
    sum_low, square_low = _correlated(clear, moving, side)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sum_high - sum_low) / count
        found = (square_high - 2 * product + square_low) / count - mean**2
        spread = float(np.nanmax((square_high + square_low) / count, initial=0))
    return np.asarray(found.ravel()), 2e-6 * spread


def _blocks(inner: Reals, middle: float) -> Singles:
    """Return a band less `middle`, and its square, as (blocks, 2, BLOCK, cols), then zeros."""
    rows, cols = inner.shape
    count = -(-rows // BLOCK)
    blocks = scratch("blocks", (count, 2, BLOCK, cols), np.float32)
    whole = rows // BLOCK
    even = inner[: whole * BLOCK].reshape(whole, BLOCK, cols)
    np.subtract(even, middle, out=blocks[:whole, 0], casting="same_kind")
    if whole < count:
        left = rows - whole * BLOCK
        np.subtract(inner[-left:], middle, out=blocks[whole, 0, :left], casting="same_kind")
        blocks[whole, 0, left:] = 0
    np.multiply(blocks[:, 0], blocks[:, 0], out=blocks[:, 1])
    return blocks


def _correlated(fixed: Singles, moving: Singles, side: int) -> Reals:
    """Sum fixed[down + i, right + j] moving[:, i, j] over i, j for side x side shifts.

    Products of blocks of BLOCK rows of `moving` with the BLOCK + side - 1 rows of `fixed` that
    they meet; the sums over the diagonals of such a product are what is wanted.

    Parameters
    ----------
    fixed : (rows, cols)
    moving : (blocks, n, BLOCK, cols - side + 1)

    Returns
    -------
    (n, side, side) float64
    """
    blocks, n, _, cols = moving.shape
    met = BLOCK + side - 1
    high = scratch("fixed", (blocks * BLOCK + side - 1, fixed.shape[1]), np.float32)
    high[: len(fixed)] = fixed
    high[len(fixed) :] = 0
    rows_met = sliding_window_view(high, met, axis=0)[::BLOCK].transpose(0, 2, 1)
    total = np.empty((side, met, n, BLOCK))
    products = scratch("products", (blocks, met, BLOCK), np.float32)
    for at in range(n):
        other = moving[:, at].transpose(0, 2, 1)
        for right in range(side):
            np.matmul(rows_met[:, :, right : right + cols], other, out=products)
            products.sum(axis=0, dtype=np.float64, out=total[right, :, at])
    step = total.strides
    diagonals = as_strided(
        total, (n, side, side, BLOCK), (step[2], step[1], step[0], step[1] + step[3])
    )
    return np.asarray(diagonals.sum(axis=-1))


def _box_sums(planes: Singles, side: int) -> Reals:
    """Sum planes (n, rows, cols) over each of side x side crops of all but side - 1 pixels."""
    across = _line_sums(planes, side)
    return _line_sums(across.transpose(0, 2, 1), side).transpose(0, 2, 1)


def _line_sums(planes: npt.NDArray[Any], side: int) -> Reals:
    """Sum each row over side windows; all but side - 1 values of it lie in every one."""
    less = side - 1
    inner = planes[..., less:-less]
    middle = (inner @ np.ones(inner.shape[-1], planes.dtype))[..., np.newaxis].astype(np.float64)
    before = np.cumsum(planes[..., less - 1 :: -1], axis=-1, dtype=np.float64)[..., ::-1]
    after = np.cumsum(planes[..., -less:], axis=-1, dtype=np.float64)
    nothing = np.zeros_like(middle)
    first = np.concatenate([before, nothing], axis=-1)
    return np.asarray(middle + first + np.concatenate([nothing, after], axis=-1))

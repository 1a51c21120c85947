"""Sums over sliding windows: separable filters, box sums, windows of valid pixels alone."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.raster import Mask

Pixels = npt.NDArray[Any]
Taps = tuple[float, ...]
BLOCK = 16
"""Outputs of one banded product: small enough to waste little, large enough for BLAS."""


def gaussian_taps(side_px: int = 11, sigma_px: float = 1.5) -> Taps:
    """Return the weights of a Gaussian window, sum 1."""
    at = np.arange(side_px) - (side_px - 1) / 2
    weights = np.exp(-(at**2) / (2 * sigma_px**2))
    return tuple((weights / weights.sum()).tolist())


def uniform_taps(side_px: int) -> Taps:
    """Return equal weights, sum 1."""
    return (1 / side_px,) * side_px


@lru_cache(maxsize=64)
def _band(count: int, taps: Taps, dtype: str) -> Pixels:
    """Return the (count, count + len(taps) - 1) matrix that filters a column."""
    matrix = np.zeros((count, count + len(taps) - 1), dtype)
    for row in range(count):
        matrix[row, row : row + len(taps)] = taps
    return matrix


def filter_rows(planes: Pixels, taps: Taps, out: Pixels) -> None:
    """Filter (n, rows, cols) along rows into out (n, rows - len(taps) + 1, cols)."""
    rows = out.shape[1]
    for row in range(0, rows, BLOCK):
        count = min(BLOCK, rows - row)
        band = _band(count, taps, planes.dtype.str)
        np.matmul(band, planes[:, row : row + count + len(taps) - 1], out=out[:, row : row + count])


def filter_cols(planes: Pixels, taps: Taps, out: Pixels) -> None:
    """Filter (m, cols) along columns into out (m, cols - len(taps) + 1)."""
    cols = out.shape[1]
    for col in range(0, cols, BLOCK):
        count = min(BLOCK, cols - col)
        band = _band(count, taps, planes.dtype.str)
        np.matmul(
            planes[:, col : col + count + len(taps) - 1], band.T, out=out[:, col : col + count]
        )


def filtered(planes: Pixels, taps: Taps) -> Pixels:
    """Weighted sums of (n, rows, cols) over all windows that lie inside, float as given.

    Returns
    -------
    (n, rows - len(taps) + 1, cols - len(taps) + 1)
    """
    n, rows, cols = planes.shape
    less = len(taps) - 1
    down = np.empty((n, rows - less, cols), planes.dtype)
    filter_rows(planes, taps, down)
    both = np.empty((n * (rows - less), cols - less), planes.dtype)
    filter_cols(down.reshape(-1, cols), taps, both)
    return both.reshape(n, rows - less, cols - less)


def box_sum(planes: Pixels, side_px: int) -> Pixels:
    """Sum (..., rows, cols) over all side_px x side_px windows that lie inside."""
    return _over_box(planes, side_px, np.add)


def box_range(planes: Pixels, side_px: int) -> Pixels:
    """Largest less smallest value of each window; exactly 0 where a window is constant."""
    high, low = _over_box(planes, side_px, np.maximum), _over_box(planes, side_px, np.minimum)
    return high - low


def _over_box(planes: Pixels, side_px: int, combine: np.ufunc) -> Pixels:
    rows, cols = planes.shape[-2] - side_px + 1, planes.shape[-1] - side_px + 1
    down = planes[..., :rows, :].copy()
    for step in range(1, side_px):
        combine(down, planes[..., step : step + rows, :], out=down)
    both: Pixels = down[..., :cols].copy()
    for step in range(1, side_px):
        combine(both, down[..., step : step + cols], out=both)
    return both


def whole_windows(valid: Mask, side_px: int) -> Mask:
    """Tell which side_px x side_px windows hold valid pixels alone."""
    if valid.all():
        shape = (valid.shape[0] - side_px + 1, valid.shape[1] - side_px + 1)
        return np.ones(shape, bool)
    return np.asarray(box_sum((~valid).astype(np.int32), side_px) == 0)

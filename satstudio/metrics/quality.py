"""The universal quality index of Wang and Bovik 2002, for every measure that needs it."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.windows import box_range, box_sum, whole_windows

Pixels = npt.NDArray[Any]


def quality_index(first: Pixels, second: Pixels, valid: Mask, block_px: int, stride: int) -> float:
    """Mean Q = 4 cov mx my / ((vx + vy)(mx^2 + my^2)) of two bands over their windows.

    Two constant windows have 2 mx my / (mx^2 + my^2), two of zeros have 1. Windows with an
    invalid pixel do not count.

    Parameters
    ----------
    first, second : (rows, cols) float64; anything outside `valid`

    Raises
    ------
    InputError
        If no window fits into the image.
    """
    if min(valid.shape) < block_px:
        raise InputError(
            f"An image of {valid.shape[0]} x {valid.shape[1]} px is smaller than the window of "
            f"{block_px} px."
        )
    total, count = quality_sum(first, second, valid, block_px, stride)
    return total / count if count else math.nan


def quality_sum(
    first: Pixels, second: Pixels, valid: Mask, block_px: int, stride: int
) -> tuple[float, int]:
    """Return the sum of Q over the windows of valid pixels alone, and how many there are."""
    steps = (slice(None, None, stride), slice(None, None, stride))
    counted = whole_windows(valid, block_px)[steps]
    if not counted.any():
        return 0.0, 0
    x, y = (np.where(valid, band, 0.0) for band in (first, second))
    return float(_index(x, y, block_px, steps)[counted].sum()), int(counted.sum())


def _index(x: Pixels, y: Pixels, block_px: int, steps: tuple[slice, slice]) -> Pixels:
    count = block_px**2
    shift_x, shift_y = x.mean(), y.mean()
    planes = np.stack([x - shift_x, y - shift_y])
    moments = np.concatenate([planes, planes**2, planes[:1] * planes[1:]])
    sums = box_sum(moments, block_px)[:, *steps] / count
    corner = np.stack([x, y])[:, : 1 - block_px or None, : 1 - block_px or None][:, *steps]
    is_flat = (box_range(np.stack([x, y]), block_px) == 0)[:, *steps]
    mean_x, mean_y = np.where(is_flat, corner, sums[:2] + np.reshape([shift_x, shift_y], (2, 1, 1)))
    variance_x = np.where(is_flat[0], 0, sums[2] - sums[0] ** 2)
    variance_y = np.where(is_flat[1], 0, sums[3] - sums[1] ** 2)
    covariance = np.where(is_flat.any(axis=0), 0, sums[4] - sums[0] * sums[1])
    variances, means = variance_x + variance_y, mean_x**2 + mean_y**2
    with np.errstate(divide="ignore", invalid="ignore"):
        level = 2 * mean_x * mean_y / means
        quality = np.where(variances == 0, level, level * 2 * covariance / variances)
    return np.where(means == 0, 1.0, quality)

"""The structural similarity of Wang 2004, for every measure that needs it.

One pass over strips of rows keeps the memory of a whole scene small; a band's mean is taken off
first, so that bright, low-contrast data lose no digits.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.windows import Taps, filtered, gaussian_taps, uniform_taps, whole_windows

Pixels = npt.NDArray[Any]
K1, K2 = 0.01, 0.03
STRIP_ROWS = 192


@dataclass(frozen=True, slots=True)
class SsimWindow:
    """A window of weights, and the factor that turns moments into variances."""

    taps: Taps
    correction: float = 1.0

    @classmethod
    def named(cls, name: str) -> "SsimWindow":
        """Return "gaussian N" (sigma 1.5), "uniform N" or "uniform N sample" (covariance ddof 1).

        Raises
        ------
        InputError
            If the name is none of these.
        """
        kind, _, rest = name.partition(" ")
        side, _, more = rest.partition(" ")
        if kind not in {"gaussian", "uniform"} or not side.isdigit() or more not in {"", "sample"}:
            raise InputError(f"There is no SSIM window '{name}'; try 'gaussian 11' or 'uniform 7'.")
        side_px = int(side)
        taps = gaussian_taps(side_px) if kind == "gaussian" else uniform_taps(side_px)
        count = side_px**2
        return cls(taps, count / (count - 1) if more else 1.0)

    @property
    def side_px(self) -> int:
        """Pixels a side."""
        return len(self.taps)


GAUSSIAN_11 = SsimWindow(gaussian_taps())


@dataclass(frozen=True, slots=True)
class Similarity:
    """Sums over windows of one band: SSIM, its contrast-structure part, how many windows."""

    ssim: float
    contrast: float
    windows: int


def band_similarity(
    first: Pixels, second: Pixels, valid: Mask, data_range: float, window: SsimWindow = GAUSSIAN_11
) -> Similarity:
    """Sum the similarity of two bands over the windows whose pixels are all valid.

    Parameters
    ----------
    first, second : (rows, cols) float64, at least as large as the window; anything outside `valid`
    """
    offset = float(first[valid].mean()) if valid.any() else 0.0
    ssim = contrast = 0.0
    count = 0
    for rows in _strips(first.shape[0], window.side_px):
        inside = valid[rows]
        counted = whole_windows(inside, window.side_px)
        if not counted.any():
            continue
        x, y = (np.where(inside, band[rows] - offset, 0.0) for band in (first, second))
        luminance, structure = _maps((x, y), offset, data_range, window)
        contrast += float(structure[counted].sum())
        ssim += float((luminance * structure)[counted].sum())
        count += int(counted.sum())
    return Similarity(ssim, contrast, count)


def mean_ssim(
    first: Pixels, second: Pixels, valid: Mask, data_range: float, window: SsimWindow = GAUSSIAN_11
) -> float:
    """Mean SSIM of (bands, rows, cols) over windows, then bands; NaN without a valid window.

    Raises
    ------
    InputError
        If an image is smaller than the window, or the data range is not above 0.
    """
    check_range(data_range)
    if min(valid.shape) < window.side_px:
        raise InputError(
            f"An image of {valid.shape[0]} x {valid.shape[1]} px is smaller than the SSIM window "
            f"of {window.side_px} px."
        )
    bands = [
        band_similarity(one, other, valid, data_range, window)
        for one, other in zip(first, second, strict=True)
    ]
    if not bands[0].windows:
        return math.nan
    return float(np.mean([band.ssim / band.windows for band in bands]))


def padded_ssim_map(first: Pixels, second: Pixels, data_range: float) -> Pixels:
    """SSIM at every pixel of (bands, rows, cols), zeros beyond the border (as pytorch_ssim)."""
    less = GAUSSIAN_11.side_px // 2
    sides = ((0, 0), (less, less), (less, less))
    x, y = np.pad(first, sides), np.pad(second, sides)
    maps = [_maps((a, b), 0.0, data_range, GAUSSIAN_11) for a, b in zip(x, y, strict=True)]
    return np.stack([luminance * structure for luminance, structure in maps])


def check_range(data_range: float) -> None:
    """Refuse a data range that is none."""
    if not (math.isfinite(data_range) and data_range > 0):
        raise InputError(f"data_range is {data_range}; give the largest value that is possible.")


def _strips(rows: int, side_px: int) -> Iterator[slice]:
    last = rows - side_px + 1
    for row in range(0, last, STRIP_ROWS):
        yield slice(row, min(row + STRIP_ROWS, last) + side_px - 1)


def _maps(
    pair: tuple[Pixels, Pixels], offset: float, data_range: float, window: SsimWindow
) -> tuple[Pixels, Pixels]:
    """Luminance and contrast-structure of every window; `offset` was taken off both."""
    x, y = pair
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    mean_x, mean_y, square, product = filtered(np.stack([x, y, x * x + y * y, x * y]), window.taps)
    variances = window.correction * (square - mean_x**2 - mean_y**2)
    covariance = window.correction * (product - mean_x * mean_y)
    mean_x, mean_y = mean_x + offset, mean_y + offset
    luminance = (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return luminance, (2 * covariance + c2) / (variances + c2)

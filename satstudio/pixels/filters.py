"""boxcar, lee, refined_lee, gamma_map: the classic speckle filters as functions of arrays.

All take linear power (intensity), not decibels, as (..., rows, cols); a value that is not finite,
or where `valid` is False, has no data: it counts nowhere and is NaN in the answer. Windows are
odd. Beyond the edge the image is mirrored without repeating the edge pixel. Sums are direct, not
running ones, so that a bright point leaves no rounding error behind it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Power = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_REFINED_PX = 5
SMALLEST = np.finfo(np.float64).tiny


def boxcar(power: Power, window: int = 7, valid: Mask | None = None) -> Floats:
    """Return the mean of the valid pixels in a square window."""
    local = _local(power, window, valid)
    return _answer(local.mean(), local.good)


def lee(power: Power, window: int = 7, looks: float = 1.0, valid: Mask | None = None) -> Floats:
    """Filter by local statistics.

    Lee 1980, "Digital image enhancement and noise filtering by use of local statistics", IEEE
    Trans. PAMI 2(2), in the multiplicative form of Lee and Pottier 2009, "Polarimetric Radar
    Imaging", section 5.2: x = m + b (z - m), b = var x / var z, var x = (var z - m^2 s^2) /
    (1 + s^2), s^2 = 1 / looks, with b held in 0..1; mean m and variance (ddof 0) of the window.
    """
    local = _local(power, window, valid)
    mean, variance = local.mean_variance()
    return _answer(_linear(local.values, mean, variance, _noise(looks)), local.good)


def refined_lee(
    power: Power, window: int = 7, looks: float = 1.0, valid: Mask | None = None
) -> Floats:
    """Filter by the statistics of the half of the window that lies on the pixel's side of an edge.

    Lee 1981, "Refined filtering of image noise using local statistics", Computer Graphics and
    Image Processing 15: means of 3 x 3 sub-windows give the gradient in four directions; the
    strongest is taken for the edge, and of its two sides the one whose mean is closer to that of
    the centre. In that half, which includes the edge line, the rule of `lee` holds.
    """
    if window < LEAST_REFINED_PX:
        raise InputError(
            f"A window of {window} px is too small for refined Lee: take 5 or more, usually 7."
        )
    local = _local(power, window, valid)
    mean, variance = local.mean_variance()
    side = _sides(local, mean)
    for index, half in enumerate(_halves(window)):
        chosen = side == index
        if chosen.any():
            of_half = local.mean_variance(half)
            np.copyto(mean, of_half[0], where=chosen)
            np.copyto(variance, of_half[1], where=chosen)
    return _answer(_linear(local.values, mean, variance, _noise(looks)), local.good)


def gamma_map(
    power: Power, window: int = 7, looks: float = 1.0, valid: Mask | None = None
) -> Floats:
    """Return the most probable reflectivity where both it and the speckle are gamma distributed.

    Lopes, Nezry, Touzi, Laur 1993, "Structure detection and statistical adaptive speckle
    filtering in SAR images", Int. J. Remote Sensing 14(9): the mean where the coefficient of
    variation is at most that of speckle, Cu = 1 / sqrt(looks); the pixel itself from sqrt(2) Cu on;
    between them R = (b m + sqrt(b^2 m^2 + 4 a L m z)) / (2 a), a = (1 + Cu^2) / (C^2 - Cu^2),
    b = a - L - 1.
    """
    local = _local(power, window, valid)
    mean, variance = local.mean_variance()
    noise = _noise(looks)
    contrast = variance / np.maximum(np.square(mean), SMALLEST)
    a = (1 + noise) / np.maximum(contrast - noise, 1e-12)
    b = a - looks - 1
    under = np.square(b * mean) + 4 * a * looks * mean * local.values
    found = (b * mean + np.sqrt(np.maximum(under, 0))) / (2 * a)  # below 0: no power at all
    found = np.where(contrast <= noise, mean, found)
    return _answer(np.where(contrast >= 2 * noise, local.values, found), local.good)


@dataclass(frozen=True, slots=True)
class _Local:
    """An image ready for sums over windows.

    Attributes
    ----------
    values : (..., rows, cols), 0 where there is no data
    good : where there is data; is_whole : everywhere
    """

    values: Doubles
    good: Mask
    is_whole: bool
    window: int

    def mean(self, shape: Doubles | None = None) -> Doubles:
        """Return the mean of the valid pixels of the window, or of those of a part of it."""
        return self._sums(self.values, shape) / self._counts(shape)

    def mean_variance(self, shape: Doubles | None = None) -> tuple[Doubles, Doubles]:
        """Return mean and variance (ddof 0)."""
        counts = self._counts(shape)
        mean = self._sums(self.values, shape) / counts
        square = self._sums(np.square(self.values), shape) / counts
        return mean, np.maximum(square - np.square(mean), 0)

    def _counts(self, shape: Doubles | None) -> Doubles | float:
        if self.is_whole:
            return float(self.window**2 if shape is None else shape.sum())
        return np.maximum(self._sums(self.good.astype(np.float64), shape), 1)

    def _sums(self, values: Doubles, shape: Doubles | None) -> Doubles:
        return _box(values, self.window) if shape is None else _masked_box(values, shape)


def _local(power: Power, window: int, valid: Mask | None) -> _Local:
    if window < 1 or window % 2 == 0:
        raise InputError(f"A filter's window must be odd and at least 1 px, not {window}.")
    good: Mask = np.isfinite(power)
    if valid is not None:
        good = good & valid
    values = np.where(good, power, 0).astype(np.float64, copy=False)
    return _Local(values, good, bool(good.all()), window)


def _noise(looks: float) -> float:
    """Return the variance of speckle of mean 1."""
    if not looks > 0:
        raise InputError(f"Looks must be above 0, not {looks:g}.")
    return 1 / looks


def _linear(values: Doubles, mean: Doubles, variance: Doubles, noise: float) -> Doubles:
    """Return m + b (z - m), the rule of Lee."""
    signal = np.maximum(variance - np.square(mean) * noise, 0) / (1 + noise)
    share = np.minimum(signal / np.maximum(variance, SMALLEST), 1)
    filtered: Doubles = mean + share * (values - mean)
    return filtered


def _answer(values: Doubles, good: Mask) -> Floats:
    return np.where(good, values, np.nan).astype(np.float32)


def _box(values: Doubles, window: int) -> Doubles:
    """Return direct sums over square windows, mirrored at the edges."""
    from scipy.ndimage import correlate1d  # lazy: only filters need it

    ones = np.ones(window)
    down = correlate1d(values, ones, axis=-2, mode="mirror")
    sums: Doubles = correlate1d(down, ones, axis=-1, mode="mirror")
    return sums


def _masked_box(values: Doubles, shape: Doubles) -> Doubles:
    """Return sums over the pixels where `shape` (window, window) is 1."""
    from scipy.ndimage import correlate  # lazy: only filters need it

    weights = shape.reshape((1,) * (values.ndim - 2) + shape.shape)
    sums: Doubles = correlate(values, weights, mode="mirror")
    return sums


def _halves(window: int) -> Iterator[Doubles]:
    """Yield the eight half windows in the order of `_sides`; each includes the edge line."""
    half = window // 2
    row, col = np.mgrid[-half : half + 1, -half : half + 1]
    for distance in (col, row, row + col, col - row):
        yield (distance >= 0).astype(np.float64)
        yield (distance <= 0).astype(np.float64)


def _sides(local: _Local, fallback: Doubles) -> npt.NDArray[np.int8]:
    """Return the number of the half window of each pixel."""
    means = _sub_means(local, fallback)
    top, mid, low = means
    differences = (
        (top[2] + mid[2] + low[2]) - (top[0] + mid[0] + low[0]),
        (low[0] + low[1] + low[2]) - (top[0] + top[1] + top[2]),
        (mid[2] + low[1] + low[2]) - (top[0] + top[1] + mid[0]),
        (top[1] + top[2] + mid[2]) - (mid[0] + low[0] + low[1]),
    )
    beyond = ((mid[2], mid[0]), (low[1], top[1]), (low[2], top[0]), (top[2], low[0]))
    strongest = np.full(fallback.shape, -1.0)
    side = np.zeros(fallback.shape, np.int8)
    for direction, (difference, (first, second)) in enumerate(
        zip(differences, beyond, strict=True)
    ):
        is_second = np.abs(mid[1] - second) < np.abs(mid[1] - first)
        strength = np.abs(difference)
        stronger = strength > strongest
        np.copyto(side, (2 * direction + is_second).astype(np.int8), where=stronger)
        np.copyto(strongest, strength, where=stronger)
    return side


def _sub_means(local: _Local, fallback: Doubles) -> list[list[Doubles]]:
    """Return the means of the 3 x 3 sub-windows of each pixel's window, by row and column."""
    half = local.window // 2
    radius = max(1, round(half / 3))
    reach = half - radius
    margins = [(0, 0)] * (local.values.ndim - 2) + [(reach, reach)] * 2
    sums = _box(local.values, 2 * radius + 1)
    counts = _box(local.good.astype(np.float64), 2 * radius + 1)
    whole = np.where(counts > 0, sums / np.maximum(counts, 1), fallback)
    padded = np.pad(whole, margins, mode="reflect")
    rows, cols = local.values.shape[-2:]
    return [
        [padded[..., row : row + rows, col : col + cols] for col in (0, reach, 2 * reach)]
        for row in (0, reach, 2 * reach)
    ]

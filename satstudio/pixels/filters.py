"""boxcar, lee, refined_lee, gamma_map: the classic speckle filters as functions of arrays.

All take linear power (intensity), not decibels, as (..., rows, cols); a value that is not finite,
or where `valid` is False, has no data: it counts nowhere and is NaN in the answer. Windows are
odd. Beyond the edge the image is mirrored without repeating the edge pixel. Sums are direct, not
running ones, so that a bright point leaves no rounding error behind it. `threads` strips of rows
are at work at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.pixels.half_windows import half_places, half_sums
from satstudio.pixels.strips import in_strips

Power = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

Sides = npt.NDArray[np.int8]

LEAST_REFINED_PX = 5
BEYOND = np.array([(0, 1), (1, 0), (1, 1), (-1, 1)])
"""(down, right): the sub-window on one side of the edge; on the other side it is the opposite."""

SMALLEST = np.finfo(np.float64).tiny


def boxcar(power: Power, window: int = 7, valid: Mask | None = None, threads: int = 1) -> Floats:
    """Return the mean of the valid pixels in a square window."""

    def strip(part: Power, good: Mask) -> Floats:
        local = _local(part, window, good)
        return _answer(local.mean(), local.good)

    return _filtered(strip, power, window, valid, threads)


def lee(
    power: Power,
    window: int = 7,
    looks: float = 1.0,
    valid: Mask | None = None,
    threads: int = 1,
) -> Floats:
    """Filter by local statistics.

    Lee 1980, "Digital image enhancement and noise filtering by use of local statistics", IEEE
    Trans. PAMI 2(2), in the multiplicative form of Lee and Pottier 2009, "Polarimetric Radar
    Imaging", section 5.2: x = m + b (z - m), b = var x / var z, var x = (var z - m^2 s^2) /
    (1 + s^2), s^2 = 1 / looks, with b held in 0..1; mean m and variance (ddof 0) of the window.
    """
    noise = _noise(looks)

    def strip(part: Power, good: Mask) -> Floats:
        local = _local(part, window, good)
        return _answer(_linear(local.values, *local.mean_variance(), noise), local.good)

    return _filtered(strip, power, window, valid, threads)


def refined_lee(
    power: Power,
    window: int = 7,
    looks: float = 1.0,
    valid: Mask | None = None,
    threads: int = 1,
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
    noise = _noise(looks)

    def strip(part: Power, good: Mask) -> Floats:
        local = _local(part, window, good)
        side = _sides(local, local.values if local.is_whole else local.mean())
        return _answer(_linear(local.values, *local.half_mean_variance(side), noise), local.good)

    # beside holes the means of sub-windows fall back on that of the window around them
    return _filtered(strip, power, window, valid, threads, reach_px=2 * (window // 2))


def gamma_map(
    power: Power,
    window: int = 7,
    looks: float = 1.0,
    valid: Mask | None = None,
    threads: int = 1,
) -> Floats:
    """Return the most probable reflectivity where both it and the speckle are gamma distributed.

    Lopes, Nezry, Touzi, Laur 1993, "Structure detection and statistical adaptive speckle
    filtering in SAR images", Int. J. Remote Sensing 14(9): the mean where the coefficient of
    variation is at most that of speckle, Cu = 1 / sqrt(looks); the pixel itself from sqrt(2) Cu on;
    between them R = (b m + sqrt(b^2 m^2 + 4 a L m z)) / (2 a), a = (1 + Cu^2) / (C^2 - Cu^2),
    b = a - L - 1.
    """
    noise = _noise(looks)

    def strip(part: Power, good: Mask) -> Floats:
        local = _local(part, window, good)
        return _answer(_most_probable(local, noise, looks), local.good)

    return _filtered(strip, power, window, valid, threads)


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

    def mean(self) -> Doubles:
        """Return the mean of the valid pixels of the window."""
        return _box(self.values, self.window) / self._counts()

    def mean_variance(self) -> tuple[Doubles, Doubles]:
        """Return mean and variance (ddof 0)."""
        counts = self._counts()
        mean = _box(self.values, self.window) / counts
        square = _box(np.square(self.values), self.window) / counts
        return mean, np.maximum(square - np.square(mean), 0)

    def half_mean_variance(self, side: Sides) -> tuple[Doubles, Doubles]:
        """Return mean and variance of the half of each window; `side` as `half_places` takes it."""
        half, places = self.window // 2, half_places(side, self.window)
        margins = [(0, 0)] * (side.ndim - 2) + [(half, half)] * 2

        def sums(values: Doubles) -> Doubles:
            return half_sums(np.pad(values, margins, mode="reflect"), self.window).take(places)

        counts: Doubles | float = self.window * (half + 1)
        if not self.is_whole:
            counts = np.maximum(sums(self.good.astype(np.float64)), 1)
        mean = sums(self.values) / counts
        square = sums(np.square(self.values)) / counts
        return mean, np.maximum(square - np.square(mean), 0)

    def _counts(self) -> Doubles | float:
        if self.is_whole:
            return float(self.window**2)
        return np.maximum(_box(self.good.astype(np.float64), self.window), 1)


def _local(power: Power, window: int, valid: Mask) -> _Local:
    good: Mask = np.isfinite(power) & valid
    values = np.where(good, power, 0).astype(np.float64, copy=False)
    return _Local(values, good, bool(good.all()), window)


def _filtered(
    strip: Callable[[Power, Mask], Floats],
    power: Power,
    window: int,
    valid: Mask | None,
    threads: int,
    reach_px: int | None = None,
) -> Floats:
    """Filter strip by strip; a window is refused before anything is done."""
    _check_window(window)
    good: Mask = (
        np.ones(power.shape, bool) if valid is None else np.broadcast_to(valid, power.shape)
    )
    return in_strips(strip, power, good, window // 2 if reach_px is None else reach_px, threads)


def _check_window(window: int) -> None:
    if window < 1 or window % 2 == 0:
        raise InputError(f"A filter's window must be odd and at least 1 px, not {window}.")


def _most_probable(local: "_Local", noise: float, looks: float) -> Doubles:
    """Return the rule of Gamma-MAP."""
    mean, variance = local.mean_variance()
    contrast = variance / np.maximum(np.square(mean), SMALLEST)
    a = (1 + noise) / np.maximum(contrast - noise, 1e-12)
    b = a - looks - 1
    under = np.square(b * mean) + 4 * a * looks * mean * local.values
    found = (b * mean + np.sqrt(np.maximum(under, 0))) / (2 * a)  # below 0: no power at all
    found = np.where(contrast <= noise, mean, found)
    return np.where(contrast >= 2 * noise, local.values, found)


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


def _sides(local: _Local, fallback: Doubles) -> Sides:
    """Return the number of the half window of each pixel."""
    means, reach = _sub_means(local, fallback)
    rows, cols = local.values.shape[-2:]
    top, mid, low = (
        [means[..., row : row + rows, col : col + cols] for col in (0, reach, 2 * reach)]
        for row in (0, reach, 2 * reach)
    )
    strengths = (
        (top[2] + mid[2] + low[2]) - (top[0] + mid[0] + low[0]),
        (low[0] + low[1] + low[2]) - (top[0] + top[1] + top[2]),
        (mid[2] + low[1] + low[2]) - (top[0] + top[1] + mid[0]),
        (top[1] + top[2] + mid[2]) - (mid[0] + low[0] + low[1]),
    )
    strongest = np.abs(strengths[0])
    direction = np.zeros(strongest.shape, np.int8)
    for index, strength in enumerate(strengths[1:], 1):
        np.abs(strength, out=strength)
        is_stronger = (strength > strongest).view(np.int8)
        np.maximum(direction, np.int8(index) * is_stronger, out=direction)  # no branch a pixel
        np.maximum(strongest, strength, out=strongest)
    centres: npt.NDArray[np.intp] = np.arange(means.size).reshape(means.shape)
    centres = centres[..., reach : reach + rows, reach : reach + cols]
    across = (reach * (BEYOND @ np.array([means.shape[-1], 1]))).take(direction)
    apart = [np.abs(mid[1] - means.take(places)) for places in (centres + across, centres - across)]
    sides: Sides = 2 * direction + (apart[1] < apart[0]).view(np.int8)
    return sides


def _sub_means(local: _Local, fallback: Doubles) -> tuple[Doubles, int]:
    """Return the means of sub-windows around each pixel, and how far apart a window's 3 x 3 lie.

    The means have that margin on each side, mirrored.
    """
    half = local.window // 2
    radius = max(1, round(half / 3))
    reach = half - radius
    margins = [(0, 0)] * (local.values.ndim - 2) + [(reach, reach)] * 2
    sums = _box(local.values, 2 * radius + 1)
    if local.is_whole:
        whole = sums / (2 * radius + 1) ** 2
    else:
        counts = _box(local.good.astype(np.float64), 2 * radius + 1)
        whole = np.where(counts > 0, sums / np.maximum(counts, 1), fallback)
    return np.pad(whole, margins, mode="reflect"), reach

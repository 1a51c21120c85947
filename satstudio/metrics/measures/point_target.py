"""Side lobes of a point target: peak and integrated."""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.metrics.score import metric
from satstudio.pixels.spectral.region_spectrum import centroid

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
HOW = (
    "oversample x FFT oversampling of the line through the peak, main lobe between the first "
    "minima around it, side lobes to +- extent_cells resolution cells (a cell is half the main "
    "lobe); unweighted sinc: "
)


class _Lobes(NamedTuple):
    """Power along a line with the peak in the middle, and where its main lobe ends."""

    power: Reals
    left: int
    right: int

    def sides(self, extent_cells: float) -> Reals:
        """Power of the side lobes up to this many cells from the peak."""
        middle = len(self.power) // 2
        reach = round(extent_cells * (self.right - self.left) / 2)
        before = self.power[max(middle - reach, 0) : self.left]
        return np.concatenate([before, self.power[self.right + 1 : middle + reach + 1]])


@metric(
    unit="dB",
    better="lower",
    source=f"10 log10(largest side lobe / peak); {HOW}-13.26 dB",
    span=(-math.inf, 0),
    window="one line through the peak",
    masks="no value may be missing",
)
def pslr_db(
    image: Pixels, *, axis: int = 1, oversample: int = 16, extent_cells: float = 10
) -> float:
    """Peak side lobe ratio of a point target.

    Parameters
    ----------
    image : (n,) response, or (..., rows, cols): the line along `axis` through the brightest pixel
    axis : 0 azimuth, 1 range
    """
    lobes = _lobes(_line(image, axis), oversample)
    sides = lobes.sides(extent_cells)
    peak = lobes.power[len(lobes.power) // 2]
    return _ratio_db(float(sides.max()) if sides.size else 0.0, float(peak))


@metric(
    unit="dB",
    better="lower",
    source=f"10 log10(energy of the side lobes / of the main lobe); {HOW}about -10.16 dB",
    span=(-math.inf, math.inf),
    window="one line through the peak",
    masks="no value may be missing",
)
def islr_db(
    image: Pixels, *, axis: int = 1, oversample: int = 16, extent_cells: float = 10
) -> float:
    """Integrated side lobe ratio of a point target; arguments as `pslr_db`."""
    lobes = _lobes(_line(image, axis), oversample)
    main = float(lobes.power[lobes.left : lobes.right + 1].sum())
    return _ratio_db(float(lobes.sides(extent_cells).sum()), main)


def _line(image: Pixels, axis: int) -> Pixels:
    values = np.asarray(image, np.complex128)
    if not np.isfinite(values).all():
        raise InputError("A point target may not have missing values; choose a window without.")
    if values.ndim == 1:
        return values
    plane = values.reshape(-1, *values.shape[-2:])
    band, row, col = np.unravel_index(int(np.abs(plane).argmax()), plane.shape)
    return plane[band, :, col] if axis == 0 else plane[band, row]


def _lobes(line: Pixels, oversample: int) -> _Lobes:
    """Oversample a line and find its main lobe."""
    if len(line) < 8 or not np.abs(line).any():
        raise InputError("A point target needs a line of at least 8 pixels, not all of them 0.")
    dense = _oversampled(line, oversample)
    power = dense.real**2 + dense.imag**2
    middle = len(power) // 2
    power = np.roll(power, middle - int(power.argmax()))
    return _Lobes(power, _fall(power, middle, -1), _fall(power, middle, 1))


def _fall(power: Reals, start: int, step: int) -> int:
    """Walk from the peak down to the first minimum."""
    at = start
    while 0 < at < len(power) - 1 and power[at + step] < power[at]:
        at += step
    return at


def _oversampled(line: Pixels, factor: int) -> Pixels:
    """Insert zeros above the band, which is first brought around frequency 0."""
    n = len(line)
    middle = centroid(line[np.newaxis], 1)
    shift = 0 if math.isnan(middle) else round(middle * n)
    spectrum = np.roll(np.fft.fft(line), -shift)
    wide = np.zeros(n * factor, np.complex128)
    upper = (n + 1) // 2
    wide[:upper] = spectrum[:upper]
    wide[-(n - upper) :] = spectrum[upper:]
    if n % 2 == 0 and factor > 1:  # the bin at half the sampling rate belongs to both ends
        wide[upper] = wide[-upper] = spectrum[upper] / 2
    return np.fft.ifft(wide)


def _ratio_db(side: float, main: float) -> float:
    return 10 * math.log10(side / main) if side > 0 else -math.inf

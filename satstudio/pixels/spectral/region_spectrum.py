"""Doppler and range centroid, spectrum of a region, and how white it is.

Axis 0 is azimuth (rows), axis 1 is range (columns), of the last two axes of an array; frequencies
are in cycles a pixel, in [-0.5, 0.5), where the sampling rate is 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
CORRELATED = 0.1
"""Correlation of neighbours from which on speckle is not white for a filter any more."""

OCCUPIED = 0.01
"""Power, as a share of the largest, from which on a frequency belongs to the support."""


def power_spectrum(z: Samples, axis: int) -> Reals:
    """Estimate the power spectrum along one axis.

    Parameters
    ----------
    z : (..., rows, cols) array, complex or real
    axis : 0 along rows (azimuth), 1 along columns (range)

    Returns
    -------
    (n,) float64
        Mean of |FFT|^2 over all other axes, without a window, sum 1; bins in the order of
        `numpy.fft.fftfreq`. Lines with a value that is not finite are left out; NaN if none
        is left or all is 0.
    """
    lines = np.moveaxis(z, axis - 2, -1).reshape(-1, z.shape[axis - 2])
    lines = lines[np.isfinite(lines).all(axis=1)]
    transformed = np.fft.fft(lines.astype(np.complex128), axis=1)
    power: Reals = np.sum(transformed.real**2 + transformed.imag**2, axis=0)
    total = power.sum()
    return power / total if total > 0 else np.full(len(power), np.nan)


def centroid(z: Samples, axis: int) -> float:
    """Estimate the centre of the spectrum along one axis, in cycles a pixel (-0.5, 0.5].

    The angle of the mean product of neighbours, z[i + 1] conj(z[i]), over 2 pi: Madsen 1989,
    "Estimating the Doppler centroid of SAR data". Pixels that are not finite do not count; NaN
    where there is no power.
    """
    total = _neighbours(z, axis)
    return float(np.angle(total) / (2 * np.pi)) if total != 0 else float("nan")


def neighbour_correlation(z: Samples, axis: int) -> float:
    """Estimate how much neighbours along one axis are correlated: 0 white, 1 all alike.

    |sum z[i + 1] conj(z[i])| over the mean power of those pairs; moving the spectrum does not
    change it. A band of width B (cycles a pixel, no weighting) gives sin(pi B) / (pi B). Pixels
    that are not finite do not count; NaN where there is no power.
    """
    lines = np.moveaxis(z, axis - 2, -1).astype(np.complex128)
    first, second = lines[..., :-1], lines[..., 1:]
    good = np.isfinite(first) & np.isfinite(second)
    power = (np.sum(np.abs(first[good]) ** 2) + np.sum(np.abs(second[good]) ** 2)) / 2
    return float(abs(_neighbours(z, axis)) / power) if power > 0 else float("nan")


def occupied_share(z: Samples, axis: int) -> float:
    """Estimate which share of the sampling rate the spectrum fills, 0..1; NaN without power.

    Frequencies with at least 1 % of the largest power count; lines are cut into pieces of at
    most 256 samples, whose spectra are averaged.
    """
    length = min(256, z.shape[axis - 2])
    lines = np.moveaxis(z, axis - 2, -1)
    count = lines.shape[-1] // length
    pieces = lines[..., : count * length].reshape(-1, length)
    power = power_spectrum(pieces * np.hanning(length), 1)
    return float(np.mean(power >= OCCUPIED * power.max())) if power[0] >= 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Whiteness:
    """Where the spectrum of complex samples lies and how much of it is filled; (azimuth, range).

    Attributes
    ----------
    centre : cycles a pixel
    correlation : of neighbours, 0..1
    occupied : share of the sampling rate
    """

    centre: tuple[float, float]
    correlation: tuple[float, float]
    occupied: tuple[float, float]

    @property
    def is_white(self) -> bool:
        """Whether neighbours may be taken as independent."""
        return max(self.correlation) < CORRELATED

    @property
    def remark(self) -> str:
        """A sentence for the user; empty where the spectrum is white."""
        if self.is_white:
            return ""
        return (
            "Neighbours stay correlated by "
            f"{self.correlation[0]:.2f} in azimuth and {self.correlation[1]:.2f} in range, as "
            f"the spectrum fills {self.occupied[0]:.0%} and {self.occupied[1]:.0%} of the "
            "sampling rate: a window of n pixels is worth fewer than n looks."
        )


def whiteness(z: Samples) -> Whiteness:
    """Measure complex samples (..., rows, cols)."""
    return Whiteness(
        (centroid(z, 0), centroid(z, 1)),
        (neighbour_correlation(z, 0), neighbour_correlation(z, 1)),
        (occupied_share(z, 0), occupied_share(z, 1)),
    )


def centred(z: Samples, azimuth: float, range_: float) -> npt.NDArray[np.complex64]:
    """Shift the spectrum so that these centres (cycles a pixel) come to 0.

    Parameters
    ----------
    z : (..., rows, cols) complex array
    """
    rows, cols = z.shape[-2:]
    down = np.exp(-2j * np.pi * azimuth * np.arange(rows))[:, None]
    across = np.exp(-2j * np.pi * range_ * np.arange(cols))[None, :]
    return np.asarray(z * (down * across), np.complex64)


def _neighbours(z: Samples, axis: int) -> complex:
    """Return the sum of z[i + 1] conj(z[i]) over pairs that are finite."""
    lines = np.moveaxis(z, axis - 2, -1)
    product = lines[..., 1:].astype(np.complex128) * np.conj(lines[..., :-1])
    return complex(product[np.isfinite(product)].sum())

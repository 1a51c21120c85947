"""Doppler and range centroid, spectrum of a region.

Axis 0 is azimuth (rows), axis 1 is range (columns), of the last two axes of an array; frequencies
are in cycles a pixel, in [-0.5, 0.5), where the sampling rate is 1.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]


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
    lines = np.moveaxis(z, axis - 2, -1)
    product = lines[..., 1:].astype(np.complex128) * np.conj(lines[..., :-1])
    total = product[np.isfinite(product)].sum()
    return float(np.angle(total) / (2 * np.pi)) if total != 0 else float("nan")


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

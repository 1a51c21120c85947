"""Distances between power spectra in azimuth and range."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.metrics.score import metric
from satstudio.pixels.spectral.region_spectrum import power_spectrum

Pixels = npt.NDArray[Any]
SUPPORT = 1e-6
"""A bin with less than this share of the largest holds no signal of a band-limited system."""

MOST_PATCHES = 512
LINES = "lines with a value that is not finite do not count"


@metric(
    unit="dB",
    better="lower",
    source="rms over frequency of 10 log10(P_est / P_ref), P the mean of |FFT|^2 over lines, "
    "sum 1; bins under 1e-6 of the largest of P_ref masked",
    span=(0, math.inf),
    window="whole lines, no taper",
    masks=LINES,
)
def psd_lsd_db(reference: Pixels, estimate: Pixels, *, axis: int) -> float:
    """Log-spectral distance of the power spectra along one axis.

    Parameters
    ----------
    reference, estimate : (..., rows, cols) arrays of one length along `axis`
    axis : 0 azimuth (rows), 1 range (columns)

    Returns
    -------
    float
        dB, 0 for equal spectra; +inf if the estimate is 0 where the reference is not.
    """
    wanted, found = power_spectrum(reference, axis), power_spectrum(estimate, axis)
    support = wanted > SUPPORT * wanted.max()
    if not support.any():
        return float("nan")
    with np.errstate(divide="ignore"):
        difference_db = 10 * np.log10(found[support] / wanted[support])
    return float(np.sqrt(np.mean(difference_db**2)))


@metric(
    unit="dB",
    better="lower",
    source="the larger of psd_lsd_db along azimuth and range; mean spectra over at most 512 "
    "patches a side",
    span=(0, math.inf),
    window="whole lines, no taper",
    masks=LINES,
)
def spectrum_distance_db(first: Pixels, second: Pixels) -> float:
    """Distance of the spectra of two sets of patches.

    Parameters
    ----------
    first, second : (n, ..., rows, cols) patches; `first` is the reference

    Returns
    -------
    float
        dB, 0 for equal spectra.
    """
    pair = first[:MOST_PATCHES], second[:MOST_PATCHES]
    return max(psd_lsd_db(*pair, axis=axis) for axis in (0, 1))

"""Multilook, equivalent looks, intensity moment, speckle simulation."""

from typing import Any

import numpy as np
import numpy.typing as npt

Intensity = npt.NDArray[Any]


def equivalent_looks(intensity: Intensity) -> float:
    """Estimate how many looks a uniform patch of speckle is worth.

    Parameters
    ----------
    intensity : (rows, cols) float array
        Linear power, not decibels; NaN where there is no data.

    Returns
    -------
    float
        Mean^2 / variance (ddof 1), no unit; about 1 for single-look speckle. +inf for a
        constant, NaN for fewer than two values.
    """
    valid = intensity[np.isfinite(intensity)].astype(np.float64)
    if valid.size < 2:
        return float("nan")
    variance = valid.var(ddof=1)
    return float(valid.mean() ** 2 / variance) if variance > 0 else float("inf")


def median_intensity_moment(patches: Intensity) -> float:
    """Estimate how the intensity of patches is distributed: the median of <I^2> / <I>^2.

    Fully developed single-look speckle over a uniform area has 2 (Goodman 1976: the moments of the
    exponential distribution); texture and bright points have more, L looks 1 + 1 / L.

    Parameters
    ----------
    patches : (..., rows, cols) linear power, not decibels

    Returns
    -------
    float
        Median over all patches and bands; those with a value that is not finite, or without
        power, do not count. NaN where none is left.
    """
    wide = patches.astype(np.float64)
    mean = wide.mean(axis=(-2, -1))
    counted = np.isfinite(mean) & (mean > 0)
    if not counted.any():
        return float("nan")
    relative = wide[counted] / mean[counted][:, None, None]
    return float(np.median(np.square(relative).mean(axis=(-2, -1))))


def multilook(intensity: Intensity, rows: int, cols: int) -> npt.NDArray[np.float32]:
    """Average power over blocks of rows x cols pixels.

    Parameters
    ----------
    intensity : (..., rows, cols) linear power; what is left over at the ends is dropped

    Returns
    -------
    (..., rows // rows, cols // cols) float32
        NaN where a block holds one.
    """
    down, across = intensity.shape[-2] // rows, intensity.shape[-1] // cols
    whole = intensity[..., : down * rows, : across * cols]
    blocks = whole.reshape(*intensity.shape[:-2], down, rows, across, cols)
    return np.asarray(blocks.mean(axis=(-3, -1), dtype=np.float64), np.float32)


def simulate_speckle(
    intensity: Intensity, looks: float, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Multiply linear power by fully developed, uncorrelated speckle of this many looks.

    The factor is gamma distributed with mean 1 and variance 1 / looks (Goodman 1976).
    """
    factor = rng.gamma(looks, 1 / looks, intensity.shape)
    return np.asarray(intensity * factor, np.float32)

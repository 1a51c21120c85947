"""Multilook, equivalent looks, speckle simulation."""

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

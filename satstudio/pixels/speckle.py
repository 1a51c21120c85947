"""median_intensity_moment: how the intensity of patches is distributed, in one number."""

from typing import Any

import numpy as np
import numpy.typing as npt

Intensity = npt.NDArray[Any]


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

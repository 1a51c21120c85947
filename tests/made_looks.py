"""How many looks a uniform patch of speckle is worth, for tests of what makes or removes it."""

import numpy as np


def equivalent_looks(intensity):
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

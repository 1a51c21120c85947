"""Mean squared error, PSNR."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.raster import Mask
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]


@metric(unit="", better="lower", source="mean of |reference - estimate|^2, valid pixels and bands")
def mse(reference: Pixels, estimate: Pixels, *, mask: Mask | None = None) -> float:
    """Mean squared error of (bands, rows, cols) images; NaN if no pixel is valid."""
    error = np.subtract(reference, estimate, dtype=np.result_type(reference, np.float64))
    square = np.square(np.abs(error))
    valid = np.isfinite(square).all(axis=0)
    valid = valid if mask is None else valid & mask
    return float(square[:, valid].mean()) if valid.any() else math.nan


@metric(unit="dB", better="higher", source="10 log10(L^2 / MSE), over valid pixels and bands")
def psnr(
    reference: Pixels, estimate: Pixels, *, data_range: float, mask: Mask | None = None
) -> float:
    """Peak signal-to-noise ratio; +inf for identical images, NaN if no pixel is valid."""
    error = mse(reference, estimate, mask=mask)
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)

"""Looks of a uniform region."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.raster import Mask
from satstudio.metrics.score import metric
from satstudio.pixels.speckle import equivalent_looks

Pixels = npt.NDArray[Any]


@metric(
    unit="looks",
    better="higher",
    source="mean^2 / variance (ddof 1) of the intensity of a uniform region, mean over bands",
)
def enl(image: Pixels, *, mask: Mask | None = None) -> float:
    """Equivalent number of looks of (bands, rows, cols): |z|^2 of complex, else intensity."""
    power = np.square(np.abs(image)) if np.iscomplexobj(image) else image.astype(np.float64)
    if mask is not None:
        power = np.where(mask, power, np.nan)
    return float(np.mean([equivalent_looks(band) for band in power]))

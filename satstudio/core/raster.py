"""Raster: pixels with their grid, band names, valid mask and quantity."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import GeoGrid
from satstudio.core.quantity import Quantity

__all__ = ["Mask", "Pixels", "Quantity", "Raster", "Sampling"]

Pixels = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Sampling = Literal["full", "nearest", "mean"]
"""How a coarser reading came about: every pixel, every n-th pixel, mean (of power) of a block."""


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels in memory; frozen, so that any thread may hold it.

    Attributes
    ----------
    pixels : (bands, rows, cols) array; complex64 or a real dtype
    grid : GeoGrid of these pixels (of the full-resolution window where `sampling` is not full)
    bands : names, one a band
    valid : (rows, cols) bool; False where there is no data
    quantity : what a value is
    sampling : how a coarser reading came about
    """

    pixels: Pixels
    grid: GeoGrid
    bands: tuple[str, ...]
    valid: Mask
    quantity: Quantity = "dn"
    sampling: Sampling = "full"

    @property
    def is_complex(self) -> bool:
        """Tell whether the pixels are complex samples."""
        return np.iscomplexobj(self.pixels)

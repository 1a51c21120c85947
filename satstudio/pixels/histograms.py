"""HistogramTable: values of one image with the histogram of another, band by band."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

LEVELS = 1025
"""Quantiles that a histogram is told by."""

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HistogramTable:
    """Quantiles of two images; what lies at one of the first becomes that of the second.

    Attributes
    ----------
    own, wanted : (bands, levels)
    """

    own: Reals
    wanted: Reals

    def apply(self, image: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return (bands, rows, cols) float32; beyond the ends values are moved as the ends are."""
        made = np.empty(image.shape, np.float32)
        for band, plane in enumerate(image):
            own, first, count = np.unique(self.own[band], return_index=True, return_counts=True)
            sums = np.add.reduceat(self.wanted[band], first)
            wanted = sums / count
            inside = np.clip(plane, own[0], own[-1])
            made[band] = np.interp(inside, own, wanted) + (plane - inside)
        return made


def fit_histogram(values: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> HistogramTable:
    """Return the table that gives values the histogram of others (Gonzalez and Woods 2018, 3.3).

    Parameters
    ----------
    values, wanted : (bands, n) real samples; what is not finite does not count. A band that has no
        finite value in either stays as it is
    """
    shares = np.linspace(0, 1, LEVELS)
    own, other = [], []
    for one, two in zip(values, wanted, strict=True):
        known = one[np.isfinite(one)], two[np.isfinite(two)]
        if not (known[0].size and known[1].size):
            own.append(shares)
            other.append(shares)
            continue
        own.append(np.quantile(known[0].astype(np.float64), shares))
        other.append(np.quantile(known[1].astype(np.float64), shares))
    return HistogramTable(np.stack(own), np.stack(other))

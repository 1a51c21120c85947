"""ColourTable: the baseline that every network from grey to colour must beat.

To each grey it gives the mean colour that pixels of this grey have in the training data. It sees
one pixel at a time and knows no form; what a network gains over it, it gains by looking around.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Reals = npt.NDArray[np.float64]
LEVELS = 256
"""Bins of equal width and, as well, of equal numbers of pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourTable:
    """Mean colours by grey.

    Attributes
    ----------
    levels : (n,) float64, mean grey of the bins that have pixels, ascending; n at least 1
    colours : (bands, n) float64, mean colour of their pixels
    """

    levels: Reals
    colours: Reals

    def apply(self, grey: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Return the colours of grey images, between the levels by straight lines.

        Below the first level and above the last one their colours hold on.

        Parameters
        ----------
        grey : (..., 1, rows, cols)

        Returns
        -------
        (..., bands, rows, cols) float32; NaN where grey is NaN
        """
        flat = _one_band(grey)
        bands = [np.interp(flat, self.levels, colour) for colour in self.colours]
        return np.stack(bands, axis=-3).astype(np.float32)


def fit_colour_table(
    grey: npt.NDArray[Any], colour: npt.NDArray[Any], levels: int = LEVELS
) -> ColourTable:
    """Fit the table to pairs of images.

    Parameters
    ----------
    grey : (..., 1, rows, cols), real
    colour : (..., bands, rows, cols), real, any number of bands
    levels : bins of either kind

    Raises
    ------
    InputError
        If the images do not go together, or no pixel has both a grey and a whole colour.
    """
    flat = _one_band(grey)
    if colour.ndim < 3 or flat.shape != (*colour.shape[:-3], *colour.shape[-2:]):
        raise InputError(
            f"Grey of {grey.shape} and colour of {colour.shape} are no pairs of images."
        )
    is_whole = np.isfinite(flat) & np.isfinite(colour).all(axis=-3)
    values = flat[is_whole].astype(np.float64)
    if not values.size:
        raise InputError("No pixel has both a grey and a colour; there is nothing to fit.")
    edges = _edges(values, levels)
    place = np.searchsorted(edges, values, side="right")
    counts = np.bincount(place, minlength=len(edges) + 1)
    has_pixels = counts > 0
    sums = [np.bincount(place, values, len(counts))]
    for band in np.moveaxis(colour, -3, 0):
        sums.append(np.bincount(place, band[is_whole].astype(np.float64), len(counts)))
    means = np.stack(sums)[:, has_pixels] / counts[has_pixels]
    return ColourTable(means[0], means[1:])


def _edges(values: Reals, levels: int) -> Reals:
    """Return edges between bins: of equal width for what is rare, equal numbers for what is not."""
    shares = np.linspace(0, 1, levels + 1)[1:-1]
    low, high = float(values.min()), float(values.max())
    return np.unique(np.concatenate([low + shares * (high - low), np.quantile(values, shares)]))


def _one_band(grey: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return (..., rows, cols) of an image of one band."""
    if grey.ndim < 3 or grey.shape[-3] != 1:
        raise InputError(f"Grey images have one band: (..., 1, rows, cols), not {grey.shape}.")
    return grey[..., 0, :, :]

"""difference_picture: by how much a restored window differs from what stands beside it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from satstudio.core.quantity import has_power, to_power
from satstudio.core.raster import Mask, Raster
from satstudio.gui.canvas.picture_view import image_of
from satstudio.gui.pages.restore.preview.restored_picture import Restored
from satstudio.render.colormaps import shades

MAP = "blue_orange"
SHARE = 99.0
"""Percentile of the differences that has the full colour."""

TINY = 1e-30


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A picture of differences, blue below 0, orange above.

    Attributes
    ----------
    image : None where both cannot be compared; `reason` then says why
    limit : difference of the full colours, in `unit`
    band : which band is compared
    """

    image: QImage | None
    limit: float = 0.0
    unit: str = ""
    band: str = ""
    reason: str = ""


def difference_picture(made: Restored, other: Restored, band: int) -> Difference:
    """Return the difference of a band (from 0) of both; runs on another thread.

    Of radar in dB: 10 log10 of the ratio of powers. Elsewhere in the scene's own numbers.
    """
    one, two = made.raster, other.raster
    if one.pixels.shape[1:] != two.pixels.shape[1:]:
        return Difference(None, reason="it has pixels of another size")
    band = band if band < min(len(one.pixels), len(two.pixels)) else 0
    planes, unit = _planes(one, two, band)
    apart = planes[0] - planes[1]
    known = one.valid & two.valid & np.isfinite(apart)
    if not known.any():
        return Difference(None, reason="no pixel has data in both")
    limit = float(np.percentile(np.abs(apart[known]), SHARE)) or 1.0
    image = image_of(_coloured(apart / limit, known))
    return Difference(image, limit, unit, one.bands[band] if band < len(one.bands) else "")


def _planes(one: Raster, two: Raster, band: int) -> tuple[list[npt.NDArray[np.float64]], str]:
    is_radar = all(has_power(each.quantity) and each.quantity != "dn" for each in (one, two))
    if not is_radar:
        return [each.pixels[band].astype(np.float64) for each in (one, two)], ""
    powers = [to_power(each.pixels[band], each.quantity).astype(np.float64) for each in (one, two)]
    return [10 * np.log10(np.maximum(power, TINY)) for power in powers], "dB"


def _coloured(share: npt.NDArray[np.float64], known: Mask) -> npt.NDArray[np.uint8]:
    """Return (rows, cols, 4) uint8 as B, G, R, A of -1..1; nothing where it is not known."""
    place = np.clip((np.where(known, share, 0) + 1) / 2, 0, 1)
    colours = np.where(known, shades(MAP, place), np.uint32(0))
    return np.ascontiguousarray(colours).view(np.uint8).reshape(*share.shape, 4)

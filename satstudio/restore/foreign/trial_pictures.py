"""save_before_after: the patch of a trial and what the network made of it, as two small PNGs."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Quantity, Raster
from satstudio.render.compose import Picture, render
from satstudio.render.picture import resized, save_png
from satstudio.render.statistics import statistics_of
from satstudio.render.style import style_for
from satstudio.render.views import View

BEFORE, AFTER = "before.png", "after.png"
LEAST_PX: Final = 192


def save_before_after(before: npt.NDArray[Any], after: npt.NDArray[Any], folder: Path) -> None:
    """Save two images (bands, rows, cols), each with a stretch of its own, in a folder."""
    for name, values in ((BEFORE, before), (AFTER, after)):
        save_png(small_picture(values), folder / name)


def small_picture(values: npt.NDArray[Any]) -> Picture:
    """Draw an image (bands, rows, cols): three bands in colour, else the first in grey."""
    rows, cols = values.shape[1:]
    grid, valid = GeoGrid(Size(rows, cols)), np.isfinite(values).all(axis=0)
    names = tuple(f"band{number}" for number in range(1, len(values) + 1))
    quantity: Quantity = "complex" if np.iscomplexobj(values) else "dn"
    raster = Raster(np.nan_to_num(values), grid, names, valid, quantity)
    is_colour = len(values) >= 3 and quantity == "dn"
    view: View = "hsv" if quantity == "complex" else "rgb" if is_colour else "band"
    bands = (0, 1, 2) if is_colour else (0,)
    style = style_for(view, statistics_of(raster), bands)
    enlarge = max(1, -(-LEAST_PX // max(rows, cols)))
    return resized(render(raster, style), Size(rows * enlarge, cols * enlarge))

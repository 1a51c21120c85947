"""What the preview of a restoration shows: which window, in which view, as which picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import is_radar
from satstudio.core.raster import Mask, Quantity, Raster
from satstudio.gui.canvas.picture_view import image_of
from satstudio.gui.canvas.tiles.painter import View
from satstudio.render.compose import Picture, render
from satstudio.render.statistics import Statistics
from satstudio.render.style import DisplayStyle, statistics_of, style_for
from satstudio.render.views import View as ViewName

MOST_PX = 512
POINTS = (170, 30, 255, 255)
"""Colour of points: B, G, R, A; neither that of bright nor of dark ground."""


@dataclass(frozen=True, slots=True, eq=False)
class Restored:
    """A restored window in memory.

    Attributes
    ----------
    points, invented : (rows, cols) of the result, where points were looked for, and where a model
        may invent values that no image shows
    """

    window: Window
    raster: Raster
    points: Mask | None = None
    invented: Mask | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RestoredPicture:
    """A restored window as it is shown."""

    restored: Restored
    asked: DisplayStyle
    image: QImage
    points: QImage | None = None


def preview_window(size: Size, view: View, most_px: int = MOST_PX) -> Window | None:
    """Return the part of a scene in view, at most `most_px` a side, around the middle of it."""
    seen = view.viewport.visible(size, view.size)
    if seen.rows < 1 or seen.cols < 1:
        return None
    rows, cols = min(seen.rows, most_px), min(seen.cols, most_px)
    row = seen.row + (seen.rows - rows) // 2
    col = seen.col + (seen.cols - cols) // 2
    return Window(row, col, rows, cols)


def preview_views(is_complex: bool, own: ViewName, has_phase: bool) -> tuple[ViewName, ...]:
    """Return the views in which a scene and its result look alike."""
    if not is_complex:
        return tuple(dict.fromkeys((own, "band", "db")))
    power: tuple[ViewName, ...] = ("db", "amplitude", "intensity")
    return (*power, "hsv", "phase") if has_phase else power


def preview_style(style: DisplayStyle, statistics: Statistics, view: ViewName) -> DisplayStyle:
    """Return the style for both sides: the layer's own where it has this view."""
    if style.view == view:
        return style
    bands = style.bands if view == "rgb" else style.bands[:1]
    return style_for(view, statistics, bands, base=style)


def read_restored(
    path: Path, window: Window, bands: tuple[str, ...], quantity: Quantity
) -> Restored:
    """Read the pixels that a preview left, and delete the file; runs on another thread."""
    with np.load(path, allow_pickle=False) as made:
        pixels, valid = made["pixels"], made["valid"]
        points, invented = made.get("points"), made.get("invented")
    path.unlink()
    raster = Raster(pixels, GeoGrid(Size(*pixels.shape[1:])), bands, valid, quantity)
    return Restored(window, raster, points, invented)


def is_alike(before: Quantity, after: Quantity) -> bool:
    """Tell whether one stretch makes sense for a scene and its result."""
    return before == after or (is_radar(before) and is_radar(after))


def picture_of(
    restored: Restored, style: DisplayStyle, before: Quantity, of: int
) -> RestoredPicture:
    """Render a restored window; runs on another thread.

    Parameters
    ----------
    style : of the scene; a result of another kind of values has a stretch of its own
    before : what the scene holds
    of : how many bands the scene has; where a grey one was given colours, they are shown
    """
    raster, asked = restored.raster, style
    if not is_alike(before, raster.quantity):
        style = _own_style(raster)
    if _is_coloured(raster, style, of):
        low, high = style.limits()
        style = style.changed(bands=(0, 1, 2), view="rgb", low=low, high=high)
    if max(style.bands) >= len(raster.pixels):
        low, high = style.limits()
        style = style.changed(bands=(0,), view=_single(style.view), low=low, high=high)
    mask = restored.points if restored.points is not None else restored.invented
    points = None if mask is None else image_of(coloured(mask))
    return RestoredPicture(restored, asked, image_of(render(raster, style)), points)


def coloured(mask: Mask) -> Picture:
    """Return (rows, cols, 4) uint8 as B, G, R, A: POINTS where the mask is, nothing elsewhere."""
    return np.where(mask[..., None], np.array(POINTS, np.uint8), np.uint8(0))


def _is_coloured(raster: Raster, style: DisplayStyle, of: int) -> bool:
    """Whether three bands were made of one, and are seen as plain values."""
    return of == 1 and len(raster.pixels) == 3 and style.view == "band" and not raster.is_complex


def _own_style(raster: Raster) -> DisplayStyle:
    bands = (0, 1, 2) if len(raster.bands) == 3 else (0,)
    view: ViewName = "hsv" if raster.is_complex else "rgb" if len(bands) > 1 else "band"
    return style_for(view, statistics_of(raster), bands)


def _single(view: ViewName) -> ViewName:
    return "band" if view == "rgb" else view

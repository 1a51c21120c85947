"""preview_words: what is said below a preview of a restored window."""

from PySide6.QtCore import QCoreApplication

from satstudio.core.raster import Quantity
from satstudio.gui.kit.widgets import grouped
from satstudio.gui.pages.restore.preview.restored_picture import MOST_PX, Restored, is_alike

LEAST_SHOWN = 90
"""Screen units; a smaller preview asks for more zoom."""


def preview_words(
    restored: Restored, before: Quantity | None, scale: float, dpr: float, *, has_mask: bool
) -> str:
    """Return which part is previewed, and what is to know of its look.

    Parameters
    ----------
    before : what the scene holds
    scale, dpr : screen units a pixel of the scene, and pixels of the screen a unit
    has_mask : the mask of points, or of what is invented, is shown
    """
    window = restored.window
    if window.cols * scale < LEAST_SHOWN:
        return _tr("The preview is the small frame: press 0 to see it one to one.")
    text = _tr("Preview of all {rows} x {cols} px in view, at full resolution")
    if max(window.rows, window.cols) == MOST_PX:
        text = _tr("Preview of {rows} x {cols} px around the middle of the view")
        if scale * dpr < 1:
            text += _tr("; press 0 to see it one to one")
    if before is not None and not is_alike(before, restored.raster.quantity):
        text += _tr("; other values than the scene's, so in a stretch of their own")
    mask = restored.points if restored.points is not None else restored.invented
    if has_mask and mask is not None:
        is_points = restored.points is not None
        text += _tr("; {count} px of points") if is_points else _tr("; {count} px invented")
    count = 0 if mask is None else int(mask.sum())
    return text.format(rows=window.rows, cols=window.cols, count=grouped(count))


def _tr(text: str) -> str:
    return QCoreApplication.translate("PreviewWords", text)

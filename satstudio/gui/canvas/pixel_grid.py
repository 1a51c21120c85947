"""paint_pixels: lines between pixels and values in them, where they are large enough."""

import cmath
import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from satstudio.core.grid import Window
from satstudio.core.raster import Raster
from satstudio.gui.canvas.overlays import screen_rect
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.canvas.tiles.requests import TileLook
from satstudio.gui.kit.scenes.tile_cache import RawCache
from satstudio.gui.kit.scenes.tile_grid import TILE_PX, Tile

GRID_FROM_PX = 16
VALUES_FROM_PX = 64


def paint_pixels(painter: QPainter, view: View, look: TileLook, raw: RawCache) -> None:
    """Paint lines from 16 device pixels a pixel on, values from 64; nothing below."""
    if min(view.device_px) < GRID_FROM_PX:
        return
    window = view.viewport.visible(look.grid.size, view.size)
    _paint_lines(painter, view, window)
    if min(view.device_px) < VALUES_FROM_PX:
        return
    usual = painter.font()
    painter.setFont(_small(usual))
    for row in range(window.row, window.end_row):
        for col in range(window.col, window.end_col):
            raster = raw.get(look.key(Tile(0, row // TILE_PX, col // TILE_PX)))
            if raster is not None:
                text = pixel_text(raster, row % TILE_PX, col % TILE_PX)
                _paint_text(painter, screen_rect(Window(row, col, 1, 1), view), text)
    painter.setFont(usual)


def pixel_text(raster: Raster, row: int, col: int) -> str:
    """Return what is written into a pixel: value, or magnitude and phase on two lines."""
    if not raster.valid[row, col]:
        return "no data"
    value = raster.pixels[0, row, col].item()
    if isinstance(value, complex):
        return f"{abs(value):.4g}\n{math.degrees(cmath.phase(value)):.0f}°"
    return f"{value:.6g}"


def _paint_lines(painter: QPainter, view: View, window: Window) -> None:
    rect = screen_rect(window, view)
    rows, cols = view.viewport.scales
    top, left, bottom, right = rect.top(), rect.left(), rect.bottom(), rect.right()
    across = [top + i * rows for i in range(window.rows + 1)]
    down = [left + i * cols for i in range(window.cols + 1)]
    lines = [QLineF(left, y, right, y) for y in across]
    lines += [QLineF(x, top, x, bottom) for x in down]
    painter.setPen(QPen(QColor(128, 128, 128, 110), 0))
    painter.drawLines(lines)


def _paint_text(painter: QPainter, rect: QRectF, text: str) -> None:
    """Paint text into one pixel on a dark plate, where it fits."""
    lines = text.split("\n")
    metrics = QFontMetricsF(painter.font())
    high = metrics.lineSpacing()
    longest = max(metrics.horizontalAdvance(line) for line in lines)
    box = QRectF(0, 0, longest + 4, high * len(lines) + 2)
    if box.width() > rect.width() or box.height() > rect.height():
        return
    box.moveCenter(rect.center())
    painter.fillRect(box, QColor(0, 0, 0, 130))
    painter.setPen(QColor(240, 240, 240))
    for i, line in enumerate(lines):
        row = QRectF(box.left(), box.top() + 1 + i * high, box.width(), high)
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, line)


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * 0.78, 6))
    return small

"""Overlays: what is drawn over the picture without taking the mouse."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from satstudio.core.grid import Window
from satstudio.gui.canvas.tiles.painter import View

TRAIN = QColor(64, 190, 255)
VALIDATION = QColor(255, 170, 40)


class Overlay(Protocol):
    """Something painted over the picture."""

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint in screen units."""
        ...


def screen_rect(window: Window, view: View) -> QRectF:
    """Return where a window of the scene is on the screen."""
    return view.rect(window)


def seen_rects(windows: Sequence[Window], view: View) -> list[QRectF]:
    """Return the screen rectangles of the windows that lie in view."""
    rows, cols = view.viewport.scales
    top, left = view.viewport.to_screen(0, 0, view.size)
    high, wide = view.size.rows, view.size.cols
    found = []
    for window in windows:
        y, x = top + window.row * rows, left + window.col * cols
        h, w = window.rows * rows, window.cols * cols
        if y < high and x < wide and y + h > 0 and x + w > 0:
            found.append(QRectF(x, y, w, h))
    return found


@dataclass(frozen=True, slots=True)
class WindowsOverlay:
    """Many rectangles in two looks: training solid blue, validation dashed orange.

    Parameters
    ----------
    train, validation : windows of the scene
    """

    train: tuple[Window, ...] = ()
    validation: tuple[Window, ...] = ()

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint the rectangles in view; filled where they would only be dots."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._paint(painter, seen_rects(self.train, view), TRAIN, Qt.PenStyle.SolidLine)
        self._paint(painter, seen_rects(self.validation, view), VALIDATION, Qt.PenStyle.DashLine)
        painter.restore()

    def _paint(
        self, painter: QPainter, rects: list[QRectF], colour: QColor, style: Qt.PenStyle
    ) -> None:
        pen = QPen(colour, 1.5 if len(rects) < 2000 else 0, style)
        pen.setCosmetic(True)
        painter.setPen(pen)
        fill = QColor(colour)
        fill.setAlpha(36)
        painter.setBrush(fill)
        painter.drawRects(rects)


def paint_mark(painter: QPainter, view: View, row: float, col: float) -> None:
    """Mark one pixel, large enough to be seen at every zoom."""
    rect = screen_rect(Window(int(row), int(col), 1, 1), view)
    more = max(0.0, (9 - min(rect.width(), rect.height())) / 2)
    rect.adjust(-more, -more, more, more)
    for colour, width in ((QColor(0, 0, 0), 3.5), (QColor(255, 255, 255), 1.5)):
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)


def paint_label(painter: QPainter, corner: QPointF, text: str) -> QRectF:
    """Paint a line of text on a dark plate; `corner` is its upper left; returns the plate."""
    metrics = QFontMetricsF(painter.font())
    plate = QRectF(
        corner.x(), corner.y(), metrics.horizontalAdvance(text) + 12, metrics.height() + 6
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(15, 15, 15, 200))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor(235, 235, 235))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
    return plate

"""CanvasLinks: canvases that show the same place and mark the same pixel."""

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QColor, QPainter, QPen

from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.canvas.tiles.painter import View
from satstudio.session.viewport import Viewport

ARM_PX = 9
GAP_PX = 3


class CrossOverlay:
    """A small cross at the place that the mouse has in another view."""

    def __init__(self) -> None:
        self.place: tuple[float, float] | None = None

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint in screen units, readable on black and white."""
        if self.place is None:
            return
        down, right = view.viewport.to_screen(*self.place, view.size)
        for colour, width in ((QColor(0, 0, 0), 3.5), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(colour, width))
            for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                near = QPointF(right + x * GAP_PX, down + y * GAP_PX)
                far = QPointF(right + x * ARM_PX, down + y * ARM_PX)
                painter.drawLine(near, far)


class CanvasLinks(QObject):
    """Hands what one canvas does on to the others."""

    moved = Signal(object)
    """The Viewport that all have now; None while they are fitted."""

    hovered = Signal(object)
    """(row, col) under the mouse, None outside."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvases: list[Canvas] = []
        self._crosses: dict[Canvas, CrossOverlay] = {}

    def add(self, canvas: Canvas) -> None:
        """Link one more canvas for good."""
        self._canvases.append(canvas)
        self._crosses[canvas] = CrossOverlay()
        canvas.viewport_changed.connect(partial(self._on_moved, canvas))
        canvas.hovered.connect(partial(self._on_hovered, canvas))

    def cross(self, canvas: Canvas) -> CrossOverlay:
        """Return the cross of a canvas, to be among its overlays."""
        return self._crosses[canvas]

    def others(self, canvas: Canvas) -> Iterable[Canvas]:
        """Return all but one."""
        return (other for other in self._canvases if other is not canvas)

    def _on_moved(self, canvas: Canvas, viewport: Viewport | None) -> None:
        for other in self.others(canvas):
            other.set_viewport(viewport)
        if canvas.isVisible():
            self.moved.emit(viewport)

    def _on_hovered(self, canvas: Canvas, place: tuple[float, float] | None) -> None:
        for other in self.others(canvas):
            cross = self._crosses[other]
            if cross.place != place:
                cross.place = place
                other.update()
        self._crosses[canvas].place = None
        self.hovered.emit(place)

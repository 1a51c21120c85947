"""CurveReadout: an upright line at a step; ValueBubble: the values of a plot's curves there."""

import html
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QWidget

from satstudio.gui.kit.widgets import grouped

Value = tuple[str, float, str]
"""Name, value and colour of a curve."""

GAP_PX = 14


class CurveReadout:
    """An upright line in a plot; hidden until it is given a step."""

    def __init__(self, plot: Any) -> None:  # noqa: ANN401 - pyqtgraph has no types
        self._line = pg.InfiniteLine(angle=90)
        plot.addItem(self._line, ignoreBounds=True)
        self.hide()

    @property
    def step(self) -> float | None:
        """Where it is; None where it is hidden."""
        return float(self._line.value()) if self._line.isVisible() else None

    def hide(self) -> None:
        """Show nothing."""
        self._line.hide()

    def show(self, step: float) -> None:
        """Stand at a step."""
        self._line.setValue(step)
        self._line.show()

    def recolour(self, text: QColor, ratio: float) -> None:
        """Take the colour of text; `ratio`: device pixels per pixel."""
        self._line.setPen(pg.mkPen(text, width=ratio, style=Qt.PenStyle.DotLine))


class ValueBubble(QLabel):
    """Values beside the mouse; lies over all plots, so that none cuts it off."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("card")
        self.setAutoFillBackground(True)
        self.setMargin(4)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_values(self, place: QPoint, step: float, values: Sequence[Value]) -> None:
        """Show values at a step beside a place of the parent."""
        rows = [f"step {grouped(round(step))}"]
        rows += [
            f'<span style="color:{colour}">\N{BLACK SQUARE}</span> {html.escape(name)} '
            f"<b>{value:.4g}</b>"
            for name, value, colour in values
        ]
        self.setText("<br>".join(rows))
        self.adjustSize()
        room = self._over.size()
        left = place.x() + GAP_PX
        if left + self.width() > room.width():
            left = place.x() - GAP_PX - self.width()
        top = min(place.y() + GAP_PX, room.height() - self.height())
        self.move(max(left, 0), max(top, 0))
        self.setVisible(bool(values))
        self.raise_()

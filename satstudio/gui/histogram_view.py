"""HistogramView: how often which value occurs, with the two limits of the stretch to drag."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from satstudio.render.legend import number_text
from satstudio.render.statistics import Statistics
from satstudio.render.style import DisplayStyle, View
from satstudio.session.store import Drag

GRIP_PX = 8
STEPS = 200
BINS = 128
MARGIN = 7.0


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts between edges; `edges` has one number more."""

    counts: npt.NDArray[np.float64]
    edges: npt.NDArray[np.float64]


class HistogramView(QWidget):
    """Shows a histogram; the limits are dragged, or moved by Left and Right (Up/Down changes)."""

    dragged = Signal(float, float)
    """The new low and high."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._histogram: Histogram | None = None
        self._low, self._high = 0.0, 1.0
        self._held = ""
        self._presses = 0
        self._chosen = "low"
        self._room = (0.0, 1.0)
        self.colour = QColor(128, 128, 128)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Histogram with the limits of the stretch"))
        self.setToolTip(
            self.tr("Drag the two lines: below the first is dark, above the last bright")
        )

    @property
    def limits(self) -> tuple[float, float]:
        """The low and high limit."""
        return self._low, self._high

    @property
    def drag(self) -> Drag:
        """What the changes of the line that is held belong to."""
        return Drag("stretch", self._presses if self._held else 0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a height of six lines of text."""
        return QSize(200, self.fontMetrics().lineSpacing() * 6)

    def show_histogram(self, histogram: Histogram | None, colour: QColor | None = None) -> None:
        """Show other counts."""
        self._histogram = histogram
        self.colour = colour or self.palette().windowText().color()
        self.update()

    def show_limits(self, low: float, high: float) -> None:
        """Move the lines; tells nobody."""
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self.setAccessibleDescription(f"{number_text(low)} … {number_text(high)}")
            self.update()

    def value_at(self, x: float) -> float:
        """Return the value at a place of the widget."""
        first, last = self._ends()
        return first + (x - MARGIN) / max(self.width() - 2 * MARGIN, 1) * (last - first)

    def place_of(self, value: float) -> float:
        """Return the place of a value in the widget."""
        first, last = self._ends()
        return MARGIN + (value - first) / (last - first) * (self.width() - 2 * MARGIN)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint bars, lines and what is stretched."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(self.palette().mid().color(), 1))
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(ground, 3, 3)
        if self._histogram is not None:
            self._paint_bars(painter, self._histogram)
            self._paint_limits(painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the nearer line."""
        if event.button() == Qt.MouseButton.LeftButton and self._histogram is not None:
            self._presses += 1
            self._held = self._nearer(event.position().x())
            self._chosen = self._held
            self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the line that is held."""
        x = event.position().x()
        if self._held:
            self._move_to(x)
        near = min(abs(x - self.place_of(value)) for value in self.limits) <= GRIP_PX
        shape = Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let the line go."""
        self._held = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move the chosen line by a two-hundredth; Up and Down choose the other one."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._chosen = "high" if self._chosen == "low" else "low"
            self.update()
        elif event.key() in steps and self._histogram is not None:
            first, last = self._ends()
            step = steps[Qt.Key(event.key())] * (last - first) / STEPS
            self._set(self._chosen, (self._low if self._chosen == "low" else self._high) + step)
        else:
            super().keyPressEvent(event)

    def _move_to(self, x: float) -> None:
        inside = min(max(x, MARGIN), self.width() - MARGIN)
        self._set(self._held, self.value_at(inside))

    def _set(self, which: str, value: float) -> None:
        low, high = self._low, self._high
        if which == "low":
            low = min(value, high)
        else:
            high = max(value, low)
        if (low, high) != (self._low, self._high):
            self.show_limits(low, high)
            self.dragged.emit(low, high)

    def _nearer(self, x: float) -> str:
        low, high = self.place_of(self._low), self.place_of(self._high)
        if low == high:
            return "low" if x < low else "high"
        return "low" if abs(x - low) <= abs(x - high) else "high"

    def _ends(self) -> tuple[float, float]:
        """Return the smallest and largest value that has room; fixed while a line is held."""
        shown = self._histogram
        if shown is None:
            return 0.0, 1.0
        first, last = float(shown.edges[0]), float(shown.edges[-1])
        if not self._held:
            self._room = (min(first, self._low), max(last, self._high))
        first, last = self._room
        return first, last if last > first else first + 1

    def _paint_bars(self, painter: QPainter, shown: Histogram) -> None:
        most = float(shown.counts.max()) or 1.0
        high = self.height() - 8
        points = [QPointF(self.place_of(float(shown.edges[0])), self.height() - 2)]
        for count, left, right in zip(shown.counts, shown.edges[:-1], shown.edges[1:], strict=True):
            y = self.height() - 2 - high * float(np.sqrt(count / most))
            points.append(QPointF(self.place_of(float(left)), y))
            points.append(QPointF(self.place_of(float(right)), y))
        points.append(QPointF(self.place_of(float(shown.edges[-1])), self.height() - 2))
        fill = QColor(self.colour)
        fill.setAlpha(110)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))

    def _paint_limits(self, painter: QPainter) -> None:
        low, high = self.place_of(self._low), self.place_of(self._high)
        shade = QColor(self.palette().highlight().color())
        shade.setAlpha(40)
        painter.fillRect(QRectF(low, 1, max(high - low, 0), self.height() - 2), shade)
        for name, x in (("low", low), ("high", high)):
            is_chosen = self.hasFocus() and self._chosen == name
            painter.setPen(QPen(self.palette().highlight().color(), 3 if is_chosen else 2))
            painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 1))
            painter.setBrush(self.palette().highlight())
            painter.drawEllipse(QPointF(x, self.height() / 2), 4, 4)


def counted(statistics: Statistics, style: DisplayStyle, band: int) -> Histogram | None:
    """Count the sample of a band as its view shows it, without the rarest thousandths."""
    view: View = "band" if style.view == "rgb" else style.view
    values = statistics.values(view, band, style.scale)
    if len(values) == 0:
        return None
    first, last = (float(end) for end in np.percentile(values, (0.1, 99.9)))
    counts, edges = np.histogram(values, BINS, (first, last if last > first else first + 1))
    return Histogram(counts.astype(np.float64), edges)

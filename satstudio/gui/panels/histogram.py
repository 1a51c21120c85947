"""HistogramView: how often which value occurs, with the two limits of the stretch to drag."""

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from satstudio.gui.panels.counts import Histogram
from satstudio.render.legend import nice_ticks, number_text
from satstudio.session.store import Drag

GRIP_PX = 8
STEPS = 200
MARGIN = 7.0
FREE = 0.06
"""Share of the span that stays free beside bars and limits, so that these can be dragged on."""

TICK_CHARS = 7


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
        self._unit = ""
        self._pointed: float | None = None
        self._is_log = False
        self.colour: QColor | None = None
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
        """Return a height of nine lines of text."""
        return QSize(200, self.fontMetrics().lineSpacing() * 9)

    @property
    def pointed_text(self) -> str:
        """What stands under the mouse: the value, and how many of the samples have it."""
        if self._pointed is None or self._histogram is None:
            return ""
        text = f"{number_text(self._pointed)} {self._unit}".strip()
        found = self._histogram.share_at(self._pointed)
        return f"{text}: {100 * (found[2] if found else 0):.3g} %"

    @property
    def ticks(self) -> tuple[float, ...]:
        """Values that the axis names."""
        wide = self.fontMetrics().averageCharWidth() * TICK_CHARS
        return nice_ticks(*self._ends(), most=max(int(self.width() / wide), 2))

    def set_log(self, is_log: bool) -> None:
        """Let bars grow with the logarithm of their counts, or with the counts."""
        self._is_log = is_log
        self.update()

    def set_unit(self, unit: str) -> None:
        """Name the unit of the values."""
        self._unit = unit
        self.update()

    def show_histogram(self, histogram: Histogram | None, colour: QColor | None = None) -> None:
        """Show other counts."""
        self._histogram = histogram
        self.colour = colour  # None: that of the theme, which may change
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
        share = (max(value, first) - first) / (last - first)
        return MARGIN + share * (self.width() - 2 * MARGIN)

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
            self._paint_axis(painter)
            self._paint_limits(painter)
            self._paint_pointed(painter)
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
        self._pointed = self.value_at(x)
        self.update()
        if self._held:
            self._move_to(x)
        near = min(abs(x - self.place_of(value)) for value in self.limits) <= GRIP_PX
        shape = Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let the line go; the axis makes room beyond it again."""
        self._held = ""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Speak of no value any more."""
        super().leaveEvent(event)
        self._pointed = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move the chosen line by a two-hundredth; Up and Down choose the other one."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._chosen = "high" if self._chosen == "low" else "low"
            self.update()
        elif event.key() in steps and self._histogram is not None:
            first, last = self._ends()
            step = steps[Qt.Key(event.key())] * (last - first) / STEPS
            now = self._low if self._chosen == "low" else self._high
            self._set(self._chosen, max(now, first) + step)
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
        if not self._held:
            known = [end for end in self.limits if math.isfinite(end)]
            first = min([float(shown.edges[0]), *known])
            last = max([float(shown.edges[-1]), *known])
            more = FREE * (last - first)
            self._room = (first - more, last + more)
        first, last = self._room
        return first, last if last > first else first + 1

    @property
    def _foot(self) -> float:
        """Where bars stand: above the numbers of the axis."""
        return self.height() - self.fontMetrics().lineSpacing() - 4.0

    def _paint_bars(self, painter: QPainter, shown: Histogram) -> None:
        counts = np.log1p(shown.counts) if self._is_log else shown.counts
        most = float(counts.max()) or 1.0
        foot = self._foot
        high = foot - self.fontMetrics().lineSpacing() - 4
        points = [QPointF(self.place_of(float(shown.edges[0])), foot)]
        for count, left, right in zip(counts, shown.edges[:-1], shown.edges[1:], strict=True):
            y = foot - high * float(count / most)
            points.append(QPointF(self.place_of(float(left)), y))
            points.append(QPointF(self.place_of(float(right)), y))
        points.append(QPointF(self.place_of(float(shown.edges[-1])), foot))
        fill = QColor(self.colour or self.palette().windowText().color())
        fill.setAlpha(110)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF(points))

    def _paint_axis(self, painter: QPainter) -> None:
        foot, wide = self._foot, self.width()
        line = self.fontMetrics().lineSpacing()
        painter.setPen(QPen(self.palette().mid().color(), 1))
        painter.drawLine(QPointF(MARGIN, foot), QPointF(wide - MARGIN, foot))
        painter.setPen(QPen(self.palette().placeholderText().color(), 1))
        written = 0.0
        for value in self.ticks:
            x, text = self.place_of(value), number_text(value)
            painter.drawLine(QPointF(x, foot), QPointF(x, foot + 3))
            half = self.fontMetrics().horizontalAdvance(text) / 2 + 1
            middle = min(max(x, half + 2), wide - half - 2)
            room = QRectF(middle - half, foot + 3, 2 * half, line)
            if room.left() < written:
                continue  # the number before stands there
            written = room.right() + 4
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_pointed(self, painter: QPainter) -> None:
        """Write what is under the mouse above the bars, and draw a thin line there."""
        if self._pointed is None:
            return
        x = self.place_of(self._pointed)
        painter.setPen(QPen(self.palette().windowText().color(), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, self.fontMetrics().lineSpacing() + 3), QPointF(x, self._foot))
        painter.setPen(self.palette().windowText().color())
        room = QRectF(self.rect()).adjusted(MARGIN, 2, -MARGIN, 0)
        flags = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter
        painter.drawText(room, flags, self.pointed_text)

    def _paint_limits(self, painter: QPainter) -> None:
        low, high = self.place_of(self._low), self.place_of(self._high)
        shade = QColor(self.palette().highlight().color())
        shade.setAlpha(40)
        top, foot = self.fontMetrics().lineSpacing() + 3, self._foot
        painter.fillRect(QRectF(low, top, max(high - low, 0), foot - top), shade)
        for name, x in (("low", low), ("high", high)):
            is_chosen = self.hasFocus() and self._chosen == name
            painter.setPen(QPen(self.palette().highlight().color(), 3 if is_chosen else 2))
            painter.drawLine(QPointF(x, top), QPointF(x, foot))
            painter.setBrush(self.palette().highlight())
            painter.drawEllipse(QPointF(x, (top + foot) / 2), 4, 4)

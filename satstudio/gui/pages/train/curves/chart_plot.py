"""ChartPlot: one chart as a plot: curves, level lines, the best step, values under the mouse."""

import html
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPalette, QWheelEvent

from satstudio.gui.kit.theme import curve_colours
from satstudio.gui.pages.train.curves.chart_parts import Chart, Curve
from satstudio.gui.pages.train.curves.charts import OF_FEATURES
from satstudio.gui.pages.train.curves.curve_levels import CurveLevels
from satstudio.gui.pages.train.curves.curve_points import CurvePoints, thinned
from satstudio.gui.pages.train.curves.curve_readout import CurveReadout, Value
from satstudio.gui.pages.train.curves.log_axis import LogAxis
from satstudio.gui.pages.train.curves.smoothing import nearest, smoothed

LEAST_LINES, OF_AXIS = 7, 2
"""Least height of a plot, in lines of text; more of the one with the axis of steps."""

BEST_WIDTH = 1.2
RAW_ALPHA = 0.3
"""Of a curve behind its smoothed one."""


class ChartPlot(pg.PlotWidget):  # type: ignore[misc] # pyqtgraph has no types
    """A plot over the axis of steps."""

    pointed = Signal(float, QPoint)
    """The step under the mouse, and where on the screen it is."""

    left = Signal()
    """The mouse is over no plot any more."""

    reset_asked = Signal()

    menu_asked = Signal(QPoint)
    """Where on the screen."""

    zoomed = Signal()
    """The user moved or scaled it."""

    def __init__(self, chart: Chart) -> None:
        super().__init__(axisItems={"left": LogAxis("left")})
        self.chart = chart
        self.is_log = chart.is_log
        self.lines: dict[str, Any] = {}
        self._raw: dict[str, Any] = {}
        self._points: CurvePoints | None = None
        self._note = ""
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setToolTip(chart.tip)
        self.setAccessibleName(chart.title)
        legend = self.addLegend(offset=(-8, 1), labelTextSize="9pt", colCount=3)
        legend.setParentItem(self.getPlotItem())  # beside the title, never over the curves
        legend.anchor((1, 0), (1, 0), offset=(-8, 0))
        self.setLimits(xMin=0, minXRange=10)
        for side in ("left", "bottom"):
            self.getAxis(side).enableAutoSIPrefix(False)
        self.getAxis("left").setWidth(self.fontMetrics().averageCharWidth() * 9)
        for curve in chart.curves:
            self.lines[curve.key] = self._make_line(curve.name or None)
        self.best = _best_line()
        self.addItem(self.best, ignoreBounds=True)
        self.levels = CurveLevels(self, chart.levels, is_log=chart.is_log)
        self.readout = CurveReadout(self)
        self.setLogMode(y=chart.is_log)
        self.scene().sigMouseMoved.connect(self._on_moved)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self.getViewBox().sigRangeChangedManually.connect(self._on_zoomed)

    # ------------------------------------------------------------------ what it shows

    def set_log(self, is_log: bool) -> None:
        """Draw over a logarithmic axis, or over a linear one."""
        if is_log != self.is_log:
            self.is_log = is_log
            self.setLogMode(y=is_log)
            self.levels.set_log(is_log)
            self.readout.hide()
            self.enableAutoRange()

    def show_axis(self, is_last: bool) -> None:
        """Show the axis of steps, which only the last plot has."""
        self.getAxis("bottom").setStyle(showValues=is_last)
        self.setLabel("bottom", "Step" if is_last else None)
        self.getAxis("bottom").showLabel(is_last)
        lines = LEAST_LINES + (OF_AXIS if is_last else 0)
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * lines)

    def show_note(self, note: str, more: str) -> None:
        """Say which features a distance is of, and of how many images."""
        self._note = note
        self.setToolTip(f"{self.chart.tip}\n{more}".strip())

    def draw(self, points: CurvePoints, weight: float) -> None:
        """Draw the curves; smoothed ones stand before their own points.

        Parameters
        ----------
        weight : of smoothing, 0: none
        """
        self._points = points
        self.levels.show(points.last)
        for curve in self.chart.curves:
            steps, values = points.of(curve.key)
            self._set(self.lines[curve.key], steps, smoothed(values, weight) if weight else values)
            if weight:
                self._set(self._raw_line(curve), steps, values)
            elif curve.key in self._raw:
                self.removeItem(self._raw.pop(curve.key))

    def values_at(self, step: float) -> list[Value]:
        """Return the values at a step, as they were logged."""
        colours, found = curve_colours(), []
        for curve in self.chart.curves:
            at = None if self._points is None else nearest(*self._points.of(curve.key), step)
            if at is not None:
                found.append((curve.name or self.chart.title, at, colours[curve.colour]))
        return found

    def recolour(self, palette: QPalette) -> None:
        """Take the colours of the theme."""
        colours = curve_colours()
        text, ground = (
            palette.color(r) for r in (QPalette.ColorRole.Text, QPalette.ColorRole.Base)
        )
        ratio = self.devicePixelRatioF()
        self.setBackground(ground)
        self.setTitle(self._heading(), color=text, size="10pt", justify="left")
        for side in ("left", "bottom"):
            self.getAxis(side).setPen(palette.color(QPalette.ColorRole.Mid))
            self.getAxis(side).setTextPen(text)
        self.showGrid(x=True, y=True, alpha=0.15)
        legend = self.getPlotItem().legend
        legend.setLabelTextColor(text)
        for curve in self.chart.curves:
            width = curve.width * ratio
            pen = pg.mkPen(colours[curve.colour], width=width, style=curve.dash)
            self.lines[curve.key].setPen(pen)
            if curve.key in self._raw:
                self._raw[curve.key].setPen(_faint(colours[curve.colour], ratio))
        self.levels.recolour(text, ground, ratio)
        self.readout.recolour(text, ratio)
        for _, caption in legend.items:
            caption.setText(caption.text, color=text)
        self.best.setPen(pg.mkPen(text, width=BEST_WIDTH * ratio, style=Qt.PenStyle.DotLine))
        self.best.label.setColor(text)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Scroll the charts; with Ctrl, zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show all of the curves again."""
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_asked.emit()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Show no values where the mouse is gone."""
        super().leaveEvent(event)
        self.left.emit()

    # ------------------------------------------------------------------ inside

    def _heading(self) -> str:
        is_of_features = any(curve.key in OF_FEATURES for curve in self.chart.curves)
        note = f"; {self._note}" if self._note and is_of_features else ""
        return html.escape(self.chart.heading + note)

    def _make_line(self, name: str | None) -> Any:  # noqa: ANN401 - pyqtgraph has no types
        line = self.plot(name=name, connect="finite")
        line.setDownsampling(auto=True, method="peak")
        line.setClipToView(True)
        return line

    def _raw_line(self, curve: Curve) -> Any:  # noqa: ANN401 - pyqtgraph has no types
        if curve.key not in self._raw:
            line = self._make_line(None)
            line.setZValue(-1)
            line.setPen(_faint(curve_colours()[curve.colour], self.devicePixelRatioF()))
            self._raw[curve.key] = line
        return self._raw[curve.key]

    def _set(self, line: Any, steps: list[float], values: list[float]) -> None:  # noqa: ANN401
        steps, values = thinned(steps, values)
        drawn = np.asarray(values, np.float64)
        line.setData(steps, np.where(drawn > 0, drawn, np.nan) if self.is_log else drawn)

    def _on_moved(self, place: Any) -> None:  # noqa: ANN401 - a QPointF
        if self.getViewBox().sceneBoundingRect().contains(place):
            at = self.mapToGlobal(self.mapFromScene(place))
            self.pointed.emit(self.getViewBox().mapSceneToView(place).x(), at)
        else:
            self.left.emit()

    def _on_clicked(self, event: Any) -> None:  # noqa: ANN401 - pyqtgraph has no types
        if event.button() == Qt.MouseButton.RightButton:
            self.menu_asked.emit(event.screenPos().toPoint())

    def _on_zoomed(self, *_: object) -> None:
        self.zoomed.emit()


def _faint(colour: str, ratio: float) -> Any:  # noqa: ANN401 - pyqtgraph has no types
    soft = QColor(colour)
    soft.setAlphaF(RAW_ALPHA)
    return pg.mkPen(soft, width=ratio)


def _best_line() -> Any:  # noqa: ANN401 - pyqtgraph has no types
    line = pg.InfiniteLine(
        angle=90,
        label="best",
        labelOpts={"position": 1.0, "anchors": [(1, 0), (0, 0)], "movable": False},
    )
    line.setVisible(False)
    return line

"""Curves: what a training logged, over its steps; pyqtgraph is imported with this module only."""

import html
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from satstudio.gui.charts import CHARTS, OF_FEATURES, Chart
from satstudio.gui.curve_levels import CurveLevels
from satstudio.gui.curve_overlays import CurveOverlays, Lines
from satstudio.gui.curve_points import CurvePoints, thinned
from satstudio.gui.log_axis import LogAxis
from satstudio.gui.theme import curve_colours
from satstudio.gui.widgets import label

LEAST_LINES, OF_AXIS = 5, 2
BEST_WIDTH = 1.2
"""Least height of a plot, in lines of text; more of the one with the axis of steps."""


class Curves(QWidget):
    """Plots above each other over one axis of steps; they follow the theme."""

    def __init__(self) -> None:
        super().__init__()
        pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")
        self._points = CurvePoints(chain.from_iterable(map(_keys, CHARTS)))
        self._lines: dict[str, Any] = {}
        self._levels: list[CurveLevels] = []
        self._plots: list[Any] = []
        self._family = "generator"
        self._chosen = {chart.title for chart in CHARTS if chart.is_first}
        self._note = ""
        self._best: list[Any] = []
        self._shown: tuple[Chart, ...] = ()
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        for chart in CHARTS:
            self._column.addWidget(self._make(chart))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        self.others = CurveOverlays(
            {
                curve.key: (plot, curve.dash)
                for plot, chart in zip(self._plots, CHARTS, strict=True)
                for curve in chart.curves
            }
        )
        self.legend = label("", "note")
        self.legend.setAccessibleName(self.tr("Other runs in the curves"))
        self.legend.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addWidget(self.legend)
        self._arrange()
        self._recolour()

    # ------------------------------------------------------------------ which charts

    @property
    def shown(self) -> tuple[Chart, ...]:
        """The charts that are drawn."""
        return self._shown

    @property
    def offers(self) -> tuple[Chart, ...]:
        """The charts that have something to show, and those shown first."""
        return tuple(
            chart
            for chart in CHARTS
            if chart.family == self._family and (chart.is_first or self._has_points(chart))
        )

    def choose(self, title: str, is_chosen: bool) -> None:
        """Draw a chart, where the run has its figures, or draw it no more."""
        if is_chosen:
            self._chosen.add(title)
        else:
            self._chosen.discard(title)
        self._arrange()
        self._draw()

    def show_features(self, facts: Mapping[str, Any]) -> None:
        """Say which features are compared, and of how many images; `features` of run.json."""
        text = f"{facts['title']}, n {facts['n']}" if {"title", "n"} <= facts.keys() else ""
        if text == self._note:
            return
        self._note = text
        more = "\n".join(str(facts[key]) for key in ("extractor", "note") if facts.get(key))
        for plot, chart in zip(self._plots, CHARTS, strict=True):
            if _is_of_features(chart):
                plot.setToolTip(f"{chart.tip}\n{more}".strip())
        self._recolour()

    def mark_best(self, step: int | None) -> None:
        """Mark the step of the best checkpoint with an upright line; None: none."""
        for line in self._best:
            line.setVisible(step is not None)
            if step is not None:
                line.setValue(step)

    # ------------------------------------------------------------------ what they show

    def show_others(self, runs: Sequence[tuple[str, Lines]]) -> None:
        """Draw logs of other runs (name, lines) as thin lines, instead of those before."""
        text = self.others.show(runs, self.devicePixelRatioF())
        self.legend.setText(text)
        self.legend.setVisible(bool(text))

    def clear(self) -> None:
        """Show nothing."""
        self._points.clear()
        self.show_features({})
        self._arrange()
        self._draw()

    def show_lines(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Show a whole log."""
        self._points.clear()
        for line in lines:
            self._take(line)
        self._arrange()
        self._draw()

    def append(self, line: Mapping[str, Any]) -> None:
        """Add one line of the log."""
        self._take(line)
        self._arrange()
        self._draw()

    def points(self, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve."""
        return self._points.of(key)

    def levels(self, title: str) -> dict[str, float]:
        """Return the level lines that are drawn in a chart: name -> value."""
        place = [chart.title for chart in CHARTS].index(title)
        return self._levels[place].shown()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._plots:
            self._recolour()

    # ------------------------------------------------------------------ inside

    def _make(self, chart: Chart) -> QWidget:
        axes = {"left": LogAxis("left")} if chart.is_log else {}
        plot: Any = pg.PlotWidget(axisItems=axes)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setToolTip(chart.tip)
        plot.setAccessibleName(chart.title)
        plot.setLogMode(y=chart.is_log)
        legend = plot.addLegend(offset=(-8, 1), labelTextSize="9pt", colCount=3)
        legend.setParentItem(plot.getPlotItem())  # beside the title, never over the curves
        legend.anchor((1, 0), (1, 0), offset=(-8, 0))
        plot.getAxis("bottom").enableAutoSIPrefix(False)
        plot.setLimits(xMin=0, minXRange=10)
        plot.getAxis("left").setWidth(plot.fontMetrics().averageCharWidth() * 9)
        plot.getAxis("left").enableAutoSIPrefix(False)
        families = [one.family for one in CHARTS[: len(self._plots)]]
        if chart.family in families:
            plot.setXLink(self._plots[families.index(chart.family)])
        for curve in chart.curves:
            line = plot.plot(name=curve.name or None, connect="finite")
            line.setDownsampling(auto=True, method="peak")
            line.setClipToView(True)
            self._lines[curve.key] = line
        self._best.append(_best_line())
        plot.addItem(self._best[-1], ignoreBounds=True)
        self._plots.append(plot)
        self._levels.append(CurveLevels(plot, chart.levels, is_log=chart.is_log))
        made: QWidget = plot
        return made

    def _has_points(self, chart: Chart) -> bool:
        return any(self._points.of(curve.key)[0] for curve in chart.curves)

    def _arrange(self) -> None:
        """Show what is chosen; only the last plot has the axis of steps."""
        offers = self.offers
        shown = tuple(chart for chart in offers if chart.title in self._chosen)
        if shown == self._shown:
            return
        self._shown = shown
        for place, (plot, chart) in enumerate(zip(self._plots, CHARTS, strict=True)):
            is_last = bool(shown) and chart is shown[-1]
            plot.setVisible(chart in shown)
            plot.getAxis("bottom").setStyle(showValues=is_last)
            plot.setLabel("bottom", "Step" if is_last else None)
            plot.getAxis("bottom").showLabel(is_last)
            lines = LEAST_LINES + (OF_AXIS if is_last else 0)
            plot.setMinimumHeight(plot.fontMetrics().lineSpacing() * lines)
            self._column.setStretch(place, lines)
        self._recolour()

    def _take(self, line: Mapping[str, Any]) -> None:
        if "loss_train" in line or "wasserstein_train" in line:
            self._family = "restorer" if "loss_train" in line else "generator"
        self._points.take(line)

    def _draw(self) -> None:
        for chart, levels in zip(CHARTS, self._levels, strict=True):
            if chart in self._shown:
                levels.show(self._points.last)
        for chart in self._shown:
            for curve in chart.curves:
                steps, values = thinned(*self._points.of(curve.key))
                drawn = np.asarray(values, np.float64)
                if chart.is_log:
                    drawn = np.where(drawn > 0, drawn, np.nan)
                self._lines[curve.key].setData(steps, drawn)

    def _heading(self, chart: Chart) -> str:
        note = f"; {self._note}" if self._note and _is_of_features(chart) else ""
        return html.escape(chart.heading + note)

    def _recolour(self) -> None:
        palette, colours = self.palette(), curve_colours()
        text = palette.color(QPalette.ColorRole.Text)
        for plot, chart in zip(self._plots, CHARTS, strict=True):
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            plot.setTitle(self._heading(chart), color=text, size="10pt", justify="left")
            for side in ("left", "bottom"):
                plot.getAxis(side).setPen(palette.color(QPalette.ColorRole.Mid))
                plot.getAxis(side).setTextPen(text)
            plot.showGrid(x=True, y=True, alpha=0.15)
            plot.getPlotItem().legend.setLabelTextColor(text)
            for curve in chart.curves:
                pen = pg.mkPen(
                    colours[curve.colour],
                    width=curve.width * self.devicePixelRatioF(),
                    style=curve.dash,
                )
                self._lines[curve.key].setPen(pen)
            levels = self._levels[self._plots.index(plot)]
            levels.recolour(text, palette.color(QPalette.ColorRole.Base), self.devicePixelRatioF())
            for _, caption in plot.getPlotItem().legend.items:
                caption.setText(caption.text, color=text)
        for line in self._best:
            width = BEST_WIDTH * self.devicePixelRatioF()
            line.setPen(pg.mkPen(text, width=width, style=Qt.PenStyle.DotLine))
            line.label.setColor(text)


def _best_line() -> Any:  # noqa: ANN401 - pyqtgraph has no types
    line = pg.InfiniteLine(
        angle=90,
        label="best",
        labelOpts={"position": 1.0, "anchors": [(1, 0), (0, 0)], "movable": False},
    )
    line.setVisible(False)
    return line


def _keys(chart: Chart) -> tuple[str, ...]:
    """Return what a chart draws of the log."""
    levels = tuple(level.key for level in chart.levels if level.key is not None)
    return (*(curve.key for curve in chart.curves), *levels)


def _is_of_features(chart: Chart) -> bool:
    return any(curve.key in OF_FEATURES for curve in chart.curves)

"""Curves: what a training logged, over its steps; pyqtgraph is imported with this module only."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from satstudio.gui.kit.widgets import label
from satstudio.gui.pages.train.curves.chart_parts import Chart
from satstudio.gui.pages.train.curves.chart_plot import LEAST_LINES, OF_AXIS, ChartPlot
from satstudio.gui.pages.train.curves.charts import CHARTS
from satstudio.gui.pages.train.curves.curve_overlays import CurveOverlays, Lines
from satstudio.gui.pages.train.curves.curve_points import CurvePoints
from satstudio.gui.pages.train.curves.curve_readout import ValueBubble
from satstudio.gui.pages.train.curves.restorer_charts import FAMILY, OF_RIVALS

DRAW_MS = 100
"""Least time between two drawings while lines come in."""

PICTURE_RATIO = 2
"""Pixels of a saved picture for one of the window."""

FIRST = tuple(chart.title for chart in CHARTS if chart.is_first)
LOGARITHMIC = tuple(chart.title for chart in CHARTS if chart.is_log)


class Curves(QWidget):
    """Plots above each other over one axis of steps; they follow the theme.

    Attributes
    ----------
    chosen : titles of the charts that are drawn where a run has their figures
    logarithmic : titles of those over a logarithmic axis
    smoothing : weight of what was before, 0: none
    """

    choices_changed = Signal()
    """The user chose other charts, axes or smoothing."""

    zoomed = Signal(bool)
    """Whether a plot shows a part that the user chose."""

    menu_asked = Signal(object, QPoint)
    """A chart, and where on the screen its menu is wanted."""

    def __init__(self) -> None:
        super().__init__()
        pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")
        self._points = CurvePoints(chain.from_iterable(map(_keys, CHARTS)))
        self._family = "generator"
        self.chosen, self.logarithmic, self.smoothing = set(FIRST), set(LOGARITHMIC), 0.0
        self._shown: tuple[Chart, ...] = ()
        self._is_behind = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAW_MS)
        self._timer.timeout.connect(self._on_time)
        self._inner = QWidget()
        self.plots = tuple(ChartPlot(chart) for chart in CHARTS)
        self._arrange_plots()
        self.others = CurveOverlays(
            [(curve.key, plot, curve.dash) for plot in self.plots for curve in plot.chart.curves]
        )
        self.legend = _other_runs()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(self._inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addWidget(self.legend)
        self.bubble = ValueBubble(self)
        self._arrange()
        self._recolour()

    # ------------------------------------------------------------------ which charts

    @property
    def shown(self) -> tuple[Chart, ...]:
        """The charts that are drawn."""
        return self._shown

    @property
    def offers(self) -> tuple[Chart, ...]:
        """The charts that have something to show, and those shown first.

        Of restorers of pairs the former alone: which figures they log is known from the first line.
        """
        waits = self._family != FAMILY
        return tuple(
            chart
            for chart in CHARTS
            if chart.family == self._family
            and (self._has_points(chart) or (waits and chart.is_first))
        )

    def choose(self, title: str, is_chosen: bool) -> None:
        """Draw a chart, where the run has its figures, or draw it no more."""
        (self.chosen.add if is_chosen else self.chosen.discard)(title)
        self._show_choices()

    def set_log(self, title: str, is_log: bool) -> None:
        """Draw a chart over a logarithmic axis, or over a linear one."""
        (self.logarithmic.add if is_log else self.logarithmic.discard)(title)
        self._show_choices()

    def smooth(self, weight: float) -> None:
        """Smooth all curves, or with 0 none."""
        self.smoothing = weight
        self._show_choices()

    def show_choices(
        self, chosen: Iterable[str], logarithmic: Iterable[str], smoothing: float
    ) -> None:
        """Show charts, axes and smoothing as they were kept."""
        self.chosen, self.logarithmic = set(chosen), set(logarithmic)
        self.smoothing = smoothing
        self._apply()

    def show_features(self, info: Mapping[str, Any]) -> None:
        """Say which features are compared, and of how many images; `features` of run.json."""
        text = f"{info['title']}, n {info['n']}" if {"title", "n"} <= info.keys() else ""
        more = "\n".join(str(info[key]) for key in ("extractor", "note") if info.get(key))
        for plot in self.plots:
            plot.show_note(text, more)
        self._recolour()

    def mark_best(self, step: int | None) -> None:
        """Mark the step of the best checkpoint with an upright line; None: none."""
        for plot in self.plots:
            plot.best.setVisible(step is not None)
            if step is not None:
                plot.best.setValue(step)

    # ------------------------------------------------------------------ what they show

    def show_others(self, runs: Sequence[tuple[str, Lines]]) -> None:
        """Draw logs of other runs (name, lines) as thin lines, instead of those before."""
        text = self.others.show(runs, self.devicePixelRatioF())
        self.legend.setText(text)
        self.legend.setVisible(bool(text))

    def clear(self) -> None:
        """Show nothing."""
        self._points.clear()
        self._hide_values()
        self.show_features({})
        self.reset_zoom()
        self._apply()

    def show_lines(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Show a whole log."""
        self._points.clear()
        for line in lines:
            self._take(line)
        self._apply()

    def append(self, line: Mapping[str, Any]) -> None:
        """Add one line of the log; lines that follow quickly are drawn together."""
        self._take(line)
        self._is_behind = True
        if not self._timer.isActive():
            self._on_time()

    def draw(self) -> None:
        """Draw all that has come in."""
        self._is_behind = False
        for plot in self.plots:
            if plot.chart in self._shown:
                plot.draw(self._points, self.smoothing)

    def points(self, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve."""
        return self._points.of(key)

    def levels(self, title: str) -> dict[str, float]:
        """Return the level lines that are drawn in a chart: name -> value."""
        return self.plot_of(title).levels.shown()

    def plot_of(self, title: str) -> ChartPlot:
        """Return the plot of a chart."""
        return next(plot for plot in self.plots if plot.chart.title == title)

    @Slot()
    def reset_zoom(self) -> None:
        """Show all of every curve."""
        for plot in self.plots:
            plot.enableAutoRange()
        self.draw()  # else pyqtgraph looks only at what was in sight
        self.zoomed.emit(False)

    def picture(self) -> QImage:
        """Return all charts that are drawn as a picture, also those that are scrolled away."""
        self._hide_values()
        parts = [self._inner, *([self.legend] if self.legend.isVisible() else [])]
        height = sum(part.height() for part in parts)
        image = QImage(
            self._inner.width() * PICTURE_RATIO, height * PICTURE_RATIO, QImage.Format.Format_RGB32
        )
        image.setDevicePixelRatio(PICTURE_RATIO)
        image.fill(self.palette().window().color())
        painter = QPainter(image)
        top = 0
        for part in parts:
            part.render(painter, QPoint(0, top))
            top += part.height()
        painter.end()
        return image

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "plots"):
            self._recolour()

    # ------------------------------------------------------------------ inside

    def _arrange_plots(self) -> None:
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        first: dict[str, ChartPlot] = {}
        for plot in self.plots:
            if first.setdefault(plot.chart.family, plot) is not plot:
                plot.setXLink(first[plot.chart.family])
            self._column.addWidget(plot)
            plot.pointed.connect(self._show_values)
            plot.left.connect(self._hide_values)
            plot.reset_asked.connect(self.reset_zoom)
            plot.zoomed.connect(self._on_zoomed)
            plot.menu_asked.connect(self._on_menu)

    def _show_choices(self) -> None:
        self._apply()
        self.choices_changed.emit()

    def _apply(self) -> None:
        for plot in self.plots:
            plot.set_log(plot.chart.title in self.logarithmic)
        self._arrange()
        self.draw()

    def _has_points(self, chart: Chart) -> bool:
        return any(self._points.of(curve.key)[0] for curve in chart.curves)

    def _arrange(self) -> None:
        """Show what is chosen; only the last plot has the axis of steps."""
        shown = tuple(chart for chart in self.offers if chart.title in self.chosen)
        if shown == self._shown:
            return
        self._shown = shown
        for place, plot in enumerate(self.plots):
            is_last = bool(shown) and plot.chart is shown[-1]
            plot.setVisible(plot.chart in shown)
            plot.show_axis(is_last)
            self._column.setStretch(place, LEAST_LINES + (OF_AXIS if is_last else 0))
        self._recolour()

    def _take(self, line: Mapping[str, Any]) -> None:
        self._points.take(line)
        if "loss_train" in line:
            has_rivals = bool(self._points.of(OF_RIVALS)[0])
            plain = FAMILY if has_rivals else "restorer"
            self._family = "translator" if "critic_loss" in line else plain
        elif "wasserstein_train" in line:
            self._family = "generator"

    def _recolour(self) -> None:
        for plot in self.plots:
            plot.recolour(self.palette())

    @Slot()
    def _on_time(self) -> None:
        if self._is_behind:
            self._arrange()
            self.draw()
            self._timer.start()

    @Slot(float, QPoint)
    def _show_values(self, step: float, place: QPoint) -> None:
        """Show the values at the step under the mouse, and the step in every plot."""
        plot = self.sender()
        if not isinstance(plot, ChartPlot):
            return
        for one in self.plots:
            one.readout.show(step)
        values = [*plot.values_at(step), *self.others.values_at(plot.chart.curves, step)]
        self.bubble.show_values(self.mapFromGlobal(place), step, values)

    @Slot()
    def _hide_values(self) -> None:
        self.bubble.hide()
        for plot in self.plots:
            plot.readout.hide()

    @Slot()
    def _on_zoomed(self) -> None:
        self.zoomed.emit(True)

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        plot = self.sender()
        if isinstance(plot, ChartPlot):
            self.menu_asked.emit(plot.chart, place)


def _other_runs() -> QLabel:
    """Return the line that names the other runs in their colours."""
    line = label("", "note")
    line.setAccessibleName(QCoreApplication.translate("Curves", "Other runs in the curves"))
    line.setBackgroundRole(QPalette.ColorRole.Base)
    line.setAutoFillBackground(True)
    line.hide()
    return line


def _keys(chart: Chart) -> tuple[str, ...]:
    """Return what a chart draws of the log."""
    levels = tuple(level.key for level in chart.levels if level.key is not None)
    return (*(curve.key for curve in chart.curves), *levels)

"""Curves: what a training logged, over its steps; pyqtgraph is imported with this module only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.gui.curve_overlays import CurveOverlays, Lines
from satstudio.gui.curve_points import CurvePoints, thinned
from satstudio.gui.theme import curve_colours
from satstudio.gui.widgets import label

Pen = Qt.PenStyle


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot: a key of the log, its name, how it is drawn."""

    key: str
    name: str
    colour: int
    dash: Qt.PenStyle
    width: float = 1.8


@dataclass(frozen=True, slots=True)
class Chart:
    """One plot.

    Attributes
    ----------
    is_last : of its family, which has the axis of steps
    family : of charts that are shown together
    """

    title: str
    unit: str
    tip: str
    curves: tuple[Curve, ...]
    is_last: bool = False
    family: str = "generator"


CHARTS = (
    Chart(
        "Wasserstein distance",
        "",
        "How far generated images are from real ones, as the critic sees it: mean score of real "
        "images less that of generated ones. It rises while the critic learns, then falls.",
        (
            Curve("wasserstein_train", "training", 0, Pen.SolidLine),
            Curve("wasserstein_validation", "validation", 1, Pen.DashLine),
        ),
    ),
    Chart(
        "Gradient penalty",
        "",
        "Mean squared distance of the critic's slope from one; small and steady is good.",
        (
            Curve("penalty_train", "training", 0, Pen.SolidLine),
            Curve("penalty_validation", "validation", 1, Pen.DashLine),
        ),
    ),
    Chart(
        "Distance from real patches",
        "",
        "Share of the goal, on held-out patches: 1 is the goal. Modulus: Kolmogorov-Smirnov "
        "distance over 0.3; spectrum: distance of power spectra over 5 dB.",
        (
            Curve("ks_share", "modulus (KS / 0.3)", 2, Pen.SolidLine),
            Curve("spectrum_share", "spectrum (dB / 5)", 3, Pen.DotLine, 2.4),
        ),
        is_last=True,
    ),
    Chart(
        "Loss",
        "",
        "How unlikely one part of the samples is, given what the network says from the other "
        "part; it falls and stays above a floor that speckle sets.",
        (
            Curve("loss_train", "training", 0, Pen.SolidLine),
            Curve("loss_validation", "validation", 1, Pen.DashLine),
        ),
        family="restorer",
    ),
    Chart(
        "Intensity before over after",
        "",
        "Of held-out patches. The mean should be 1: nothing gets brighter or darker. The variance "
        "should be 1 at one look: more is structure lost, less is speckle left.",
        (
            Curve("ratio_mean", "mean", 2, Pen.SolidLine),
            Curve("ratio_var", "variance", 3, Pen.DotLine, 2.4),
        ),
        is_last=True,
        family="restorer",
    ),
)


class Curves(QWidget):
    """Plots above each other over one axis of steps; they follow the theme."""

    def __init__(self) -> None:
        super().__init__()
        pg.setConfigOptions(antialias=True, imageAxisOrder="row-major")
        self._points = CurvePoints(curve.key for chart in CHARTS for curve in chart.curves)
        self._lines: dict[str, Any] = {}
        self._plots: list[Any] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for chart in CHARTS:
            column.addWidget(self._make(chart), 8 if chart.is_last else 5)
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
        column.addWidget(self.legend)
        self._show_family("generator")
        self._recolour()

    def show_others(self, runs: Sequence[tuple[str, Lines]]) -> None:
        """Draw logs of other runs (name, lines) as thin lines, instead of those before."""
        text = self.others.show(runs, self.devicePixelRatioF())
        self.legend.setText(text)
        self.legend.setVisible(bool(text))

    def clear(self) -> None:
        """Show nothing."""
        self._points.clear()
        self._draw()

    def show_lines(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Show a whole log."""
        self._points.clear()
        for line in lines:
            self._take(line)
        self._draw()

    def append(self, line: Mapping[str, Any]) -> None:
        """Add one line of the log."""
        self._take(line)
        self._draw()

    def points(self, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve."""
        return self._points.of(key)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take the colours of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._plots:
            self._recolour()

    def _make(self, chart: Chart) -> QWidget:
        plot: Any = pg.PlotWidget()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setToolTip(chart.tip)
        plot.setAccessibleName(chart.title)
        lines = 5 if chart.is_last else 3
        plot.setMinimumHeight(plot.fontMetrics().lineSpacing() * lines)
        plot.setTitle(chart.title)
        legend = plot.addLegend(offset=(-8, 1), labelTextSize="9pt", colCount=2)
        legend.setParentItem(plot.getPlotItem())  # beside the title, never over the curves
        legend.anchor((1, 0), (1, 0), offset=(-8, 0))
        plot.getAxis("bottom").setStyle(showValues=chart.is_last)
        plot.getAxis("bottom").enableAutoSIPrefix(False)
        plot.setLimits(xMin=0, minXRange=10)
        plot.getAxis("left").setWidth(plot.fontMetrics().averageCharWidth() * 9)
        if chart.is_last:
            plot.setLabel("bottom", "Step")
        families = [one.family for one in CHARTS[: len(self._plots)]]
        if chart.family in families:
            plot.setXLink(self._plots[families.index(chart.family)])
        for curve in chart.curves:
            line = plot.plot(name=curve.name, connect="finite")
            line.setDownsampling(auto=True, method="peak")
            line.setClipToView(True)
            self._lines[curve.key] = line
        self._plots.append(plot)
        made: QWidget = plot
        return made

    def _show_family(self, name: str) -> None:
        for plot, chart in zip(self._plots, CHARTS, strict=True):
            plot.setVisible(chart.family == name)

    def _take(self, line: Mapping[str, Any]) -> None:
        if "loss_train" in line or "wasserstein_train" in line:
            self._show_family("restorer" if "loss_train" in line else "generator")
        self._points.take(line)

    def _draw(self) -> None:
        for key, line in self._lines.items():
            steps, values = thinned(*self._points.of(key))
            line.setData(steps, values)

    def _recolour(self) -> None:
        palette, colours = self.palette(), curve_colours()
        text = palette.color(QPalette.ColorRole.Text)
        for plot, chart in zip(self._plots, CHARTS, strict=True):
            plot.setBackground(palette.color(QPalette.ColorRole.Base))
            plot.setTitle(chart.title, color=text, size="10pt", justify="left")
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
            for _, caption in plot.getPlotItem().legend.items:
                caption.setText(caption.text, color=text)

"""VariancePlot: how far a noisy space keeps the variance of the images, over its time."""

from collections.abc import Mapping
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from satstudio.gui.kit.theme import curve_colours
from satstudio.gui.kit.widgets import label

HEIGHT_PX = 150
NAMES = {
    "scale": ("blur only", Qt.PenStyle.DashLine),
    "noise": ("noise only", Qt.PenStyle.DotLine),
    "noisy_scale": ("blur and noise", Qt.PenStyle.SolidLine),
}


class VariancePlot(QWidget):
    """Hidden until it is given what an estimate says of the space."""

    def __init__(self) -> None:
        super().__init__()
        self._space: Mapping[str, Any] = {}
        self.text = label("", "note")
        self.plot: Any = pg.PlotWidget()
        self.plot.setFixedHeight(HEIGHT_PX)
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        self.plot.setMenuEnabled(False)
        self.plot.setAccessibleName(self.tr("Variance over the time of the space"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addWidget(self.plot)
        self.hide()

    def show_space(self, space: Mapping[str, Any] | None) -> None:
        """Draw the JSON of `satstudio.learn.method.SpaceEstimate`; None hides the plot."""
        self._space = space or {}
        self.setVisible(bool(space))
        if space:
            self.text.setText(space_text(space))
            self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._space:
            self._draw()
        super().changeEvent(event)

    def _draw(self) -> None:
        palette, colours = self.palette(), curve_colours()
        self.plot.clear()
        self.plot.setBackground(palette.color(QPalette.ColorRole.Base))
        item = self.plot.getPlotItem()
        legend = item.legend or item.addLegend(offset=(-6, 4), verSpacing=-6)
        legend.setLabelTextColor(palette.color(QPalette.ColorRole.Text))
        for index, (kind, (name, dash)) in enumerate(NAMES.items()):
            width = 2.2 if kind == "noisy_scale" else 1.2
            pen = pg.mkPen(colours[index % len(colours)], width=width, style=dash)
            self.plot.plot(self._space["variances"][kind], pen=pen, name=self.tr(name))
        for side, title in (("bottom", "t"), ("left", self.tr("variance"))):
            axis = self.plot.getAxis(side)
            axis.setLabel(title)
            axis.setPen(palette.color(QPalette.ColorRole.Mid))
            axis.setTextPen(palette.color(QPalette.ColorRole.Text))
        self.plot.setYRange(0, 2, padding=0)


def space_text(space: Mapping[str, Any]) -> str:
    """Return sigma and how well it keeps the variance, and a warning where it is needed."""
    kept = space["variances"]["noisy_scale"]
    off = max(abs(value - 1) for value in kept)
    text = (
        f"Noise of a step {space['sigma']:.3g}: with blur, the variance of the images is kept "
        f"within {off:.0%} up to t = {len(kept) - 1}."
    )
    return f"{text} {space['warning']}".strip()

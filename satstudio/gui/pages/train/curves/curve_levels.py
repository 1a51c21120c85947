"""CurveLevels: the level lines of a plot, with their names at them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QColor

from satstudio.gui.pages.train.curves.chart_parts import Level

WIDTH = 1.2
FONT_SHARE = 0.85


class CurveLevels:
    """Draws what does not change over the steps: real patches, and what has no skill."""

    def __init__(self, plot: Any, levels: Sequence[Level], *, is_log: bool) -> None:  # noqa: ANN401 - pyqtgraph has no types
        self._levels = tuple(levels)
        self._is_log = is_log
        self._lines = [self._line(plot, level) for level in levels]

    def set_log(self, is_log: bool) -> None:
        """Stand on a logarithmic axis, or on a linear one, from the next `show` on."""
        self._is_log = is_log

    def show(self, value_of: Callable[[str], float | None]) -> None:
        """Draw the lines whose values are known, by key of the log."""
        values = [
            level.value if level.key is None else value_of(level.key) for level in self._levels
        ]
        has_any = any(
            value is not None and level.key is not None
            for value, level in zip(values, self._levels, strict=True)
        )
        for line, value in zip(self._lines, values, strict=True):
            is_drawn = has_any and value is not None and not (self._is_log and value <= 0)
            line.setVisible(is_drawn)
            if is_drawn and value is not None:
                line.setPos(math.log10(value) if self._is_log else value)

    def shown(self) -> dict[str, float]:
        """Return the names and values of the lines that are drawn."""
        return {
            level.name: 10 ** line.value() if self._is_log else line.value()
            for level, line in zip(self._levels, self._lines, strict=True)
            if line.isVisible()
        }

    def recolour(self, colour: QColor, ground: QColor, ratio: float) -> None:
        """Take the colours of text and ground; `ratio`: device pixels per pixel."""
        behind = QColor(ground)
        behind.setAlphaF(0.85)
        soft = QColor(colour)
        soft.setAlphaF(0.6)
        for level, line in zip(self._levels, self._lines, strict=True):
            line.setPen(pg.mkPen(soft, width=WIDTH * ratio, style=level.dash))
            line.label.setColor(colour)
            line.label.fill = pg.mkBrush(behind)

    def _line(self, plot: Any, level: Level) -> Any:  # noqa: ANN401 - pyqtgraph has no types
        # a name at the left begins at its place, one at the right ends there; on its line, so that
        # of close lines one sees whose it is, and within the plot at its upper and lower end
        anchors = [(level.place, 0.4), (level.place, 0.6)]
        line = pg.InfiniteLine(
            angle=0,
            label=level.name,
            labelOpts={"position": level.place, "anchors": anchors},
        )
        font = line.label.textItem.font()
        font.setPointSizeF(FONT_SHARE * font.pointSizeF())
        line.label.setFont(font)
        line.setVisible(False)
        line.setZValue(-2)
        plot.addItem(line)
        return line

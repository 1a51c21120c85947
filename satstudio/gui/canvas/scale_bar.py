"""ScaleBarOverlay: how long a round length on the ground is on the screen."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.kit.units import THIN, length_unit
from satstudio.scenes.scene import Scene

LIGHT = QColor(235, 235, 235)
PLATE = QColor(15, 15, 15, 200)
MARGIN = 12.0
WIDEST = 150.0
"""Screen units; the bar takes more than a fifth and at most all of it."""

ROUND = (5.0, 2.0, 1.0)


@dataclass(frozen=True, slots=True)
class ScaleBar:
    """Width in screen units, and the length that it stands for."""

    width: float
    text: str


def scale_bar(unit_m: float, widest: float, lengths: str = "metric") -> ScaleBar | None:
    """Return the longest bar of 1, 2 or 5 times a power of ten that has room.

    Parameters
    ----------
    unit_m : metres on the ground that one screen unit shows
    widest : screen units that there are
    lengths : `metric` or `imperial`
    """
    longest_m = unit_m * widest
    if not (math.isfinite(longest_m) and longest_m > 0):
        return None
    unit, size_m = length_unit(longest_m, lengths)
    longest = longest_m / size_m
    power = 10.0 ** math.floor(math.log10(longest))
    number = next((step for step in ROUND if step * power <= longest * (1 + 1e-9)), 1.0) * power
    return ScaleBar(number * size_m / unit_m, f"{number:.10g}{THIN}{unit}")


class ScaleBarOverlay:
    """The bar in the lower left corner; nothing where the scene has no spacing."""

    def __init__(self) -> None:
        self.is_visible = True
        self.lengths = "metric"
        self._spacing_m: float | None = None

    def show(self, scene: Scene | None) -> None:
        """Speak of another scene; along a row, columns are counted."""
        spacing = scene.grid.spacing_m if scene is not None else None
        self._spacing_m = spacing[1] if spacing is not None else None

    def bar(self, view: View) -> ScaleBar | None:
        """Return the bar as it is painted, None where there is none."""
        if self._spacing_m is None or not self.is_visible:
            return None
        widest = min(WIDEST, view.size.cols * 0.3)
        return scale_bar(self._spacing_m / view.viewport.scale, widest, self.lengths)

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint a bar with ends and its length above, on a dark plate."""
        bar = self.bar(view)
        metrics = QFontMetricsF(painter.font())
        line = metrics.lineSpacing()
        if bar is None or view.size.rows < 6 * line:
            return
        wide = max(bar.width, metrics.horizontalAdvance(bar.text)) + 20
        plate = QRectF(MARGIN, view.size.rows - MARGIN - line - 18, wide, line + 18)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(plate, 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(LIGHT, 2))
        left, y = plate.center().x() - bar.width / 2, plate.bottom() - 7
        right = left + bar.width
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        for x in (left, right):
            painter.drawLine(QPointF(x, y - 5), QPointF(x, y))
        text = QRectF(plate.left(), plate.top() + 2, plate.width(), line)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter, bar.text)
        painter.restore()

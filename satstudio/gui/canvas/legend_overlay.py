"""LegendOverlay, LegendView: phase wheel or colour bar, on the canvas and in the style panel."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from satstudio.core.raster import Sampling
from satstudio.gui.canvas.tiles.painter import View
from satstudio.render.legend import Legend, Tick, legend
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene

LIGHT = QColor(235, 235, 235)
PLATE = QColor(15, 15, 15, 225)
WHEEL_LINES = 6.5
BAR_LINES = 8.0
MARGIN = 12.0
CENTRE = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class LegendOverlay:
    """The legend of the active scene in the lower right corner of its canvas."""

    def __init__(self) -> None:
        self.legend: Legend | None = None
        self.is_visible = True
        self._asked: tuple[object, ...] = ()
        self._plate = QImage()
        self._painted: tuple[object, ...] = ()

    def show(
        self,
        scene: Scene | None,
        style: DisplayStyle | None,
        sampling: Sampling = "full",
        *,
        is_exact: bool = True,
        title: str = "",
    ) -> None:
        """Explain another picture; made anew only where something changed.

        Parameters
        ----------
        title : what the values are, where the style does not say it
        """
        asked = (id(scene), style, sampling, is_exact, title)
        if asked == self._asked:
            return
        self._asked = asked
        self.legend = None
        if scene is not None and style is not None:
            self.legend = legend_of(scene, style, sampling, is_exact=is_exact)
        if self.legend is not None and title:
            self.legend = replace(self.legend, title=title)

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint on a dark plate; nothing where the canvas is too small for it."""
        if self.legend is None or not self.is_visible:
            return
        size = legend_size(self.legend, QFontMetricsF(painter.font()))
        plate = QRectF(0, 0, size.width() + 16, size.height() + 12)
        if plate.width() > view.size.cols * 0.6 or plate.height() > view.size.rows * 0.6:
            return
        plate.moveBottomRight(QPointF(view.size.cols - MARGIN, view.size.rows - MARGIN))
        painted = (self.legend, painter.font(), view.dpr)
        if painted != self._painted:  # once, not at every step of a pan
            self._painted = painted
            self._plate = _plate_of(self.legend, painter.font(), view.dpr, plate.size())
        painter.drawImage(plate.topLeft().toPoint(), self._plate)


class LegendView(QWidget):
    """The same legend as a part of a panel, in the panel's colours."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._legend: Legend | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Legend"))

    def show_legend(self, shown: Legend | None) -> None:
        """Show another legend."""
        self._legend = shown
        self.setAccessibleDescription(_spoken(shown) if shown else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the room that the legend takes."""
        if self._legend is None:
            return QSize(10, 0)
        size = legend_size(self._legend, QFontMetricsF(self.font()))
        return QSize(math.ceil(size.width()), math.ceil(size.height()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return as much height as the legend takes; width may be less."""
        return QSize(10, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the legend."""
        if self._legend is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_legend(
            painter, self._legend, QRectF(self.rect()), self.palette().windowText().color()
        )
        painter.end()


def _plate_of(shown: Legend, font: QFont, dpr: float, size: QSizeF) -> QImage:
    """Paint a legend on a dark plate into an image of its own."""
    whole = QSize(math.ceil(size.width() * dpr), math.ceil(size.height() * dpr))
    image = QImage(whole, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(dpr)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    plate = QRectF(QPointF(0, 0), size)
    painter.drawRoundedRect(plate, 5, 5)
    paint_legend(painter, shown, plate.adjusted(8, 6, -8, -6), LIGHT)
    painter.end()
    return image


def unit_of(scene: Scene, style: DisplayStyle) -> str:
    """Return the unit of a scene's values, "" where the file does not say."""
    band = min(style.bands[0], len(scene.band_info) - 1)
    return scene.unit(band)


def legend_of(
    scene: Scene, style: DisplayStyle, sampling: Sampling = "full", *, is_exact: bool = True
) -> Legend | None:
    """Return the legend of a scene."""
    if not scene.has_means:
        sampling = "full"  # nothing is being made for what has no mean
    unit, names = unit_of(scene, style), scene.bands
    return legend(style, unit, sampling, is_exact=is_exact, names=names)


def legend_size(shown: Legend, metrics: QFontMetricsF) -> QRectF:
    """Return the room that a legend takes, as a rectangle at 0, 0."""
    line = metrics.lineSpacing()
    head = metrics.horizontalAdvance(_heading(shown))
    texts = [metrics.horizontalAdvance(tick.text) for tick in shown.ticks]
    if shown.kind == "classes":
        wide = max([head, *(2 * line + text for text in texts)])
        return QRectF(0, 0, wide, line * (1.3 + len(texts)))
    if shown.kind == "channels":
        return QRectF(0, 0, max([head, *texts]), line * (1.3 + len(shown.ticks)))
    if shown.kind == "wheel":
        side = WHEEL_LINES * line
        wide = side + 2 * metrics.horizontalAdvance("\N{MINUS SIGN}90°") + 12
        high = line * 1.3 + side + 2 * line + (line if shown.ticks else 0)
        return QRectF(0, 0, max(head, wide), high)
    wide = 1.1 * line + 10 + max([0.0, *texts])
    return QRectF(0, 0, max(head, wide), line * (1.3 + BAR_LINES) + line * 0.6)


def paint_legend(painter: QPainter, shown: Legend, room: QRectF, colour: QColor) -> None:
    """Paint a legend into a room of `legend_size`."""
    line = QFontMetricsF(painter.font()).lineSpacing()
    painter.setPen(colour)
    painter.drawText(QRectF(room.left(), room.top(), room.width(), line), LEFT, _heading(shown))
    rest = room.adjusted(0, line * 1.3, 0, 0)
    if shown.kind == "channels":
        for number, tick in enumerate(shown.ticks):
            row = QRectF(rest.left(), rest.top() + number * line, rest.width(), line)
            painter.drawText(row, LEFT, tick.text)
    elif shown.kind == "classes":
        _paint_classes(painter, shown, rest)
    elif shown.kind == "wheel":
        _paint_wheel(painter, shown, rest, colour)
    else:
        _paint_bar(painter, shown, rest, colour)


def _paint_classes(painter: QPainter, shown: Legend, room: QRectF) -> None:
    """Paint a field of colour before each class."""
    line = QFontMetricsF(painter.font()).lineSpacing()
    image = _image(shown)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, tick in enumerate(shown.ticks):
        top = room.top() + number * line
        field = QRectF(room.left(), top + 2, 1.4 * line, line - 4)
        painter.fillRect(field, image.pixelColor(0, number))
        painter.drawRect(field)
        text = QRectF(room.left() + 2 * line, top, room.width() - 2 * line, line)
        painter.drawText(text, LEFT, tick.text)


def _paint_wheel(painter: QPainter, shown: Legend, room: QRectF, colour: QColor) -> None:
    metrics = QFontMetricsF(painter.font())
    line = metrics.lineSpacing()
    side = WHEEL_LINES * line
    disc = QRectF(0, 0, side, side)
    disc.moveCenter(QPointF(room.center().x(), room.top() + line + side / 2))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(disc, _image(shown))
    painter.setPen(colour)
    x, y = disc.center().x(), disc.center().y()
    wide = metrics.horizontalAdvance("\N{MINUS SIGN}90°") + 4
    for text, place in (
        ("0°", QRectF(disc.right() + 2, y - line / 2, wide, line)),
        ("90°", QRectF(x - wide / 2, disc.top() - line, wide, line)),
        ("180°", QRectF(disc.left() - wide - 2, y - line / 2, wide, line)),
        ("\N{MINUS SIGN}90°", QRectF(x - wide / 2, disc.bottom(), wide, line)),
    ):
        painter.drawText(place, CENTRE, text)
    if shown.ticks:
        text = f"{shown.unit}: {shown.ticks[0].text} \N{HORIZONTAL ELLIPSIS} {shown.ticks[-1].text}"
        row = QRectF(room.left(), disc.bottom() + line, room.width(), line)
        painter.drawText(row, CENTRE, text)


def _paint_bar(painter: QPainter, shown: Legend, room: QRectF, colour: QColor) -> None:
    line = QFontMetricsF(painter.font()).lineSpacing()
    bar = QRectF(room.left(), room.top() + line * 0.3, line * 1.1, BAR_LINES * line)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(bar, _image(shown))
    painter.setPen(QPen(colour, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    for tick in _readable(shown.ticks, line / bar.height()):
        y = bar.bottom() - tick.place * bar.height()
        painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + 4, y))
        row = QRectF(bar.right() + 8, y - line / 2, room.right() - bar.right() - 8, line)
        painter.drawText(row, LEFT, tick.text)


def _readable(ticks: tuple[Tick, ...], apart: float) -> list[Tick]:
    """Leave out marks that would overlap the one before."""
    kept: list[Tick] = []
    for tick in sorted(ticks, key=lambda item: item.place):
        if not kept or tick.place - kept[-1].place >= apart * 0.95:
            kept.append(tick)
    return kept


def _heading(shown: Legend) -> str:
    return (
        shown.title if shown.kind == "wheel" or not shown.unit else f"{shown.title} ({shown.unit})"
    )


def _image(shown: Legend) -> QImage:
    colours = np.ascontiguousarray(shown.picture)
    rows, cols, _ = colours.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(colours.data, cols, rows, 4 * cols, kind).copy()


def _spoken(shown: Legend) -> str:
    return f"{_heading(shown)}: {', '.join(tick.text for tick in shown.ticks)}"

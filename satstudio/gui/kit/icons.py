"""Icons in the palette's colour (lucide), cached until the palette changes."""

from functools import lru_cache

from lucide import lucide_icon
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 20, 24, 32, 48, 64, 96)


class MissingIconError(LookupError):
    """The icon set holds no icon of this name: a mistake in the program."""


@lru_cache(maxsize=256)
def svg_of(name: str) -> str:
    """Return the SVG text of an icon; raises MissingIconError instead of a placeholder."""
    text: str = lucide_icon(name)
    if "data-missing-icon" in text:
        raise MissingIconError(f"lucide has no icon '{name}'.")
    return text


def icon(name: str, colour: QColor | None = None) -> QIcon:
    """Return an icon in the palette's text colour (or in `colour`), normal and disabled."""
    palette = QGuiApplication.palette()
    normal = colour or palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
    grey = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    return _icon(name, normal.name(), grey.name())


def forget_icons() -> None:
    """Empty the cache, after the palette changed."""
    _icon.cache_clear()


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """Draw an icon at `size` units times the device pixel ratio."""
    pixels = round(size * ratio)
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    svg = svg_of(name).replace("currentColor", colour.name())
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=512)
def _icon(name: str, normal: str, grey: str) -> QIcon:
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(name, size, QColor(normal)), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, size, QColor(grey)), QIcon.Mode.Disabled)
    return made

"""PictureView: one finished picture, as large as its place allows; image_of: colours as QImage."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QWidget

from satstudio.render.compose import Picture

MARGIN = 8


class PictureView(QWidget):
    """Shows an image whole; enlarged pixels stay sharp, phase colours are never mixed."""

    def __init__(self, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._hint = hint
        self.setMinimumSize(120, 120)
        self.setAccessibleName(self.tr("Picture"))

    @property
    def image(self) -> QImage:
        """The image shown; null where there is none."""
        return self._image

    def set_image(self, image: QImage | None) -> None:
        """Show an image, or the hint where it is None."""
        self._image = image if image is not None else QImage()
        self.updateGeometry()
        self.update()

    def set_hint(self, text: str) -> None:
        """Set what stands there without an image."""
        self._hint = text
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the size of the image, within reason."""
        if self._image.isNull():
            return QSize(320, 240)
        return self._image.size().boundedTo(QSize(900, 700))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the image in the middle, or the hint."""
        del event
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        if self._image.isNull():
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, int(flags), self._hint)
        else:
            painter.drawImage(self._place(area), self._image)
        painter.end()

    def _place(self, area: QRectF) -> QRectF:
        ratio = self.devicePixelRatioF()
        wide, high = self._image.width() / ratio, self._image.height() / ratio
        scale = min(area.width() / wide, area.height() / high)
        if scale > 1:
            scale = float(int(scale * ratio)) / ratio if scale * ratio >= 1 else scale
        place = QRectF(0, 0, wide * scale, high * scale)
        place.moveCenter(QPointF(area.center()))
        place.moveTopLeft(place.topLeft().toPoint().toPointF())
        return place


def image_of(colours: Picture) -> QImage:
    """Return colours (rows, cols, 4: B, G, R, A) as a QImage with memory of its own."""
    array = np.ascontiguousarray(colours)
    rows, cols = array.shape[:2]
    shape = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(array.data, cols, rows, 4 * cols, shape).copy()

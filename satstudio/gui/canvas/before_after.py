"""BeforeAfter: a scene with its restored part over it; a divider shows more of one or the other."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.gui.canvas.canvas import SURROUND, Canvas
from satstudio.gui.canvas.overlays import paint_label, screen_rect
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.kit.scenes.loader import SceneKeeper

STEPS = 1000
ARROW_STEP, PAGE_STEP = 20, 100
WIDTH = 22
GRIP = 11
LABEL_TOP = 10
LIGHT, DARK = QColor(255, 255, 255), QColor(0, 0, 0, 170)
FRAME = QColor(255, 255, 255, 150)


class BeforeAfter(QWidget):
    """A canvas with a divider: left of it the scene, right of it what was restored."""

    def __init__(self, keeper: SceneKeeper) -> None:
        super().__init__()
        self.canvas = Canvas(keeper)
        self.canvas.setAccessibleName(self.tr("Preview"))
        self.overlay = RestoredOverlay(self.tr("Before"), self.tr("After"))
        self.divider = Divider(self.canvas)
        self.divider.setAccessibleName(self.tr("Divider between before and after"))
        self.divider.setToolTip(
            self.tr("Drag, or use the arrow keys: the scene at the left, the result at the right")
        )
        self.divider.valueChanged.connect(self._on_divided)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.canvas)
        self.canvas.set_overlays([self.overlay])
        self.divider.setValue(STEPS // 2)
        self.show_restored(None)

    @property
    def share(self) -> float:
        """How much of the width shows the scene as it is, 0..1."""
        return self.divider.value() / STEPS

    @property
    def image(self) -> QImage | None:
        """The restored picture shown."""
        return self.overlay.image

    def show_restored(
        self,
        image: QImage | None,
        window: Window | None = None,
        points: QImage | None = None,
        name: str = "",
    ) -> None:
        """Show the restored picture of a window of the scene, or none; and where points are.

        Parameters
        ----------
        name : what it is called instead of After
        """
        self.overlay.image, self.overlay.window, self.overlay.points = image, window, points
        self.overlay.after_name = name
        self.divider.setVisible(image is not None)
        self.canvas.update()

    def show_beside(self, image: QImage | None, name: str = "") -> None:
        """Show a picture of the same window left of the divider; None: the scene itself."""
        self.overlay.beside, self.overlay.beside_name = image, name
        self.canvas.update()

    def show_points(self, is_on: bool) -> None:
        """Paint the points over the restored picture, or leave them out."""
        self.overlay.has_points = is_on
        self.canvas.update()

    @Slot()
    def _on_divided(self) -> None:
        self.overlay.share = self.share
        self.canvas.update()


class RestoredOverlay:
    """Paints a restored window right of the divider, with a frame around all of it."""

    def __init__(self, before: str, after: str) -> None:
        self.image: QImage | None = None
        self.beside: QImage | None = None
        self.beside_name = ""
        self.after_name = ""
        self.points: QImage | None = None
        self.has_points = False
        self.window: Window | None = None
        self.share = 0.5
        self._before, self._after = before, after

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint in screen units."""
        if self.image is None or self.window is None:
            return
        place = screen_rect(self.window, view)
        wide, high = view.size.cols, view.size.rows
        middle = round(self.share * wide)
        painter.save()
        if self.beside is not None:
            painter.setClipRect(QRectF(0, 0, middle, high))
            _draw(painter, place, self.beside, view.dpr)
        painter.setClipRect(QRectF(middle, 0, wide - middle, high))
        _draw(painter, place, self.image, view.dpr)
        if self.points is not None and self.has_points:
            painter.drawImage(place, self.points)
        painter.restore()
        painter.setPen(QPen(FRAME, 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        self._paint_labels(painter, middle, wide)

    def _paint_labels(self, painter: QPainter, middle: float, wide: float) -> None:
        gap = WIDTH / 2 + 4
        left = self.beside_name if self.beside is not None else self._before
        before = QFontMetricsF(painter.font()).horizontalAdvance(left) + 12
        right = self.after_name or self._after
        after = QFontMetricsF(painter.font()).horizontalAdvance(right) + 12
        if middle - gap - before > 0:
            paint_label(painter, QPointF(middle - gap - before, LABEL_TOP), left)
        if middle + gap + after < wide:
            paint_label(painter, QPointF(middle + gap, LABEL_TOP), right)


def _draw(painter: QPainter, place: QRectF, image: QImage, dpr: float) -> None:
    """Draw an image into a rectangle, smoothly where its pixels are smaller than the screen's.

    Pixels without data are as what is around a scene: the scene does not show through.
    """
    painter.fillRect(place, SURROUND)
    is_small = place.width() * dpr < 0.999 * image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_small)
    painter.drawImage(place, image)


class Divider(QAbstractSlider):
    """A line with a grip over a canvas; mouse, arrow keys, Page keys, Home and End move it."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._grabbed: float | None = None
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, STEPS)
        self.setSingleStep(ARROW_STEP)
        self.setPageStep(PAGE_STEP)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.valueChanged.connect(self._place)
        canvas.installEventFilter(self)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize and watched is self._canvas:
            self._place()
        return super().eventFilter(watched, event)

    @Slot()
    def _place(self) -> None:
        middle = round(self.value() / STEPS * self._canvas.width())
        self.setGeometry(middle - WIDTH // 2, 0, WIDTH, self._canvas.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the line."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position().x() - WIDTH / 2
            self.setSliderDown(True)
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the line with the mouse."""
        if self._grabbed is not None:
            place = self.mapTo(self._canvas, event.position()).x() - self._grabbed
            self.setValue(round(STEPS * place / max(self._canvas.width(), 1)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let the line go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = None
            self.setSliderDown(False)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the canvas below."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the line and its grip."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(WIDTH / 2, self.height() / 2)
        for colour, width in ((DARK, 4), (LIGHT, 2)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        accent = self.palette().highlight().color()
        painter.setPen(QPen(accent if self.hasFocus() else DARK, 2 if self.hasFocus() else 1))
        painter.setBrush(LIGHT)
        painter.drawEllipse(middle, GRIP - 1.5, GRIP - 1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent if self.hasFocus() else QColor(60, 60, 60))
        for side in (-1, 1):
            tip = middle + QPointF(side * 6.5, 0)
            back = QPointF(-side * 4, 0)
            wing = QPointF(0, 3.5)
            painter.drawPolygon(QPolygonF([tip, tip + back + wing, tip + back - wing]))
        painter.end()

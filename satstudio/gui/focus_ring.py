"""FocusRing: a clear frame around the widget that has the keyboard."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

RINGED = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
)
WIDTH = 2


class FocusRing(QWidget):
    """Two units wide, in the accent colour; shown while the keyboard moves the focus.

    Fusion's own sign is thin. The ring lies over the widget and takes no mouse.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched: QWidget | None = None
        self.hide()
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the frame."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), WIDTH))
        half = WIDTH / 2
        area = self.rect().toRectF().adjusted(half, half, -half, -half)
        painter.drawRoundedRect(area, 3, 3)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the widget; go when it goes."""
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        elif event.type() in (QEvent.Type.Hide, QEvent.Type.MouseButtonPress):
            self.hide()
        return super().eventFilter(watched, event)

    @Slot("QWidget*", "QWidget*")
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._watched = None
        self.hide()
        if isinstance(new, RINGED) and new.window() is self.parentWidget():
            self._watched = new
            new.installEventFilter(self)
            self._place()

    def _place(self) -> None:
        widget, window = self._watched, self.parentWidget()
        if widget is None or window is None or not widget.isVisible():
            return
        corner = widget.mapTo(window, widget.rect().topLeft())
        area = QRect(corner, widget.size()).adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH)
        self.setGeometry(area.intersected(window.rect()))
        self.raise_()
        self.show()

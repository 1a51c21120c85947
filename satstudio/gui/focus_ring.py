"""FocusRings: a clear frame around the widget that has the keyboard, in window and dialogs."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QApplication, QWidget

from satstudio.gui.canvas import Canvas

WIDTH = 2
TAB = Qt.FocusPolicy.TabFocus.value


class FocusRings(QObject):
    """Shows a ring in whichever window of the program has the keyboard."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._shown: FocusRing | None = None
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    @Slot("QWidget*", "QWidget*")
    def _on_focus(self, _old: QWidget | None, new: QWidget | None) -> None:
        for ring in self._rings():
            ring.follow(None)
        if new is not None and is_ringed(new):
            window = new.window()
            ring = window.findChild(FocusRing) or FocusRing(window)
            ring.follow(new)

    def _rings(self) -> list["FocusRing"]:
        windows = QApplication.topLevelWidgets()
        return [ring for window in windows for ring in window.findChildren(FocusRing)]


def is_ringed(widget: QWidget) -> bool:
    """Tell whether a widget is reached by Tab and shows its focus in no way of its own."""
    return bool(widget.focusPolicy().value & TAB) and not isinstance(widget, Canvas)


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

    def follow(self, widget: QWidget | None) -> None:
        """Lie around a widget from now on; None hides the ring."""
        if self._watched is not None:
            self._watched.removeEventFilter(self)
        self._watched = widget
        self.hide()
        if widget is not None:
            widget.installEventFilter(self)
            self._place()

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

    def _place(self) -> None:
        widget, window = self._watched, self.parentWidget()
        if widget is None or window is None or not widget.isVisible():
            return
        corner = widget.mapTo(window, widget.rect().topLeft())
        area = QRect(corner, widget.size()).adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH)
        self.setGeometry(area.intersected(window.rect()))
        self.raise_()
        self.show()

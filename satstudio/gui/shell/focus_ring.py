"""FocusRings: a clear frame around the widget that has the keyboard, in window and dialogs."""

import contextlib

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from satstudio.gui.canvas.canvas import Canvas

WIDTH = 2
TAB = Qt.FocusPolicy.TabFocus.value


class FocusRings(QObject):
    """Shows a ring in whichever window of the program has the keyboard.

    Only where keys moved the focus; a click shows by itself where it was, and takes the ring away.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._shown: FocusRing | None = None
        self._watched: set[QWindow] = set()
        self._is_by_keys = False
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)
            application.aboutToQuit.connect(self._on_quit)

    @Slot()
    def _on_focus(self) -> None:
        """Follow the focus; the signal's own widgets may be half destroyed, so it is asked."""
        if self._shown is not None:
            self._shown.follow(None)
        new = QApplication.focusWidget()
        if new is None:
            return
        window = new.window()
        self._watch(window.windowHandle())
        if not self._is_by_keys or not is_ringed(new):
            return
        ring = window.findChild(FocusRing)
        if ring is None:
            ring = FocusRing(window)
            ring.destroyed.connect(self._on_gone)
        self._shown = ring
        ring.follow(new)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note whether keys or the mouse came last."""
        if event.type() == QEvent.Type.KeyPress:
            self._is_by_keys = True
        elif event.type() == QEvent.Type.MouseButtonPress:
            self._is_by_keys = False
            if self._shown is not None:
                self._shown.follow(None)
        return super().eventFilter(watched, event)

    def _watch(self, window: QWindow | None) -> None:
        """See what keys and buttons a window gets, before its widgets do."""
        if window is not None and window not in self._watched:
            self._watched.add(window)
            window.installEventFilter(self)
            window.destroyed.connect(lambda: self._watched.discard(window))

    @Slot()
    def _on_gone(self) -> None:
        self._shown = None

    @Slot()
    def _on_quit(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.disconnect(self._on_focus)


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
            with contextlib.suppress(RuntimeError):  # it may be gone
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
        if not window.isAncestorOf(widget):  # its panel floats now
            self.hide()
            return
        corner = widget.mapTo(window, widget.rect().topLeft())
        area = QRect(corner, widget.size()).adjusted(-WIDTH, -WIDTH, WIDTH, WIDTH)
        self.setGeometry(area.intersected(window.rect()))
        self.raise_()
        self.show()

"""Navigation: what mouse, wheel, touchpad and keys do to a canvas."""

from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, Qt, SignalInstance
from PySide6.QtGui import (
    QDropEvent,
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)

from satstudio.gui.canvas.pointer import Pointer
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.canvas.tools import PointerAt, Tool
from satstudio.scenes.scene import Scene

WHEEL_BASE = 1.0015
KEY_ZOOM = 2**0.5
PAN_KEYS = {
    Qt.Key.Key_Left: (0, 1),
    Qt.Key.Key_Right: (0, -1),
    Qt.Key.Key_Up: (1, 0),
    Qt.Key.Key_Down: (-1, 0),
}
SIDE_BUTTONS = (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton)
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Moved(Protocol):
    """What navigation moves: a canvas."""

    dropped: SignalInstance
    pointer: Pointer

    @property
    def scene(self) -> Scene | None: ...  # noqa: D102 - as Canvas has it
    @property
    def tool(self) -> Tool | None: ...  # noqa: D102 - as Canvas has it
    @property
    def view(self) -> View: ...  # noqa: D102 - as Canvas has it
    def zoom(self, factor: float, at: QPointF | None = None) -> None: ...  # noqa: D102 - as above
    def pan(self, down: float, right: float) -> None: ...  # noqa: D102 - as above
    def fit(self) -> None: ...  # noqa: D102 - as above
    def retry_at(self, place: QPointF) -> None: ...  # noqa: D102 - as above
    def image_at(self, place: QPointF) -> tuple[float, float]: ...  # noqa: D102 - as above
    def update(self) -> None: ...  # noqa: D102 - QWidget's
    def width(self) -> int: ...  # noqa: D102 - QWidget's
    def height(self) -> int: ...  # noqa: D102 - QWidget's
    def setCursor(self, shape: Qt.CursorShape) -> None: ...  # noqa: D102, N802 - QWidget's


class Navigation:
    """Turns events of a canvas into panning, zooming and the work of its tool."""

    def __init__(self, canvas: Moved) -> None:
        self._canvas = canvas
        self._from: QPointF | None = None
        self._has_space = False
        self._is_working = False

    def take(self, event: QEvent) -> bool:
        """Take an event of the canvas; tells whether it needs nobody else."""
        match event:
            case QWheelEvent():
                is_taken = self.wheel(event)
            case QMouseEvent():
                is_taken = self._mouse(event)
            case QKeyEvent() if event.type() == QEvent.Type.KeyPress:
                is_taken = self.key(event)
            case QKeyEvent() if event.type() == QEvent.Type.KeyRelease:
                is_taken = self.key_up(event)
            case QNativeGestureEvent():
                is_taken = self.pinch(event)
            case QEnterEvent():
                self._canvas.pointer.hover(event.position())
                is_taken = False
            case QDropEvent():
                is_taken = self._drop(event)
            case _:
                is_taken = self._other(event)
        return is_taken

    def _mouse(self, event: QMouseEvent) -> bool:
        kind = event.type()
        if event.button() in SIDE_BUTTONS:
            return False  # they go back and forward in the window
        if kind == QEvent.Type.MouseButtonPress:
            self.press(event)
        elif kind == QEvent.Type.MouseMove:
            self.move(event)
        elif kind == QEvent.Type.MouseButtonRelease:
            self.release(event)
        elif kind == QEvent.Type.MouseButtonDblClick and event.button() == LEFT:
            if self._canvas.tool is None:
                self._canvas.zoom(2, event.position())
        else:
            return False
        return True

    def _drop(self, event: QDropEvent) -> bool:
        """Welcome local files and folders; tell which were dropped."""
        urls = event.mimeData().urls()
        paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
        if not paths:
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self._canvas.dropped.emit(paths)
        return True

    def _other(self, event: QEvent) -> bool:
        kind = event.type()
        if kind in (QEvent.Type.Leave, QEvent.Type.Hide):
            self._canvas.pointer.leave()
        elif kind == QEvent.Type.FocusOut:
            self.let_go()
            self._canvas.update()
        elif kind == QEvent.Type.FocusIn:
            self._canvas.update()
        return False

    def wheel(self, event: QWheelEvent) -> bool:
        """Zoom to the cursor; a touchpad pans unless Ctrl or Shift is held."""
        fine, turn = event.pixelDelta(), event.angleDelta()
        held = event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        is_touchpad = event.phase() != Qt.ScrollPhase.NoScrollPhase and not fine.isNull()
        if is_touchpad and not held:
            self._canvas.pan(fine.y(), fine.x())
        else:
            self._canvas.zoom(WHEEL_BASE ** (turn.y() or turn.x()), event.position())
        event.accept()
        return True

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Zoom by a pinch; tells whether it was one."""
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._canvas.zoom(1 + event.value(), event.position())
        return True

    def press(self, event: QMouseEvent) -> None:
        """Start panning, or give the press to the tool."""
        canvas = self._canvas
        if canvas.scene is None:
            return
        is_pan = event.button() == MIDDLE or self._has_space or canvas.tool is None
        if event.button() not in (LEFT, MIDDLE):
            return
        if is_pan:
            canvas.retry_at(event.position())
            self._from = event.position()
            canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif canvas.tool is not None:
            self._is_working = True
            canvas.tool.press(self._at(event))
            canvas.update()

    def move(self, event: QMouseEvent) -> None:
        """Pan, or give the move to the tool; tell where the cursor is."""
        canvas = self._canvas
        if canvas.scene is None:
            return
        if self._from is not None:
            step = event.position() - self._from
            self._from = event.position()
            canvas.pan(step.y(), step.x())
        elif canvas.tool is not None and not self._has_space:
            canvas.setCursor(canvas.tool.move(self._at(event), self._is_working))
            if self._is_working:
                canvas.update()
        canvas.pointer.hover(event.position())

    def release(self, event: QMouseEvent) -> None:
        """End panning, or the tool's drag."""
        canvas = self._canvas
        if self._from is not None and event.button() in (LEFT, MIDDLE):
            self._from = None
            self._show_cursor()
        elif self._is_working and event.button() == LEFT and canvas.tool is not None:
            self._is_working = False
            canvas.tool.release(self._at(event))
            canvas.update()

    def key(self, event: QKeyEvent) -> bool:
        """Take a key; tells whether it was of use."""
        canvas, key = self._canvas, event.key()
        if canvas.scene is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            return False
        if canvas.tool is not None and canvas.tool.key(key, event.modifiers()):
            canvas.update()
            return True
        if key == Qt.Key.Key_Space:
            self._has_space = True
            self._show_cursor()
        elif key in PAN_KEYS and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            down, right = PAN_KEYS[Qt.Key(key)]
            canvas.pointer.move(-down, -right)
        elif key in PAN_KEYS:
            down, right = PAN_KEYS[Qt.Key(key)]
            canvas.pan(down * canvas.height() / 8, right * canvas.width() / 8)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            canvas.zoom(1 / KEY_ZOOM if key == Qt.Key.Key_Minus else KEY_ZOOM)
        elif key == Qt.Key.Key_F or (key == Qt.Key.Key_0 and _has_control(event)):
            canvas.fit()
        else:
            return False
        return True

    def key_up(self, event: QKeyEvent) -> bool:
        """End panning with the space bar; tells whether it was that."""
        if event.key() != Qt.Key.Key_Space or event.isAutoRepeat():
            return False
        self.let_go()
        return True

    def let_go(self) -> None:
        """Forget what is held, when the focus goes elsewhere."""
        self._has_space = False
        if self._from is None:
            self._show_cursor()

    def _show_cursor(self) -> None:
        tool = self._canvas.tool
        usual = tool.cursor if tool else Qt.CursorShape.ArrowCursor
        self._canvas.setCursor(Qt.CursorShape.OpenHandCursor if self._has_space else usual)

    def _at(self, event: QMouseEvent) -> PointerAt:
        row, col = self._canvas.image_at(event.position())
        return PointerAt(row, col, event.position(), self._canvas.view, event.modifiers())


def _has_control(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)

"""Tools: what the mouse does on the canvas besides panning; CropTool draws a rectangle."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.overlays import paint_label, screen_rect
from satstudio.gui.canvas.tiles.painter import View
from satstudio.session.store import Drag

HANDLE_PX = 9
GRIP_PX = 8
LINE = QColor(255, 208, 64)
DIMMED = QColor(0, 0, 0, 110)


@dataclass(frozen=True, slots=True)
class PointerAt:
    """Where the mouse is: in the scene, on the screen, and which keys are held."""

    row: float
    col: float
    place: QPointF
    view: View
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier


class Tool(Protocol):
    """Has the mouse's left button while it is chosen."""

    cursor: Qt.CursorShape

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint over the picture, in screen units."""
        ...

    def press(self, at: PointerAt) -> None:
        """Take the press of the left button."""
        ...

    def move(self, at: PointerAt, is_down: bool) -> Qt.CursorShape:
        """Take a move; returns the cursor to show."""
        ...

    def release(self, at: PointerAt) -> None:
        """Take the release of the left button."""
        ...

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Take a key; tells whether it was of use."""
        ...


@dataclass(frozen=True, slots=True)
class _Grip:
    """Which sides of the rectangle a drag moves: -1 first, 0 none, +1 last; both 0 = all of it."""

    row: int
    col: int

    @property
    def cursor(self) -> Qt.CursorShape:
        """The arrow that shows the way."""
        if self.row == 0 and self.col == 0:
            return Qt.CursorShape.SizeAllCursor
        if self.row == 0:
            return Qt.CursorShape.SizeHorCursor
        if self.col == 0:
            return Qt.CursorShape.SizeVerCursor
        is_falling = self.row == self.col
        return Qt.CursorShape.SizeFDiagCursor if is_falling else Qt.CursorShape.SizeBDiagCursor


class CropTool(QObject):
    """A rectangle of whole pixels: draw it, move it, pull its eight handles.

    Parameters
    ----------
    size : of the scene; the rectangle stays inside
    """

    changed = Signal(object)
    """The Window while it changes, None when it is gone."""

    cancelled = Signal()
    accepted = Signal()

    cursor = Qt.CursorShape.CrossCursor
    shade = DIMMED

    def __init__(self, size: Size, window: Window | None = None) -> None:
        super().__init__()
        self.size = size
        self.multiple = 1
        self.drag = Drag("crop")
        self._presses = 0
        self._window = window
        self._grip: _Grip | None = None
        self._anchor = (0.0, 0.0)
        self._before: Window | None = None

    @property
    def window(self) -> Window | None:
        """The rectangle, None before one is drawn."""
        return self._window

    def set_window(self, window: Window | None, *, tell: bool = True) -> None:
        """Set the rectangle; it is cut to the scene."""
        if window is not None:
            window = window.clipped(self.size)
            window = window if window.rows and window.cols else None
        if window != self._window:
            self._window = window
            if tell:
                self.changed.emit(window)

    def set_multiple(self, multiple: int) -> None:
        """Make rows and columns multiples of this from now on."""
        self.multiple = max(multiple, 1)
        if self._window is not None:
            here = self._window
            self.set_window(self._snapped(here.row, here.col, here.end_row, here.end_col))

    def paint(self, painter: QPainter, view: View) -> None:
        """Paint the rectangle bright, what lies outside dimmed, and its size."""
        if self._window is None:
            return
        rect = screen_rect(self._window, view)
        painter.save()
        outside = QPainterPath()
        outside.addRect(QRectF(0, 0, view.size.cols, view.size.rows))
        inside = QPainterPath()
        inside.addRect(rect)
        painter.fillPath(outside.subtracted(inside), self.shade)
        painter.setPen(QPen(LINE, 1.5))
        painter.drawRect(rect)
        painter.setBrush(QColor(30, 30, 30))
        half = HANDLE_PX / 2
        for point in self._handles(rect).values():
            painter.drawRect(QRectF(point.x() - half, point.y() - half, HANDLE_PX, HANDLE_PX))
        text = f"{self._window.rows} \u00d7 {self._window.cols}"
        below = rect.bottom() + 8 if rect.bottom() + 36 < view.size.rows else rect.bottom() - 32
        corner = QPointF(min(max(rect.left(), 4), view.size.cols - 90), max(below, 4))
        paint_label(painter, corner, text)
        painter.restore()

    def press(self, at: PointerAt) -> None:
        """Grip the rectangle where it is touched, else start another one."""
        self._presses += 1
        self.drag = Drag("crop", self._presses)
        self._anchor, self._before = (at.row, at.col), self._window
        self._grip = self._grip_at(at)
        if self._grip is None:
            self._window = None
            self._before = None

    def move(self, at: PointerAt, is_down: bool) -> Qt.CursorShape:
        """Draw, move or pull; or only say what a press would do."""
        if not is_down:
            grip = self._grip_at(at)
            return grip.cursor if grip else self.cursor
        if self._grip is None:
            self._draw(at)
            return self.cursor
        self._pull(at, self._grip)
        return self._grip.cursor

    def release(self, at: PointerAt) -> None:
        """End the drag; a click without a drag leaves no rectangle."""
        self.move(at, is_down=True)
        self._grip = None
        if self._window is None:
            self.changed.emit(None)
        self.drag = Drag("crop")

    def key(self, key: int, modifiers: Qt.KeyboardModifier) -> bool:
        """Esc cancels, Enter accepts, Shift + arrows move the rectangle by a pixel."""
        if key == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._window is not None:
            self.accepted.emit()
            return True
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(key))
        if (
            step is None
            or self._window is None
            or not modifiers & Qt.KeyboardModifier.ShiftModifier
        ):
            return False
        self.set_window(self._shifted(self._window, *step))
        return True

    def _draw(self, at: PointerAt) -> None:
        row, col = self._anchor
        end_row, end_col = at.row, at.col
        if at.modifiers & Qt.KeyboardModifier.ShiftModifier:  # a square
            side = max(abs(end_row - row), abs(end_col - col))
            end_row = row + (side if end_row >= row else -side)
            end_col = col + (side if end_col >= col else -side)
        if abs(end_row - row) < 0.3 and abs(end_col - col) < 0.3:
            return
        self.set_window(self._snapped(row, col, end_row, end_col))

    def _pull(self, at: PointerAt, grip: _Grip) -> None:
        before = self._before
        if before is None:
            return
        rows, cols = at.row - self._anchor[0], at.col - self._anchor[1]
        if grip.row == 0 and grip.col == 0:
            self.set_window(self._shifted(before, round(rows), round(cols)))
            return
        top = before.row + (rows if grip.row < 0 else 0)
        left = before.col + (cols if grip.col < 0 else 0)
        bottom = before.end_row + (rows if grip.row > 0 else 0)
        right = before.end_col + (cols if grip.col > 0 else 0)
        if grip.row < 0:  # the side that stays is where sizes are counted from
            top, bottom = bottom, top
        if grip.col < 0:
            left, right = right, left
        self.set_window(self._snapped(top, left, bottom, right))

    def _shifted(self, window: Window, rows: int, cols: int) -> Window:
        row = min(max(window.row + rows, 0), self.size.rows - window.rows)
        col = min(max(window.col + cols, 0), self.size.cols - window.cols)
        return Window(row, col, window.rows, window.cols)

    def _snapped(self, row: float, col: float, end_row: float, end_col: float) -> Window:
        """Return whole pixels from a fixed corner (row, col) to a moving one."""
        first_row, rows = _side(row, end_row, self.size.rows, self.multiple)
        first_col, cols = _side(col, end_col, self.size.cols, self.multiple)
        return Window(first_row, first_col, rows, cols)

    def _grip_at(self, at: PointerAt) -> _Grip | None:
        if self._window is None:
            return None
        rect = screen_rect(self._window, at.view)
        for (row, col), point in self._handles(rect).items():
            if (point - at.place).manhattanLength() <= 2 * GRIP_PX:
                return _Grip(row, col)
        return _Grip(0, 0) if rect.contains(at.place) else None

    def _handles(self, rect: QRectF) -> dict[tuple[int, int], QPointF]:
        middle = rect.center()
        x = {-1: rect.left(), 0: middle.x(), 1: rect.right()}
        y = {-1: rect.top(), 0: middle.y(), 1: rect.bottom()}
        places = [(row, col) for row in (-1, 0, 1) for col in (-1, 0, 1) if row or col]
        return {(row, col): QPointF(x[col], y[row]) for row, col in places}


class AreaTool(CropTool):
    """A rectangle to measure in; what lies outside stays as bright as it is."""

    shade = QColor(0, 0, 0, 0)


def _side(fixed: float, moving: float, end: int, multiple: int) -> tuple[int, int]:
    """Return (first, count) of whole pixels between two places, inside 0..end.

    The count is a multiple as near as there is room for; where the image is smaller than one
    multiple, all of it.
    """
    corner = round(min(max(fixed, 0), end))
    room = end - corner if moving >= fixed else corner
    if room < multiple:  # no room on this side: take it from the other
        count = min(multiple, end)
        return min(max(corner if moving >= fixed else corner - count, 0), end - count), count
    wanted = max(round(abs(min(max(moving, 0), end) - corner) / multiple), 1) * multiple
    count = min(wanted, room // multiple * multiple)
    return (corner if moving >= fixed else corner - count), count

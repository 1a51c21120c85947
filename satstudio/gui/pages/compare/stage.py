"""ViewStage: views side by side in equal cells, or on top of each other for swipe and flicker."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from satstudio.gui.pages.compare.plate import Share
from satstudio.gui.pages.compare.result_view import CompareView, Half

GAP_PX = 2
HALVES: tuple[Half, Half] = ("left", "right")
GRIP_PX = 14
KEY_SHARE = 0.02
LINE = QColor(255, 255, 255)
SHADOW = QColor(0, 0, 0, 160)


class ViewStage(QWidget):
    """Room for linked views; equal cells, so that equal viewports show equal windows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: list[CompareView] = []
        self._is_swipe = False
        self._top = -1
        self._share: Share = (0.0, 0.0)
        self.handle = SwipeHandle(self)
        self.handle.moved.connect(self._clip)
        self.handle.hide()

    @property
    def shares(self) -> tuple[int, int]:
        """Rows and columns of cells; (1, 1) where views lie on top of each other."""
        count = max(len(self._views), 1)
        if self._top >= 0 or self._is_swipe:
            return 1, 1
        cols = min(
            range(1, count + 1),
            key=lambda cols: (-self._side(cols, math.ceil(count / cols)), cols),
        )
        return math.ceil(count / cols), cols

    def show_beside(self, views: Sequence[CompareView]) -> None:
        """Show each view in a cell of its own."""
        self._place(views, is_swipe=False, top=-1)

    def show_swipe(self, below: CompareView, above: CompareView) -> None:
        """Show two views at one place, the second one right of a line that can be moved."""
        self._place((below, above), is_swipe=True, top=-1)

    def show_top(self, views: Sequence[CompareView], index: int) -> None:
        """Show one of several views that lie at one place."""
        self._place(views, is_swipe=False, top=index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Place all views anew."""
        super().resizeEvent(event)
        self._arrange()

    def _place(self, views: Sequence[CompareView], *, is_swipe: bool, top: int) -> None:
        for view in self._views:
            if view not in views:
                view.hide()
                view.plate.place(QRect(), self._share)
        self._views, self._is_swipe, self._top = list(views), is_swipe, top
        for number, view in enumerate(self._views):
            view.setParent(self)
            view.strip.set_half(HALVES[number] if is_swipe else "")
            view.clearMask()
            view.setVisible(top in (-1, number))
            if is_swipe or number == top:
                view.raise_()
        self.handle.setVisible(is_swipe)
        self.handle.raise_()
        for view in self._views:
            view.plate.raise_()
        self._arrange()

    def _side(self, cols: int, rows: int) -> float:
        """Return the shorter side of a cell, of which there should be much."""
        return min(self.width() / cols, self.height() / rows)

    def _arrange(self) -> None:
        rows, cols = self.shares
        wide = (self.width() - (cols - 1) * GAP_PX) // cols
        high = (self.height() - (rows - 1) * GAP_PX) // rows
        for number, view in enumerate(self._views):
            line, column = divmod(number, cols) if rows * cols > 1 else (0, 0)
            view.setGeometry(column * (wide + GAP_PX), line * (high + GAP_PX), wide, high)
        if self._is_swipe and self._views:
            head = self._views[0].strip.sizeHint().height()
            self.handle.place(QRect(0, head, wide, high - head))
            self._clip()
        self._place_plates()

    def place_plates(self, share: Share) -> None:
        """Let the figures of all views stand at one place of their pictures."""
        self._share = share
        self._place_plates()

    def _place_plates(self) -> None:
        """In a swipe the right picture's figures stand where the left one's are, mirrored."""
        for number, view in enumerate(self._views):
            room = view.geometry()
            room.setTop(room.top() + view.strip.sizeHint().height())
            if self._is_swipe:
                middle = room.center().x()
                room = QRect(room)
                (room.setLeft if number else room.setRight)(middle)
            is_seen = self._top in (-1, number)
            shown = room if is_seen else QRect()
            view.plate.place(shown, self._share, mirrored=self._is_swipe and number == 1)

    def _clip(self) -> None:
        """Let the upper view be seen right of the line only, and right of the middle its head."""
        if not self._is_swipe or len(self._views) < 2:
            return
        view = self._views[1]
        head, half = view.strip.sizeHint().height(), view.width() // 2
        x = self.handle.line_px
        shown = QRegion(half, 0, view.width() - half, head)
        view.setMask(shown + QRegion(x, head, view.width() - x, view.height() - head))


class SwipeHandle(QWidget):
    """The line of a swipe; drag it, or move it with arrow keys, Home and End."""

    moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.share = 0.5
        self._room = QRect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName(self.tr("Line between the two pictures"))
        self.setToolTip(self.tr("Drag, or move with the arrow keys; double-click: the middle"))

    @property
    def line_px(self) -> int:
        """Where the line is, in pixels from the left of the picture."""
        return round(self.share * self._room.width())

    def place(self, room: QRect) -> None:
        """Take the picture's place; the line keeps its share of the width."""
        self._room = room
        self.setGeometry(self.line_px - GRIP_PX // 2, room.top(), GRIP_PX, room.height())

    def set_share(self, share: float) -> None:
        """Move the line to a share (0..1) of the width."""
        self.share = min(max(share, 0.0), 1.0)
        self.place(self._room)
        self.moved.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the mouse while its button is held."""
        if event.buttons() & Qt.MouseButton.LeftButton and self._room.width() > 0:
            x = self.mapToParent(event.position().toPoint()).x()
            self.set_share(x / self._room.width())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go back to the middle."""
        self.set_share(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Move by keys."""
        steps = {
            Qt.Key.Key_Left: self.share - KEY_SHARE,
            Qt.Key.Key_Right: self.share + KEY_SHARE,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        share = steps.get(Qt.Key(event.key()))
        if share is None:
            super().keyPressEvent(event)
            return
        self.set_share(share)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the line and its grip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = self.width() / 2, self.height() / 2
        for colour, width in ((SHADOW, 4), (LINE, 1.5)):
            painter.setPen(QPen(colour, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        grip = self.palette().accent().color() if self.hasFocus() else QColor(60, 60, 60)
        painter.setBrush(grip)
        painter.setPen(QPen(LINE, 1.5))
        painter.drawEllipse(QPointF(x, y), GRIP_PX / 2 - 1, GRIP_PX / 2 - 1)
        painter.end()

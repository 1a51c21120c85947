"""FigurePlate: figures over their picture; dragged elsewhere, a click tells what one means."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMargins, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLabel, QToolButton, QWidget

from satstudio.bench.figures import FigureRow

MARGIN_PX = 10
MOST_COLUMNS = 3
LOOK = """
QFrame#plate { background: rgba(15, 15, 15, 205); border-radius: 5px; }
QFrame#plate QLabel { color: rgb(190, 190, 190); }
QFrame#plate QToolButton { color: rgb(240, 240, 240); border: none; padding: 0 2px;
    background: transparent; font-weight: 600; }
QFrame#plate QToolButton:hover, QFrame#plate QToolButton:focus { background: rgb(80, 80, 80);
    border-radius: 3px; }
"""
Share = tuple[float, float]
"""Across and down, of the room that the plate leaves free, 0..1."""


class FigurePlate(QFrame):
    """Rows of label and value; as many beside each other as the picture's height asks for."""

    asked = Signal(object)
    """A figure was clicked: its FigureRow."""

    moved = Signal(object)
    """The Share where the user put the plate."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plate")
        self.setStyleSheet(LOOK)
        self.setCursor(Qt.CursorShape.SizeAllCursor)
        self.setAccessibleName(self.tr("Figures"))
        self.setToolTip(self.tr("Drag the figures to another place; click one for its meaning"))
        self.rows: tuple[FigureRow, ...] = ()
        self.buttons: list[QToolButton] = []
        self._room = QRect()
        self._share: Share = (0.0, 0.0)
        self._is_mirrored = False
        self._grip: QPoint | None = None
        self._is_dragged = False
        self._fitted: tuple[tuple[FigureRow, ...], QSize] = ((), QSize())
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 4, 6, 4)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self.hide()

    def show_figures(self, rows: Sequence[FigureRow]) -> None:
        """Show other figures."""
        if tuple(rows) != self.rows:
            self.rows = tuple(rows)
            self._place()

    def place(self, room: QRect, share: Share, *, mirrored: bool = False) -> None:
        """Stand inside a room of the parent; mirrored: the same place seen from the right."""
        self._room, self._share, self._is_mirrored = room, share, mirrored
        self._place()

    # ------------------------------------------------------------------ dragging

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let a drag that begins on a figure move the plate, and a click be a click."""
        if isinstance(event, QMouseEvent) and isinstance(watched, QToolButton):
            was_dragged = self._is_dragged
            self._take(event)
            if was_dragged and event.type() == QEvent.Type.MouseButtonRelease:
                watched.setDown(False)
                return True
        return super().eventFilter(watched, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the plate."""
        self._take(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the plate with the mouse."""
        self._take(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the plate where it is."""
        self._take(event)

    def _take(self, event: QMouseEvent) -> None:
        place = event.globalPosition().toPoint()
        if event.type() == QEvent.Type.MouseButtonPress:
            is_left = event.button() == Qt.MouseButton.LeftButton
            self._grip = place - self.pos() if is_left else None
        elif event.type() == QEvent.Type.MouseMove and self._grip is not None:
            step = place - self._grip - self.pos()
            if self._is_dragged or step.manhattanLength() >= QApplication.startDragDistance():
                self._is_dragged = True
                self._drag_to(place - self._grip)
        elif event.type() == QEvent.Type.MouseButtonRelease:
            if self._is_dragged:
                self.moved.emit(self._share)
            self._grip, self._is_dragged = None, False

    def _drag_to(self, corner: QPoint) -> None:
        free = self._free()
        across = (corner.x() - self._room.left() - MARGIN_PX) / max(free[0], 1)
        down = (corner.y() - self._room.top() - MARGIN_PX) / max(free[1], 1)
        across, down = min(max(across, 0.0), 1.0), min(max(down, 0.0), 1.0)
        self._share = (1 - across if self._is_mirrored else across, down)
        self._place()

    # ------------------------------------------------------------------ placing

    def _place(self) -> None:
        if not self.rows or self._room.isEmpty():
            self.hide()
            return
        room = self._room.marginsRemoved(QMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX))
        if self._fitted != (self.rows, room.size()):
            self._fitted = (self.rows, room.size())
            for columns in range(1, MOST_COLUMNS + 1):
                self._fill(columns)
                if self.sizeHint().height() <= room.height():
                    break
        self.resize(self.sizeHint().boundedTo(room.size()))
        free, (across, down) = self._free(), self._share
        across = 1 - across if self._is_mirrored else across
        left = self._room.left() + MARGIN_PX + round(across * free[0])
        self.move(left, self._room.top() + MARGIN_PX + round(down * free[1]))
        self.show()

    def _free(self) -> tuple[int, int]:
        wide = self._room.width() - self.width() - 2 * MARGIN_PX
        high = self._room.height() - self.height() - 2 * MARGIN_PX
        return max(wide, 0), max(high, 0)

    def _fill(self, columns: int) -> None:
        """Put the figures into so many columns."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.buttons = []
        deep = math.ceil(len(self.rows) / columns)
        for number, row in enumerate(self.rows):
            column, line = divmod(number, deep)
            button = self._button(row)
            self.buttons.append(button)
            name = QLabel(row.label)
            name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._grid.addWidget(name, line, 2 * column)
            self._grid.addWidget(button, line, 2 * column + 1, Qt.AlignmentFlag.AlignRight)
            name.show()
            button.show()
        self._grid.activate()

    def _button(self, row: FigureRow) -> QToolButton:
        button = QToolButton(self)
        button.setText(row.number_and_unit)
        button.setAccessibleName(row.text)
        button.setToolTip(definition(row))
        button.setCursor(Qt.CursorShape.WhatsThisCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the picture
        button.clicked.connect(lambda: self.asked.emit(row))
        button.installEventFilter(self)
        return button


def definition(row: FigureRow) -> str:
    """Return what a figure is, which value is best, and of how many pixels it speaks."""
    one = row.score
    best = {"higher": "more is better", "lower": "less is better", "one": "1 is ideal"}
    parts = [one.definition, best.get(one.better, ""), f"of {one.n:,} pixels", one.note]
    if one.data_range is not None:
        parts.insert(1, f"data range {one.data_range:g}")
    return "; ".join(part for part in parts if part)

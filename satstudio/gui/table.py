"""Table: rows of text with a value behind each; numbers at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)


@dataclass(frozen=True, slots=True)
class Strong:
    """A text in bold."""

    text: str


Cell = str | Strong | tuple[str, QColor]

LEAST_LINES = 3


class Table(QTableWidget):
    """Shows rows; the chosen one stays chosen when the rows are shown anew."""

    chosen = Signal(object)
    """The key of the row that was chosen, or None."""

    def __init__(
        self, heads: Sequence[str], right: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(0, len(heads), parent)
        self._right = frozenset(right)
        self._keys: list[Any] = []
        self._shown: list[tuple[Cell, ...]] = []
        self.setHorizontalHeaderLabels(list(heads))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setMinimumHeight(self.fontMetrics().lineSpacing() * LEAST_LINES)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._align_heads()
        self.itemSelectionChanged.connect(self._on_selection)

    def stretch(self, column: int) -> None:
        """Let this column take the room that is left; the others take what they need."""
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    @property
    def key(self) -> Any:  # noqa: ANN401 - whatever was given
        """The key of the chosen row, or None."""
        rows = {item.row() for item in self.selectedItems()}
        return self._keys[min(rows)] if rows else None

    def show_rows(self, keys: Sequence[Any], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show rows; keys name them across calls."""
        if keys == self._keys and rows == self._shown:
            return
        before = self.key
        self.blockSignals(True)
        self._keys, self._shown = list(keys), list(rows)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                self.setItem(number, column, self._item(column, cell))
        self.clearSelection()
        if before in self._keys:
            self.selectRow(self._keys.index(before))
        self.blockSignals(False)
        if self.key != before:
            self.chosen.emit(self.key)

    def choose(self, key: Any) -> None:  # noqa: ANN401 - whatever was given
        """Choose a row by its key."""
        if key in self._keys:
            self.selectRow(self._keys.index(key))

    def _item(self, column: int, cell: Cell) -> QTableWidgetItem:
        text, colour = cell if isinstance(cell, tuple) else (cell, None)
        item = QTableWidgetItem(text.text if isinstance(text, Strong) else text)
        if isinstance(text, Strong):
            font = item.font()
            font.setBold(True)
            item.setFont(font)
        item.setToolTip(item.text())
        if colour is not None:
            item.setForeground(colour)
        if column in self._right:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _align_heads(self) -> None:
        for column in range(self.columnCount()):
            head = self.horizontalHeaderItem(column)
            right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
            side = right if column in self._right else left
            if head is not None:
                head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)

    @Slot()
    def _on_selection(self) -> None:
        self.chosen.emit(self.key)

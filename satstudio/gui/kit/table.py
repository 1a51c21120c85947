"""Table: rows of text with a value behind each; numbers at the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
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
LEAST_LETTERS = 24
"""Of the column that takes the room that the others leave."""


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
        self._stretched = 0
        self.stretch(0)
        self._align_heads()
        self.itemSelectionChanged.connect(self._on_selection)

    def stretch(self, column: int) -> None:
        """Let this column take the room that is left; the others take what they need."""
        self._stretched = column
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._fit_stretched()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the column that takes the room readable."""
        super().resizeEvent(event)
        self._fit_stretched()

    def _fit_stretched(self) -> None:
        """Let a column take what is left; where that is next to nothing, let the table scroll."""
        header, column = self.horizontalHeader(), self._stretched
        others = header.length() - header.sectionSize(column)
        most = max(self.sizeHintForColumn(column), header.sectionSizeHint(column))
        least = min(most, self.fontMetrics().averageCharWidth() * LEAST_LETTERS)
        if self.viewport().width() - others >= least:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        else:
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, least)

    @property
    def key(self) -> Any:  # noqa: ANN401 - whatever was given
        """The key of the chosen row, of several that of the current one; or None."""
        rows = self._selected_rows()
        if not rows:
            return None
        return self._keys[self.currentRow() if self.currentRow() in rows else rows[0]]

    @property
    def keys(self) -> tuple[Any, ...]:
        """The keys of all chosen rows from the top."""
        return tuple(self._keys[row] for row in self._selected_rows())

    def show_rows(self, keys: Sequence[Any], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show rows; keys name them across calls."""
        if keys == self._keys and rows == self._shown:
            return
        before, chosen = self.key, self.keys
        self.blockSignals(True)
        self._keys, self._shown = list(keys), list(rows)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                self.setItem(number, column, self._item(column, cell))
        self.clearSelection()
        if before in self._keys:
            self.selectRow(self._keys.index(before))
        for key in chosen:
            if key in self._keys and key != before:
                self._add_row(self._keys.index(key))
        self.blockSignals(False)
        self._fit_stretched()
        if self.key != before:
            self.chosen.emit(self.key)

    def set_tip(self, row: int, column: int, text: str) -> None:
        """Let a cell say more than it shows."""
        item = self.item(row, column)
        if item is not None:
            item.setToolTip(text)

    def choose(self, key: Any) -> None:  # noqa: ANN401 - whatever was given
        """Choose a row by its key."""
        if key in self._keys:
            self.selectRow(self._keys.index(key))

    def choose_at(self, row: int) -> None:
        """Choose a row by its place, the last one where there are fewer."""
        if self._keys:
            self.selectRow(min(row, len(self._keys) - 1))

    def _selected_rows(self) -> list[int]:
        return sorted({item.row() for item in self.selectedItems()})

    def _add_row(self, row: int) -> None:
        """Choose a row beside those that are chosen; the current one stays so."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(self.model().index(row, 0), flags.Select | flags.Rows)

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

"""CardsDialog: two cards beside each other; what differs in bold."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.table import Cell, Strong, Table
from satstudio.gui.kit.widgets import Button, label
from satstudio.restore.model_list.card_comparison import CardLine, card_lines

WIDE, TALL = 120, 28
"""Letters and lines of the dialog."""


class CardsDialog(QDialog):
    """Shows the keys in which two cards differ, or all of them."""

    def __init__(
        self,
        parent: QWidget,
        names: tuple[str, str],
        cards: tuple[Mapping[str, Any], Mapping[str, Any]],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._names = names
        self._lines = card_lines(*cards)
        self.setWindowTitle(self.tr("Two cards"))
        self.table = Table((self.tr("Card"), *names))
        self.table.setAccessibleName(self.tr("What the cards say"))
        self.only = QCheckBox(self.tr("&Only what differs"))
        self.only.setChecked(True)
        self.copy = Button(
            self.tr("&Copy"), "copy", self.tr("Copy the table; spreadsheets take it as it is")
        )
        self.said = label("", "note")
        self._arrange()
        self.only.toggled.connect(self._show)
        self.copy.clicked.connect(self._on_copy)
        self._show()

    def text(self) -> str:
        """Return the table as lines of cells between tabs."""
        rows = [(line.key, line.first, line.second) for line in self._shown()]
        return "\n".join("\t".join(row) for row in [(self.tr("Card"), *self._names), *rows])

    def _arrange(self) -> None:
        self.copy.setAutoDefault(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        for widget in (self.only, self.copy):
            foot.addWidget(widget)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * WIDE, metrics.lineSpacing() * TALL)

    def _shown(self) -> list[CardLine]:
        return [line for line in self._lines if line.differs or not self.only.isChecked()]

    @Slot()
    def _show(self) -> None:
        lines = self._shown()
        cells: list[tuple[Cell, ...]] = []
        for line in lines:
            texts = (line.first, line.second)
            cells.append((line.key, *(Strong(t) if line.differs else t for t in texts)))
        self.table.show_rows([line.key for line in lines], cells)
        self.table.stretch(1)
        self.said.setText("" if lines else self.tr("The two cards say the same."))
        self.said.setVisible(not lines)

    @Slot()
    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self.text())

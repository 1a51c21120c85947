"""Shortcuts dialog: every action with its keys, as the registry has them."""

from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.actions import ActionRegistry, plain_text

HEADS = ("Action", "Keys", "What it does")


class ShortcutsDialog(QDialog):
    """A table of actions."""

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = [row for row in actions.rows() if actions.shortcut(row.id)]
        table = QTableWidget(len(rows), len(HEADS))
        table.setHorizontalHeaderLabels(HEADS)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.setWordWrap(False)
        table.setAccessibleName(self.tr("Actions and keys"))
        for number, row in enumerate(rows):
            text, shown = plain_text(row.text), actions.shown_keys(row.id)
            for column, cell in enumerate((text, shown, row.tip)):
                item = QTableWidgetItem(cell)
                item.setToolTip(cell)
                table.setItem(number, column, item)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        column_ = QVBoxLayout(self)
        column_.addWidget(table, 1)
        column_.addWidget(box)
        char = self.fontMetrics().averageCharWidth()
        self.resize(char * 116, min(540, self.fontMetrics().lineSpacing() * 32))

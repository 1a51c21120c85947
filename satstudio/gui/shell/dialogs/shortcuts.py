"""Shortcuts dialog: every action with its keys; other keys can be given, conflicts show at once."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.actions import ActionRegistry, plain_text
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label
from satstudio.gui.shell.palette.fuzzy import found

HEADS = ("Action", "Keys", "What it does")
PORTABLE = QKeySequence.SequenceFormat.PortableText
NEEDED = frozenset(
    ("Tab", "Shift+Tab", "Esc", "Return", "Enter", "Space", "Up", "Down", "Left", "Right")
)
"""Keys that move the focus, press buttons and close dialogs; no action may take them."""


class ShortcutsDialog(QDialog):
    """A table of actions over a line in which the keys of the chosen one are changed."""

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._actions = actions
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find an action by its letters or keys"))
        self.search.setAccessibleName(self.tr("Find an action by its letters or keys"))
        self.search.setClearButtonEnabled(True)
        self.table = Table(HEADS)
        self.table.setAccessibleName(self.tr("Actions and keys"))
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(self.tr("New keys"))
        self.keys.setToolTip(self.tr("Press the new keys here"))
        self.use = Button(self.tr("Use"), "check", self.tr("Give these keys to the chosen action"))
        self.none = Button(self.tr("No keys"), "x", self.tr("The chosen action has no keys then"))
        self.reset = Button(
            self.tr("First keys"), "undo-2", self.tr("The keys that the chosen action had at first")
        )
        self.note = label("", "problem")
        self._box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.reset_all = Button(
            self.tr("Reset all"), "undo-2", self.tr("All actions get the keys they had at first")
        )
        self._box.addButton(self.reset_all, QDialogButtonBox.ButtonRole.ResetRole)
        for button in (self.use, self.none, self.reset, self.reset_all):
            button.setAutoDefault(False)  # Enter in the line of the search closes nothing
        self._connect()
        self._arrange()
        self._show_rows()

    @property
    def conflict(self) -> str:
        """Why the keys typed are not simply given; "" where they are free."""
        return self.note.text()

    def choose(self, name: str) -> None:
        """Choose the row of an action."""
        self.table.choose(name)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show_rows)
        self.table.chosen.connect(self._on_chosen)
        self.keys.keySequenceChanged.connect(self._on_keys)
        self.use.clicked.connect(self._on_use)
        self.none.clicked.connect(self._on_none)
        self.reset.clicked.connect(self._on_reset)
        self.reset_all.clicked.connect(self._on_reset_all)
        self._box.rejected.connect(self.reject)

    def _arrange(self) -> None:
        self.table.setAlternatingRowColors(True)
        self.table.stretch(2)
        caption = label(self.tr("New &keys"))
        caption.setBuddy(self.keys)
        line = QHBoxLayout()
        line.addWidget(caption)
        line.addWidget(self.keys, 1)
        for button in (self.use, self.none, self.reset):
            line.addWidget(button)
        self.note.setMinimumHeight(self.fontMetrics().lineSpacing())
        column = QVBoxLayout(self)
        column.addWidget(self.search)
        column.addWidget(self.table, 1)
        column.addLayout(line)
        column.addWidget(self.note)
        column.addWidget(self._box)
        char = self.fontMetrics().averageCharWidth()
        self.resize(char * 116, min(540, self.fontMetrics().lineSpacing() * 32))

    @Slot()
    def _show_rows(self) -> None:
        actions, letters = self._actions, self.search.text()
        names = [row.id for row in actions.rows() if self._is_wanted(row.id, letters)]
        own = actions.own_shortcuts
        self.table.show_rows(
            names,
            [
                (
                    self._title(name),
                    actions.shown_keys(name) + (" *" if name in own else ""),
                    actions.row(name).tip,
                )
                for name in names
            ],
        )
        self._on_chosen()

    def _is_wanted(self, name: str, letters: str) -> bool:
        keys = self._actions.shown_keys(name).casefold()
        is_key = bool(letters.strip()) and letters.strip().casefold() in keys
        return is_key or found(letters, self._title(name)) is not None

    def _title(self, name: str) -> str:
        return plain_text(self._actions.row(name).text)

    @Slot()
    def _on_chosen(self) -> None:
        name = self.table.key
        for widget in (self.keys, self.none, self.reset):
            widget.setEnabled(name is not None)
        if name is not None:
            self.none.setEnabled(bool(self._actions.shortcut(name)))
            self.reset.setEnabled(name in self._actions.own_shortcuts)
        self.keys.clear()
        self._on_keys()

    @Slot()
    def _on_keys(self) -> None:
        """Say at once what stands in the way of the keys typed."""
        name, keys = self.table.key, self.keys.keySequence().toString(PORTABLE)
        self.use.setText(self.tr("Use"))
        self.use.setEnabled(bool(name and keys) and keys not in NEEDED)
        self.note.setText("")
        if keys in NEEDED:
            text = self.tr("{keys} moves in the window or presses buttons; it stays free.")
            self.note.setText(text.format(keys=keys))
            return
        other = self._actions.holder(keys, but=name or "") if keys else ""
        if other and name:
            title = self._title(other)
            text = self.tr("{keys} belongs to “{title}”, which would have it no more.")
            self.note.setText(text.format(keys=keys, title=title))
            self.use.setText(self.tr("Take over"))

    @Slot()
    def _on_use(self) -> None:
        self._give(self.keys.keySequence().toString(PORTABLE))

    @Slot()
    def _on_none(self) -> None:
        self._give("")

    @Slot()
    def _on_reset(self) -> None:
        self._actions.reset_keys(self.table.key)
        self._show_rows()

    @Slot()
    def _on_reset_all(self) -> None:
        self._actions.reset_keys()
        self._show_rows()

    def _give(self, keys: str) -> None:
        name = self.table.key
        self._actions.give_keys(name, keys)
        self._show_rows()
        self.table.choose(name)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

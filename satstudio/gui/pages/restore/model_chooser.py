"""ModelChooser: what restores a scene, model files and classic filters in groups; card in short."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.kit.context import Context
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label, tool_button
from satstudio.gui.pages.restore.desk import RestoreDesk
from satstudio.gui.pages.restore.models.model_dialogs import FILTER, ModelDialogs
from satstudio.gui.pages.restore.restorers import (
    Choice,
    card_rows,
    filter_choices,
    model_choice,
    model_files,
    shipped_files,
    summary_of,
)

KEY = Qt.ItemDataRole.UserRole
LETTERS = 20
CARD_LETTERS = 70
MOST_LETTERS = 260
"""Of what the page says of a model; the full card says all."""


class ModelChooser(QWidget):
    """The shipped despecklers, models of the study, chosen files, classic filters."""

    chosen = Signal(object)
    """The Choice, also when more about it became known."""

    added = Signal()
    """The user chose a file from anywhere."""

    def __init__(self, context: Context, desk: RestoreDesk) -> None:
        super().__init__()
        self._context = context
        self.filling: Callable[[], AbstractContextManager[None]] = nullcontext
        self._desk = desk
        self._filters: tuple[Choice, ...] = ()
        self._models: dict[Path, Choice] = {
            path: model_choice(path, None, "") for path in shipped_files()
        }
        self._others: tuple[Path, ...] = ()
        self._told: Choice | None = None
        self.dialog: QDialog | None = None
        self.box = QComboBox()
        self._items = QStandardItemModel(self.box)
        self.box.setModel(self._items)
        self.other = Button(
            self.tr("Other…"),
            "folder-open",
            self.tr("Choose a model file; or drop one on the page"),
        )
        self.card = tool_button(
            "info", "", self.tr("Full card: all that the model file says about itself")
        )
        self.list = tool_button(
            "library", "", self.tr("Models: search, tags, notes, pictures, cards compared")
        )
        self.describe = Button(
            self.tr("Describe this model…"),
            "file-search",
            self.tr("Try it on a patch, and put a card into a copy of it"),
        )
        for button in (self.card, self.list):
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.about = label("", "note")
        self._summary = QGridLayout()
        self.dialogs = ModelDialogs(context, self, lambda: self._others, self._foreign)
        self._arrange()
        self._connect()
        context.scenes.background_calls.ask(filter_choices, self._on_filters)
        self._show_items()
        self.refresh()

    @property
    def key(self) -> str:
        """Key of what is chosen; empty where nothing is."""
        return str(self.box.currentData(KEY) or "")

    @property
    def choice(self) -> Choice | None:
        """What is chosen."""
        key = self.box.currentData(KEY)
        return next((item for item in self._all() if item.key == key), None)

    @property
    def rivals(self) -> tuple[tuple[str, str], ...]:
        """Key and title of the baselines that can be given the images of what is chosen."""
        choice = self.choice
        if choice is None:
            return ()
        return tuple((one.key, one.title) for one in self._filters if one.is_rival_of(choice))

    def choose(self, key: str) -> None:
        """Choose by key."""
        index = self.box.findData(key, KEY)
        if index >= 0:
            self.box.setCurrentIndex(index)

    def add_files(self, paths: Sequence[Path]) -> None:
        """Take model files from elsewhere and choose the first."""
        self._others = tuple(dict.fromkeys((*self._others, *paths)))
        for path in paths:
            self._models.setdefault(path, model_choice(path, None, ""))
        self._show_items()
        if paths:
            self.choose(str(paths[0]))
        self._desk.ask_cards(tuple(self._models))
        self.added.emit()

    def summary_text(self) -> str:
        """Return what the card says in short."""
        return "; ".join(f"{caption}: {text}" for caption, text, _ in summary_of(self.choice))

    @Slot()
    def refresh(self) -> None:
        """List the models of the study anew."""
        call = partial(model_files, self._context.study / "models")
        self._context.scenes.background_calls.ask(call, self._on_listed)

    @Slot()
    def show_card(self) -> None:
        """Show all of the card."""
        choice = self.choice
        if choice is not None and choice.card is not None:
            self.dialog = CardDialog(choice, self)
            self.dialog.open()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        self.box.currentIndexChanged.connect(self._tell)
        self.other.clicked.connect(self._on_other)
        self.card.clicked.connect(self.show_card)
        self.list.clicked.connect(self.dialogs.open_list)
        self.describe.clicked.connect(self.dialogs.open_describe)
        self.dialogs.wanted.connect(self._on_wanted)
        self._desk.answered.connect(self._on_answer)
        self._context.study_changed.connect(self.refresh)

    def _arrange(self) -> None:
        self.box.setAccessibleName(self.tr("Restore with"))
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(LETTERS)
        self.box.setMaxVisibleItems(24)
        caption = QLabel(self.tr("&Restore with"))
        caption.setObjectName("heading")
        caption.setBuddy(self.box)
        line = QHBoxLayout()
        line.addWidget(caption, 1)
        line.addWidget(self.other)
        line.addWidget(self.list)
        line.addWidget(self.card)
        self._summary.setContentsMargins(0, 0, 0, 0)
        self._summary.setHorizontalSpacing(12)
        self._summary.setVerticalSpacing(3)
        self._summary.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        column.insertLayout(0, line)  # the list is the first that Tab comes to
        column.addWidget(self.about)
        column.addWidget(self.describe)
        column.addLayout(self._summary)

    def _all(self) -> tuple[Choice, ...]:
        return (*self._models.values(), *self._filters)

    @Slot(object)
    def _on_filters(self, filters: tuple[Choice, ...]) -> None:
        self._filters = filters
        self._show_items()

    @Slot(object)
    def _on_listed(self, found: tuple[Path, ...]) -> None:
        paths = tuple(dict.fromkeys((*shipped_files(), *found, *self._others)))
        self._models = {
            path: self._models.get(path) or model_choice(path, None, "") for path in paths
        }
        self._show_items()
        self._desk.ask_cards(paths)

    @Slot(str, object)
    def _on_answer(self, kind: str, fields: dict[str, Any]) -> None:
        if kind != "cards":
            return
        failure = str(fields.get("sentence", ""))
        cards, failures = fields.get("cards", {}), fields.get("failures", {})
        foreign = frozenset(fields.get("foreign", ()))
        for path in tuple(self._models):
            key = str(path)
            problem = failure or failures.get(key, "")
            self._models[path] = model_choice(
                path, cards.get(key), problem, is_foreign=key in foreign
            )
        self._show_items()

    def _show_items(self) -> None:
        """List what is known; the chosen one stays chosen."""
        with self.filling():
            self._fill_box()

    def _fill_box(self) -> None:
        before = self.box.currentData(KEY)
        self.box.blockSignals(True)
        self._items.clear()
        self._add_head(self.tr("Models"))
        for path, choice in self._models.items():
            is_offered = path in self._others or not choice.problem
            if is_offered or choice.card is None:
                self._add(choice, is_usable=is_offered)
        groups = (self.tr("Classic filters"), False), (self.tr("Baselines"), True)
        for head, is_by_role in groups:
            self._add_head(head)
            for choice in self._filters:
                if choice.is_by_role == is_by_role:
                    self._add(choice, is_usable=True)
        index = self.box.findData(before, KEY) if before else 1
        self.box.setCurrentIndex(index if index >= 0 else 1)
        self.box.blockSignals(False)
        self._tell()

    def _add_head(self, text: str) -> None:
        item = QStandardItem(text)
        item.setEnabled(False)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        self._items.appendRow(item)

    def _add(self, choice: Choice, *, is_usable: bool) -> None:
        item = QStandardItem(choice.title)
        item.setData(choice.key, KEY)
        item.setToolTip(choice.problem or choice.about or choice.key)
        item.setEnabled(is_usable)
        self._items.appendRow(item)

    @Slot()
    def _tell(self) -> None:
        choice = self.choice
        if choice == self._told:
            return
        self._told = choice
        self._show_summary(choice)
        self.chosen.emit(choice)

    def _show_summary(self, choice: Choice | None) -> None:
        while (item := self._summary.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        about = choice.about if choice else ""
        is_reading = choice is not None and not choice.is_filter and choice.card is None
        if is_reading and choice is not None and not choice.problem:
            about = self.tr("Reading the card…")
        self.about.setText(shorten(about, MOST_LETTERS, placeholder="…"))
        self.about.setToolTip(about if len(about) > MOST_LETTERS else "")
        self.about.setVisible(bool(about))
        self.card.setEnabled(choice is not None and choice.card is not None)
        self.describe.setVisible(choice is not None and choice.is_foreign)
        self.box.setToolTip(choice.about or choice.key if choice else "")
        for row, (caption, text, tip) in enumerate(summary_of(choice)):
            for column, (shown, kind) in enumerate(((caption, "note"), (text, ""))):
                cell = label(shown, kind)
                cell.setToolTip(tip)
                cell.setWordWrap(column == 1)
                self._summary.addWidget(cell, row, column, Qt.AlignmentFlag.AlignTop)

    def _foreign(self) -> Path | None:
        choice = self.choice
        return Path(choice.key) if choice is not None and choice.is_foreign else None

    @Slot(object)
    def _on_wanted(self, path: Path) -> None:
        self.add_files([path])

    @Slot()
    def _on_other(self) -> None:
        names = self._context.files.open_files(self.tr("Choose a model file"), FILTER)
        self.add_files([Path(name) for name in names])


class CardDialog(QDialog):
    """All that a model file says about itself."""

    def __init__(self, choice: Choice, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Card of {name}").format(name=choice.title))
        self.table = Table((self.tr("Card"), ""))
        self.table.setAccessibleName(self.tr("Card of the model"))
        rows = card_rows(choice.card or {})
        self.table.show_rows([row[0] for row in rows], [row[:2] for row in rows])
        for number, row in enumerate(rows):
            item = self.table.item(number, 0)
            if item is not None:
                item.setToolTip(row[2])
        self.table.stretch(1)
        self.table.horizontalHeader().hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(label(choice.title, "heading"))
        column.addWidget(self._path(choice.key))
        column.addWidget(self.table, 1)
        column.addWidget(buttons)
        metrics = self.fontMetrics()
        line = metrics.height() + 6
        self.table.verticalHeader().setDefaultSectionSize(line)
        self.resize(metrics.averageCharWidth() * CARD_LETTERS, line * (len(rows) + 6))

    def _path(self, key: str) -> QLabel:
        shown = label(key, "note")
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return shown

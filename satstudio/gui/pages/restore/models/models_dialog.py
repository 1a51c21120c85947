"""ModelsDialog: the model files that are there: searched, noted, compared, put into Restore."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.paths import resources_folder
from satstudio.gui.jobs.tasks import Task
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label, primary_button
from satstudio.gui.pages.restore.models.cards_dialog import CardsDialog
from satstudio.gui.pages.restore.models.model_sheet import ModelSheet
from satstudio.restore.model_list.model_note import ModelNote
from satstudio.restore.model_list.model_rows import ModelRow, found_rows, model_paths

ICON = QSize(72, 36)
WIDE, TALL = 170, 36
"""Letters and lines of the dialog."""


class ModelsDialog(QDialog):
    """A list with a search, the chosen model beside it.

    Cards are read and pictures drawn in workers; both end when the dialog is closed.
    """

    used = Signal(object)
    """Path of a model that is to restore."""

    describe_asked = Signal(object)
    """Path of a model of others."""

    copy_asked = Signal(object)
    """Path of a model that QGIS is to load."""

    def __init__(self, context: Context, others: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Models"))
        self._context = context
        self._rows: tuple[ModelRow, ...] = ()
        self._pictures: dict[Path, Path] = {}
        self._tasks: list[Task] = []
        self.search = QLineEdit()
        heads = ("Model", "Task", "Takes", "Tags", "Folder")
        self.table = Table(tuple(self.tr(head) for head in heads))
        self.sheet = ModelSheet()
        self.said = label("", "note")
        self.use = primary_button(
            self.tr("&Use"), "wand-sparkles", self.tr("Restore with this model (Enter)")
        )
        self.describe = Button(
            self.tr("&Describe…"),
            "file-search",
            self.tr("Put a card into a copy of this file, after a trial"),
        )
        self.compare = Button(
            self.tr("&Compare cards"),
            "columns-2",
            self.tr("See what two chosen models say differently of themselves"),
        )
        self.qgis = Button(
            self.tr("Copy for &QGIS…"),
            "copy",
            self.tr("Save a copy that loads in QGIS with the plug-in Deepness"),
        )
        self.cards: CardsDialog | None = None
        self._arrange()
        self._connect()
        self._read(model_paths([context.study / "models"]), others)

    @property
    def chosen(self) -> tuple[ModelRow, ...]:
        """The models that are chosen in the list."""
        keys = self.table.keys
        return tuple(row for row in self._rows if row.path in keys)

    def done(self, code: int) -> None:
        """Close; a note that is being written is kept, what runs is stopped."""
        self.sheet.keep()
        for task in self._tasks:
            if not task.has_ended:
                task.ended.disconnect(self._on_ended)
                task.told.disconnect(self._on_told)
                task.stop()
        self._tasks.clear()
        super().done(code)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Let Up and Down of the search move through the list; Enter uses what is chosen."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            is_search = watched is self.search
            if is_search and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.table.setFocus()
                self.table.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_use()
                return True
        return super().eventFilter(watched, event)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        self.search.setPlaceholderText(self.tr("Search name, card, tags and notes"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search the models"))
        self.table.setAccessibleName(self.tr("Models"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setIconSize(ICON)
        self.table.verticalHeader().setDefaultSectionSize(ICON.height() + 6)
        left = QVBoxLayout()
        for widget in (self.search, self.table, self.said):
            left.addWidget(widget)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addLayout(left, 1)
        middle.addWidget(self.sheet)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        foot = QHBoxLayout()
        for button in (self.use, self.describe, self.compare, self.qgis):
            button.setAutoDefault(False)
            foot.addWidget(button)
        foot.addStretch(1)
        foot.addWidget(buttons)
        column = QVBoxLayout(self)
        column.addLayout(middle, 1)
        column.addLayout(foot)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * WIDE, metrics.lineSpacing() * TALL)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show)
        self.search.installEventFilter(self)
        self.table.installEventFilter(self)
        self.table.chosen.connect(self._on_chosen)
        self.table.itemSelectionChanged.connect(self._show_state)
        self.table.itemDoubleClicked.connect(self._on_use)
        self.sheet.noted.connect(self._on_noted)
        self.use.clicked.connect(self._on_use)
        self.describe.clicked.connect(self._on_describe)
        self.compare.clicked.connect(self._on_compare)
        self.qgis.clicked.connect(self._on_qgis)

    def _read(self, paths: Sequence[Path], others: Sequence[Path]) -> None:
        self.said.setText(self.tr("Reading cards…"))
        models = list(dict.fromkeys((*others, *paths)))
        self._begin("list_models", {"paths": models}, self.tr("Read the cards of models"))
        self._begin("model_thumbnails", {"models": models}, self.tr("Draw what models make"))
        self._show_state()

    def _begin(self, kind: str, arguments: Mapping[str, Any], title: str) -> None:
        task = self._context.jobs.start(kind, arguments, title, is_quiet=True)
        task.ended.connect(self._on_ended)
        task.told.connect(self._on_told)
        self._tasks.append(task)

    @Slot(object)
    def _on_told(self, event: Any) -> None:  # noqa: ANN401 - an Event
        if event.name == "drawn":
            path, picture = (Path(event.fields[key]) for key in ("model", "picture"))
            self._pictures[path] = picture
            self._show_icons()
            self._on_chosen()

    @Slot()
    def _on_ended(self) -> None:
        task = self.sender()
        if isinstance(task, Task) and task.kind == "list_models":
            if task.state == "done":
                self._rows = tuple(row_of(values) for values in task.result)
            self._show()
            if task.state != "done":
                self.said.setText(task.text)

    @Slot()
    def _show(self) -> None:
        """List what the search wants."""
        shown = found_rows(self._rows, self.search.text())
        cells = [(row.path.name, *_cells(row)) for row in shown]
        self.table.show_rows([row.path for row in shown], cells)
        for number, row in enumerate(shown):
            self.table.set_tip(number, 0, f"{row.path}\n{row.problem}".strip())
        self._show_icons()
        if shown and not self.table.keys:
            self.table.choose_at(0)
        count = self.tr("{n} of {all} models").format(n=len(shown), all=len(self._rows))
        self.said.setText(count)
        self._on_chosen()

    def _show_icons(self) -> None:
        shown = found_rows(self._rows, self.search.text())
        for number, row in enumerate(shown):
            item = self.table.item(number, 0)
            if item is not None and row.path in self._pictures and item.icon().isNull():
                item.setIcon(_icon(self._pictures[row.path]))

    @Slot()
    def _on_chosen(self) -> None:
        key = self.table.key
        row = next((row for row in self._rows if row.path == key), None)
        if row is None:
            self.sheet.show_model(None, None, ModelNote())
        elif row.path != self.sheet.path:
            self.sheet.show_model(row.path, row.card, row.note, row.problem)
        self.sheet.show_picture(self._pictures.get(key) if key else None)
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        chosen = self.chosen
        one = chosen[0] if len(chosen) == 1 else None
        self.use.setEnabled(one is not None and one.card is not None and _restores(one))
        self.describe.setEnabled(one is not None and one.is_foreign)
        is_real = one is not None and one.card is not None and not one.card["is_complex"]
        self.qgis.setEnabled(one is not None and is_real and _restores(one))
        self.compare.setEnabled(len(chosen) == 2 and all(row.card is not None for row in chosen))

    @Slot(object, object)
    def _on_noted(self, path: Path, note: ModelNote) -> None:
        self._rows = tuple(
            ModelRow(row.path, row.card, row.problem, note, row.is_foreign)
            if row.path == path
            else row
            for row in self._rows
        )
        self._show()

    @Slot()
    def _on_use(self) -> None:
        if self.use.isEnabled():
            self.used.emit(self.chosen[0].path)
            self.accept()

    @Slot()
    def _on_describe(self) -> None:
        self.describe_asked.emit(self.chosen[0].path)
        self.accept()

    @Slot()
    def _on_qgis(self) -> None:
        self.copy_asked.emit(self.chosen[0].path)

    @Slot()
    def _on_compare(self) -> None:
        first, second = self.chosen
        if first.card is not None and second.card is not None:
            names = (first.path.name, second.path.name)
            self.cards = CardsDialog(self, names, (first.card, second.card))
            self.cards.open()


def row_of(values: Mapping[str, Any]) -> ModelRow:
    """Return a row as a worker gives it."""
    return ModelRow(
        Path(values["path"]),
        values["card"],
        values["problem"],
        ModelNote.build(values["note"]),
        values["is_foreign"],
    )


def _icon(path: Path) -> QIcon:
    """Return a picture as an icon that a chosen row does not tint."""
    picture = QPixmap(str(path))
    made = QIcon(picture)
    made.addPixmap(picture, QIcon.Mode.Selected)
    return made


def _folder(path: Path) -> str:
    return "satstudio" if path.is_relative_to(resources_folder()) else path.parent.name


def _restores(row: ModelRow) -> bool:
    return (row.card or {}).get("takes") != "noise"


def _cells(row: ModelRow) -> tuple[str, str, str, str]:
    """Return task, what it takes, tags and folder."""
    tags, folder = ", ".join(row.note.tags), _folder(row.path)
    if row.card is None:
        return ("no card" if row.is_foreign else "cannot be used", "", tags, folder)
    bands = row.card["bands_in"]
    what = "complex" if row.card["is_complex"] else "real"
    takes = "noise" if row.card["takes"] == "noise" else f"{what}, {bands} band{'s' * (bands != 1)}"
    return str(row.card["task"]), takes, tags, folder

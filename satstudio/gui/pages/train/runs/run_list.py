"""RunList: the table of runs with its buttons; runs are renamed, deleted, put back, compared."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMessageBox, QToolButton, QVBoxLayout, QWidget

from satstudio.core.errors import SatstudioError
from satstudio.core.runs.run_files import remove_deleted
from satstudio.gui.kit.actions import add_entry
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.widgets import label, tool_button
from satstudio.gui.pages.train.runs.config_dialog import Config, ConfigDialog, read_configs
from satstudio.gui.pages.train.runs.run_deeds import RunDeeds
from satstudio.gui.pages.train.runs.run_menu import Entry, RunMenu
from satstudio.gui.pages.train.runs.run_states import BUSY, QUEUED
from satstudio.gui.pages.train.runs.run_table import RunTable
from satstudio.gui.pages.train.runs.shown_run import ShownRun


class RunList(QWidget):
    """Lists runs; `extra` gives what else the menu of a run offers."""

    note_asked = Signal()
    """The user wants to write a note about the chosen run."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._runs: tuple[ShownRun, ...] = ()
        self.titles: Mapping[str, str] = {}
        self.dialog: ConfigDialog | None = None
        self.question: QMessageBox | None = None
        self.menu: RunMenu | None = None
        self.deeds = RunDeeds(context, self)
        self.table = RunTable()
        self.compare = tool_button(
            "columns-2",
            self.tr("Compare"),
            self.tr("Show the configurations of the chosen runs beside each other (Ctrl+click)"),
        )
        self.rename = tool_button("pencil", "", self.tr("Rename the chosen run (F2)"))
        self.delete = tool_button(
            "trash", "", self.tr("Delete the chosen runs (Del); can be undone")
        )
        self.deleted = tool_button("archive-restore", "", self.tr("Put deleted runs back"))
        self.deleted.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.deleted.setMenu(QMenu(self))
        self.deleted.hide()
        self._arrange()
        self._connect()

    @property
    def chosen(self) -> tuple[ShownRun, ...]:
        """The chosen runs from the top."""
        known = {run.path: run for run in self._runs}
        return tuple(known[path] for path in self.table.keys if path in known)

    def show_runs(self, runs: Sequence[ShownRun]) -> None:
        """Show runs, the newest first, as far as nothing else is chosen."""
        self._runs = tuple(runs)
        self.table.show_runs(runs)
        self._show_state()

    def show_deleted(self, paths: Sequence[Path]) -> None:
        """Offer the deleted runs."""
        self.deleted.setVisible(bool(paths))
        self.deleted.setText(self.tr("{n} deleted").format(n=len(paths)))
        self.deleted.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        menu = self.deleted.menu()
        menu.clear()
        for path in paths:
            text = self.tr("Put {name} back").format(name=path.name.replace("&", "&&"))
            add_entry(menu, text, partial(self.deeds.restore, path))
        menu.addSeparator()
        removal = partial(self._ask_removal, tuple(paths))
        add_entry(menu, self.tr("Remove all for good…"), removal)

    # ------------------------------------------------------------------ inside

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Runs"), "heading"))
        head.addStretch(1)
        for button in (self.deleted, self.compare, self.rename, self.delete):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 0)
        column.addLayout(head)
        column.addWidget(self.table)

    def _connect(self) -> None:
        self.table.sort_by(self._context.settings.train_sort)
        self.table.sorted_anew.connect(self._on_sorted)
        self.table.renamed.connect(self.deeds.rename)
        self.table.delete_asked.connect(self._on_delete)
        self.table.menu_asked.connect(self._on_menu)
        self.table.itemSelectionChanged.connect(self._show_state)
        self.rename.clicked.connect(self.table.rename)
        self.delete.clicked.connect(self._on_delete)
        self.compare.clicked.connect(self._on_compare)

    def _why_fixed(self) -> str:
        """Return why the chosen runs cannot be renamed or deleted now."""
        busy = [run.row.name for run in self.chosen if run.state in BUSY]
        waits = [run.row.name for run in self.chosen if run.state == QUEUED]
        if busy:
            return self.tr("{name} is being trained: stop it first.").format(name=busy[0])
        if waits:
            return self.tr("{name} waits: take it off the queue first.").format(name=waits[0])
        return "" if self.chosen else self.tr("No run is chosen.")

    def _why_no_compare(self) -> str:
        known = [run for run in self.chosen if run.state != QUEUED or run.row.info]
        return "" if len(known) > 1 else self.tr("Choose two runs or more (Ctrl+click).")

    @Slot()
    def _show_state(self) -> None:
        is_fixed = bool(self._why_fixed())
        self.compare.setEnabled(not self._why_no_compare())
        self.rename.setEnabled(not is_fixed and len(self.chosen) == 1)
        self.delete.setEnabled(not is_fixed)

    @Slot(str)
    def _on_sorted(self, text: str) -> None:
        self._context.change_settings(train_sort=text)

    @Slot()
    def _on_delete(self) -> None:
        why = self._why_fixed()
        if why:
            self._context.notify(why)
        else:
            self.deeds.delete([run.path for run in self.chosen])

    @Slot()
    def _on_compare(self) -> None:
        paths = [run.path for run in self.chosen if run.row.info]
        self._context.scenes.background_calls.ask(partial(read_configs, paths), self._on_configs)

    @Slot(object)
    def _on_configs(self, configs: Sequence[Config]) -> None:
        self.dialog = ConfigDialog(self, configs, self.titles)
        self.dialog.destroyed.connect(self._on_dialog_gone)
        self.dialog.open()

    @Slot()
    def _on_dialog_gone(self) -> None:
        self.dialog = None

    @Slot(QPoint)
    def _on_menu(self, place: QPoint) -> None:
        chosen, fixed = self.chosen, self._why_fixed()
        several = self.tr("Several runs are chosen.") if len(chosen) > 1 else ""
        entries = (
            Entry(self.tr("Rename"), "pencil", self.table.rename, "F2", fixed or several),
            Entry(self.tr("Write a note"), "sticky-note", self.note_asked.emit, "", several),
            Entry(
                self.tr("Compare configurations"),
                "columns-2",
                self._on_compare,
                "",
                self._why_no_compare(),
            ),
            Entry(self.tr("Show folder"), "folder-open", self._on_folder, "", several),
            None,
            Entry(self.tr("Delete"), "trash", self._on_delete, "Del", fixed),
        )
        self.menu = RunMenu(self, entries)
        self.menu.popup(place)

    @Slot()
    def _on_folder(self) -> None:
        for run in self.chosen[:1]:
            self._context.show_file(run.path)

    def _ask_removal(self, paths: Sequence[Path]) -> None:
        standard = QMessageBox.StandardButton
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Remove for good?"))
        box.setText(self.tr("Remove the deleted runs from the disk?"))
        box.setInformativeText("\n".join(path.name for path in paths[:12]))
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(standard.Cancel))
        remove.clicked.connect(partial(self._remove, paths[0].parent.parent))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.question = box
        box.open()

    def _remove(self, folder: Path) -> None:
        try:
            remove_deleted(folder)
        except (SatstudioError, OSError) as error:
            self._context.notify(str(error), "error")
        self.deeds.changed.emit(None)

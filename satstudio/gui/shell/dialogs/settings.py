"""Settings dialog: every setting takes effect at once; folders can be opened, the cache emptied."""

from collections.abc import Collection
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.paths import cache_folder, logs_folder, plugins_folder
from satstudio.core.settings import Settings
from satstudio.gui.forms.form import Form
from satstudio.gui.kit.context import Context, default_study
from satstudio.gui.kit.units import bytes_text
from satstudio.gui.kit.widgets import Button, label, tool_button
from satstudio.scenes.pyramid.build import clear_pyramids, stored_pyramids

HIDDEN = (
    *("recent", "shortcuts", "study", "legend", "scale_bar", "compare_metrics", "histogram_log"),
    *(name for name in Settings.model_fields if name.startswith("train_")),
)
"""Chosen where they are used, and remembered."""

PLUGIN_FOLDERS = ("readers", "measures", "datasets", "restorers", "methods")
SETTLE_MS = 400
"""A number is taken when nothing more was typed for so long."""


class SettingsDialog(QDialog):
    """Looks, units, memory, folders."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(self.tr("Settings"))
        self._form = Form(Settings.model_json_schema(), hidden=HIDDEN)
        self._form.set_values(context.settings.model_dump(mode="json"))
        self._study = QLineEdit(str(context.settings.study or ""))
        self._study.setPlaceholderText(str(default_study()))
        self._stored = label(self.tr("looking…"))
        self.clear = Button(
            self.tr("Clear now"),
            "trash",
            self.tr("Remove the overviews of all scenes that are not open; they are made again"),
        )
        self.clear.setEnabled(False)
        self.problem = label("", "problem")
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self.take)
        self._box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.reset = Button(
            self.tr("Reset to defaults"),
            "undo-2",
            self.tr("All settings of this page but the study folder; keys have their own reset"),
        )
        self._box.addButton(self.reset, QDialogButtonBox.ButtonRole.ResetRole)
        for button in (self.reset, self.clear):
            button.setAutoDefault(False)
        self._arrange()
        self._connect()
        self._look_up()

    @property
    def form(self) -> Form:
        """The form, for tests."""
        return self._form

    @property
    def stored(self) -> str:
        """How much the cache holds, as shown."""
        return self._stored.text()

    def _connect(self) -> None:
        self._form.changed.connect(self._on_changed)
        self._study.editingFinished.connect(self._on_study)
        self.clear.clicked.connect(self._on_clear)
        self.reset.clicked.connect(self._on_reset)
        self._box.rejected.connect(self.reject)
        self.finished.connect(self._on_finished)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self._form)
        column.addSpacing(4)
        column.addLayout(self._folders())
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addWidget(self._box)
        self.resize(self.fontMetrics().averageCharWidth() * 84, self.sizeHint().height())

    def _folders(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self._form.caption_width)
        grid.addWidget(label(self.tr("Folders"), "heading"), 0, 0, 1, 4)
        choose = tool_button("folder-search", "", self.tr("Choose the study folder"))
        choose.clicked.connect(self._on_browse)
        grid.addWidget(choose, 1, 2)
        rows = (
            (self.tr("Study"), self._study, self.tr("Patches, runs, models, pictures go here")),
            (self.tr("Plug-ins"), _path(plugins_folder()), self.tr("Your own readers, measures…")),
            (self.tr("Cache"), _path(cache_folder()), self.tr("Things that can be made again")),
            (self.tr("Logs"), _path(logs_folder()), self.tr("What the program noted")),
        )
        for row, (name, line, tip) in enumerate(rows, 1):
            caption = label(name)
            caption.setBuddy(line)
            line.setAccessibleName(self.tr("Folder: {name}").format(name=name))
            line.setToolTip(tip)
            show = tool_button("folder-open", "", self.tr("Show this folder: {n}").format(n=name))
            show.clicked.connect(partial(self._on_show, line))
            grid.addWidget(caption, row, 0)
            grid.addWidget(line, row, 1)
            grid.addWidget(show, row, 3)
        grid.addWidget(label(self.tr("Overviews")), 5, 0)
        last = QHBoxLayout()
        last.addWidget(self._stored, 1)
        last.addWidget(self.clear)
        grid.addLayout(last, 5, 1, 1, 3)
        return grid

    # ------------------------------------------------------------------ settings

    @Slot()
    def _on_changed(self) -> None:
        self._settle.start(SETTLE_MS)

    @Slot()
    def take(self) -> None:
        """Take what the form says, where nothing in it is wrong."""
        self._settle.stop()
        if self._form.problem():
            return
        values = {name: value for name, value in self._form.values().items() if name not in HIDDEN}
        now = self._context.settings
        if any(getattr(now, name) != value for name, value in values.items()):
            self._context.change_settings(**values)

    @Slot()
    def _on_reset(self) -> None:
        self._form.reset()
        self.take()

    @Slot()
    def _on_finished(self) -> None:
        self._on_study()
        self.take()

    @Slot()
    def _on_browse(self) -> None:
        chosen = self._context.files.folder(self.tr("Choose the study folder"), self._study.text())
        if chosen:
            self._study.setText(chosen)
            self._on_study()

    @Slot()
    def _on_study(self) -> None:
        """Take the study folder; a file in its place, or no whole path, is refused."""
        text = self._study.text().strip()
        path = Path(text) if text else None
        why = ""
        if path is not None and not path.is_absolute():
            why = self.tr("Give the whole path of the study folder.")
        elif path is not None and path.exists() and not path.is_dir():
            why = self.tr("{path} is a file; choose a folder.").format(path=path)
        self.problem.setText(why)
        if not why and path != self._context.settings.study:
            self._context.change_settings(study=path)

    # ------------------------------------------------------------------ folders

    def _on_show(self, line: QLineEdit) -> None:
        path = Path(line.text().strip() or line.placeholderText())
        inner = PLUGIN_FOLDERS if path == plugins_folder() else (".",)
        try:
            for name in inner:
                (path / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = self.tr("{path} cannot be made: {why}.")
            self.problem.setText(text.format(path=path, why=error.strerror or error))
            return
        self._context.show_file(path)

    def _look_up(self) -> None:
        used = self._context.scenes.identities
        self._context.scenes.background_calls.ask(partial(_stored, used), self._show_stored)

    @Slot()
    def _on_clear(self) -> None:
        self.clear.setEnabled(False)
        used = self._context.scenes.identities
        self._context.scenes.background_calls.ask(partial(clear_pyramids, used), self._on_cleared)

    def _on_cleared(self, freed: int) -> None:
        text = self.tr("{size} of the disk are free again")
        self._context.notify(text.format(size=bytes_text(freed)))
        self._look_up()

    def _show_stored(self, found: tuple[int, int]) -> None:
        total, unused = found
        texts = {
            True: self.tr("{total} on disk, {unused} of them can be cleared"),
            False: self.tr("{total} on disk, all of scenes that are open"),
        }
        text = texts[unused > 0] if total else self.tr("nothing on disk yet")
        text = text.format(total=bytes_text(total), unused=bytes_text(unused))
        self._stored.setText(text)
        self.clear.setEnabled(unused > 0)


def _stored(used: Collection[str]) -> tuple[int, int]:
    """Return the bytes of all overviews, and of those that no open scene uses."""
    return stored_pyramids()[1], stored_pyramids(used)[1]


def _path(path: Path) -> QLineEdit:
    line = QLineEdit(str(path))
    line.setReadOnly(True)
    line.setCursorPosition(0)
    return line

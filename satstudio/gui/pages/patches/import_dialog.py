"""ImportDialog: which data set, where its files lie or what is made, how it becomes patches."""

import os
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.errors import RecipeError
from satstudio.gui.forms.form import Form
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.study import free_name, name_problem
from satstudio.gui.kit.widgets import label, tool_button
from satstudio.patches.dataset import DATASETS, Dataset


class ImportDialog(QDialog):
    """Asks for all that the jobs `import` and `make` need; `chosen` gives the arguments.

    Those of `make`, for what is made from a seed, have no `root`.
    """

    chosen = Signal(dict)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._is_named = False
        self.setWindowTitle(self.tr("Patches from a data set"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dataset = self._data_sets()
        self.layout_note = label("", "note")
        self.root = QLineEdit()
        self.root.setAccessibleName(self.tr("Its files"))
        self.file = tool_button("file-search", "", self.tr("Choose a file"))
        self.folder = tool_button("folder-search", "", self.tr("Choose a folder"))
        self.form = Form({})
        self.name = QLineEdit()
        self.name.setAccessibleName(self.tr("Name of the patch set"))
        self.name.setToolTip(self.tr("Folder in patches/ of the study folder"))
        self.problem = label("", "problem")
        self.box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start = self.box.addButton(
            self.tr("Make patches"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._form_place = QVBoxLayout()
        self._captions: dict[QWidget, QLabel] = {}
        self._arrange()
        self.file.clicked.connect(self._on_file)
        self.folder.clicked.connect(self._on_folder)
        self.root.textChanged.connect(self._on_changed)
        self.name.textEdited.connect(self._on_named)
        self.dataset.currentIndexChanged.connect(self._on_dataset)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        self._on_dataset()

    def _data_sets(self) -> QComboBox:
        box = QComboBox()
        for name, info in sorted(DATASETS.items(), key=lambda item: item[1].is_made):
            box.addItem(info.title, name)  # what lies in files first
        box.setAccessibleName(self.tr("Data set"))
        return box

    @Slot()
    def accept(self) -> None:
        """Tell what was chosen."""
        if self._why_not():
            return
        self.chosen.emit(self.arguments())
        super().accept()

    def arguments(self) -> dict[str, Any]:
        """Return what the job is started with."""
        root = {} if self._info.is_made else {"root": Path(self.root.text().strip())}
        return {
            "dataset": self.dataset.currentData(),
            **root,
            "choices": self.form.values(),
            "out": self._context.study_path("patches") / self.name.text().strip(),
        }

    @property
    def _info(self) -> Dataset:
        return DATASETS[self.dataset.currentData()]

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setVerticalSpacing(5)
        rows = (
            (self.tr("&Data set"), self.dataset),
            (self.tr("&Files"), self.root),
            (self.tr("&Name"), self.name),
        )
        for row, (text, widget) in enumerate(rows):
            caption = label(text)
            caption.setBuddy(widget)
            self._captions[widget] = caption
            grid.addWidget(caption, 2 * row, 0)
            grid.addWidget(widget, 2 * row, 1)
        grid.addWidget(self.layout_note, 1, 1, 1, 3)
        grid.addWidget(self.file, 2, 2)
        grid.addWidget(self.folder, 2, 3)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(grid)
        column.addWidget(label(self.tr("How they become patches"), "heading"))
        column.addLayout(self._form_place)
        column.addWidget(self.problem)
        column.addStretch(1)
        column.addWidget(self.box)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 76)

    @Slot()
    def _on_dataset(self) -> None:
        info = self._info
        wanted = self.tr("Wanted: {layout}").format(layout=info.layout)
        self.layout_note.setText(info.layout if info.is_made else wanted)
        for widget in (self.root, self._captions[self.root], self.folder):
            widget.setVisible(not info.is_made)
        self.file.setVisible(info.takes_file and not info.is_made)
        self.form.deleteLater()
        self.form = Form(info.options.model_json_schema())
        self.form.changed.connect(self._on_changed)
        self._form_place.addWidget(self.form)
        self._on_changed()
        self.adjustSize()

    @Slot()
    def _on_file(self) -> None:
        names = self._context.files.open_files(self.tr("Choose a file of the data set"))
        if names:
            self.root.setText(names[0])

    @Slot()
    def _on_folder(self) -> None:
        name = self._context.files.folder(self.tr("Choose the folder of the data set"))
        if name:
            self.root.setText(name)

    @Slot()
    def _on_named(self) -> None:
        self._is_named = bool(self.name.text().strip())
        self._show_state()

    @Slot()
    def _on_changed(self) -> None:
        stem = Path(self.root.text().strip()).name.partition(".")[0]
        stem = self.dataset.currentData() if self._info.is_made else stem
        if stem and not self._is_named:
            ending = "-fourier" if self.form.values().get("domain") == "fourier" else ""
            self.name.setText(free_name(self._context.study / "patches", stem + ending))
        self._show_state()

    def _why_not(self) -> str:
        root, name = self.root.text().strip(), self.name.text().strip()
        wants_files = not self._info.is_made
        checks = (
            (wants_files and not root, self.tr("Choose where the files of the data set lie.")),
            (wants_files and not Path(root).exists(), self.tr("There is no {root}.")),
            (bool(self._problem()), self._problem()),
            (not name, self.tr("Give the patch set a name.")),
            (bool(name_problem(name)), name_problem(name)),
            (
                bool(name) and os.path.lexists(self._context.study / "patches" / name),
                self.tr("A patch set of this name is there already."),
            ),
        )
        text = next((text for is_wrong, text in checks if is_wrong), "")
        return text.replace("{root}", root)

    def _problem(self) -> str:
        """Return what is wrong with the choices, alone or together; "" where nothing."""
        if found := self.form.problem():
            return found
        try:
            self._info.options.build(self.form.values(), self.tr("Choices"))
        except RecipeError as error:
            return str(error)
        return ""

    def _show_state(self) -> None:
        reason = self._why_not()
        self.problem.setText(reason)
        self.start.setEnabled(not reason)

"""ImportDialog: which data set, where its files lie, how they become patches."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.gui.context import Context
from satstudio.gui.forms import Form
from satstudio.gui.study import free_name
from satstudio.gui.widgets import label, tool_button
from satstudio.patches.dataset import DATASETS

BAD_IN_NAMES = '<>:"/\\|?*'


class ImportDialog(QDialog):
    """Asks for all that the job `import` needs; `chosen` gives its arguments."""

    chosen = Signal(dict)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._is_named = False
        self.setWindowTitle(self.tr("Patches from a data set"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dataset = QComboBox()
        for name, info in DATASETS.items():
            self.dataset.addItem(info.title, name)
        self.dataset.setAccessibleName(self.tr("Data set"))
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
        self._arrange()
        self.file.clicked.connect(self._on_file)
        self.folder.clicked.connect(self._on_folder)
        self.root.textChanged.connect(self._on_changed)
        self.name.textEdited.connect(self._on_named)
        self.dataset.currentIndexChanged.connect(self._on_dataset)
        self.box.accepted.connect(self.accept)
        self.box.rejected.connect(self.reject)
        self._on_dataset()

    @Slot()
    def accept(self) -> None:
        """Tell what was chosen."""
        if self._why_not():
            return
        self.chosen.emit(self.arguments())
        super().accept()

    def arguments(self) -> dict[str, Any]:
        """Return what the job is started with."""
        return {
            "dataset": self.dataset.currentData(),
            "root": Path(self.root.text().strip()),
            "choices": self.form.values(),
            "out": self._context.study_path("patches") / self.name.text().strip(),
        }

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
        info = DATASETS[self.dataset.currentData()]
        self.layout_note.setText(self.tr("Wanted: {layout}").format(layout=info.layout))
        self.form.deleteLater()
        self.form = Form(info.options.model_json_schema())
        self.form.changed.connect(self._on_changed)
        self._form_place.addWidget(self.form)
        self._on_changed()

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
        if stem and not self._is_named:
            ending = "-fourier" if self.form.values().get("domain") == "fourier" else ""
            self.name.setText(free_name(self._context.study / "patches", stem + ending))
        self._show_state()

    def _why_not(self) -> str:
        root, name = self.root.text().strip(), self.name.text().strip()
        checks = (
            (not root, self.tr("Choose where the files of the data set lie.")),
            (bool(root) and not Path(root).exists(), self.tr("There is no {root}.")),
            (bool(self.form.problem()), self.form.problem()),
            (not name, self.tr("Give the patch set a name.")),
            (any(sign in name for sign in BAD_IN_NAMES), self.tr("A name has none of {signs}")),
            (
                bool(name) and (self._context.study / "patches" / name).exists(),
                self.tr("A patch set of this name is there already."),
            ),
        )
        text = next((text for is_wrong, text in checks if is_wrong), "")
        return text.replace("{root}", root).replace("{signs}", BAD_IN_NAMES)

    def _show_state(self) -> None:
        reason = self._why_not()
        self.problem.setText(reason)
        self.start.setEnabled(not reason)

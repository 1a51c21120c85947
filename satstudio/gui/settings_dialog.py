"""Settings dialog: the settings' own form, with a button for the study folder."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.settings import Settings
from satstudio.gui.context import Context, default_study
from satstudio.gui.forms import Form
from satstudio.gui.widgets import Button, label

HIDDEN = ("recent", "shortcuts", "study")


class SettingsDialog(QDialog):
    """Study folder, theme, sizes of caches."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(self.tr("Settings"))
        self._form = Form(Settings.model_json_schema(), hidden=HIDDEN)
        self._form.set_values(context.settings.model_dump(mode="json"))
        self._form.changed.connect(self._on_changed)
        self._study = QLineEdit(str(context.settings.study or ""))
        self._study.setPlaceholderText(str(default_study()))
        self._study.setAccessibleName(self.tr("Study folder"))
        self._study.setToolTip(
            self.tr("Patches, runs, models and pictures are written into this folder")
        )
        browse = Button(self.tr("Choose…"), "folder-open", self.tr("Choose the study folder"))
        browse.clicked.connect(self._on_browse)
        box = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(box.Ok | box.Cancel)
        self._buttons.accepted.connect(self._on_accept)
        self._buttons.rejected.connect(self.reject)
        self._arrange(browse)

    def _arrange(self, browse: Button) -> None:
        caption = label(self.tr("Study folder"))
        caption.setBuddy(self._study)
        line = QHBoxLayout()
        line.addWidget(self._study, 1)
        line.addWidget(browse)
        column = QVBoxLayout(self)
        column.addWidget(caption)
        column.addLayout(line)
        column.addSpacing(8)
        column.addWidget(self._form)
        note = self.tr("Sizes of caches count from the next start.")
        column.addWidget(label(note, "note"))
        column.addStretch(1)
        column.addWidget(self._buttons)
        self.resize(self.fontMetrics().averageCharWidth() * 72, self.sizeHint().height())

    @property
    def form(self) -> Form:
        """The form, for tests."""
        return self._form

    @Slot()
    def _on_changed(self) -> None:
        ok = self._buttons.button(QDialogButtonBox.StandardButton.Ok)
        ok.setEnabled(not self._form.problem())

    @Slot()
    def _on_browse(self) -> None:
        chosen = self._context.files.folder(self.tr("Choose the study folder"), self._study.text())
        if chosen:
            self._study.setText(chosen)

    @Slot()
    def _on_accept(self) -> None:
        values = {name: value for name, value in self._form.values().items() if name not in HIDDEN}
        self._context.change_settings(**values, study=self._study.text().strip() or None)
        self.accept()

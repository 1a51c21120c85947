"""ModelSheet: one model of the list: its picture, tags and note, which can be written here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFormLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from satstudio.core.errors import RecipeError, WriteError
from satstudio.core.paths import resources_folder
from satstudio.gui.kit.widgets import label, show_reason
from satstudio.restore.model_list.model_note import LONGEST, ModelNote, split_tags, write_model_note

PICTURE = QSize(328, 168)
NOTE_LINES = 5


class ModelSheet(QWidget):
    """Keeps a note when the keyboard leaves its fields, or another model is shown."""

    noted = Signal(object, object)
    """Path of the model and its ModelNote, written beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._path: Path | None = None
        self._note = ModelNote()
        self.head = label("", "heading")
        self.picture = QLabel()
        self.about = label("", "note")
        self.tags = QLineEdit()
        self.note = QPlainTextEdit()
        self.problem = label("", "problem")
        self._arrange()
        self.tags.editingFinished.connect(self.keep)
        self.note.installEventFilter(self)
        self.show_model(None, None, ModelNote())

    @property
    def path(self) -> Path | None:
        """The model that is shown."""
        return self._path

    def show_model(
        self, path: Path | None, card: Mapping[str, Any] | None, note: ModelNote, about: str = ""
    ) -> None:
        """Show a model; what was written about the one before is kept first."""
        if path != self._path:
            self.keep()
        self._path, self._note = path, note
        self.head.setText(path.name if path else "")
        self.about.setText(about or str((card or {}).get("notes", "")))
        is_own = path is not None and path.is_relative_to(resources_folder())
        can_write = path is not None and not is_own
        tip = self.tr("Kept in a small file beside the model; the model itself stays as it is")
        if is_own:
            tip = self.tr("It comes with the program; copy it into the study to write about it")
        for field in (self.tags, self.note):
            field.setEnabled(can_write)
            field.setToolTip(tip)
        self.tags.setText(", ".join(note.tags))
        self.note.setPlainText(note.note)
        show_reason(self.problem, "")

    def show_picture(self, path: Path | None) -> None:
        """Show what the model makes; a word where that is not known yet."""
        picture = QPixmap(str(path)) if path is not None else QPixmap()
        if picture.isNull():
            self.picture.setText(self.tr("No picture") if self._path else "")
            return
        ratio = self.devicePixelRatioF()
        picture = picture.scaled(
            PICTURE * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        picture.setDevicePixelRatio(ratio)
        self.picture.setPixmap(picture)

    @Slot()
    def keep(self) -> None:
        """Write what stands in the fields beside the model, where it is new."""
        if self._path is None or not self.tags.isEnabled():
            return
        said = {"tags": split_tags(self.tags.text()), "note": self.note.toPlainText().strip()}
        try:
            note = ModelNote.build(said, self.tr("Note"))
            if note == self._note:
                return
            write_model_note(self._path, note)
        except (RecipeError, WriteError) as error:
            show_reason(self.problem, str(error))
            return
        self._note = note
        show_reason(self.problem, "")
        self.noted.emit(self._path, note)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Keep the note when the keyboard leaves it."""
        if watched is self.note and event.type() == QEvent.Type.FocusOut:
            self.keep()
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        self.picture.setFixedSize(PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName(self.tr("What the model makes"))
        self.tags.setPlaceholderText(self.tr("between commas"))
        self.tags.setAccessibleName(self.tr("Tags"))
        self.note.setAccessibleName(self.tr("Note"))
        self.note.setTabChangesFocus(True)
        self.note.setPlaceholderText(self.tr("up to {n} letters").format(n=LONGEST))
        self.note.setMaximumHeight(self.fontMetrics().lineSpacing() * NOTE_LINES + 12)
        form = QFormLayout()
        form.addRow(self.tr("&Tags"), self.tags)
        form.addRow(self.tr("&Note"), self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.head, self.picture, self.about):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(form)
        column.addWidget(self.problem)

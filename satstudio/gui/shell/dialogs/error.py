"""ErrorDialog: the program made an error; a report to copy or save, and the window lives on."""

import logging
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.errors import ExistsError
from satstudio.core.files.replacing import write_text
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.icons import pixmap
from satstudio.gui.kit.saving import ask_saving
from satstudio.gui.kit.theme import sign_colour
from satstudio.gui.kit.widgets import Button, label
from satstudio.gui.shell.dialogs.error_report import report_text
from satstudio.gui.shell.log_panel import the_bridge

log = logging.getLogger(__name__)
MOST_ERRORS = 8
"""More errors than these, at different places while one dialog stands, are only counted."""

FILTER = "Text (*.txt)"


class ErrorReporter(QObject):
    """Shows errors of the program in one dialog; further ones join it while it stands."""

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self.dialog: ErrorDialog | None = None

    @Slot(str, str)
    def tell(self, sentence: str, trace: str) -> None:
        """Show an error; called on the GUI thread, whatever thread it comes from."""
        if self.dialog is not None:
            self.dialog.add(sentence, trace)
            return
        dialog = ErrorDialog(self._context, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(self._on_finished)
        self.dialog = dialog
        dialog.add(sentence, trace)
        dialog.open()

    @Slot()
    def _on_finished(self) -> None:
        self.dialog = None


class ErrorDialog(QDialog):
    """One sentence, the report, and buttons to copy and to save it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._errors: list[tuple[str, str]] = []
        self._more = 0
        self.setWindowTitle(self.tr("Unexpected error"))
        self.sentence = label("", "heading")
        self.sentence.setWordWrap(True)
        self.note = label("", "note")
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("Error report"))
        self.done_note = label("", "note")
        self.copy = Button(self.tr("Copy"), "copy", self.tr("Copy the whole report"))
        self.copy.clicked.connect(self._on_copy)
        self.save = Button(self.tr("Save…"), "save", self.tr("Write the report into a text file"))
        self.save.clicked.connect(self._on_save)
        self._arrange()

    @property
    def report(self) -> str:
        """The report as it is copied."""
        return self.text.toPlainText()

    def add(self, sentence: str, trace: str) -> None:
        """Show an error, or add it to those that are shown."""
        if len(self._errors) >= MOST_ERRORS:
            self._more += 1
        else:
            self._errors.append((sentence, trace))
            lines = [line for _, line in the_bridge().kept]
            self.text.setPlainText(report_text(self._errors, lines))
        count = len(self._errors) + self._more
        self.sentence.setText(sentence if count == 1 else self._errors[0][0])
        self.note.setText(self._note(count))

    def _note(self, count: int) -> str:
        text = self.tr(
            "satstudio made an error. Nothing is lost: the window works on, and running tasks "
            "go on. The report helps to find the error; it names no folders of yours but those "
            "that the error itself is about."
        )
        if count > 1:
            more = self.tr("{n} errors by now; all are in the report.")
            text += "\n" + more.format(n=count)
        return text

    def _arrange(self) -> None:
        sign = QLabel()
        size = 2 * self.fontMetrics().height()
        colour, dpr = sign_colour("bad"), self.devicePixelRatioF()
        sign.setPixmap(pixmap("triangle-alert", size, colour, dpr))
        texts = QVBoxLayout()
        texts.addWidget(self.sentence)
        texts.addWidget(self.note)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(texts, 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in (self.copy, self.save):
            button.setAutoDefault(False)
            box.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        box.rejected.connect(self.reject)
        close = box.button(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.setFocus()
        self.done_note.hide()
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addWidget(self.done_note)
        column.addWidget(box)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 100, min(520, metrics.lineSpacing() * 30))

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self._say(self.tr("Copied."))

    def _say(self, text: str) -> None:
        self.done_note.setText(text)
        self.done_note.show()

    @Slot()
    def _on_save(self) -> None:
        name = f"satstudio_error_{datetime.now().astimezone():%Y%m%d_%H%M%S}.txt"
        proposal = str(Path.home() / name)
        saving = ask_saving(self._context.files, self.tr("Save the report"), proposal, FILTER)
        if saving is None:
            return
        try:
            write_text(saving.path, self.report, overwrite=saving.overwrite)
        except (OSError, ExistsError) as error:
            text = self.tr("It could not be saved: {why}. Copy it instead.")
            self._say(text.format(why=getattr(error, "strerror", None) or error))
            return
        self._say(self.tr("Saved as {path}.").format(path=saving.path))

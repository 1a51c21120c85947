"""FailuresDialog: the scenes of a folder that could not be restored, each with its reason."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from satstudio.gui.kit.table import Table
from satstudio.gui.kit.widgets import Button, label
from satstudio.jobs.archive.archive_manifest import FILE

LETTERS, LINES = 110, 14


class FailuresDialog(QDialog):
    """A table that can be copied."""

    def __init__(self, parent: QWidget, reasons: Mapping[str, str], out: Path) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Scenes that failed"))
        self._reasons = dict(reasons)
        said = self.tr("{file} in {folder} says this too. Continue tries only these again.")
        self.note = label(said.format(file=FILE, folder=out.name), "note")
        self.table = Table((self.tr("Scene"), self.tr("Reason")))
        self.table.setAccessibleName(self.tr("Scenes that failed"))
        rows = [(Path(scene).name, reason) for scene, reason in self._reasons.items()]
        self.table.show_rows(list(self._reasons), rows)
        for row, scene in enumerate(self._reasons):
            self.table.set_tip(row, 0, scene)
        self.table.stretch(1)
        self.table.setWordWrap(True)
        copy = Button(self.tr("&Copy"), "copy", self.tr("Copy paths and reasons"))
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.text()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * LETTERS, metrics.lineSpacing() * LINES)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Give each reason the lines that it takes."""
        super().showEvent(event)
        self.table.resizeRowsToContents()

    def text(self) -> str:
        """Return all of it as text."""
        return "\n".join(f"{scene}\t{reason}" for scene, reason in self._reasons.items())

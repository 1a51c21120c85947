"""PathLine: a line for the path of a file, with a button that asks for one."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QLineEdit, QToolButton

from satstudio.gui.file_dialogs import ALL, FileDialogs
from satstudio.gui.icons import icon


class PathLine(QLineEdit):
    """Takes a path, or a word, that is typed; or a file that is chosen.

    Parameters
    ----------
    filters : of the dialog, as `Model files (*.onnx)`
    """

    def __init__(self, filters: str) -> None:
        super().__init__()
        self._filters = f"{filters};;{ALL}"
        self.dialogs = FileDialogs(self)
        self.choose = self.addAction(icon("folder-open"), QLineEdit.ActionPosition.TrailingPosition)
        self.choose.setText(self.tr("Choose a file"))
        self.choose.setToolTip(self.tr("Choose a file"))
        self.choose.triggered.connect(self._on_choose)
        for button in self.findChildren(QToolButton):  # Qt leaves it to the mouse
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the icon again when the palette changed."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.choose.setIcon(icon("folder-open"))

    @Slot()
    def _on_choose(self) -> None:
        names = self.dialogs.open_files(self.tr("Choose a file"), self._filters)
        if names:
            self.setText(names[0])

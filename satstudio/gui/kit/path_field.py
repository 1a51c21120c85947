"""PathLine: a line for the path of a file or folder, with a button that asks for one."""

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QLineEdit, QToolButton

from satstudio.gui.kit.file_dialogs import ALL, FileDialogs
from satstudio.gui.kit.icons import icon


class PathLine(QLineEdit):
    """Takes a path, or a word, that is typed; or a file or folder that is chosen.

    Parameters
    ----------
    filters : of the dialog, as `Model files (*.onnx)`; None: a folder is asked for
    """

    def __init__(self, filters: str | None) -> None:
        super().__init__()
        self._filters = None if filters is None else f"{filters};;{ALL}"
        self._ask = self.tr("Choose a folder") if filters is None else self.tr("Choose a file")
        self.dialogs = FileDialogs(self)
        self.choose = self.addAction(icon("folder-open"), QLineEdit.ActionPosition.TrailingPosition)
        self.choose.setText(self._ask)
        self.choose.setToolTip(self._ask)
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
        if self._filters is None:
            name = self.dialogs.folder(self._ask, self.text())
        else:
            name = next(iter(self.dialogs.open_files(self._ask, self._filters)), "")
        if name:
            self.setText(name)

"""StackChooser: several files as one stack, or each as a scene of its own."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)


class StackChooser(QDialog):
    """Asks whether several files are one stack; `chosen` gives the addresses, and whether."""

    chosen = Signal(list, bool)

    def __init__(self, addresses: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._addresses = list(addresses)
        self.setWindowTitle(self.tr("Open several files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.separate = QRadioButton(self.tr("&Each as a scene of its own"))
        self.stack = QRadioButton(self.tr("As one &stack: they lie on each other, pixel by pixel"))
        self.separate.setChecked(True)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Open | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        head = self.tr("How shall these {n} files be opened?").format(n=len(self._addresses))
        layout.addWidget(QLabel(head))
        layout.addWidget(self.separate)
        layout.addWidget(self.stack)
        layout.addWidget(buttons)

    @Slot()
    def accept(self) -> None:
        """Tell what was chosen."""
        super().accept()
        self.chosen.emit(self._addresses, self.stack.isChecked())

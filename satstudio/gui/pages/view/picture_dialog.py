"""PictureDialog: what of the scene becomes a picture, and what stands on it."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.grid import Size, Window
from satstudio.gui.kit.widgets import label

Part = Literal["seen", "crop", "whole"]
TIMES = "\N{MULTIPLICATION SIGN}"


class PictureDialog(QDialog):
    """Asks for the part and for legend and scale bar; then the picture is saved or copied."""

    save_asked = Signal()
    copy_asked = Signal()

    def __init__(
        self, seen: Size, crop: Window | None, whole: Size, on: tuple[bool, bool], parent: QWidget
    ) -> None:
        """Take sizes in pixels; `on`: whether legend and scale bar are shown on the screen."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Save picture"))
        self.parts: dict[Part, QRadioButton] = {
            "seen": QRadioButton(self.tr("What is &seen: {size}").format(size=_size(seen))),
            "crop": QRadioButton(
                self.tr("The &crop rectangle: {size}").format(size=_size(crop.size))
                if crop
                else self.tr("The &crop rectangle (none is drawn)")
            ),
            "whole": QRadioButton(self.tr("The &whole scene: {size}").format(size=_size(whole))),
        }
        self.parts["seen"].setChecked(True)
        self.parts["crop"].setEnabled(crop is not None)
        self._group = QButtonGroup(self)
        self.legend = QCheckBox(self.tr("&Legend"))
        self.scale_bar = QCheckBox(self.tr("Scale &bar"))
        for box, is_on in zip((self.legend, self.scale_bar), on, strict=True):
            box.setChecked(is_on)
        kind = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kind.Cancel)
        role = QDialogButtonBox.ButtonRole
        self.save = self.buttons.addButton(self.tr("&Save as PNG…"), role.AcceptRole)
        self.copy = self.buttons.addButton(self.tr("C&opy"), role.ActionRole)
        self.copy.setToolTip(self.tr("Put the picture on the clipboard, for other programs"))
        self.save.setDefault(True)
        self.buttons.rejected.connect(self.reject)
        self.save.clicked.connect(self._on_save)
        self.copy.clicked.connect(self._on_copy)
        column = QVBoxLayout(self)
        column.addWidget(label(self.tr("Picture of"), "heading"))
        for button in self.parts.values():
            self._group.addButton(button)
            column.addWidget(button)
        column.addWidget(label(self.tr("With"), "heading"))
        column.addWidget(self.legend)
        column.addWidget(self.scale_bar)
        column.addStretch(1)
        column.addWidget(self.buttons)

    @property
    def part(self) -> Part:
        """What of the scene is wanted."""
        return next(part for part, button in self.parts.items() if button.isChecked())

    def _on_save(self) -> None:
        self.accept()
        self.save_asked.emit()

    def _on_copy(self) -> None:
        self.accept()
        self.copy_asked.emit()


def _size(size: Size) -> str:
    return f"{size.cols} {TIMES} {size.rows} px"

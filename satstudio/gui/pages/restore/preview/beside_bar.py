"""BesideBar: what stands left of the divider of a preview, and whether the difference is shown."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QWidget

from satstudio.gui.kit.widgets import label
from satstudio.restore.preview_requests import SCENE

Beside = tuple[tuple[str, str], ...]
"""What can stand there (see `Previews.beside`), and what it is called."""

LETTERS = 14


class BesideBar(QWidget):
    """A list and a switch."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.box = QComboBox()
        self.box.setAccessibleName(self.tr("Beside the result"))
        self.box.setToolTip(
            self.tr("Left of the divider: the scene, another image, or a baseline of the same ones")
        )
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(LETTERS)
        self.difference = QCheckBox(self.tr("&Difference"))
        self.difference.setToolTip(
            self.tr("Right of the divider: by how much the result differs from what stands beside")
        )
        caption = label(self.tr("&Beside"))
        caption.setBuddy(self.box)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        for widget in (caption, self.box, self.difference):
            line.addWidget(widget)
        self.show_choices(())
        self.box.activated.connect(self.changed)
        self.difference.toggled.connect(self._on_toggled)

    @property
    def what(self) -> str:
        """What is chosen."""
        return str(self.box.currentData() or SCENE)

    @property
    def is_scene(self) -> bool:
        """Whether the scene itself stands beside, which the canvas shows anyway."""
        return self.what == SCENE

    def show_choices(self, choices: Beside) -> None:
        """List the scene and these; what is chosen stays chosen where it can."""
        wanted = ((SCENE, self.tr("Scene")), *choices)
        now = tuple(
            (self.box.itemData(row), self.box.itemText(row)) for row in range(self.box.count())
        )
        if wanted == now:
            return
        before = self.what
        self.box.blockSignals(True)
        self.box.clear()
        for what, text in wanted:
            self.box.addItem(text, what)
        self.box.setCurrentIndex(max(self.box.findData(before), 0))
        self.box.blockSignals(False)
        if self.what != before:
            self.changed.emit()

    @Slot(bool)
    def _on_toggled(self, _is_on: bool) -> None:
        self.changed.emit()

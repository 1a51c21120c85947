"""QuantityField: what the values of the active scene are, who says so, and a choice of others."""

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from satstudio.core.quantity import CHOICES, title_of
from satstudio.gui.kit.choosers.iq_dialog import choose_iq, iq_obstacle
from satstudio.gui.kit.context import Context
from satstudio.gui.kit.scene_choices import said_of, say
from satstudio.gui.kit.widgets import label, tool_button
from satstudio.scenes.address import Choices
from satstudio.scenes.scene import Scene


class QuantityField(QWidget):
    """Shows the quantity with its source; a choice reads the scene anew and is remembered."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scene: Scene | None = None
        self._address = ""
        self.combo = QComboBox()
        self.combo.setAccessibleName(self.tr("What the values are"))
        self.combo.setToolTip(
            self.tr("Decibels, filters, metrics and overviews follow it; remembered for this file")
        )
        self.combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.combo.activated.connect(self._on_chosen)
        self.source = label("", "note")
        tip = self.tr("Read pairs of real bands as complex bands")
        self.iq = tool_button("", self.tr("I and Q…"), tip)
        self.iq.clicked.connect(self._on_iq)
        row = QHBoxLayout()
        row.addWidget(self.combo, 1)
        row.addWidget(self.iq)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(label(self.tr("Values are"), "heading"))
        column.addLayout(row)
        column.addWidget(self.source)

    def show_scene(self, scene: Scene, address: str) -> None:
        """Speak of this scene; tells nobody."""
        self._scene, self._address = scene, address
        with QSignalBlocker(self.combo):
            self.combo.clear()
            for name in ("complex",) if scene.is_complex else CHOICES:
                self.combo.addItem(title_of(name), name)
            if not scene.is_complex:
                self.combo.insertSeparator(self.combo.count())
                self.combo.addItem(self.tr("as the file says, else a guess"), "")
            self.combo.setCurrentIndex(self.combo.findData(scene.quantity))
        self.combo.setEnabled(not scene.is_complex)
        text = scene.known.source_text
        self.source.setText(text[:1].upper() + text[1:])
        self.iq.setVisible(not iq_obstacle(self._context))

    @Slot()
    def _on_iq(self) -> None:
        choose_iq(self._context, self.window())

    @Slot(int)
    def _on_chosen(self, number: int) -> None:
        scene, name = self._scene, self.combo.itemData(number)
        if scene is None or name is None:
            return
        if name == scene.quantity and scene.known.origin == "user":
            return
        if name:
            said = Choices(name)
            text = self.tr("Values are {what}").format(what=title_of(name))
        else:
            said, text = Choices(), self.tr("Values are what the file says")
        if said == said_of(scene, self._address):
            self.show_scene(scene, self._address)
            return
        say(self._context, said, text)

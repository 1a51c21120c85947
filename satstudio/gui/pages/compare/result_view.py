"""CompareView: one canvas of a comparison below its name, with the plate of its figures."""

from typing import Literal

from PySide6.QtCore import QPoint, QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from satstudio.bench.figures import FigureRow
from satstudio.gui.canvas.canvas import Canvas
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.kit.widgets import ElidedLabel, label
from satstudio.gui.pages.compare.plate import FigurePlate, definition

Half = Literal["", "left", "right"]
NAME_CHARS = 14
MARGIN_PX = 6


class NameStrip(QWidget):
    """A scene's name, and a word where it has no figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._half: Half = ""
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.note = QLabel()
        self.note.setObjectName("note")
        self._line = QHBoxLayout(self)
        self._line.addWidget(self.name, 1)
        self._line.addWidget(self.note)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_half("")

    def show_name(self, text: str, tip: str = "") -> None:
        """Name the picture below."""
        self.name.setText(text)
        self.name.setToolTip(tip or text)

    def show_note(self, text: str, tip: str = "") -> None:
        """Say why there are no figures."""
        self.note.setText(text)
        self.note.setToolTip(tip)

    def set_half(self, half: Half) -> None:
        """Stay in one half of the width, where another view's name is in the other."""
        self._half = half
        room = self.width() // 2
        left = room if half == "right" else 0
        self._line.setContentsMargins(8 + left, 2, room if half == "left" else 4, 2)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of a line; the width is what there is."""
        return QSize(NAME_CHARS, self.fontMetrics().lineSpacing() + MARGIN_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the same: views beside each other begin at one height."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep to the half."""
        super().resizeEvent(event)
        self.set_half(self._half)


class CompareView(QWidget):
    """A canvas and what is said of its picture."""

    def __init__(self, keeper: SceneKeeper, parent: QWidget) -> None:
        super().__init__(parent)
        self.address = ""
        self.card: DefinitionCard | None = None
        self.strip = NameStrip()
        self.canvas = Canvas(keeper)
        self.plate = FigurePlate(parent)  # over the line of a swipe too, and never cut by it
        self.plate.asked.connect(self._on_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.canvas, 1)

    @Slot(object)
    def _on_asked(self, row: FigureRow) -> None:
        self.card = DefinitionCard(row, self)
        self.card.move(self.plate.mapToGlobal(QPoint(0, self.plate.height() + 2)))
        self.card.show()


class DefinitionCard(QFrame):
    """What a figure means; Esc or a click elsewhere closes it."""

    def __init__(self, row: FigureRow, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("card")
        self.text = label(definition(row))
        self.text.setWordWrap(True)
        self.text.setFixedWidth(self.fontMetrics().averageCharWidth() * 56)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(label(row.text, "heading"))
        column.addWidget(self.text)

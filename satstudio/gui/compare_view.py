"""CompareView: one canvas of a comparison below its name and figures; FigureStrip."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Literal

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from satstudio.bench.figures import FigureRow
from satstudio.gui.canvas import Canvas
from satstudio.gui.scene_loader import SceneKeeper
from satstudio.gui.widgets import ElidedLabel, label

Half = Literal["", "left", "right"]
MOST_FIGURES = 8
MORE = "+00 MMM"
"""As wide as the button that lists what has no room."""

NAME_CHARS = 14
MARGIN_PX = 10


class FigureStrip(QWidget):
    """A scene's name and its figures; each figure opens its definition."""

    asked = Signal(object)
    """A figure was clicked: its FigureRow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[FigureRow, ...] = ()
        self._full = ""
        self._half: Half = ""
        self.name = ElidedLabel()
        self.name.setObjectName("heading")
        self.note = QLabel()
        self.note.setObjectName("note")
        self.buttons = [self._button(number) for number in range(MOST_FIGURES)]
        self.more = QToolButton()
        self.more.setAutoRaise(True)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(QMenu(self.more))
        self.more.setToolTip(self.tr("Figures that have no room here"))
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(8, 2, 4, 2)
        self._line.setSpacing(2)
        self._line.addWidget(self.name, 1)
        self._line.addWidget(self.note)
        for button in self.buttons:
            self._line.addWidget(button)
        self._line.addWidget(self.more)
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_figures(())

    @property
    def rows(self) -> tuple[FigureRow, ...]:
        """The figures that are shown."""
        return self._rows

    def show_name(self, text: str, tip: str = "") -> None:
        """Name the picture below."""
        self._full = text
        self.name.setToolTip(tip or text)
        self._fit()

    def show_figures(self, rows: Sequence[FigureRow], note: str = "") -> None:
        """Show figures; `note` stands for those that are not there."""
        self._rows = tuple(rows)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        for number, button in enumerate(self.buttons):
            row = self._rows[number] if number < len(self._rows) else None
            if row is not None:
                button.setText(f"{row.label}\n{row.number_and_unit}")
                button.setToolTip(f"{row.label}: {definition(row)}")
                button.setAccessibleName(row.text)
        self._fit()

    def set_half(self, half: Half) -> None:
        """Keep to one half of the width, where two strips lie on top of each other."""
        self._half = half
        room = self.width() // 2
        left = room if half == "right" else 0
        self._line.setContentsMargins(8 + left, 2, room if half == "left" else 4, 2)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the height of two lines, with figures or without; the width is what there is."""
        return QSize(NAME_CHARS, 2 * self.fontMetrics().lineSpacing() + MARGIN_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return the same: views beside each other begin at one height."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """List the last figures in a menu where there is no room for all."""
        super().resizeEvent(event)
        self.set_half(self._half)
        self._fit()

    def _fit(self) -> None:
        """Show as many figures as there is room for, the first ones first."""
        metrics = self.fontMetrics()
        name = min(metrics.horizontalAdvance(self._full), metrics.averageCharWidth() * NAME_CHARS)
        room = self.width() // (2 if self._half else 1) - name - 24
        wide = [button.sizeHint().width() + self._line.spacing() for button in self.buttons]
        wide = wide[: len(self._rows)]
        is_whole = sum(wide) <= room and len(wide) == len(self._rows)
        room -= 0 if is_whole else self.more.fontMetrics().horizontalAdvance(MORE)
        shown = sum(total <= room for total in accumulate(wide))
        for number, button in enumerate(self.buttons):
            button.setVisible(number < shown)
        self._fill_more(shown)
        self.name.setText(self._full)

    def _fill_more(self, shown: int) -> None:
        """List the figures that have no room."""
        menu, hidden = self.more.menu(), self._rows[shown:]
        menu.clear()
        for row in hidden:
            action = menu.addAction(row.text)
            action.triggered.connect(lambda _=False, row=row: self.asked.emit(row))
        self.more.setText(f"+{len(hidden)}")
        self.more.setVisible(bool(hidden))

    def _button(self, number: int) -> QToolButton:
        button = QToolButton()
        button.setAutoRaise(True)
        button.setCursor(Qt.CursorShape.WhatsThisCursor)
        button.clicked.connect(lambda: self._on_clicked(number))
        return button

    def _on_clicked(self, number: int) -> None:
        if number < len(self._rows):
            self.asked.emit(self._rows[number])


class CompareView(QWidget):
    """A canvas and what is said of its picture."""

    def __init__(self, keeper: SceneKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = ""
        self.card: DefinitionCard | None = None
        self.strip = FigureStrip()
        self.canvas = Canvas(keeper)
        self.strip.asked.connect(self._on_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.canvas, 1)

    @Slot(object)
    def _on_asked(self, row: FigureRow) -> None:
        self.card = DefinitionCard(row, self)
        self.card.move(self.strip.mapToGlobal(QPoint(8, self.strip.height())))
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


def definition(row: FigureRow) -> str:
    """Return what a figure is, which value is best, and of how many pixels it speaks."""
    one = row.score
    best = {"higher": "more is better", "lower": "less is better", "one": "1 is ideal"}
    parts = [one.definition, best.get(one.better, ""), f"of {one.n:,} pixels", one.note]
    if one.data_range is not None:
        parts.insert(1, f"data range {one.data_range:g}")
    return "; ".join(part for part in parts if part)

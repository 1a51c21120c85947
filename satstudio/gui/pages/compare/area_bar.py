"""AreaBar: the measured area in numbers and under a name; several are kept and chosen from."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from satstudio.core.grid import Size, Window
from satstudio.gui.kit.widgets import label, tool_button
from satstudio.gui.pages.compare.areas import NamedArea

NAME_CHARS = 16
TIP = Qt.ItemDataRole.ToolTipRole


class AreaBar(QWidget):
    """One line above the pictures while an area is measured; asks, changes nothing itself."""

    typed = Signal(object)
    """The Window that the user typed."""

    chosen = Signal(str)
    """The name of an area to measure."""

    kept = Signal(str)
    """The name under which the area is kept."""

    removed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._areas: tuple[NamedArea, ...] = ()
        self._size = Size(1, 1)
        self.name = QComboBox()
        self.edit = QLineEdit()
        self.name.setLineEdit(self.edit)
        # half a name and Enter would replace another area; the stub forgets None
        self.edit.setCompleter(None)  # type: ignore[arg-type]
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.setAccessibleName(self.tr("Name of the area"))
        self.name.setToolTip(
            self.tr("Type a name and press Enter to keep the area, or choose one that is kept")
        )
        self.name.setMinimumContentsLength(NAME_CHARS)
        self.edit.setPlaceholderText(self.tr("Name this area"))
        self.row, self.col = self._spin(self.tr("First row")), self._spin(self.tr("First column"))
        self.rows, self.cols = self._spin(self.tr("Rows")), self._spin(self.tr("Columns"))
        self.keep = tool_button("plus", self.tr("Keep"), self.tr("Keep the area under its name"))
        self.remove = tool_button(
            "trash", self.tr("Remove"), self.tr("Forget the area of this name (can be undone)")
        )
        self._arrange()
        self.name.activated.connect(self._on_activated)
        self.edit.returnPressed.connect(self._on_keep)
        self.keep.clicked.connect(self._on_keep)
        self.remove.clicked.connect(lambda: self.removed.emit(self.name.currentText().strip()))

    def show_area(self, size: Size, window: Window | None, areas: Sequence[NamedArea]) -> None:
        """Show the area, its name where it has one, and those that are kept."""
        self._size = size
        self._show_numbers(window)
        names = [area.name for area in areas if window and area.window == window]
        typed = self.name.currentText().strip()
        current = typed if typed in names else next(iter(names), "")
        with QSignalBlocker(self.name), QSignalBlocker(self.edit):
            if tuple(areas) != self._areas:
                self._areas = tuple(areas)
                self._fill()
            if current or not self.edit.hasFocus():
                self.name.setCurrentIndex(self.name.findText(current) if current else -1)
                self.name.setEditText(current)
        self.keep.setEnabled(window is not None)
        self.remove.setEnabled(bool(current))

    def _fill(self) -> None:
        self.name.clear()
        for area in self._areas:
            self.name.addItem(area.name)
            number = self.name.count() - 1
            if area.window is None:
                self.name.setItemData(number, 0, Qt.ItemDataRole.UserRole - 1)  # grey
            self.name.setItemData(number, area.reason or str(area.window), TIP)

    def _show_numbers(self, window: Window | None) -> None:
        shown = window or Window.whole(self._size)
        ends = (self._size.rows - 1, self._size.cols - 1, self._size.rows, self._size.cols)
        values = (shown.row, shown.col, shown.rows, shown.cols)
        spins = (self.row, self.col, self.rows, self.cols)
        for spin, value, end in zip(spins, values, ends, strict=True):
            with QSignalBlocker(spin):
                spin.setMaximum(end)
                spin.setValue(value)

    def _arrange(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 0, 8, 4)
        line.addWidget(label(self.tr("Area")))
        line.addWidget(self.name)
        line.addWidget(self.keep)
        line.addWidget(self.remove)
        line.addSpacing(12)
        for text, spin in (
            (self.tr("Row"), self.row),
            (self.tr("Col"), self.col),
            (self.tr("Rows"), self.rows),
            (self.tr("Cols"), self.cols),
        ):
            line.addWidget(label(text))
            line.addWidget(spin)
        line.addStretch(1)

    def _spin(self, name: str) -> QSpinBox:
        spin = QSpinBox()
        spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        spin.setAccessibleName(name)
        spin.setToolTip(name)
        spin.setKeyboardTracking(False)
        spin.setMinimum(0)
        spin.valueChanged.connect(self._on_typed)
        spin.setMinimumWidth(spin.fontMetrics().horizontalAdvance("000000") + 36)
        return spin

    @Slot()
    def _on_typed(self) -> None:
        row, col = self.row.value(), self.col.value()
        rows = min(max(self.rows.value(), 1), self._size.rows - row)
        cols = min(max(self.cols.value(), 1), self._size.cols - col)
        self.typed.emit(Window(row, col, rows, cols))

    @Slot(int)
    def _on_activated(self, number: int) -> None:
        self.chosen.emit(self.name.itemText(number))

    @Slot()
    def _on_keep(self) -> None:
        if self.keep.isEnabled():
            self.kept.emit(self.name.currentText().strip())

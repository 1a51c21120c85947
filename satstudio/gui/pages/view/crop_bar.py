"""CropBar: the rectangle of the crop in numbers; pixels, or longitude and latitude."""

from functools import partial

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Size, Window
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.kit.widgets import Button, label, primary_button
from satstudio.scenes.crop import Box, bbox_of_window, window_of_bbox
from satstudio.scenes.gdal.locate import Locator

MULTIPLES = (1, 8, 16, 32, 64, 128, 256, 512)


class CropBar(QFrame):
    """Shows the rectangle while it is drawn; takes one that is typed."""

    typed = Signal(object)
    """A Window that the user typed."""

    multiple_changed = Signal(int)
    save_asked = Signal()
    cancelled = Signal()

    def __init__(self, keeper: SceneKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._address = ""
        self._size = Size(1, 1)
        self._window: Window | None = None
        self._wants_box = False
        self.row, self.col = self._spin(self.tr("First row")), self._spin(self.tr("First column"))
        self.rows, self.cols = self._spin(self.tr("Rows")), self._spin(self.tr("Columns"))
        self.west, self.south = self._degrees(self.tr("West")), self._degrees(self.tr("South"))
        self.east, self.north = self._degrees(self.tr("East")), self._degrees(self.tr("North"))
        self.multiple = QComboBox()
        self.multiple.setAccessibleName(self.tr("Size in steps of"))
        for step in MULTIPLES:
            text = self.tr("any size") if step == 1 else self.tr("\u00d7 {n} px").format(n=step)
            self.multiple.addItem(text, step)
        self.multiple.currentIndexChanged.connect(self._on_multiple)
        self.note = label("", "note")
        self.save = primary_button(
            self.tr("Save crop…"), "save", self.tr("Save the rectangle as GeoTIFF (Enter)")
        )
        self.save.clicked.connect(self.save_asked)
        self.close_button = Button(self.tr("Cancel"), "x", self.tr("Leave the crop tool (Esc)"))
        self.close_button.clicked.connect(self.cancelled)
        self._lay_out()
        self.show_window(None)

    def show_scene(self, address: str) -> None:
        """Speak of another scene."""
        scene = self._keeper.scene(address)
        self._address = address
        if scene is None:
            return
        self._size = scene.grid.size
        for box, end in ((self.row, self._size.rows), (self.col, self._size.cols)):
            box.setMaximum(end - 1)
        for box, end in ((self.rows, self._size.rows), (self.cols, self._size.cols)):
            box.setMaximum(end)
        self._ground.setVisible(scene.grid.is_located)

    def show_window(self, window: Window | None) -> None:
        """Show the rectangle, in pixels at once, in degrees when these are known."""
        self._window = window
        self.save.setEnabled(window is not None)
        shown = window or Window(0, 0, self._size.rows, self._size.cols)
        values = (shown.row, shown.col, shown.rows, shown.cols)
        for box, value in zip((self.row, self.col, self.rows, self.cols), values, strict=True):
            with QSignalBlocker(box):
                box.setValue(value)
        if window is None:
            self.say(self.tr("Draw a rectangle on the image, or type one."))
        else:
            self.say("")
            self._ask_box()

    def say(self, text: str) -> None:
        """Show one sentence below the numbers."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _ask_box(self) -> None:
        locator = self._keeper.locator(self._address)
        if self._wants_box or locator is None or self._window is None or self._ground.isHidden():
            return
        self._wants_box = True
        call = partial(_asked_box, locator, self._window)
        self._keeper.background_calls.ask(call, self._show_box, self._on_no_window)

    @Slot(object)
    def _show_box(self, found: tuple[Window, Box | None]) -> None:
        self._wants_box = False
        window, box = found
        if window != self._window:
            self._ask_box()
            return
        for edit, value in zip(self._edits(), box or ("",) * 4, strict=True):
            if not edit.hasFocus() or not edit.isModified():
                edit.setText(f"{value:.5f}" if isinstance(value, float) else "")

    @Slot()
    def _on_pixels(self) -> None:
        rows = min(self.rows.value(), self._size.rows - self.row.value())
        cols = min(self.cols.value(), self._size.cols - self.col.value())
        self.typed.emit(Window(self.row.value(), self.col.value(), rows, cols))

    @Slot()
    def _on_degrees(self) -> None:
        scene = self._keeper.scene(self._address)
        edits = self._edits()
        if scene is None or not any(edit.isModified() for edit in edits):
            return
        if not all(edit.hasAcceptableInput() for edit in edits):
            return
        west, south, east, north = (float(edit.text()) for edit in edits)
        call = partial(window_of_bbox, scene, west, south, east, north)
        self._keeper.background_calls.ask(call, self._on_found, self._on_no_window)

    @Slot(object)
    def _on_found(self, window: Window) -> None:
        for edit in self._edits():
            edit.setModified(False)
        self.typed.emit(window)

    @Slot(object)
    def _on_no_window(self, error: Exception) -> None:
        self._wants_box = False
        if isinstance(error, SatstudioError):
            self.say(str(error))

    @Slot()
    def _on_multiple(self) -> None:
        self.multiple_changed.emit(int(self.multiple.currentData()))

    def _edits(self) -> tuple[QLineEdit, QLineEdit, QLineEdit, QLineEdit]:
        return self.west, self.south, self.east, self.north

    def _spin(self, name: str) -> QSpinBox:
        box = QSpinBox()
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setMaximum(1)
        box.setKeyboardTracking(False)
        box.setGroupSeparatorShown(False)
        box.setMinimumWidth(box.fontMetrics().horizontalAdvance("0000000") + 40)
        box.valueChanged.connect(self._on_pixels)
        return box

    def _degrees(self, name: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.setAccessibleName(name)
        edit.setToolTip(self.tr("{name}, degrees").format(name=name))
        edit.setPlaceholderText(name)
        validator = QDoubleValidator(-360, 360, 8, edit)
        validator.setLocale(QLocale.c())
        edit.setValidator(validator)
        edit.setMinimumWidth(edit.fontMetrics().horizontalAdvance("-000.000000") + 14)
        edit.editingFinished.connect(self._on_degrees)
        return edit

    def _lay_out(self) -> None:
        self.rows.setMinimum(1)
        self.cols.setMinimum(1)
        pixels = QHBoxLayout()
        for text, box in (
            (self.tr("Row"), self.row),
            (self.tr("Col"), self.col),
            (self.tr("Rows"), self.rows),
            (self.tr("Cols"), self.cols),
        ):
            pixels.addWidget(QLabel(text))
            pixels.addWidget(box)
        pixels.addWidget(self.multiple)
        pixels.addStretch(1)
        pixels.addWidget(self.close_button)
        pixels.addWidget(self.save)
        self._ground = QWidget()
        ground = QGridLayout(self._ground)
        ground.setContentsMargins(0, 0, 0, 0)
        names = (self.tr("West"), self.tr("South"), self.tr("East"), self.tr("North"))
        for place, (text, edit) in enumerate(zip(names, self._edits(), strict=True)):
            ground.addWidget(QLabel(text), 0, 2 * place)
            ground.addWidget(edit, 0, 2 * place + 1)
        ground.addWidget(QLabel("°"), 0, 8)
        ground.setColumnStretch(9, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.addLayout(pixels)
        column.addWidget(self._ground)
        column.addWidget(self.note)
        for widget in (self.save, self.close_button):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _asked_box(locator: Locator, window: Window) -> tuple[Window, Box | None]:
    return window, bbox_of_window(locator, window)

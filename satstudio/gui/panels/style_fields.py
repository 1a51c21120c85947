"""Fields of the style panel: limits as numbers, bands, colour maps with their pictures."""

import math

import numpy as np
from PySide6.QtCore import QRegularExpression, QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QImage, QPixmap, QRegularExpressionValidator
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from satstudio.render.colormaps import colour_maps
from satstudio.render.style import DisplayStyle

INFINITE = "\N{INFINITY}"
SIGNS = "[-+\N{MINUS SIGN}]"
NUMBER = rf"\s*(-\s*{INFINITE}|{SIGNS}?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?)\s*"
"""A number in any usual way of writing; minus infinity is the dB of no power at all."""

STRIP = QSize(72, 12)


class LimitFields(QWidget):
    """The low and the high limit as numbers."""

    edited = Signal(float, float)

    def __init__(self) -> None:
        super().__init__()
        self.low, self.high = self._edit(self.tr("Dark at")), self._edit(self.tr("Bright at"))
        self._unit = QLabel()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.low, 1)
        line.addWidget(QLabel("\N{HORIZONTAL ELLIPSIS}"))
        line.addWidget(self.high, 1)
        line.addWidget(self._unit)

    def show_limits(self, low: float, high: float, unit: str) -> None:
        """Show limits; tells nobody."""
        for edit, value in ((self.low, low), (self.high, high)):
            if not (edit.hasFocus() and edit.isModified()):
                digits = 4 if unit == "dB" else 5  # hundredths of a dB are seen by nobody
                edit.setText(f"{value:.{digits}g}".replace("inf", INFINITE))
        self._unit.setText(unit)
        self._unit.setVisible(bool(unit))

    def _edit(self, name: str) -> QLineEdit:
        edit = QLineEdit()
        edit.setAlignment(Qt.AlignmentFlag.AlignRight)
        edit.setAccessibleName(name)
        edit.setToolTip(name)
        edit.setMinimumWidth(edit.fontMetrics().averageCharWidth() * 8)
        edit.setValidator(QRegularExpressionValidator(QRegularExpression(NUMBER), edit))
        edit.editingFinished.connect(self._on_edited)
        return edit

    @Slot()
    def _on_edited(self) -> None:
        edits = (self.low, self.high)
        if not any(edit.isModified() for edit in edits):
            return
        for edit in edits:
            edit.setModified(False)
        low, high = sorted(map(_number, edits))
        if not math.isfinite(high):
            return
        self.edited.emit(low, high)


class BandFields(QWidget):
    """Which band is shown, or which three as red, green and blue."""

    edited = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        names = (self.tr("Red"), self.tr("Green"), self.tr("Blue"))
        self.boxes = [QComboBox() for _ in names]
        self.labels = [QLabel(name) for name in names]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for row, (text, box) in enumerate(zip(self.labels, self.boxes, strict=True)):
            box.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            box.setMinimumContentsLength(8)
            box.activated.connect(self._on_activated)
            text.setBuddy(box)
            grid.addWidget(text, row, 0)
            grid.addWidget(box, row, 1)

    def show_bands(self, names: tuple[str, ...], style: DisplayStyle) -> None:
        """Show the bands of a style; hidden where there is nothing to choose."""
        if names != self._names:
            self._names = names
            items = [f"{number}  {name}" for number, name in enumerate(names, 1)]
            for box in self.boxes:
                box.clear()
                box.addItems(items)
        is_rgb = style.view == "rgb"
        self.labels[0].setText(self.tr("Red") if is_rgb else self.tr("Band"))
        for number, (text, box) in enumerate(zip(self.labels, self.boxes, strict=True)):
            is_used = number < (3 if is_rgb else 1)
            text.setVisible(is_used)
            box.setVisible(is_used)
            box.setAccessibleName(text.text())
            with QSignalBlocker(box):
                box.setCurrentIndex(style.bands[min(number, len(style.bands) - 1)])
        self._count = 3 if is_rgb else 1
        self.setVisible(len(names) > 1)

    @Slot()
    def _on_activated(self) -> None:
        self.edited.emit(tuple(box.currentIndex() for box in self.boxes[: self._count]))


def _number(edit: QLineEdit) -> float:
    """Return the number of a field: any minus sign, a point or a comma."""
    text = edit.text().replace(",", ".").replace("\N{MINUS SIGN}", "-")
    return float(text.replace(INFINITE, "inf"))


def colour_box() -> QComboBox:
    """Return a list of colour maps, each with its picture."""
    box = QComboBox()
    box.setIconSize(STRIP)
    box.setAccessibleName("Colours")
    for name, colours in colour_maps().items():
        strip = np.ascontiguousarray(colours.at(np.linspace(0, 1, STRIP.width()))[np.newaxis])
        image = QImage(strip.data, STRIP.width(), 1, 4 * STRIP.width(), QImage.Format.Format_RGB32)
        picture = QPixmap.fromImage(image.scaled(STRIP, Qt.AspectRatioMode.IgnoreAspectRatio))
        box.addItem(QIcon(picture), colours.title or name, name)
    return box


def set_colours(box: QComboBox, style: DisplayStyle) -> None:
    """Choose the colours of a style in the list; tells nobody."""
    with QSignalBlocker(box):
        box.setCurrentIndex(max(box.findData(style.colours), 0))

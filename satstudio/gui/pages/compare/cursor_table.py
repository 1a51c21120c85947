"""CursorTable: the values of all compared scenes under the linked cursor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHeaderView, QVBoxLayout, QWidget

from satstudio.core.grid import Window
from satstudio.core.quantity import is_radar
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.kit.table import Table
from satstudio.scenes.geometry.pair import linear_power
from satstudio.scenes.scene import Scene

DASH = "\N{EN DASH}"
RADAR_HEADS = ("Scene", "Power", "Power (dB)", "Difference (dB)", "Reference / result")
OTHER_HEADS = ("Scene", "Band", "Value", "Difference", "Reference / result")


@dataclass(frozen=True, slots=True)
class Reading:
    """One value under the cursor; None where there is no data."""

    name: str
    band: str
    value: float | None


class CursorTable(QWidget):
    """One line a scene; numbers at the right."""

    def __init__(self, background_calls: BackgroundCalls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background_calls = background_calls
        self._scenes: tuple[Scene, ...] = ()
        self._band = 0
        self._waiting: tuple[float, float] | None = None
        self._place: tuple[float, float] | None = None
        self._is_asking = False
        self.table = Table(RADAR_HEADS, right=(1, 2, 3, 4))
        self.table.setAccessibleName(self.tr("Values under the cursor"))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().lineSpacing() + 5)
        wide = self.fontMetrics().averageCharWidth()
        for number in range(1, len(RADAR_HEADS)):
            self.table.setColumnWidth(number, wide * 20)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)

    def show_scenes(self, scenes: Sequence[Scene], band: int = 0) -> None:
        """Read these from now on; the first one is the reference."""
        if tuple(scenes) == self._scenes and band == self._band:
            return
        self._scenes, self._band = tuple(scenes), band
        is_power = bool(scenes) and is_radar(scenes[0].quantity)
        self.table.setHorizontalHeaderLabels(list(RADAR_HEADS if is_power else OTHER_HEADS))
        self._show([Reading(scene.name, "", None) for scene in self._scenes])
        line = self.table.verticalHeader().defaultSectionSize()
        lines = min(max(len(scenes), 1), 5)
        self._waiting = self._place  # the mouse rests, and lies over other scenes now
        self._ask()
        self.table.setFixedHeight(lines * line + self.table.horizontalHeader().height() + 4)

    @Slot(object)
    def hover(self, place: tuple[float, float] | None) -> None:
        """Take a place (row, col), None outside of the scenes."""
        self._place = self._waiting = place
        if place is None:
            self._show([Reading(scene.name, "", None) for scene in self._scenes])
        self._ask()

    def _ask(self) -> None:
        if self._is_asking or self._waiting is None or not self._scenes:
            return
        place, self._waiting = self._waiting, None
        self._is_asking = True
        call = partial(readings, self._scenes, place, self._band)
        self._background_calls.ask(call, self._on_read, self._on_failed)

    @Slot(object)
    def _on_read(self, found: list[Reading]) -> None:
        self._is_asking = False
        if self._place is not None and len(found) == len(self._scenes):
            self._show(found)
        self._ask()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._is_asking = False
        self._ask()

    def _show(self, found: Sequence[Reading]) -> None:
        is_power = bool(self._scenes) and is_radar(self._scenes[0].quantity)
        first = found[0].value if found else None
        row = _radar_row if is_power else _other_row
        rows = [row(one, None if number == 0 else first) for number, one in enumerate(found)]
        self.table.show_rows(list(range(len(rows))), rows)


def readings(scenes: Sequence[Scene], place: tuple[float, float], band: int) -> list[Reading]:
    """Read one pixel of each scene: linear power of radar scenes, values of others."""
    window = Window(int(place[0]), int(place[1]), 1, 1)
    found = []
    for scene in scenes:
        here = min(band, len(scene.bands) - 1)
        raster = scene.read(window, None, [here])
        value = float(linear_power(raster)[0, 0, 0]) if raster.valid[0, 0] else None
        is_known = value is not None and math.isfinite(value)
        found.append(Reading(scene.name, scene.bands[here], value if is_known else None))
    return found


def _radar_row(one: Reading, first: float | None) -> tuple[str, ...]:
    value = one.value
    db = 10 * math.log10(value) if value else None
    other = 10 * math.log10(first) if first else None
    difference = db - other if db is not None and other is not None else None
    ratio = first / value if first is not None and value else None
    return (one.name, _text(value), _text(db, ".2f"), _text(difference, "+.2f"), _text(ratio))


def _other_row(one: Reading, first: float | None) -> tuple[str, ...]:
    value = one.value
    difference = value - first if value is not None and first is not None else None
    ratio = first / value if first is not None and value else None
    return (one.name, one.band, _text(value), _text(difference, "+.4g"), _text(ratio))


def _text(value: float | None, form: str = ".4g") -> str:
    return DASH if value is None else format(value, form).replace("-", "\N{MINUS SIGN}")

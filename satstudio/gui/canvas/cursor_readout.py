"""CursorReadout: row, column, value, longitude and latitude of the pixel under the cursor."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from satstudio.core.grid import Window
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.kit.units import place_text
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.scene import Scene

NAME_CHARS = 12
DASH, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Probe:
    """What is known of one pixel.

    Attributes
    ----------
    values : one a band; empty where there is no data
    lonlat : of the place under the cursor, None where it has none
    note : how exact `lonlat` is
    """

    row: float
    col: float
    values: tuple[complex | float, ...]
    lonlat: tuple[float, float] | None
    note: str = ""


def probe(
    scene: Scene, locator: Locator | None, place: tuple[float, float], bands: Sequence[int]
) -> Probe:
    """Read one pixel and find its place on the ground; for another thread than the GUI's."""
    row, col = place
    raster = scene.read(Window(int(row), int(col), 1, 1), None, bands)
    values = tuple(raster.pixels[:, 0, 0].tolist()) if raster.valid[0, 0] else ()
    lonlat = locator.lonlat(row, col) if locator is not None else None
    return Probe(row, col, values, lonlat, locator.note if locator is not None else "")


def value_text(values: Sequence[complex | float], names: Sequence[str], unit: str = "") -> str:
    """Return the values as the read-out shows them; complex ones in all their forms."""
    if not values:
        return "no data"
    first = values[0]
    if isinstance(first, complex):
        return complex_text(first)
    shown = f" {unit}" if unit else ""
    if len(values) == 1:
        return f"{first:.7g}{shown}"
    return "   ".join(f"{name} {value:.6g}" for name, value in zip(names, values, strict=False))


def complex_text(z: complex) -> str:
    """Return a sample as real + j imaginary, magnitude, decibels and phase."""
    if cmath.isnan(z):
        return "NaN"
    sign = "+" if z.imag >= 0 else MINUS
    power = abs(z) ** 2
    decibels = f"{10 * math.log10(power):.2f} dB" if power > 0 else "-\N{INFINITY} dB"
    degrees = f"{math.degrees(cmath.phase(z)):.1f}°" if power > 0 else "no phase"
    text = f"{z.real:.5g} {sign} j{abs(z.imag):.5g}   |z| {abs(z):.5g}   {decibels}   {degrees}"
    return text.replace("-", MINUS)


def _short(scene: Scene, band: int) -> str:
    """Return the name of a band, or its number where three such names have no room."""
    name = scene.bands[band]
    return name if len(name) <= NAME_CHARS else f"band {band + 1}"


class CursorReadout(QWidget):
    """One line below the canvas; asks other threads, shows the newest answer only."""

    def __init__(self, keeper: SceneKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self._address = ""
        self._bands: tuple[int, ...] = (0,)
        self._place: tuple[float, float] | None = None
        self._waiting: tuple[float, float] | None = None
        self._is_asking = False
        self._told: tuple[object, ...] = ()
        self._found: Probe | None = None
        self._coordinates = "decimal"
        self.setAccessibleName(self.tr("Values under the cursor"))
        self._pixel = self._label("row 00000  col 00000 ")
        self._value = self._label()
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._ground = self._label()
        self._zoom = self._label("10000 %")
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 3, 8, 3)
        line.setSpacing(18)
        line.addWidget(self._pixel)
        line.addWidget(self._value, 1)
        line.addWidget(self._ground)
        line.addWidget(self._zoom)
        self._clear()

    @property
    def text(self) -> str:
        """All that is shown, for tests and for copying."""
        parts = (self._pixel.text(), self._value.text(), self._ground.text(), self._zoom.text())
        return "   ".join(part for part in parts if part)

    def show_scene(self, address: str, bands: Sequence[int]) -> None:
        """Speak of this scene and these bands from now on; "" of none.

        What the mouse rests on is read again where the answer may be another one.
        """
        if address != self._address:
            self._clear()
        self._address, self._bands = address, tuple(bands)
        told = (self._bands, self._keeper.scene(address), self._keeper.locator(address))
        if told != self._told:
            self._told = told
            self.hover(self._place)

    def show_scale(self, scale: float) -> None:
        """Show how many pixels of the screen a column takes: in percent, three digits."""
        percent = 100 * scale
        self._zoom.setText(f"{percent:.3g} %" if percent < 1000 else f"{percent:.0f} %")

    @Slot(object)
    def hover(self, place: tuple[float, float] | None) -> None:
        """Take a place (row, col) of the scene, None outside of it."""
        self._place = place
        if place is None or not self._address:
            self._clear()
            return
        self._pixel.setText(f"row {int(place[0])}  col {int(place[1])}")
        self._waiting = place
        self._ask()

    def _ask(self) -> None:
        scene = self._keeper.scene(self._address)
        if self._is_asking or self._waiting is None or scene is None:
            return
        place, self._waiting = self._waiting, None
        self._is_asking = True
        locator = self._keeper.locator(self._address)
        call = partial(probe, scene, locator, place, self._bands)
        self._keeper.background_calls.ask(call, self._show, self._fail)

    @Slot(object)
    def _show(self, found: Probe) -> None:
        self._is_asking = False
        scene = self._keeper.scene(self._address)
        if self._place is not None and scene is not None:
            names = [_short(scene, band) for band in self._bands if band < len(scene.bands)]
            unit = scene.unit(self._bands[0])
            self._value.setText(value_text(found.values, names, unit))
            self._found = found
            self._show_ground()
        self._ask()

    def show_coordinates(self, style: str) -> None:
        """Write places as decimal degrees, with minutes, or with minutes and seconds."""
        self._coordinates = style
        self._show_ground()

    def _show_ground(self) -> None:
        found = self._found
        text = place_text(found.lonlat, found.note, self._coordinates) if found else ""
        self._ground.setText(text)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._is_asking = False
        if self._place is not None:
            self._value.setText(self.tr("cannot be read"))
            self._value.setToolTip(str(error))
        self._ask()

    def _clear(self) -> None:
        self._place = self._waiting = self._found = None
        self._pixel.setText(DASH)
        self._value.setText("")
        self._ground.setText("")

    def _label(self, widest: str = "") -> QLabel:
        made = QLabel()
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setMinimumWidth(QFontMetrics(made.font()).horizontalAdvance(widest))
        return made

"""Phase wheel, colour bar, scale bar: values for whoever paints them; colours come from render."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Mask, Quantity, Raster, Sampling
from satstudio.render.compose import Picture, coarse_note, render
from satstudio.render.style import DisplayStyle
from satstudio.render.tables import Floats, power_at
from satstudio.render.views import VIEWS, View

WHEEL_PX = 129
BAR_PX = 256
MOST_CLASSES = 20
MOST_WRITTEN_OUT = 1e6
_HALVES = (0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark: its place (0 = low end or centre, 1 = high end or rim) and its text."""

    place: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Legend:
    """What explains the colours of a style.

    Attributes
    ----------
    kind : wheel (angle = phase, radius = magnitude), bar (low end below), channels (no picture),
        or classes (a colour each)
    picture : of the wheel; of a bar, one pixel wide; of classes, a pixel each from above; None
        for channels
    ticks : along the radius or the bar; for channels one a band, for classes one each
    unit : of the ticks
    note : what else must be said (`phase: full resolution only`, `limits from sample`)
    """

    kind: str
    title: str
    picture: Picture | None
    ticks: tuple[Tick, ...]
    unit: str = ""
    note: str = ""


def legend(
    style: DisplayStyle,
    unit: str = "",
    sampling: Sampling = "full",
    *,
    is_exact: bool = True,
    names: Sequence[str] = (),
) -> Legend:
    """Return the legend of a style.

    Parameters
    ----------
    unit : of the scene's amplitude or values; empty where unknown
    sampling : of what is shown; coarser levels of complex scenes have no phase
    names : of the scene's bands; without them bands are counted
    is_exact : False while the limits of style `paper` are those of the subsample
    """
    notes = [coarse_note(style, sampling)]
    if style.paper and not is_exact:
        notes.append("limits from sample")
    note = "; ".join(text for text in notes if text)
    view = style.view
    if style.has_classes:
        return _classes(style)
    if VIEWS[view].needs_phase and sampling != "full":
        return _value_bar(style, unit, note)
    if view in ("hsv", "phase"):
        return _wheel(style, unit, note)
    if view == "rgb":
        return _channels(style, unit, note, names)
    return _bar(style, unit, note)


def nice_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Return at most `most` + 1 values between two limits in even steps of 1, 2 or 5 x 10^n."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return (low,)
    rough = (high - low) / most
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(decade * unit for unit in (1, 2, 5, 10) if decade * unit >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def number_text(value: float) -> str:
    """Return a number as short as it can be read: 4 digits, a real minus sign.

    Below a million it is written out, as 15000, not 1.5e4.
    """
    text = f"{value:.4g}" if value else "0"  # no minus before 0
    if "e+0" in text and abs(value) < MOST_WRITTEN_OUT:
        text = f"{float(text):.0f}"
    return (
        text.replace("e+0", "e")
        .replace("e-0", "e-")
        .replace("e+", "e")
        .replace("-", "\N{MINUS SIGN}")
    )


def scale_bar(metres_per_px: float, most_px: float) -> tuple[float, str]:
    """Return the length in pixels and the text (`500 m`, `20 km`) of the longest nice bar."""
    longest = metres_per_px * most_px
    decade = 10.0 ** math.floor(math.log10(longest))
    metres = max(decade * unit for unit in (1, 2, 5) if decade * unit <= longest * 1.000001)
    text = f"{number_text(metres / 1000)} km" if metres >= 1000 else f"{number_text(metres)} m"
    return metres / metres_per_px, text


@lru_cache(maxsize=8)
def _wheel(style: DisplayStyle, unit: str, note: str) -> Legend:
    """Paint the disc with the function that paints the scene."""
    across = (np.arange(WHEEL_PX) + 0.5) / WHEEL_PX * 2 - 1
    col, row = np.meshgrid(across, -across)  # phase grows against the clock, 0 to the right
    radius = np.hypot(row, col)
    low, high = style.limits()
    length = np.sqrt(_power_at_radius(style, np.minimum(radius, 1), low, high))
    z = (length * np.exp(1j * np.arctan2(row, col))).astype(np.complex64)
    picture = render(_raster(z, "complex", radius <= 1), style.changed(bands=(0,)))
    if style.view == "phase":
        return Legend("wheel", VIEWS["phase"].title, picture, (), "rad", note)
    ends = [
        math.sqrt(power_at("hsv", low + place * (high - low), style.scale)) for place in _HALVES
    ]
    ticks = tuple(
        Tick(place, number_text(value)) for place, value in zip(_HALVES, ends, strict=True)
    )
    return Legend("wheel", VIEWS["hsv"].title, picture, ticks, unit or "|z|", note)


def _power_at_radius(style: DisplayStyle, radius: Floats, low: float, high: float) -> Floats:
    """Return the power whose r is `radius` (before gamma); 1 everywhere for the phase view."""
    if style.view == "phase":
        return np.ones_like(radius)
    length = np.expm1(np.clip(low + radius * (high - low), 0, 80)) / style.scale
    squared: Floats = length**2
    return squared


def _value_bar(style: DisplayStyle, unit: str, note: str) -> Legend:
    """Return the bar of the grey stand-in: even in log(1 + scale |z|), ticks in |z|."""
    low, high = style.grey_limits
    place = np.linspace(1, 0, BAR_PX)[:, np.newaxis]
    shown = style.changed(view="hsv", low=low, high=high, grey=(low, high), bands=(0,))
    power = _power_at_radius(shown, place, low, high)
    picture = render(_raster(power, "power"), shown)
    ends = [math.sqrt(power_at("hsv", low + at * (high - low), style.scale)) for at in _HALVES]
    ticks = tuple(Tick(at, number_text(value)) for at, value in zip(_HALVES, ends, strict=True))
    return Legend("bar", "Magnitude of mean power", picture, ticks, unit or "|z|", note)


def _bar(style: DisplayStyle, unit: str, note: str) -> Legend:
    view: View = style.view
    low, high = style.limits()
    values = np.linspace(high, low, BAR_PX)[:, np.newaxis]
    plain = style.changed(bands=(0,), palette=())
    if view in ("amplitude", "intensity", "db"):
        powers = np.array([[power_at(view, float(value))] for value in values[:, 0]])
        picture = render(_raster(powers.astype(np.float32), "power"), plain)
    else:
        picture = render(_raster(values, "dn"), plain.changed(view="band"))
    span = high - low
    ticks = tuple(
        Tick((value - low) / span if span > 0 else 0.0, number_text(value))
        for value in nice_ticks(low, high)
    )
    units = {"db": "dB", "intensity": f"{unit}\N{SUPERSCRIPT TWO}" if unit else ""}
    return Legend("bar", VIEWS[view].title, picture, ticks, units.get(view, unit), note)


def _channels(style: DisplayStyle, unit: str, note: str, names: Sequence[str]) -> Legend:
    ticks = []
    for channel, colour in enumerate(("Red", "Green", "Blue")):
        low, high = (number_text(limit) for limit in style.limits(channel))
        band = style.bands[min(channel, len(style.bands) - 1)]
        name = names[band] if band < len(names) and names[band] else f"band {band + 1}"
        ticks.append(Tick(channel / 2, f"{colour}: {name}, {low} to {high}"))
    return Legend("channels", VIEWS["rgb"].title, None, tuple(ticks), unit, note)


def _classes(style: DisplayStyle) -> Legend:
    """Return the classes that were met, else all with a colour; very many are only counted."""
    seen = [value for value, colour in enumerate(style.palette) if colour >> 24]
    known = [value for value in style.classes if value in set(seen)] or seen
    shown, left = known[:MOST_CLASSES], len(known) - MOST_CLASSES
    picture = np.array([[style.palette[value]] for value in shown], np.uint32).view(np.uint8)
    count = max(len(shown) - 1, 1)
    ticks = tuple(Tick(number / count, str(value)) for number, value in enumerate(shown))
    title = f"Classes ({MOST_CLASSES} of {len(known)})" if left > 0 else "Classes"
    return Legend("classes", title, picture.reshape(-1, 1, 4), ticks)


def _raster(
    pixels: npt.NDArray[np.generic], quantity: Quantity, valid: Mask | None = None
) -> Raster:
    size = Size(*pixels.shape)
    valid = np.ones(pixels.shape, bool) if valid is None else valid
    return Raster(pixels[np.newaxis], GeoGrid(size), ("legend",), valid, quantity)

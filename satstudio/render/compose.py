"""render(raster, style) -> (rows, cols, 4) uint8 as B, G, R, A; phase as hue."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.quantity import to_power
from satstudio.core.raster import Quantity, Raster, Sampling
from satstudio.render.colormaps import Colours, colour_map, shades
from satstudio.render.paint import (
    hsv_pixels,
    linear_pixels,
    phase_pixels,
    power_pixels,
    table_pixels,
)
from satstudio.render.style import VIEWS, DisplayStyle
from satstudio.render.tables import (
    LEVELS,
    LINEAR_STEPS,
    PowerSteps,
    phase_turns,
    placed,
    power_at,
    power_steps,
    stretched,
)

Picture = npt.NDArray[np.uint8]
"""(rows, cols, 4) of B, G, R, A; contiguous, alpha premultiplied."""

POWER_VIEWS = ("amplitude", "intensity", "db")
NO_DATA_COLOUR = 0


def render(raster: Raster, style: DisplayStyle) -> Picture:
    """Turn pixels into colours for eyes.

    Returns
    -------
    (rows, cols, 4) uint8 array
        Blue, green, red, alpha: as little-endian uint32 it is 0xAARRGGBB, premultiplied, what
        Qt calls ARGB32_Premultiplied and draws fastest. Invalid and NaN pixels are all 0.

    Notes
    -----
    A raster of mean power, as coarser levels of complex scenes are, has no phase: the views hsv,
    phase, real and imag then show the grey value of sqrt(mean power).

    Raises
    ------
    InputError
        If the view needs complex samples and the pixels are real, a band is missing, or the
        values have no power (heights, classes, ...) and the view shows power.
    """
    if max(style.bands) >= len(raster.pixels):
        count = len(raster.pixels)
        raise InputError(f"Band {max(style.bands) + 1} is asked for, but there are {count}.")
    if VIEWS[style.view].needs_phase and raster.is_complex:
        colours = _with_phase(raster.pixels[style.bands[0]], style)
    elif VIEWS[style.view].needs_phase:
        colours = _stand_in(raster, style)
    elif style.view in POWER_VIEWS:
        steps, table = _power_table(style.view, *style.limits(), style.gamma, style.colours)
        power = _power_of(raster.pixels[style.bands[0]], raster.quantity)
        colours = power_pixels(power, steps, table)
    elif style.view == "rgb":
        colours = _rgb(raster, style)
    else:
        colours = _band(raster.pixels[style.bands[0]], style)
    if not raster.valid.all():
        colours[~raster.valid] = NO_DATA_COLOUR
    return colours.view(np.uint8).reshape(*colours.shape, 4)


def coarse_note(style: DisplayStyle, sampling: Sampling) -> str:
    """Return what must be said of a coarser picture; empty at full resolution."""
    if sampling == "full":
        return ""
    if VIEWS[style.view].needs_phase:
        what = "phase" if style.view in ("hsv", "phase") else VIEWS[style.view].title.lower()
        return f"{what}: full resolution only"
    return "every n-th pixel; mean is being made" if sampling == "nearest" else ""


def _with_phase(z: npt.NDArray[Any], style: DisplayStyle) -> Colours:
    if style.view == "hsv":
        steps, levels = _hsv_levels(*style.limits(), style.gamma, style.scale)
        return hsv_pixels(z, steps, levels)
    if style.view == "phase":
        return phase_pixels(z, _phase_table(style.colours))
    part = z.real if style.view == "real" else z.imag
    colours = linear_pixels(part, *style.limits(), _map_table(style.colours, style.gamma))
    colours[np.isnan(z)] = NO_DATA_COLOUR
    return colours


def _stand_in(raster: Raster, style: DisplayStyle) -> Colours:
    """Paint the grey value of the HSV picture from sqrt(mean power)."""
    if raster.quantity != "power":
        title = VIEWS[style.view].title
        raise InputError(f"'{title}' needs complex samples; these are real: show a band instead.")
    low, high = style.grey_limits
    steps, levels = _hsv_levels(low, high, style.gamma, style.scale)
    greys = shades("grey", levels / (LEVELS - 1))
    return power_pixels(raster.pixels[style.bands[0]], steps, greys)


def _band(values: npt.NDArray[Any], style: DisplayStyle) -> Colours:
    if np.iscomplexobj(values):
        values = values.real**2 + values.imag**2
    if style.has_classes:
        return _palette(values, style.palette)
    low, high = style.limits()
    if values.dtype.kind in "iu" and values.dtype.itemsize <= 2:
        table = _integer_table(values.dtype.str, low, high, style.gamma, style.colours)
        return table_pixels(values, table)
    return linear_pixels(values, low, high, _map_table(style.colours, style.gamma))


def _palette(values: npt.NDArray[Any], palette: tuple[int, ...]) -> Colours:
    table = np.zeros(len(palette) + 1, np.uint32)  # what lies outside is transparent
    table[:-1] = palette
    inside = (values >= 0) & (values < len(palette))
    colours: Colours = table[np.where(inside, values, len(palette)).astype(np.intp)]
    return colours


def _rgb(raster: Raster, style: DisplayStyle) -> Colours:
    bands = style.bands if len(style.bands) == 3 else (style.bands[0],) * 3
    result = np.full(raster.pixels.shape[1:], 0xFF000000, np.uint32)
    for channel, band in enumerate(bands):
        low, high = style.limits(channel)
        one = style.changed(view="band", low=low, high=high, colours="grey", palette=())
        grey = _band(raster.pixels[band], one)
        result |= (grey & np.uint32(0xFF)) << np.uint32(16 - 8 * channel)
        result[grey == 0] = NO_DATA_COLOUR
    result[result < 0xFF000000] = NO_DATA_COLOUR
    return result


def _power_of(values: npt.NDArray[Any], quantity: Quantity) -> npt.NDArray[Any]:
    """Return complex samples as they are, real ones as power."""
    return values if np.iscomplexobj(values) else to_power(values, quantity)


@lru_cache(maxsize=64)
def _hsv_levels(
    low: float, high: float, gamma: float, scale: float
) -> tuple[PowerSteps, npt.NDArray[np.uint16]]:
    steps = power_steps(power_at("hsv", low, scale), power_at("hsv", high, scale))
    r = stretched("hsv", steps.powers, low, high, scale) ** (1 / gamma)
    return steps, np.rint(r * (LEVELS - 1)).astype(np.uint16)


@lru_cache(maxsize=64)
def _power_table(
    view: str, low: float, high: float, gamma: float, colours: str
) -> tuple[PowerSteps, Colours]:
    steps = power_steps(power_at(view, low), power_at(view, high))
    place = stretched(view, steps.powers, low, high) ** (1 / gamma)
    return steps, shades(colours, place)


@lru_cache(maxsize=64)
def _map_table(colours: str, gamma: float) -> Colours:
    return shades(colours, np.linspace(0, 1, LINEAR_STEPS) ** (1 / gamma))


@lru_cache(maxsize=8)
def _phase_table(colours: str) -> Colours:
    chosen = colour_map(colours if colours != "grey" else "hue")
    return chosen.at(phase_turns())


@lru_cache(maxsize=64)
def _integer_table(dtype: str, low: float, high: float, gamma: float, colours: str) -> Colours:
    kind = np.iinfo(np.dtype(dtype))
    values = np.arange(kind.min, kind.max + 1, dtype=np.float64)
    return shades(colours, placed(values, low, high) ** (1 / gamma))

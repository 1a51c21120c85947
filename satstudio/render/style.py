"""DisplayStyle: view, bands, stretch, gamma, colours; the style that a scene starts with."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from pydantic import Field

from satstudio.core.quantity import is_radar
from satstudio.core.recipe import Recipe
from satstudio.render.natural import natural_bands
from satstudio.render.statistics import PERCENT, Statistics, measure, statistics_of
from satstudio.render.tables import hsv_colours
from satstudio.render.views import VIEWS, VIEWS_COMPLEX, VIEWS_REAL, Limit, View, ViewInfo

__all__ = [
    "VIEWS",
    "VIEWS_COMPLEX",
    "VIEWS_REAL",
    "DisplayStyle",
    "Limit",
    "Statistics",
    "View",
    "ViewInfo",
    "first_style",
    "measure",
    "statistics_of",
    "style_for",
]


class DisplayStyle(Recipe):
    """How a scene is turned into colours; a change is cheap (tables of at most 65 536 colours).

    `low` and `high` are in the unit of the view: log(1 + scale |z|) for hsv, dB for db, values
    for the others; the phase always spans its full turn. Gamma above 1 brightens.
    """

    view: View = "band"
    bands: tuple[int, ...] = Field((0,), min_length=1, max_length=3, title="Bands")
    low: Limit = Field(0.0, title="Black at")
    high: Limit = Field(1.0, title="White at")
    gamma: float = Field(1.0, ge=0.1, le=10, title="Gamma")
    colours: str = Field("grey", title="Colours")
    scale: float = Field(1.0, gt=0, allow_inf_nan=False, title="Scale before the logarithm")
    paper: bool = Field(False, title="By smallest and largest")
    grey: tuple[float, float] | None = Field(
        None,
        description="limits of log(1 + scale |z|) at coarser levels of phase, real and imag",
    )
    palette: tuple[int, ...] = Field((), description="0xAARRGGBB of the values 0, 1, 2, ...")
    classes: tuple[int, ...] = Field((), description="values of the palette that legends name")

    def limits(self, channel: int = 0) -> tuple[float, float]:
        """Return (low, high) of a channel."""
        return _one(self.low, channel), _one(self.high, channel)

    @property
    def has_classes(self) -> bool:
        """Tell whether colours are those of a palette: there are no limits then."""
        return self.view == "band" and bool(self.palette)

    @property
    def grey_limits(self) -> tuple[float, float]:
        """Limits of log(1 + scale |z|) where coarser levels stand in for a view with phase."""
        if self.view == "hsv":
            return self.limits()
        return self.grey or (0.0, 10.0)


class Shown(Protocol):
    """What `first_style` asks of a scene."""

    @property
    def dtype(self) -> str: ...
    @property
    def bands(self) -> tuple[str, ...]: ...
    @property
    def colours(self) -> tuple[str, ...]: ...


BYTE = 255
GOLDEN = 0.6180339887
"""Share of a turn between the hues of neighbouring classes: none is near another's."""


def style_for(
    view: View,
    statistics: Statistics,
    bands: Sequence[int] = (0,),
    *,
    percent: tuple[float, float] = PERCENT,
    paper: bool = False,
    base: DisplayStyle | None = None,
) -> DisplayStyle:
    """Return a view of a scene with the limits that its statistics give.

    Parameters
    ----------
    percent : share (0..100) of the samples that lie below the low and the high limit
    paper : for hsv, limits are the scene's smallest and largest log(1 + scale |z|)
    base : gamma, colours and scale are kept from here
    """
    base = base or DisplayStyle()
    known = tuple(band for band in bands if band < len(statistics.samples)) or (0,)
    low, high = statistics.limits(view, known, percent, base.scale)
    stand_in = None
    if VIEWS[view].needs_phase:
        stand_in = _grey_limits(statistics, known[0], percent, base.scale, paper)
        low, high = stand_in if view == "hsv" else (low, high)
    colours = base.colours if base.view == view else ("hue" if view == "phase" else "grey")
    return base.changed(
        view=view, bands=known, low=low, high=high, paper=paper, grey=stand_in, colours=colours
    )


def first_style(scene: Shown, statistics: Statistics) -> DisplayStyle:
    """Return the style in which a scene is shown first."""
    if statistics.is_complex:
        return style_for("hsv", statistics)
    details = getattr(scene, "details", None)
    bands = natural_bands(scene, getattr(details, "band_tags", ()))
    if bands:
        style = style_for("rgb", statistics, bands)
        return style.changed(low=0.0, high=255.0) if scene.dtype == "uint8" else style
    palette = _packed(getattr(details, "palette", None) or {})
    if statistics.quantity == "class" and not (palette and scene.colours[:1] == ("palette",)):
        palette = _class_palette(statistics)
    if palette and statistics.quantity in ("class", "dn"):
        found = _classes(statistics, len(palette))
        return DisplayStyle(view="band", high=float(len(palette)), palette=palette, classes=found)
    return _plain_style(statistics)


def _plain_style(statistics: Statistics) -> DisplayStyle:
    """Return how one band is shown first: backscatter in dB, angles by hue, coherence 0 to 1."""
    quantity = statistics.quantity
    if quantity == "phase" and _is_wrapped(statistics):
        return style_for("band", statistics).changed(low=-math.pi, high=math.pi, colours="hue")
    if quantity == "coherence":
        return style_for("band", statistics).changed(low=0.0, high=1.0)
    is_backscatter = is_radar(quantity) and quantity != "amplitude"
    return style_for("db" if is_backscatter else "band", statistics)


def _is_wrapped(statistics: Statistics) -> bool:
    """Tell whether the samples of a phase lie within one turn about 0."""
    return all(np.abs(sample).max(initial=0) <= math.pi + 1e-3 for sample in statistics.samples)


def _class_palette(statistics: Statistics) -> tuple[int, ...]:
    """Return colours that are easily told apart for classes of bytes; none for other numbers."""
    ends = [(sample.min(), sample.max()) for sample in statistics.samples if len(sample)]
    if not ends or min(low for low, _ in ends) < 0 or max(high for _, high in ends) > BYTE:
        return ()
    turns = np.arange(BYTE + 1) * GOLDEN % 1
    value = np.where(np.arange(BYTE + 1) == 0, 0.25, 0.9)
    return tuple(int(code) for code in hsv_colours(turns, value))


def _classes(statistics: Statistics, count: int) -> tuple[int, ...]:
    """Return which values of 0, 1, ... count - 1 the subsample met."""
    values = np.unique(statistics.samples[0]) if statistics.samples else np.empty(0)
    return tuple(int(value) for value in values if 0 <= value < count and value == int(value))


def _grey_limits(
    statistics: Statistics, band: int, percent: tuple[float, float], scale: float, paper: bool
) -> tuple[float, float]:
    if paper:
        return statistics.paper_limits(band, scale)
    low, high = statistics.limits("hsv", (band,), percent, scale)
    return _one(low, 0), _one(high, 0)


def _packed(palette: Mapping[int, tuple[int, int, int, int]]) -> tuple[int, ...]:
    """Return 0xAARRGGBB, premultiplied, of the values 0, 1, 2, ... up to the largest named."""
    packed = [0] * (max(palette, default=-1) + 1)
    for value, (red, green, blue, alpha) in palette.items():
        code = alpha
        for channel in (red, green, blue):
            code = code << 8 | channel * alpha // 255
        packed[value] = code
    return tuple(packed)


def _one(limit: Limit, channel: int) -> float:
    return limit[min(channel, len(limit) - 1)] if isinstance(limit, tuple) else limit

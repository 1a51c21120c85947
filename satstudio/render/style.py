"""DisplayStyle: view, bands, stretch, gamma, colours; Statistics that the stretch comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from pydantic import Field

from satstudio.core.raster import Quantity, Raster
from satstudio.core.recipe import Recipe
from satstudio.render.tables import Floats, power_value

View = Literal["hsv", "amplitude", "intensity", "db", "phase", "real", "imag", "band", "rgb"]
Limit = float | tuple[float, ...]
"""One number, or one a channel for rgb."""
SAMPLE_PX = 65536
"""Limits of 2 and 98 % from so many samples of speckle are within 0.25 dB of the scene's."""
PERCENT = (2.0, 98.0)


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """How a view is called, its key, and what its numbers are.

    Attributes
    ----------
    unit : of the limits; empty where the scene's own unit holds
    needs_phase : it exists for complex samples at full resolution only
    """

    title: str
    key: str
    unit: str = ""
    needs_phase: bool = False


VIEWS: Mapping[View, ViewInfo] = {
    "hsv": ViewInfo("Phase and magnitude (HSV)", "1", "log(1 + |z|)", needs_phase=True),
    "amplitude": ViewInfo("Amplitude", "2"),
    "intensity": ViewInfo("Intensity", "3"),
    "db": ViewInfo("Decibels", "4", "dB"),
    "phase": ViewInfo("Phase", "5", "rad", needs_phase=True),
    "real": ViewInfo("Real part", "6", needs_phase=True),
    "imag": ViewInfo("Imaginary part", "7", needs_phase=True),
    "band": ViewInfo("Band", "8"),
    "rgb": ViewInfo("Red, green, blue", "9"),
}

VIEWS_COMPLEX: Mapping[View, ViewInfo] = {
    view: VIEWS[view] for view in ("hsv", "amplitude", "intensity", "db", "phase", "real", "imag")
}
VIEWS_REAL: Mapping[View, ViewInfo] = {view: VIEWS[view] for view in ("band", "rgb", "db")}


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
    scale: float = Field(1.0, gt=0, title="Scale before the logarithm")
    paper: bool = Field(False, title="By smallest and largest")
    grey: tuple[float, float] | None = Field(
        None, description="limits of log(1 + scale |z|) of the grey stand-in at coarser levels"
    )
    palette: tuple[int, ...] = Field((), description="0xAARRGGBB of the values 0, 1, 2, ...")

    def limits(self, channel: int = 0) -> tuple[float, float]:
        """Return (low, high) of a channel."""
        return _one(self.low, channel), _one(self.high, channel)


def _one(limit: Limit, channel: int) -> float:
    return limit[min(channel, len(limit) - 1)] if isinstance(limit, tuple) else limit


class Sampled(Protocol):
    """What `measure` asks of a scene."""

    @property
    def dtype(self) -> str: ...  # noqa: D102 - as Scene has it

    def sample(self, count: int = ..., seed: int = ...) -> Raster:
        """Return full-resolution samples, (bands, 1, n), spread over the scene."""
        ...


class Shown(Protocol):
    """What `first_style` asks of a scene."""

    @property
    def dtype(self) -> str: ...  # noqa: D102 - as Scene has it
    @property
    def bands(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def colours(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Samples of a scene and, once a pyramid knows them, its exact extremes.

    Attributes
    ----------
    samples : one array of valid samples a band, without NaN and infinity
    quantity : what a sample is
    dtype : of the file
    power_range : (smallest, largest) |z|^2 of all valid pixels, one a band; empty: not known yet
    """

    samples: tuple[Floats, ...]
    quantity: Quantity
    dtype: str = ""
    power_range: tuple[tuple[float, float], ...] = ()

    @property
    def is_complex(self) -> bool:
        """Tell whether the samples are complex."""
        return self.quantity == "complex"

    @property
    def is_empty(self) -> bool:
        """Tell whether the subsample met no valid pixel at all."""
        return all(len(sample) == 0 for sample in self.samples)

    @property
    def is_exact(self) -> bool:
        """Tell whether the smallest and largest are of all pixels, not of the subsample."""
        return bool(self.power_range)

    def with_power_range(self, power_range: Sequence[tuple[float, float]]) -> "Statistics":
        """Return statistics that know the exact extremes of the power of each band."""
        return replace(self, power_range=tuple(power_range))

    def values(self, view: View, band: int = 0, scale: float = 1.0) -> Floats:
        """Return what a view shows of the samples of a band, finite values only."""
        sample = self.samples[band]
        if view in ("phase", "real", "imag"):
            parts = {"phase": np.angle(sample), "real": sample.real, "imag": sample.imag}
            return np.asarray(parts[view], np.float64)
        if view in ("band", "rgb"):
            return np.abs(sample) ** 2 if self.is_complex else sample
        shown = power_value(view, self._power(band), scale)
        return shown[np.isfinite(shown)]

    def limits(
        self,
        view: View,
        bands: Sequence[int] = (0,),
        percent: tuple[float, float] = PERCENT,
        scale: float = 1.0,
    ) -> tuple[Limit, Limit]:
        """Return (low, high) of a view by percentiles; three numbers each for rgb.

        Real and imaginary parts get limits that lie even about 0, the phase its full turn.
        """
        if view == "rgb":
            pairs = [self._limits("band", band, percent, scale) for band in bands]
            return tuple(low for low, _ in pairs), tuple(high for _, high in pairs)
        return self._limits(view, bands[0], percent, scale)

    def paper_limits(self, band: int = 0, scale: float = 1.0) -> tuple[float, float]:
        """Return the smallest and largest log(1 + scale |z|): exact, or of the subsample."""
        if self.power_range:
            ends = np.array(self.power_range[band])
        else:
            power = self._power(band)
            ends = np.array([power.min(), power.max()]) if len(power) else np.zeros(2)
        low, high = power_value("hsv", ends, scale)
        return float(low), float(high)

    def histogram(self, view: View, band: int = 0, bins: int = 128) -> tuple[Floats, Floats]:
        """Return (counts, edges) of what a view shows, between the 0.1 and 99.9 percentiles."""
        values = self.values(view, band)
        low, high = self._limits(view, band, (0.1, 99.9), 1.0)
        counts, edges = np.histogram(values, bins, (low, max(high, low + 1e-9)))
        return counts.astype(np.float64), edges

    def _limits(
        self, view: View, band: int, percent: tuple[float, float], scale: float
    ) -> tuple[float, float]:
        if view == "phase":
            return -np.pi, np.pi
        values = self.values(view, band, scale)
        if len(values) == 0:
            return 0.0, 1.0
        if view in ("real", "imag"):
            high = float(np.percentile(np.abs(values), percent[1]))
            return _apart(-high, high, view)
        low, high = (float(value) for value in np.percentile(values, percent))
        return _apart(low, high, view)

    def _power(self, band: int) -> Floats:
        sample = self.samples[band]
        if self.quantity == "power":
            return np.maximum(sample, 0)
        if self.quantity == "db":
            return np.power(10.0, sample / 10)
        return np.asarray(np.abs(sample) ** 2, np.float64)


def measure(scene: Sampled) -> Statistics:
    """Measure a scene from its fixed subsample; reads a few MB, so not on the GUI thread."""
    return statistics_of(scene.sample(SAMPLE_PX, 0), scene.dtype)


def statistics_of(raster: Raster, dtype: str = "") -> Statistics:
    """Return the statistics of pixels in memory (all of them)."""
    kind = np.complex128 if raster.is_complex else np.float64
    samples = []
    for band in raster.pixels:
        values = band[raster.valid].astype(kind)
        samples.append(values[np.isfinite(values)])
    return Statistics(tuple(samples), raster.quantity, dtype or str(raster.pixels.dtype))


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
    bands = _colour_bands(scene)
    if len(bands) == 3:
        style = style_for("rgb", statistics, bands)
        return style.changed(low=0.0, high=255.0) if scene.dtype == "uint8" else style
    palette = tuple(getattr(scene, "palette", ()))
    if palette and scene.colours[:1] == ("palette",):
        return DisplayStyle(view="band", high=float(len(palette)), palette=palette)
    return style_for("db" if statistics.quantity == "power" else "band", statistics)


def _grey_limits(
    statistics: Statistics, band: int, percent: tuple[float, float], scale: float, paper: bool
) -> tuple[float, float]:
    if paper:
        return statistics.paper_limits(band, scale)
    low, high = statistics.limits("hsv", (band,), percent, scale)
    return _one(low, 0), _one(high, 0)


def _colour_bands(scene: Shown) -> tuple[int, ...]:
    """Return the bands of red, green and blue: by the file's word, else by Sentinel-2's names."""
    names = [name.upper() for name in scene.bands]
    for wanted, given in (
        (("red", "green", "blue"), list(scene.colours)),
        (("RED", "GREEN", "BLUE"), names),
        (("B04", "B03", "B02"), names),
        (("B4", "B3", "B2"), names),
    ):
        if all(name in given for name in wanted):
            return tuple(given.index(name) for name in wanted)
    return ()


def _apart(low: float, high: float, view: str) -> tuple[float, float]:
    """Keep limits of a constant scene apart; log(1+|z|) stays, as its formula has r = 1 then."""
    if high > low or view == "hsv":
        return low, high
    half = max(abs(low) / 2, 0.5)
    return low - half, high + half

"""usual_names, offered, unfit: which figures a comparison has, and which do not fit a scene."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.quantity import is_radar, title_of
from satstudio.core.raster import Quantity, Raster
from satstudio.metrics.score import METRICS

BYTE_RANGE = 255.0
PLAIN: tuple[Quantity, ...] = ("dn",)
"""Quantities that may be anything: nothing is refused for what they are."""


class Compared(Protocol):
    """What `unfit` asks of a scene or raster."""

    @property
    def grid(self) -> GeoGrid:
        """Of which the size counts."""
        ...

    @property
    def quantity(self) -> Quantity:
        """What a value is."""
        ...

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        ...


def offered() -> tuple[str, ...]:
    """Return what the window offers, in order; the command line knows every metric of a pair."""
    places = {name: one.suits.place for name, one in METRICS.items()}
    return tuple(sorted(filter(places.get, places), key=lambda name: places[name]))


def usual_names(first: Compared, known: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the figures that a scene has unasked; `known` are parameters of metrics."""
    if is_radar(first.quantity):
        return tuple(name for name in offered() if METRICS[name].suits.usual == "radar")
    return usual_of_values(first, known, first.grid.size)


def usual_of_values(first: Compared, known: Mapping[str, Any], size: Size) -> tuple[str, ...]:
    """Return the figures of real values, whatever they are of; `size` is of what is compared."""
    kinds = ("real", "spectra") if len(first.bands) > 1 else ("real",)
    names = []
    for name in offered():
        metric = METRICS[name]
        is_known = all(known.get(parameter) is not None for parameter in metric.required)
        is_large = min(size.rows, size.cols) >= metric.suits.least_px
        if metric.suits.usual in kinds and is_known and is_large and not unfit(name, first):
            names.append(name)
    return tuple(names)


def usual_range(raster: Raster) -> float | None:
    """Return 255 for bytes; the range of other pixels is not known from their type."""
    return BYTE_RANGE if raster.pixels.dtype == np.uint8 else None


def unfit(name: str, first: Compared) -> str:
    """Return why a metric does not fit a comparison with a scene, "" where it does.

    Raises
    ------
    InputError
        If there is no metric of this name.
    """
    metric = METRICS[name]
    suits, quantity, bands = metric.suits, first.quantity, len(first.bands)
    if not metric.is_of_pair:
        return f"it wants {', '.join(metric.images)}, not a reference and a result"
    if quantity == "class":
        return "numbers of classes are names"
    if suits.holds == "radar" and not is_radar(quantity) and quantity not in PLAIN:
        return f"it is of speckle in linear intensity; the scene holds {title_of(quantity)}"
    if suits.holds == "optical" and is_radar(quantity):
        return f"it is of optical bands; the scene holds {title_of(quantity)}"
    if bands < suits.least_bands:
        return f"a spectrum needs at least {suits.least_bands} bands; the scene has {bands}"
    return ""


def check_fit(names: tuple[str, ...], first: Compared, scene: str) -> None:
    """Raise InputError where a metric that was asked for does not fit a scene."""
    for name in names:
        reason = unfit(name, first)
        if reason:
            raise InputError(f"Metric {name} does not fit {scene}: {reason}.")


def fitting(names: tuple[str, ...], first: Compared) -> tuple[str, ...]:
    """Return the metrics that fit a scene; a name that no metric has any more is left out."""
    return tuple(name for name in names if name in offered() and not unfit(name, first))

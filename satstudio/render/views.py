"""The views there are: title, key, unit of their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from satstudio.core.quantity import Quantity, has_power

View = Literal["hsv", "amplitude", "intensity", "db", "phase", "real", "imag", "band", "rgb"]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Limit = Finite | tuple[Finite, ...]
"""One number, or one a channel for rgb."""


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
CHANNELS = 3


def views_for(quantity: Quantity, bands: int = CHANNELS) -> Mapping[View, ViewInfo]:
    """Return the views of full-resolution values of a quantity.

    Decibels need a power; red, green and blue need three bands.
    """
    if quantity == "complex":
        found = {**VIEWS_COMPLEX, "rgb": VIEWS["rgb"]}
    else:
        found = dict(VIEWS_REAL)
        if not has_power(quantity):
            del found["db"]
    if bands < CHANNELS:
        del found["rgb"]
    return found

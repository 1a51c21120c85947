"""Quantity: what a value of a scene is, and everything that follows from it; one place for all.

Sources: 20 log10 of an amplitude and 10 log10 of a power are one number of decibels (IEEE 100);
sigma0, beta0 and gamma0 are linear power ratios (CEOS ARD for radar).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Values = npt.NDArray[Any]
Quantity = Literal[
    "complex",
    "power",
    "amplitude",
    "db",
    "sigma0",
    "beta0",
    "gamma0",
    "reflectance",
    "phase",
    "coherence",
    "height",
    "class",
    "dn",
]
"""What a value is; `power` is linear intensity, `db` power in decibels, `dn` a plain number."""

Origin = Literal["file", "guess", "user"]
"""Who says what a value is: the file itself, this program (with its reason), the user."""

Family = Literal["complex", "power", "amplitude", "db", "other"]
"""How a value becomes linear power: |z|^2, itself, its square, 10^(dB/10), not at all."""

Averaging = Literal["power", "value", "amplitude", "db", "none"]
"""How pixels become one: mean of |z|^2, of values, of squares, of powers; or the nearest one."""


@dataclass(frozen=True, slots=True)
class QuantityInfo:
    """What there is to know of a quantity.

    Attributes
    ----------
    title : in the field's words, for choosers and metadata
    family : how its values become linear power
    averaging : how pixels become one pixel
    unit : of its values where they have one for all scenes
    tag : what files say, `SATSTUDIO_QUANTITY`
    """

    title: str
    family: Family = "other"
    averaging: Averaging = "value"
    unit: str = ""
    tag: str = ""


QUANTITIES: Mapping[Quantity, QuantityInfo] = {
    "complex": QuantityInfo("complex samples", "complex", "power"),
    "power": QuantityInfo("linear power (intensity)", "power", tag="intensity"),
    "amplitude": QuantityInfo("amplitude", "amplitude", "amplitude"),
    "db": QuantityInfo("decibels (10 log10 of power)", "db", "db", "dB"),
    "sigma0": QuantityInfo("sigma0 (linear power)", "power"),
    "beta0": QuantityInfo("beta0 (linear power)", "power"),
    "gamma0": QuantityInfo("gamma0 (linear power)", "power"),
    "reflectance": QuantityInfo("reflectance"),
    "phase": QuantityInfo("phase", averaging="none", unit="rad"),
    "coherence": QuantityInfo("coherence"),
    "height": QuantityInfo("height", unit="m"),
    "class": QuantityInfo("classes", averaging="none"),
    "dn": QuantityInfo("plain numbers", "power"),
}

ALIASES: Mapping[str, Quantity] = {
    "intensity": "power",
    "decibel": "db",
    "decibels": "db",
    "magnitude": "amplitude",
    "elevation": "height",
    "classes": "class",
    "label": "class",
    "labels": "class",
    "number": "dn",
    "plain": "dn",
    "plain number": "dn",
    "digital_number": "dn",
}
"""Other words for a quantity, on the command line and in older files."""

CHOICES: tuple[Quantity, ...] = tuple(name for name in QUANTITIES if name != "complex")
"""What a user may say that real values are."""

RADAR: frozenset[Quantity] = frozenset(
    name for name, info in QUANTITIES.items() if info.family != "other" and name != "dn"
)
"""Quantities of radar that have a linear power; a plain number may be one, but nobody says so."""

CALIBRATED: frozenset[Quantity] = frozenset(("sigma0", "beta0", "gamma0"))


@dataclass(frozen=True, slots=True)
class Known:
    """A quantity, who says so, and why."""

    quantity: Quantity
    origin: Origin = "guess"
    reason: str = "nothing says what the values are"

    @property
    def source_text(self) -> str:
        """How windows and `info` say where it comes from."""
        if self.origin == "user":
            return f"set by you{f' ({self.reason})' if self.reason else ''}"
        start = "from the file" if self.origin == "file" else "guessed"
        return f"{start}: {self.reason}"


def quantity_named(text: str) -> Quantity | None:
    """Return the quantity of a name, its tag or another word for it; None for what is none."""
    name = text.strip().lower()
    for quantity, info in QUANTITIES.items():
        if name in (quantity, info.tag):
            return quantity if name else None
    return ALIASES.get(name)


def parse_quantity(text: str) -> Quantity:
    """Return the quantity that a user named for real values.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    found = quantity_named(text)
    if found is None or found not in CHOICES:
        raise InputError(f"There is no quantity '{text}'; it may be {', '.join(CHOICES)}.")
    return found


def tag_of(quantity: Quantity) -> str:
    """Return what the tag SATSTUDIO_QUANTITY of a file says."""
    return QUANTITIES[quantity].tag or quantity


def title_of(quantity: str) -> str:
    """Return the field's words for a quantity; an unknown one is its own title."""
    info = QUANTITIES.get(quantity)  # type: ignore[call-overload]
    return info.title if info is not None else quantity


def is_radar(quantity: Quantity) -> bool:
    """Tell whether values are radar's and have a linear power."""
    return quantity in RADAR


def has_power(quantity: Quantity) -> bool:
    """Tell whether values can be taken as linear power, so in decibels: radar, plain numbers."""
    return QUANTITIES[quantity].family != "other"


def averaging_of(quantity: Quantity) -> Averaging:
    """Return how pixels of a quantity become one pixel."""
    return QUANTITIES[quantity].averaging


def to_power(values: Values, quantity: Quantity) -> Values:
    """Return linear power of values, float32 (float64 of float64); NaN stays NaN.

    Complex values are squared whatever the quantity says; plain numbers are taken as power.

    Raises
    ------
    InputError
        If the quantity has no linear power (phase, classes, heights, ...).
    """
    if np.iscomplexobj(values):
        with np.errstate(over="ignore"):
            return np.asarray(np.square(values.real) + np.square(values.imag))
    if not has_power(quantity):
        raise InputError(
            f"The values are {title_of(quantity)}, which have no linear power and no decibels."
        )
    kind = np.float64 if values.dtype == np.float64 else np.float32
    real: Values = values.astype(kind, copy=False)
    family = QUANTITIES[quantity].family
    with np.errstate(over="ignore"):
        if family == "db":
            return np.asarray(np.power(kind(10), real * kind(0.1)))
        return np.square(real) if family == "amplitude" else real


def from_power(power: Values, quantity: Quantity) -> Values:
    """Undo `to_power` for real quantities; 0 is -inf dB, and what lies below 0 is NaN there."""
    family = QUANTITIES[quantity].family
    with np.errstate(divide="ignore", invalid="ignore"):
        if family == "db":
            return np.asarray(power.dtype.type(10) * np.log10(power))
        return np.sqrt(power) if family == "amplitude" else power


def are_comparable(first: Quantity, second: Quantity) -> bool:
    """Tell whether values of two quantities may be set against each other, as power if need be.

    A plain number may be anything. Two calibrations (sigma0, gamma0) differ by the ground's
    slope, so they are not one quantity; dB and linear power do not say which they are.
    """
    if "dn" in (first, second) or first == second:
        return True
    if {first, second} <= CALIBRATED:
        return False
    return is_radar(first) and is_radar(second)

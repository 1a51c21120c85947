"""The exact formulas of colours, and the tables made of them."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from satstudio.render.colormaps import Colours, packed

RATIOS = 192
"""Steps within an octant: at most 0.15 deg from the true phase."""
LEVELS = 512
"""Steps of r; together with RATIOS no channel is further than 1/255 from the exact formula."""
POWER_STEPS = 65536
LINEAR_STEPS = 65536

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]


def hsv_colours(turn: npt.ArrayLike, r: npt.ArrayLike) -> Colours:
    """Return the exact colours of hue `turn` (0..1), saturation 0.5 + r/2 and value r (0..1)."""
    hue, value = np.broadcast_arrays(np.asarray(turn, np.float64), np.asarray(r, np.float64))
    saturated = value * (0.5 + value / 2)

    def channel(n: int) -> Floats:
        k = (n + 6 * hue) % 6
        result: Floats = 255 * (value - saturated * np.clip(np.minimum(k, 4 - k), 0, 1))
        return result

    return packed(channel(5), channel(3), channel(1))


@lru_cache(maxsize=1)
def phase_turns() -> Floats:
    """Return the phase of each octant-and-ratio code as a share of a full turn, 0..1."""
    first = np.arctan(np.arange(RATIOS) / (RATIOS - 1)) / (2 * np.pi)
    octants = np.empty((2, 2, 2, RATIOS))  # im < 0, re < 0, |im| > |re|
    octants[0, 0, 0] = first
    octants[0, 0, 1] = 0.25 - first
    octants[0, 1] = 0.5 - octants[0, 0]
    octants[1] = 1 - octants[0]
    return octants.ravel()


@lru_cache(maxsize=1)
def hsv_table() -> Colours:
    """Return the colours of all phase codes x LEVELS steps of r (3 MB, made once)."""
    return hsv_colours(phase_turns()[:, None], np.arange(LEVELS) / (LEVELS - 1)).ravel()


@dataclass(frozen=True, slots=True)
class PowerSteps:
    """Float32 powers as steps between two limits: even in the bits of the float.

    Attributes
    ----------
    lowest, highest : bits of the limits; what lies outside counts as the limit
    shift : bits dropped; as few as the number of steps allows
    factor : put before the amplitude so that powers fit into float32; nearly always 1
    """

    lowest: int
    highest: int
    shift: int
    factor: float = 1.0

    @property
    def powers(self) -> Floats:
        """The power in the middle of each step (of the true amplitude, float64)."""
        count = ((self.highest - self.lowest) >> self.shift) + 1
        bits = (np.arange(count, dtype=np.int64) << self.shift) + self.lowest
        bits += (1 << self.shift) >> 1
        scaled = bits.astype(np.uint32).view(np.float32).astype(np.float64)
        return scaled / self.factor**2

    def codes(self, power: Floats32) -> npt.NDArray[np.uint32]:
        """Turn powers >= 0 into step numbers, in place; the result is a view of `power`."""
        bits = power.view(np.uint32)
        np.clip(bits, np.uint32(self.lowest), np.uint32(self.highest), out=bits)
        bits -= np.uint32(self.lowest)
        bits >>= np.uint32(self.shift)
        return bits


def power_steps(low: float, high: float, steps: int = POWER_STEPS) -> PowerSteps:
    """Choose steps for powers between two limits; a little more at both ends."""
    high = max(high, low)
    factor = 1.0
    if high > 1e37 or 0 < high < 1e-30:
        factor = 2.0 ** -float(np.clip(np.round(np.log2(high) / 2), -100, 100))
    ends = np.clip(np.array([low, high]) * factor**2, 0, 1e38).astype(np.float32)
    first, last = (int(bits) for bits in ends.view(np.uint32))
    first, last = max(first - 1, 0), last + 1
    shift = 0
    while (last - first) >> shift >= steps:
        shift += 1
    return PowerSteps(first, last, shift, factor)


def stretched(view: str, power: Floats, low: float, high: float, scale: float = 1.0) -> Floats:
    """Return the place (0..1) of a power between the limits of a view, before gamma."""
    return placed(power_value(view, power, scale), low, high)


def power_value(view: str, power: Floats, scale: float = 1.0) -> Floats:
    """Return what a view shows of a power: log(1 + scale |z|), |z|, |z|^2 or dB."""
    with np.errstate(all="ignore"):
        if view == "hsv":
            return np.log1p(scale * np.sqrt(power))
        if view == "amplitude":
            return np.sqrt(power)
        return 10 * np.log10(power) if view == "db" else power


def placed(value: Floats, low: float, high: float) -> Floats:
    """Return the place of a value between limits, 0..1; equal limits make a step."""
    if high <= low:
        return (value >= high).astype(np.float64)
    with np.errstate(all="ignore"):
        return np.clip((value - low) / (high - low), 0.0, 1.0)


def power_at(view: str, limit: float, scale: float = 1.0) -> float:
    """Return the power at which a view has this value."""
    if view == "db":
        return float(10.0 ** min(max(limit / 10, -300.0), 300.0))
    if view == "hsv":
        limit = math.expm1(min(max(limit, 0.0), 300.0)) / scale
    return max(limit, 0.0) if view == "intensity" else max(limit, 0.0) ** 2

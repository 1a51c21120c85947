"""Drift: where the spectrum lies along one axis of a block, and how it moves along that axis.

In TOPS bursts the antenna turns, so the Doppler centroid runs through the sampling rate within a
few hundred lines; of squinted spotlight scenes it moves with range. A centroid that is linear in
place is a quadratic phase, which is taken off before anything that needs a centred spectrum
(Miranda 2015, "Definition of the TOPS SLC deramping function").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
STRIP_PX = 16
"""Centres are measured on strips of this length along the axis: of Sentinel-1 they move by .1."""

SMOOTH = 5
"""So many strips are averaged."""

LEAST = 0.02
"""Correlation of neighbours' phases below which a strip is white and has no centre."""

WANDERS = 0.04
"""Cycles a pixel; from this deviation of centres over a scene on, each block has its own."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Centres of the spectrum in cycles a pixel at places (px) along the axis, linear between.

    One place stands for a centre that stays.
    """

    places: tuple[float, ...] = (0.0,)
    centres: tuple[float, ...] = (0.0,)

    @property
    def centre(self) -> float:
        """The mean centre, -0.5..0.5."""
        return (float(np.mean(self.centres)) + 0.5) % 1.0 - 0.5

    @property
    def runs(self) -> float:
        """How far the centre moves from the first to the last place, cycles a pixel."""
        return max(self.centres) - min(self.centres)

    def turns(self, places: npt.NDArray[Any]) -> npt.NDArray[np.complex64]:
        """Return what samples at places (n,), one after the other, are multiplied by."""
        if len(self.places) == 1:
            cycles = places * self.centres[0]
        else:
            cycles = np.cumsum(np.interp(places, self.places, self.centres))
        return np.asarray(np.exp(-2j * np.pi * (cycles % 1.0)), np.complex64)


def measure_drift(block: Samples, axis: int, start: int = 0) -> Drift:
    """Measure on a block (rows, cols), 0 where there is no data, that starts at place `start`.

    Phases count, not powers: a bright point says no more than a dark field. White blocks have
    centre 0.
    """
    lines = np.moveaxis(block, axis, 0)
    found = [_phase_step(lines[row : row + STRIP_PX]) for row in range(0, len(lines), STRIP_PX)]
    steps = np.array(found)
    noise = 1 / math.sqrt(max(STRIP_PX * lines.shape[1], 1))
    seen = np.abs(steps) > max(LEAST, 4 * noise)
    if not seen.any():
        return Drift()
    places = (start + (np.flatnonzero(seen) + 0.5) * STRIP_PX).tolist()
    centres = _smooth(np.unwrap(np.angle(steps[seen])) / (2 * math.pi)).tolist()
    if len(places) > 1:  # beyond the middles of the first and the last strip it goes on as before
        ends = (2 * centres[0] - centres[1], 2 * centres[-1] - centres[-2])
        away = (2 * places[0] - places[1], 2 * places[-1] - places[-2])
        places, centres = [away[0], *places, away[1]], [ends[0], *centres, ends[1]]
    return Drift(tuple(places), tuple(centres))


def common_centre(blocks: Sequence[Samples], axis: int) -> float:
    """Return one centre for several blocks, in cycles a pixel; 0 where they are white."""
    total = complex(np.mean([_phase_step(np.moveaxis(block, axis, 0)) for block in blocks]))
    return float(np.angle(total) / (2 * math.pi)) if abs(total) > LEAST else 0.0


def wanders(drifts: Sequence[Drift]) -> bool:
    """Tell whether the centres of blocks, or within blocks, are too far apart for a common one."""
    known = [drift for drift in drifts if drift != Drift()]
    if not known:
        return False
    length = abs(np.mean([np.exp(2j * math.pi * drift.centre) for drift in known]))
    deviation = math.sqrt(-2 * math.log(min(max(length, 1e-9), 1.0))) / (2 * math.pi)
    return deviation > WANDERS or float(np.median([drift.runs for drift in known])) > 3 * WANDERS


def _phase_step(lines: Samples) -> complex:
    """Return the mean product of neighbours' unit phasors along axis 0; 0 without power."""
    length = np.abs(lines)
    units = np.where(length > 0, lines / np.where(length > 0, length, 1), 0)
    count = np.count_nonzero((length[1:] > 0) & (length[:-1] > 0))
    return complex(np.vdot(units[:-1], units[1:]) / count) if count else 0j


def _smooth(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Average over SMOOTH values; beyond the ends they go on as before, so that slopes stay."""
    half = SMOOTH // 2
    if len(values) <= half:
        return values
    before, after = 2 * values[0] - values[half:0:-1], 2 * values[-1] - values[-2 : -half - 2 : -1]
    wide = np.concatenate([before, values, after])
    return np.convolve(wide, np.full(SMOOTH, 1 / SMOOTH), "valid")

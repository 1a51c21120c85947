"""Statistics: what a stretch needs to know of a scene, measured once from a fixed subsample."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from satstudio.core.quantity import to_power
from satstudio.core.raster import Quantity, Raster
from satstudio.render.tables import Floats, power_value
from satstudio.render.views import Limit, View

SAMPLE_PX = 65536
"""Limits of 2 and 98 % from so many samples of speckle are within 0.25 dB of the scene's."""
PERCENT = (2.0, 98.0)


class Sampled(Protocol):
    """What `measure` asks of a scene."""

    @property
    def dtype(self) -> str: ...  # noqa: D102 - as Scene has it

    def sample(self, count: int = ..., seed: int = ...) -> Raster:
        """Return full-resolution samples, (bands, 1, n), spread over the scene."""
        ...


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
        return np.maximum(to_power(self.samples[band], self.quantity), 0)


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


def _apart(low: float, high: float, view: str) -> tuple[float, float]:
    """Keep limits of a constant scene apart; log(1+|z|) stays, as its formula has r = 1 then."""
    if high > low or view == "hsv":
        return low, high
    half = max(abs(low) / 2, 0.5)
    return low - half, high + half

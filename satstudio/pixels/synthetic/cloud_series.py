"""cloud_series: dates of one ground under clouds, a radar image of it, and what no cloud hides."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.clouds import Clouded, CloudMaker, clouded, sky_of
from satstudio.pixels.synthetic.cover_spectra import YEAR_DAYS
from satstudio.pixels.synthetic.ground import decibels, speckled
from satstudio.pixels.synthetic.land_cover import Maker, land_cover
from satstudio.pixels.synthetic.random_fields import Rng
from satstudio.pixels.synthetic.sun import Sun

REVISIT_DAYS = 5
"""Of the two satellites of Sentinel-2."""

SAR_DAYS = 3
"""The radar passes so many days away from the target's date at most."""

CLOUD_MAKER: dict[Maker, CloudMaker] = {"fields": "fractal", "terrain": "cells"}


@dataclass(frozen=True, slots=True, eq=False)
class CloudSeries:
    """Some dates of a ground.

    Attributes
    ----------
    days : (frames,) of a year, rising; may pass its end
    frames : what is seen on each
    sar : (2, rows, cols) float32 sigma0 in dB of VV and VH
    sar_day : when
    target : (13, rows, cols) float32 reflectance of the middle date (frames // 2) without clouds,
        shadows and noise; in the haze of that day, as clear dates of real series are
    """

    days: tuple[int, ...]
    frames: tuple[Clouded, ...]
    sar: npt.NDArray[np.float32]
    sar_day: int
    target: npt.NDArray[np.float32]


def cloud_series(
    size: Size, seed: int, count: int = 3, looks: float = 4.4, maker: Maker = "fields"
) -> CloudSeries:
    """Return the made dates of a seed.

    Half of the series are at the top of the air, half corrected for what air scatters (levels 1C
    and 2A of Sentinel-2), all with haze. The cover of each date is drawn evenly between none and
    all, and one date in ten is all cloud; so the same place may be hidden on all dates, or a whole
    scene may.

    Parameters
    ----------
    looks : of the radar image; 4.4 has Sentinel-1 GRD in high resolution
    maker : of ground and clouds
    """
    rng = np.random.default_rng([seed, 7104])
    molecules = float(np.random.default_rng([seed, 7107]).integers(2))
    ground = land_cover(size, seed, maker)
    latitude = float(rng.uniform(38, 58))
    days = _days(rng, count)
    frames = []
    for day in days:
        wetness = _wetness(rng)
        scene = ground.reflectance(day, wetness)
        cover = 1.0 if rng.random() < 0.1 else float(rng.uniform(0, 1))
        sky = sky_of(rng, Sun.of(day, latitude), cover, CLOUD_MAKER[maker], molecules)
        frames.append(clouded(scene, sky, int(rng.integers(2**63))))
    sar_day = days[count // 2] + int(rng.integers(-SAR_DAYS, SAR_DAYS + 1))
    power = ground.backscatter(sar_day, _wetness(rng))
    sar = decibels(speckled(power, looks, rng))
    return CloudSeries(days, tuple(frames), sar, sar_day, frames[count // 2].cloudless)


def _days(rng: Rng, count: int) -> tuple[int, ...]:
    steps = REVISIT_DAYS * rng.integers(1, 5, count - 1)
    first = rng.integers(1, YEAR_DAYS + 1)
    return tuple(int(day) for day in first + np.concatenate([[0], np.cumsum(steps)]))


def _wetness(rng: Rng) -> float:
    """Return how wet the soil is: after one day of three it has rained."""
    return float(rng.uniform(0, 1) * (rng.random() < 0.35))

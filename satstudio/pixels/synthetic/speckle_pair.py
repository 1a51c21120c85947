"""speckle_pair: the intensity of one ground on two dates, each with speckle of its own.

What noise to noise learns from (Lehtinen et al. 2018; of two dates: Dalsasso et al. 2021, SAR2SAR).
Both dates pass the same system, so that their speckle is correlated alike; points keep their power
and get other phases; some of the ground may have changed between them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.phasor import intensity
from satstudio.pixels.synthetic.land_cover import land_cover
from satstudio.pixels.synthetic.random_fields import Rng, open_field
from satstudio.pixels.synthetic.reflectivities import KINDS, reflectivity_of
from satstudio.pixels.synthetic.scenes import bands_of, points_of, responses, surface

RadarMaker = Literal["kinds", "fields", "terrain"]
Power = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeckleModel:
    """What pairs are made of.

    Attributes
    ----------
    looks : images of a date that are averaged, each with its own speckle
    change : share of the ground that changes between the dates, in every second pair
    maker : of the ground: `reflectivities.KINDS`, or those of `land_cover`
    """

    looks: int = 1
    change: float = 0.05
    maker: RadarMaker = "kinds"


@dataclass(frozen=True, slots=True, eq=False)
class SpecklePair:
    """Two dates, and what is true of them.

    Attributes
    ----------
    first, second : (rows, cols) float32, linear power
    sigma0 : (rows, cols) float32, the expected power of the ground on the first date, without
        points
    changed : (rows, cols) where the second date has another
    """

    first: Power
    second: Power
    sigma0: Power
    changed: npt.NDArray[np.bool_]


def speckle_pair(size: Size, seed: int, model: SpeckleModel) -> SpecklePair:
    """Return the pair of a seed; its spectrum and noise are as `synthetic_scene` draws them."""
    rng = np.random.default_rng([seed, 7108])
    floor = float(10 ** rng.uniform(-3.5, -2.2)) if rng.random() < 0.8 else 0.0
    sigma = _ground(size, seed, rng, model.maker) + np.float32(floor)
    changed = np.zeros(sigma.shape, bool)
    later = sigma
    if model.change > 0 and rng.random() < 0.5:
        field = open_field(size, rng, 1.8)
        changed = field > np.quantile(field, 1 - model.change)
        step_db = rng.choice([-1, 1]) * rng.uniform(3, 9)
        later = np.where(changed, sigma * np.float32(10 ** (step_db / 10)), sigma)
    bands = bands_of(rng)
    points = points_of(sigma, 0.0, rng) if rng.random() < 0.5 else np.zeros((0, 3))

    def seen(ground: Power) -> Power:
        total = np.zeros(ground.shape, np.float32)
        for _ in range(model.looks):
            total += intensity(surface(ground, bands, rng) + responses(points, size, bands, rng))
        return total / np.float32(model.looks)

    return SpecklePair(seen(sigma), seen(later), sigma, changed)


def _ground(size: Size, seed: int, rng: Rng, maker: RadarMaker) -> Power:
    """Return sigma0 (rows, cols), linear, of one polarisation."""
    if maker == "kinds":
        return reflectivity_of(list(KINDS)[int(rng.integers(len(KINDS)))], size, seed)
    power = land_cover(size, seed, maker).backscatter(float(rng.uniform(1, 365)))
    return np.asarray(power[int(rng.integers(2))])

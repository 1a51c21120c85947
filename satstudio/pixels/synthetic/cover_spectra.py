"""Spectra and radar backscatter of land covers, by day of year.

Reflectances are of the ground in the 13 bands of Sentinel-2, rounded, of the order of those in
Bowker et al., "Spectral Reflectances of Natural Targets for Use in Remote Sensing Studies" (NASA
RP-1139, 1985), and of the spectral libraries of ASTER (Baldridge et al. 2009) and USGS (Kokaly et
al. 2017). Backscatter is sigma0 in C band at about 38 degrees, of the order of Ulaby and Dobson,
"Handbook of Radar Scattering Statistics for Terrain" (1989). No scene was fitted to.

The share of green leaves follows two logistic functions of the day, one up and one down (Zhang et
al. 2003; Beck et al. 2006); a pixel's reflectance is the mixture of its green and its bare state,
and so is its backscatter, linear (the two terms of Attema and Ulaby 1978, "Vegetation modeled as a
water cloud", without their attenuation).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]

BANDS = ("B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12")
WAVES_NM = (443, 490, 560, 665, 705, 740, 783, 842, 865, 945, 1375, 1610, 2190)
"""Of the 13 bands of Sentinel-2 (ESA, Sentinel-2 user handbook)."""

POLARISATIONS = ("VV", "VH")
YEAR_DAYS = 365

CIRRUS = BANDS.index("B10")
"""The band in which water vapour hides the ground (Gao et al. 1993)."""

GROUND_IN_B10 = 0.001

_SURFACES: Mapping[str, tuple[float, ...]] = {
    "crop": (0.03, 0.035, 0.08, 0.04, 0.12, 0.32, 0.42, 0.45, 0.47, 0.46, 0, 0.22, 0.10),
    "grass": (0.035, 0.045, 0.09, 0.055, 0.13, 0.26, 0.33, 0.35, 0.37, 0.36, 0, 0.24, 0.12),
    "leaves": (0.025, 0.03, 0.06, 0.03, 0.09, 0.28, 0.38, 0.40, 0.42, 0.41, 0, 0.18, 0.08),
    "needles": (0.02, 0.022, 0.04, 0.025, 0.06, 0.15, 0.20, 0.22, 0.23, 0.23, 0, 0.10, 0.05),
    "straw": (0.06, 0.08, 0.12, 0.17, 0.20, 0.23, 0.26, 0.29, 0.31, 0.32, 0, 0.36, 0.26),
    "litter": (0.04, 0.05, 0.07, 0.09, 0.11, 0.14, 0.17, 0.19, 0.21, 0.22, 0, 0.24, 0.16),
    "soil": (0.06, 0.08, 0.11, 0.15, 0.17, 0.19, 0.21, 0.23, 0.25, 0.26, 0, 0.31, 0.27),
    "sand": (0.14, 0.18, 0.25, 0.32, 0.35, 0.37, 0.39, 0.41, 0.42, 0.42, 0, 0.50, 0.48),
    "rock": (0.10, 0.12, 0.15, 0.18, 0.19, 0.20, 0.21, 0.22, 0.23, 0.23, 0, 0.28, 0.25),
    "clear": (0.05, 0.04, 0.03, 0.015, 0.012, 0.01, 0.01, 0.008, 0.007, 0.006, 0, 0.003, 0.002),
    "muddy": (0.06, 0.07, 0.10, 0.08, 0.07, 0.035, 0.035, 0.025, 0.02, 0.015, 0, 0.005, 0.003),
    "asphalt": (0.06, 0.07, 0.085, 0.095, 0.10, 0.105, 0.11, 0.115, 0.12, 0.125, 0, 0.14, 0.13),
    "concrete": (0.13, 0.16, 0.20, 0.23, 0.24, 0.25, 0.26, 0.27, 0.28, 0.28, 0, 0.31, 0.30),
    "tiles": (0.06, 0.07, 0.10, 0.20, 0.24, 0.26, 0.28, 0.30, 0.31, 0.31, 0, 0.36, 0.35),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Season:
    """When a cover is green, in days of the year.

    Attributes
    ----------
    middle, length : of the green time
    pace_days : of greening and of withering; small is sudden, as a harvest
    least, most : share of green leaves
    """

    middle: float = 182
    length: float = 365
    pace_days: float = 12
    least: float = 0.0
    most: float = 0.0


@dataclass(frozen=True, slots=True)
class Cover:
    """A land cover.

    Attributes
    ----------
    green, bare : surfaces that its pixels are mixed of
    green_db, bare_db : sigma0 of VV and of VH
    texture : standard deviation of the logarithm of its reflectance within a parcel
    drinks : 1 where rain wets the bare state, as soil; 0 where it does not
    """

    green: str
    bare: str
    season: Season
    green_db: tuple[float, float]
    bare_db: tuple[float, float]
    texture: float = 0.06
    drinks: float = 0.0


COVERS: Mapping[str, Cover] = {
    "winter crop": Cover(
        "crop", "soil", Season(125, 130, 9, 0.08, 0.95), (-12, -19), (-12.5, -21), 0.05, 1
    ),
    "summer crop": Cover(
        "crop", "soil", Season(212, 95, 9, 0.02, 0.95), (-9.5, -15.5), (-12.5, -21), 0.05, 1
    ),
    "ripe crop": Cover(
        "straw", "soil", Season(205, 60, 8, 0.05, 0.9), (-11, -18), (-13, -21.5), 0.05, 1
    ),
    "meadow": Cover(
        "grass", "straw", Season(180, 220, 18, 0.35, 0.95), (-11.5, -17.5), (-12.5, -19), 0.07, 0.4
    ),
    "broad-leaved forest": Cover(
        "leaves", "litter", Season(200, 165, 9, 0.05, 0.97), (-8.5, -14), (-9.5, -14.5), 0.10
    ),
    "coniferous forest": Cover(
        "needles", "litter", Season(190, 365, 30, 0.85, 0.95), (-9, -14.5), (-10, -15), 0.12
    ),
    "bare soil": Cover(
        "grass", "soil", Season(180, 200, 20, 0.0, 0.12), (-12, -18.5), (-13, -22), 0.06, 1
    ),
    "sand": Cover("grass", "sand", Season(), (-14, -22), (-17, -26), 0.05, 0.6),
    "rock": Cover("grass", "rock", Season(190, 120, 15, 0.0, 0.2), (-11, -18), (-11, -19), 0.15),
    "lake": Cover("muddy", "clear", Season(), (-21, -28), (-21, -28), 0.02),
    "river": Cover("muddy", "clear", Season(182, 365, 9, 0.7, 0.7), (-19, -27),
                   (-19, -27), 0.02),
    "road": Cover("grass", "asphalt", Season(), (-17, -25), (-17, -25), 0.05),
    "roofs": Cover("leaves", "tiles", Season(200, 165, 9, 0.0, 0.15), (-3, -10), (-3, -10), 0.15),
    "halls": Cover("grass", "concrete", Season(), (-1, -9), (-1, -9), 0.12),
    "gardens": Cover("grass", "soil", Season(190, 200, 18, 0.4, 0.8), (-7, -13), (-8, -14), 0.12),
}  # fmt: skip
"""By name; a `Ground` holds their places in this order."""

NAMES = tuple(COVERS)


def _table(which: str) -> Reals:
    table = np.array([_SURFACES[getattr(cover, which)] for cover in COVERS.values()])
    table[:, CIRRUS] = GROUND_IN_B10
    return table


GREEN, BARE = _table("green"), _table("bare")
"""Reflectance (covers, 13) of the states that a cover is mixed of."""

GREEN_POWER, BARE_POWER = (
    10 ** (np.array([getattr(cover, which) for cover in COVERS.values()]) / 10)
    for which in ("green_db", "bare_db")
)
"""Sigma0 (covers, 2), linear, of the same states: VV, VH."""

TEXTURE = np.array([cover.texture for cover in COVERS.values()])
DRINKS = np.array([cover.drinks for cover in COVERS.values()])


def greenness(day: Reals) -> Reals:
    """Return the share (covers, n) of green leaves of every cover on days (n,) of the year."""
    seasons = [cover.season for cover in COVERS.values()]
    found = []
    for season in seasons:
        away = (day - season.middle + YEAR_DAYS / 2) % YEAR_DAYS - YEAR_DAYS / 2
        half = season.length / 2
        up = 1 / (1 + np.exp(-(away + half) / season.pace_days))
        down = 1 / (1 + np.exp((away - half) / season.pace_days))
        found.append(season.least + (season.most - season.least) * up * down)
    return np.stack(found)

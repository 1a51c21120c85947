"""clouded: a clear scene as a satellite sees it through clouds, cirrus and haze.

One formula for every layer over a ground of reflectance r (adding method for isotropic layers; Van
de Hulst 1980, "Multiple Light Scattering"): R + T^2 r / (1 - R r), with R and T what the layer
reflects and passes.

* Clouds of water: R = g tau / (1 + g tau), g = 0.13 (Lacis and Hansen 1974), grey but for what
  droplets absorb at 1.6 and 2.2 um; above them, water vapour keeps light of B9 and B10.
* Cirrus lies above the vapour, so that B10 sees it and nothing else (Gao et al. 1993).
* Haze: optical depth beta (wave / 550 nm)^-1.3 (Angstrom 1929), of which a share is scattered up:
  most in the blue.
* Shadow: direct light passes T of the cloud that stands between ground and sun. That one is seen
  displaced by its height over the tangent of the sun's height, away from the sun. The rest of the
  light comes from the sky, most in the blue.
* Between dates the brightness of each band drifts (calibration, view angle) and the sensor adds
  noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cover_spectra import BANDS, CIRRUS, WAVES_NM
from satstudio.pixels.synthetic.random_fields import Reals, Rng, open_field, places
from satstudio.pixels.synthetic.sun import Sun

Flags = npt.NDArray[np.bool_]
CloudMaker = Literal["fractal", "cells"]

LACIS_HANSEN = 0.13
ICE = 0.1
"""The same factor for cirrus, whose crystals scatter more forward."""

ANGSTROM = 1.3
UPWARD = 0.2
"""Share of what haze scatters that goes up."""

CLOUD_SEEN, SHADOW_SEEN = 0.02, 0.93
"""A pixel is cloud from this reflectance of the layer on, shadow below this share of light."""
LARGEST_PX = 40
"""Radius of the largest heap."""

_BY_BAND = {
    "B9": (0.75, 0.9), "B10": (0.02, 1.0), "B11": (0.80, 0.7), "B12": (0.62, 0.55),
}  # fmt: skip
DROPLETS, CRYSTALS = (
    np.array([_BY_BAND.get(band, (1.0, 1.0))[which] for band in BANDS])[:, None, None]
    for which in (0, 1)
)
"""What share of R is left of clouds and of cirrus in each band."""

WAVES = np.array(WAVES_NM, np.float64)[:, None, None]
MICRONS = WAVES / 1000
MOLECULES = 0.00864 * MICRONS ** -(3.916 + 0.074 * MICRONS + 0.05 / MICRONS)
"""Optical depth of air by Rayleigh scattering at sea level (Leckner 1978); half of it goes up."""

SKY_LIGHT = 0.05 + 0.22 * (WAVES / WAVES_NM[0]) ** -2
"""Share of the light that comes from the sky, not from the sun, under a clear one."""


@dataclass(frozen=True, slots=True)
class Sky:
    """What lies between a satellite and the ground.

    Attributes
    ----------
    cover : share of the sky that clouds take, about; 0 none, 1 all
    haze : optical depth at 550 nm
    cirrus : optical depth of its thickest part; 0 none
    height_m : of the clouds over the ground
    sun : where it stands
    molecules : share of what air without dust scatters that is in the image: 1 at the top of the
        air (level 1C), 0 where it was corrected for (2A)
    maker : of the clouds: fractal (a turbulent field, cut off), cells (heaps of many sizes)
    """

    cover: float
    haze: float
    cirrus: float
    height_m: float
    sun: Sun
    maker: CloudMaker = "fractal"
    molecules: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Clouded:
    """A scene under a sky, and what is true of it.

    Attributes
    ----------
    pixels : (13, rows, cols) float32 reflectance at the top of the air
    cloudless : the same without clouds, shadows and noise; in the haze of the day
    cloud, shadow : (rows, cols) where clouds (or cirrus), and where their shadows, are seen
    """

    pixels: npt.NDArray[np.float32]
    cloudless: npt.NDArray[np.float32]
    cloud: Flags
    shadow: Flags

    @property
    def clear(self) -> Flags:
        """Where neither cloud nor shadow is seen."""
        return ~(self.cloud | self.shadow)


def sky_of(
    rng: Rng, sun: Sun, cover: float, maker: CloudMaker = "fractal", molecules: float = 0.0
) -> Sky:
    """Draw a sky of a cloud cover: haze of most days, cirrus on one day of three."""
    return Sky(
        cover=cover,
        haze=float(rng.lognormal(np.log(0.08), 0.6)),
        cirrus=float(rng.uniform(0.1, 1.5) * (rng.random() < 0.33)),
        height_m=float(rng.uniform(300, 1500)),
        sun=sun,
        maker=maker,
        molecules=molecules,
    )


def clouded(ground: npt.NDArray[np.float32], sky: Sky, seed: int, pixel_m: float = 10.0) -> Clouded:
    """Return a clear scene as it is seen through a sky.

    Parameters
    ----------
    ground : (13, rows, cols) reflectance, as `Ground.reflectance` gives it
    pixel_m : side of a pixel, which shadows are displaced by
    """
    rng = np.random.default_rng([seed, 7103])
    size = Size(*ground.shape[1:])
    above, toward_sun = _seen_and_shading(size, sky, rng, pixel_m)
    passed = 1 - _reflected(toward_sun, LACIS_HANSEN)
    lit = ground * (SKY_LIGHT + (1 - SKY_LIGHT) * passed)
    depth = sky.haze * (WAVES / 550) ** -ANGSTROM * (1 + 0.25 * open_field(size, rng, 2.0))
    air = sky.molecules * MOLECULES / 2
    scattered = np.clip(UPWARD * depth + air, 0, 0.6)
    scattered[CIRRUS] = 0
    hazy = _under(ground.astype(np.float64), scattered, 1 - scattered)
    seen = _under(lit, scattered, 1 - scattered)
    water = _reflected(above, LACIS_HANSEN)
    seen = _under(seen, water * DROPLETS, 1 - water)
    ice = _reflected(sky.cirrus * _fibres(size, rng), ICE)
    seen = _under(seen, ice * CRYSTALS, 1 - ice)
    drift = np.exp(rng.normal(0, 0.02, (len(BANDS), 1, 1)))
    seen = seen * drift
    seen = seen + rng.standard_normal(seen.shape) * (0.001 + seen / 150)
    is_cloud = water + ice > CLOUD_SEEN
    return Clouded(
        pixels=np.clip(seen, 0, 1.5).astype(np.float32),
        cloudless=np.clip(hazy * drift, 0, 1.5).astype(np.float32),
        cloud=is_cloud,
        shadow=(passed < SHADOW_SEEN) & ~is_cloud,
    )


def cloud_depth(size: Size, cover: float, rng: Rng, maker: CloudMaker = "fractal") -> Reals:
    """Return the optical depth (rows, cols) of clouds that take about this share of the sky."""
    if cover <= 0:
        return np.zeros((size.rows, size.cols))
    above = CLOUD_MAKERS[maker](size, cover, rng)
    thickest = float(np.exp(rng.uniform(np.log(4), np.log(60))))
    return np.asarray(thickest * np.clip(above, 0, 1.5) ** 1.3)


def _seen_and_shading(size: Size, sky: Sky, rng: Rng, pixel_m: float) -> tuple[Reals, Reals]:
    """Return the depth of the clouds over each pixel, and of those between it and the sun."""
    down, across = (round(each / pixel_m) for each in sky.sun.toward(sky.height_m))
    whole = Size(size.rows + abs(down), size.cols + abs(across))
    depth = cloud_depth(whole, sky.cover, rng, sky.maker)

    def part(row: int, col: int) -> Reals:
        return depth[row : row + size.rows, col : col + size.cols]

    return part(max(-down, 0), max(-across, 0)), part(max(down, 0), max(across, 0))


def _reflected(depth: Reals, factor: float) -> Reals:
    return np.asarray(factor * depth / (1 + factor * depth))


def _under(ground: Reals, reflected: Reals, passed: Reals) -> Reals:
    """Return what is seen of a ground under a layer."""
    return np.asarray(reflected + passed**2 * ground / (1 - reflected * ground))


def _fibres(size: Size, rng: Rng) -> Reals:
    """Return the shape of cirrus, 0 to 1."""
    return np.clip(0.5 * open_field(size, rng, 1.8) + rng.uniform(-0.5, 0.7), 0, 1)


# Each maker returns how far a cloud stands above its edge: 0 and less without a cloud, 1 inside.


def _fractal(size: Size, cover: float, rng: Rng) -> Reals:
    """Cut off a turbulent field: amplitude f^-1.33 is the -5/3 law of liquid water paths."""
    field = open_field(size, rng, rng.uniform(1.33, 2.0))
    closed = 10 * max(cover - 0.95, 0)  # a closed deck has no thin place
    return (field - float(np.quantile(field, max(1 - cover, 0)))) / 0.6 + closed


def _cells(size: Size, cover: float, rng: Rng) -> Reals:
    """Pile up heaps with n(r) ~ r^-2.3 (Cahalan and Joseph 1989), as many as the cover needs."""
    row, col = places(size)
    around = Size(size.rows + 2 * LARGEST_PX, size.cols + 2 * LARGEST_PX)
    left = -np.log(max(1 - cover, 0.01)) * around.pixels  # heaps lie at random, also on each other
    above = np.full((size.rows, size.cols), -1.0)
    while left > 0:
        radius = min(4.0 * float(rng.uniform(0.02, 1)) ** (-1 / 1.3), LARGEST_PX)
        area = np.pi * radius**2
        if rng.random() * area < left:
            down, across = rng.uniform(
                -LARGEST_PX, (size.rows + LARGEST_PX, size.cols + LARGEST_PX)
            )
            stretch = float(np.exp(rng.uniform(-0.5, 0.5)))
            away = np.hypot((row - down) * stretch, (col - across) / stretch) / radius
            above = np.maximum(above, (1 - away) * min(radius / 12, 1.5) * 1.6)
        left -= area
    return above + 0.1 * open_field(size, rng, 1.4) * (above > 0)


CLOUD_MAKERS: Mapping[CloudMaker, Callable[[Size, float, Rng], Reals]] = {
    "fractal": _fractal,
    "cells": _cells,
}

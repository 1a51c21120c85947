"""KINDS: synthetic reflectivities of many kinds of ground, from seeds, to learn from.

A reflectivity is sigma nought, linear: the power that a unit of area sends back, without speckle.
Levels follow Ulaby and Dobson, "Handbook of Radar Scattering Statistics for Terrain" (1989), from
still water at -25 dB to towns above 0 dB. What each kind stands for:

* fields: parcels (Voronoi cells) of one level each, as crops are;
* fractal: a Gaussian field of spectral slope 1 to 2 (amplitude), log-normal, as hills and forests;
* lines: walls, hedges, ditches of 1 to 3 px over fields;
* furrows: fields with rows of plants, periods of 3 to 12 px;
* roads: dark roads of 2 to 5 px with bright hedges beside them;
* town: blocks in a turned grid with walls towards the radar and shadows behind;
* water: a winding shore, dark water with swell behind it;
* texture: gamma distributed power with a correlation length (K distribution once speckled: Jakeman
  and Pusey 1976), as forests and rough sea;
* blocks: bright blocks of 1 to 4 px, as buildings and ships, which are no points;
* plain: one level, or a slow ramp.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.random_fields import (
    Rng,
    distance_to_line,
    gamma_of,
    places,
    smooth_field,
    spectral_field,
    voronoi,
)

Reals = npt.NDArray[np.float64]
DARKEST_DB, BRIGHTEST_DB = -25.0, -4.0
"""Mean levels of the ground; blocks and walls are brighter."""

LEAST_DB, MOST_DB = -28.0, 16.0
"""No pixel is darker or brighter."""


def reflectivity_of(kind: str, size: Size, seed: int) -> npt.NDArray[np.float32]:
    """Return the sigma nought (rows, cols) float32, linear and above 0, of a kind and a seed.

    Raises
    ------
    KeyError
        If there is no such kind; see `KINDS`.
    """
    rng = np.random.default_rng([seed, 7001])
    level = np.clip(KINDS[kind](size, rng), LEAST_DB, MOST_DB)
    return np.asarray(10 ** (level / 10), np.float32)


# Each kind returns dB.


def _fields(size: Size, rng: Rng) -> Reals:
    cell, _ = voronoi(size, rng, rng.uniform(10, 70))
    return _levels(int(cell.max()) + 1, rng)[cell]


def _fractal(size: Size, rng: Rng) -> Reals:
    field = spectral_field(size, rng, rng.uniform(1.0, 2.0))
    return _level(rng) + rng.uniform(2.0, 6.0) * field


def _lines(size: Size, rng: Rng) -> Reals:
    ground = _fields(size, rng)
    for _ in range(int(rng.integers(6, 25))):
        away = distance_to_line(size, rng, bend=rng.uniform(0, 0.1))
        width, step = rng.uniform(1, 3), rng.choice([-1, 1]) * rng.uniform(4, 14)
        ground = np.where(away < width / 2, ground + step, ground)
    return ground


def _furrows(size: Size, rng: Rng) -> Reals:
    cell, _ = voronoi(size, rng, rng.uniform(30, 110))
    count = int(cell.max()) + 1
    turn, period = rng.uniform(0, np.pi, count), rng.uniform(3, 12, count)
    row, col = places(size)
    along = row * np.sin(turn)[cell] + col * np.cos(turn)[cell]
    depth = rng.uniform(0, 4, count)[cell]
    return _levels(count, rng)[cell] + depth * np.sin(2 * np.pi * along / period[cell])


def _roads(size: Size, rng: Rng) -> Reals:
    ground = _fields(size, rng) if rng.random() < 0.6 else _fractal(size, rng)
    for _ in range(int(rng.integers(3, 9))):
        away = distance_to_line(size, rng, bend=rng.uniform(0, 0.3))
        half = rng.uniform(1, 2.5)
        if rng.random() < 0.5:
            ground = np.where(away < half + rng.uniform(1, 2), _level(rng) + 6, ground)
        ground = np.where(away < half, rng.uniform(-24, -16), ground)
    return ground


def _town(size: Size, rng: Rng) -> Reals:
    turn = rng.uniform(0, np.pi / 2)
    row, col = places(size)
    down, across = row * np.cos(turn) - col * np.sin(turn), row * np.sin(turn) + col * np.cos(turn)
    lot = rng.uniform(7, 18)
    number = (np.floor(down / lot).astype(int) * 7919 + np.floor(across / lot).astype(int)) % 4096
    inside = (down % lot > 0.25 * lot) & (across % lot > 0.25 * lot)
    roofs = rng.uniform(-10, 2, 4096)[number]
    roof = inside & (rng.random(4096)[number] < rng.uniform(0.4, 1))
    wall = roof & ~np.roll(roof, 1, axis=1)
    shadow = np.roll(roof, 2, axis=1) & ~roof
    ground = np.where(roof, roofs, rng.uniform(-16, -9))
    ground = np.where(wall, roofs + rng.uniform(4, 10), ground)
    ground = np.where(shadow, -22.0, ground)
    around = _fields(size, rng)
    return np.where(spectral_field(size, rng, 2.0) > rng.uniform(-0.7, 0.3), ground, around)


def _water(size: Size, rng: Rng) -> Reals:
    height = spectral_field(size, rng, 2.0)
    land = _fields(size, rng) if rng.random() < 0.5 else _fractal(size, rng)
    row, col = places(size)
    swell = rng.uniform(0, 2) * np.sin(2 * np.pi * (row + rng.uniform(-1, 1) * col) / 24)
    sea = rng.uniform(DARKEST_DB, -18) + swell + rng.uniform(0, 2) * spectral_field(size, rng, 1.5)
    return np.where(height > rng.uniform(-0.5, 0.5), land, sea)


def _texture(size: Size, rng: Rng) -> Reals:
    cell, _ = voronoi(size, rng, rng.uniform(40, 120))
    count = int(cell.max()) + 1
    length, order = rng.uniform(1.5, 6), rng.uniform(1.5, 8, count)[cell]
    rank = smooth_field(size, rng, length)
    rough: Reals = 10 * np.log10(gamma_of(rank, order))
    return _levels(count, rng)[cell] + rough


def _blocks(size: Size, rng: Rng) -> Reals:
    ground = _fields(size, rng) if rng.random() < 0.7 else _texture(size, rng)
    for _ in range(max(4, size.pixels // int(rng.integers(600, 4000)))):
        rows, cols = rng.integers(1, 5, 2)
        row, col = rng.integers(0, size.rows), rng.integers(0, size.cols)
        ground[row : row + rows, col : col + cols] = rng.uniform(-4, 12)
    return ground


def _plain(size: Size, rng: Rng) -> Reals:
    row, col = places(size)
    slope = rng.normal(0, 4, 2) / max(size.rows, size.cols) * (rng.random() < 0.5)
    return np.asarray(_level(rng) + slope[0] * row + slope[1] * col, np.float64)


KINDS: Mapping[str, Callable[[Size, Rng], Reals]] = {
    "fields": _fields,
    "fractal": _fractal,
    "lines": _lines,
    "furrows": _furrows,
    "roads": _roads,
    "town": _town,
    "water": _water,
    "texture": _texture,
    "blocks": _blocks,
    "plain": _plain,
}
"""By name: (size, rng) -> sigma nought in dB, (rows, cols) float64."""


# ---------------------------------------------------------------------------------------- parts


def _level(rng: Rng) -> float:
    return float(rng.uniform(-20, BRIGHTEST_DB))


def _levels(count: int, rng: Rng) -> Reals:
    """Draw levels; one parcel in eight is dark as water or tarmac."""
    levels = rng.uniform(-18, BRIGHTEST_DB, count)
    return np.where(rng.random(count) < 0.12, rng.uniform(DARKEST_DB, -18, count), levels)

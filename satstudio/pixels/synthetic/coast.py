"""A synthetic coast of known reflectivity: sea, fields, hills, forest, river, town, points.

Made of the patterns of `patterns.py` by +, -, *, / and comparison only, so one seed gives one
scene, to the last bit, on any machine and with any version of numpy.

Values are sigma nought, linear: the power that comes back from a unit of area. Typical levels at
C band, VV, from Ulaby and Dobson, "Handbook of Radar Scattering Statistics for Terrain" (1989):
sea -20 to -25 dB, bare soil -10 to -17 dB, crops -8 to -14 dB, forest -8 to -9 dB. The radar looks
from the left: near range is column 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.patterns import Dice, fractal, parcels, value_noise, wave

Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SEA, SLICK, SURF, BEACH, WATER = 0.0063, 0.0025, 0.04, 0.016, 0.0032
"""-22, -26, -14, -18 and -25 dB."""

CROPS = np.array([0.016, 0.028, 0.040, 0.056, 0.080, 0.126, 0.158, 0.045])
"""Fields: fallow -18, pasture -15.5, grass -14, wheat -12.5, soil -11, beet -9, maize -8 dB."""

FOREST, HEDGE, ROAD = 0.135, 0.17, 0.010
"""-8.7, -7.7, -20 dB."""

STREET, ROOF = 0.05, 0.28
"""-13, -5.5 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Point scatterers: corners of walls, ships, masts.

    Attributes
    ----------
    rows, cols : (n,) float64, positions in pixels (0 = middle of the first pixel)
    amplitude : (n,) float64, square root of the peak's power in units of sigma nought
    turns : (n,) float64, phase in turns, [0, 1)
    """

    rows: Reals
    cols: Reals
    amplitude: Reals
    turns: Reals


def reflectivity(size: Size, seed: int) -> npt.NDArray[np.float32]:
    """Return the sigma nought (rows, cols) float32, linear, of the synthetic scene of this seed."""
    height = _coast(size, seed)
    land = _land(size, seed)
    sigma = np.where(height > 0.006, land, BEACH)
    sigma = np.where(height < 0, _sea(size, seed), sigma)
    surf = (height < 0) & (height > -0.007 * (0.3 + value_noise(size, 24, Dice(seed, 3))))
    sigma = np.where(surf, SURF, sigma)
    sigma = np.where(_mole(size, height), HEDGE, sigma)
    return sigma.astype(np.float32)


def point_scatterers(size: Size, seed: int) -> Points:
    """Return the point scatterers of this seed: town, farms, ships, masts."""
    height, dice = _coast(size, seed), Dice(seed, 40)
    density = _town(size, seed)
    tries = size.pixels // 64
    rows, cols = dice.uniform(tries) * (size.rows - 1), dice.uniform(tries) * (size.cols - 1)
    here = rows.astype(int), cols.astype(int)
    chance = 0.5 * density[here] * density[here] + 0.002
    is_kept = (dice.uniform(tries) < chance) & (height[here] > 0.01)
    strength = 0.35 / (0.03 + dice.uniform(tries)) + 0.4
    town = rows[is_kept], cols[is_kept], strength[is_kept]
    parts = [town, _ships(size, height, dice), _masts(size, height)]
    joined = [np.concatenate([part[axis] for part in parts]) for axis in range(3)]
    return Points(joined[0], joined[1], joined[2], dice.uniform(len(joined[0])))


# --------------------------------------------------------------------------------------- ground


def _coast(size: Size, seed: int) -> Reals:
    """Height above the water line, in no unit: below 0 is sea, the left third of the scene."""
    row, col = _grid(size)
    ramp = col / size.cols - 0.33 + 0.16 * (row / size.rows - 0.5)
    dice = Dice(seed, 1)
    return ramp + 0.80 * (fractal(size, max(size.cols // 3, 8), 6, dice) - 0.5)


def _land(size: Size, seed: int) -> Reals:
    fields, is_woody = _fields(size, seed)
    sigma = fields * _relief(size, seed)
    woods = is_woody & (fractal(size, 90, 3, Dice(seed, 11)) > 0.63)
    sigma = _with_trees(sigma, woods, value_noise(size, 3, Dice(seed, 12)))
    sigma = _with_town(sigma, _town(size, seed), seed)
    sigma = _with_river(sigma, size, seed)
    return _with_road(sigma, size)


def _relief(size: Size, seed: int) -> Reals:
    """How much more a slope sends back that faces the radar (cosine law, as a ratio)."""
    _, col = _grid(size)
    hills = fractal(size, max(size.cols // 6, 8), 5, Dice(seed, 10))
    rise = np.zeros_like(hills)
    rise[:, 2:-2] = hills[:, 4:] - hills[:, :-4]
    is_hilly = np.clip(2.2 * col / size.cols - 0.95, 0.0, 1.0)
    tilt = np.clip(rise * 28.0 * is_hilly, -0.65, 0.65)
    return (1 + tilt) / (1 - tilt)


def _fields(size: Size, seed: int) -> tuple[Reals, Flags]:
    """Parcels of crops with rows of plants, tracks and hedges; and where woods may grow."""
    row, col = _grid(size)
    bend = fractal(size, 160, 2, Dice(seed, 13)), fractal(size, 160, 2, Dice(seed, 14))
    down = (12 * row + 5 * col) / 13 + 46 * bend[0] + 4
    across = (12 * col - 5 * row) / 13 + 46 * bend[1] + 5 * size.rows / 13 + 4
    side = (size.rows + size.cols) + 128
    parcel, border = parcels(side, side, 34, Dice(seed, 15))
    here = np.clip(down.astype(int), 0, side - 1), np.clip(across.astype(int), 0, side - 1)
    number, edge = parcel[here], border[here]
    dice = Dice(seed, 16)
    count = int(parcel.max()) + 1
    crop = CROPS[(dice.uniform(count) * len(CROPS)).astype(int)][number]
    period, depth = 5 + 5 * dice.uniform(count), 0.75 * dice.uniform(count) - 0.2
    along = np.where((dice.uniform(count) < 0.6)[number], down, across)
    rows_of_plants = 1 + np.clip(depth, 0.0, 0.5)[number] * wave(along / period[number])
    damp = 0.7 + 0.6 * fractal(size, 40, 3, Dice(seed, 17))
    sigma = crop * rows_of_plants * damp
    hedges = value_noise(size, 20, Dice(seed, 18)) > 0.45
    sigma = np.where((edge == 1) & hedges, HEDGE, sigma)
    return np.where(edge == 2, ROAD, sigma), edge != 2


def _with_trees(sigma: Reals, woods: Flags, crowns: Reals) -> Reals:
    """Put forest where `woods` is: bright towards the radar, a shadow behind."""
    front = woods & ~_moved(woods, 3)
    behind = _moved(woods, 5) & ~woods
    sigma = np.where(woods, FOREST * (0.45 + 1.1 * crowns), sigma)
    return np.where(front, 2 * FOREST, np.where(behind, 0.25 * sigma, sigma))


def _town(size: Size, seed: int) -> Reals:
    """How built-up a place is, 0..1: a town near the middle and a village."""
    row, col = _grid(size)
    ragged = 0.1 + 1.8 * fractal(size, 100, 4, Dice(seed, 20))
    places = ((0.46, 0.54, 0.15), (0.85, 0.80, 0.05), (0.14, 0.78, 0.035))
    total = np.zeros((size.rows, size.cols))
    for down, across, radius in places:
        r = (row / size.rows - down) / radius
        c = (col / size.cols - across) / radius
        total = np.maximum(total, np.clip(1.25 * ragged - (r * r + c * c), 0.0, 1.0))
    return total


def _with_town(sigma: Reals, density: Reals, seed: int) -> Reals:
    """Put streets and roofs where the town is."""
    rows, cols = sigma.shape
    row, col = _grid(Size(rows, cols))
    down = (24 * row - 7 * col) / 25 + 7 * cols / 25
    across = (24 * col + 7 * row) / 25
    side = rows + cols + 16
    lot, border = parcels(side, side, 7, Dice(seed, 21))
    here = down.astype(int), across.astype(int)
    dice = Dice(seed, 22)
    count = int(lot.max()) + 1
    roofs = (ROOF * (0.12 + 1.9 * dice.uniform(count) * dice.uniform(count)))[lot[here]]
    is_roof = border[here] == 0
    wall, shadow = is_roof & ~_moved(is_roof, 1), _moved(is_roof, 2) & ~is_roof
    built = np.where(is_roof, np.where(wall, 6 * roofs, roofs), STREET)
    built = np.where(shadow, 0.35 * built, built)
    is_built = density > 0.25 * dice.uniform(count)[lot[here]] + 0.02
    return np.where(is_built, built, sigma)


def _with_river(sigma: Reals, size: Size, seed: int) -> Reals:
    """Put a winding river from the right edge to the sea, wider and wider, trees beside it."""
    row, col = _grid(size)
    line = Size(1, size.cols)
    winding = fractal(line, max(size.cols // 5, 8), 3, Dice(seed, 30))
    middle = size.rows * (0.58 + 0.16 * (winding - 0.5) * 2)
    slope = np.zeros_like(middle)
    slope[:, 1:] = middle[:, 1:] - middle[:, :-1]
    half = (4 + 9 * (1 - col / size.cols)) * (1 + 0.4 * np.abs(slope))
    away = np.abs(row - middle)
    trees = (away < half + 4) & (value_noise(size, 12, Dice(seed, 31)) > 0.4)
    return np.where(away < half, WATER, np.where(trees, HEDGE, sigma))


def _with_road(sigma: Reals, size: Size) -> Reals:
    """Put a straight motorway with two carriageways; over water its rail is bright."""
    row, col = _grid(size)
    away = np.abs((col - 0.72 * size.cols) + 0.23 * (row - 0.5 * size.rows))
    is_bridge = sigma == WATER
    lanes = np.where(away < 1, HEDGE, ROAD)
    return np.where(away < 4, np.where(is_bridge, 1.2, lanes), sigma)


# ------------------------------------------------------------------------------------------ sea


def _sea(size: Size, seed: int) -> Reals:
    """Swell in groups, wind streaks, a slick, less power at far range."""
    row, col = _grid(size)
    bend = 30 * fractal(size, 200, 2, Dice(seed, 4))
    swell = wave((3 * col + 2 * row + bend) / 78) * value_noise(size, 110, Dice(seed, 5))
    gusts = 0.6 + 0.8 * fractal(size, 150, 4, Dice(seed, 6))
    sigma = SEA * (1.25 - 0.5 * col / size.cols) * gusts * (1 + 0.7 * swell)
    streak = fractal(size, 70, 3, Dice(seed, 7)) + 0.0016 * np.abs(
        row - 0.80 * size.rows - 0.5 * col
    )
    cover = np.clip((0.46 - streak) * 14, 0.0, 1.0)
    return sigma + (SLICK - sigma) * cover


def _mole(size: Size, height: Reals) -> Flags:
    """Two breakwaters before the town."""
    row, col = _grid(size)
    upper, lower = 0.44 * size.rows + 0.10 * col, 0.545 * size.rows - 0.06 * col
    is_near = (height < 0.004) & (height > -0.11)
    return is_near & ((np.abs(row - upper) < 2.5) | (np.abs(row - lower) < 2.5))


def _ships(size: Size, height: Reals, dice: Dice) -> tuple[Reals, Reals, Reals]:
    """Fourteen ships, each some corners in a line."""
    rows, cols, strength = dice.uniform(14, 1), 0.3 * dice.uniform(14, 1), dice.uniform(14, 7)
    step = np.arange(7) * (0.8 + dice.uniform(14, 1))
    slant = 2 * dice.uniform(14, 1) - 1
    row = rows * (size.rows - 60) + 30 + step * slant
    col = cols * (size.cols - 60) + 30 + step * (1 - np.abs(slant))
    at_sea = height[row[:, 0].astype(int), col[:, 0].astype(int)] < -0.03
    amplitude = 0.3 + 1.8 * strength * strength
    return row[at_sea].ravel(), col[at_sea].ravel(), amplitude[at_sea].ravel()


def _masts(size: Size, height: Reals) -> tuple[Reals, Reals, Reals]:
    """Fifteen masts of a wind farm at sea."""
    down, across = np.divmod(np.arange(15), 3)
    row = size.rows * (0.10 + 0.052 * down) + 0.3 * across
    col = size.cols * (0.05 + 0.05 * across + 0.008 * down)
    at_sea = height[row.astype(int), col.astype(int)] < -0.02
    return row[at_sea], col[at_sea], np.full(int(at_sea.sum()), 1.7)


# ---------------------------------------------------------------------------------------- parts


def _grid(size: Size) -> tuple[Reals, Reals]:
    """Row (rows, 1) and column (1, cols) numbers."""
    return np.arange(size.rows, dtype=np.float64)[:, None], np.arange(size.cols, dtype=np.float64)[
        None, :
    ]


def _moved(flags: Flags, cols: int) -> Flags:
    out = np.zeros_like(flags)
    out[:, cols:] = flags[:, :-cols]
    return out

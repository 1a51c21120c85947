"""land_cover: made pieces of land, from seeds, by makers that have little in common.

Who learns from the ground of one maker is evaluated on that of the other:

* fields: Voronoi parcels of crops and meadows, woods, a winding river, lakes, straight roads, a
  town of blocks in a turned grid; every parcel has its own brightness and its own season; level;
* terrain: a fractal height with water below and rock above, forests by height, fields in strips on
  low ground, hamlets; lit from a side; spectra are tilted and bent, not jittered band by band.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cover_spectra import BANDS, NAMES, WAVES_NM
from satstudio.pixels.synthetic.ground import Ground
from satstudio.pixels.synthetic.random_fields import (
    Reals,
    Rng,
    distance_to_line,
    open_field,
    places,
    voronoi,
)

Maker = Literal["fields", "terrain"]
Where = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

FARMLAND = ("winter crop", "summer crop", "ripe crop", "meadow", "bare soil")
DELAY_DAYS = 10.0
"""Standard deviation of the seasons of parcels of one cover."""


def land_cover(size: Size, seed: int, maker: Maker = "fields") -> Ground:
    """Return the made ground of a seed and a maker; of any size from one pixel on."""
    return MAKERS[maker](size, np.random.default_rng([seed, 7101, list(MAKERS).index(maker)]))


class _Plan:
    """Parcels as they are painted one over the other, and the cover of each."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.parcel: Numbers = np.zeros((size.rows, size.cols), np.int64)
        self.covers: list[int] = []

    def paint(self, where: Where, covers: tuple[str, ...], numbers: Numbers | None = None) -> None:
        """Paint parcels of these covers; `numbers` says which one a pixel is of, None: one."""
        which = np.zeros_like(self.parcel) if numbers is None else numbers
        self.parcel = np.where(where, which + len(self.covers), self.parcel)
        self.covers += [NAMES.index(cover) for cover in covers]

    def ground(self, rng: Rng, tint: Reals, height: Reals | None = None) -> Ground:
        """Return the ground of these parcels."""
        count = len(self.covers)
        flat = np.zeros((self.size.rows, self.size.cols))
        shade, relief_db = (1 + flat, flat) if height is None else _lit(height, rng)
        return Ground(
            parcel=self.parcel,
            cover=np.array(self.covers),
            delay_days=rng.normal(0, DELAY_DAYS, count),
            tint=tint,
            gain_db=rng.normal(0, 1.0, count),
            texture=open_field(self.size, rng, rng.uniform(0.3, 1.1)),
            shade=shade,
            relief_db=relief_db,
        )


def _lit(height: Reals, rng: Rng) -> tuple[Reals, Reals]:
    """Return the illumination of slopes and what they add to backscatter, from two sides."""
    padded = np.pad(height, ((0, 1), (0, 1)), "edge")
    down, across = np.diff(padded, axis=0)[:, :-1], np.diff(padded, axis=1)[:-1]
    steep = max(float(np.hypot(down, across).std()), 1e-9)
    turn = rng.uniform(0, 2 * np.pi)
    toward_sun = (down * np.cos(turn) + across * np.sin(turn)) / steep
    shade = np.clip(1 + rng.uniform(0.02, 0.12) * toward_sun, 0.5, 1.5)
    return shade, np.clip(rng.uniform(0.3, 1.2) * across / steep, -4, 4)


def _fields(size: Size, rng: Rng) -> Ground:
    plan = _Plan(size)
    everywhere = np.ones((size.rows, size.cols), bool)
    numbers, _ = voronoi(size, rng, rng.uniform(9, 30))
    weights = rng.dirichlet(np.ones(len(FARMLAND)))
    plan.paint(everywhere, _chosen(FARMLAND, int(numbers.max()) + 1, rng, weights), numbers)
    wood = open_field(size, rng, 2.0) > rng.uniform(-0.2, 2.5)
    plan.paint(wood, _chosen(("broad-leaved forest", "coniferous forest"), 1, rng))
    if rng.random() < 0.5:
        _town(plan, open_field(size, rng, 2.2) > rng.uniform(0, 1.5), rng)
    if rng.random() < 0.3:
        plan.paint(open_field(size, rng, 2.5) > rng.uniform(0.8, 1.8), ("lake",))
    if rng.random() < 0.6:
        river = distance_to_line(size, rng, rng.uniform(0, 0.5)) < rng.uniform(1, 4.5)
        plan.paint(river, ("river",))
    for _ in range(int(rng.integers(0, 4))):
        road = distance_to_line(size, rng, rng.uniform(0, 0.1)) < rng.uniform(0.4, 1.1)
        plan.paint(road, ("road",))
    count = len(plan.covers)
    of_cover = rng.normal(0, 0.06, (len(NAMES), len(BANDS)))[plan.covers]
    own = rng.normal(0, 0.10, (count, 1)) + rng.normal(0, 0.03, (count, len(BANDS)))
    return plan.ground(rng, np.exp(of_cover + own))


def _town(plan: _Plan, where: Where, rng: Rng) -> None:
    """Paint blocks of roofs, halls and gardens, with streets between."""
    turn, lot = rng.uniform(0, np.pi / 2), rng.uniform(4, 11)
    down, across = _turned(plan.size, turn)
    numbers = _hashed(np.floor(down / lot), np.floor(across / lot), 128)
    street = (down % lot < 1) | (across % lot < 1)
    weights = np.array([0.45, 0.15, 0.4])
    blocks = _chosen(("roofs", "halls", "gardens"), 128, rng, weights)
    plan.paint(where, blocks, numbers)
    plan.paint(where & street, ("road",))


def _terrain(size: Size, rng: Rng) -> Ground:
    plan = _Plan(size)
    height = open_field(size, rng, rng.uniform(1.5, 2.0))
    patches = open_field(size, rng, 1.4)
    plan.paint(height > -np.inf, ("meadow",))
    down, across = _turned(size, rng.uniform(0, np.pi))
    numbers = _hashed(np.floor(down / rng.uniform(14, 60)), np.floor(across / rng.uniform(4, 14)))
    weights = rng.dirichlet(np.full(len(FARMLAND), 0.7))
    farmed = (height < rng.uniform(-0.2, 0.8)) & (patches > -0.8)
    plan.paint(farmed, _chosen(FARMLAND, 256, rng, weights), numbers)
    forest = height + 0.6 * patches
    plan.paint(forest > rng.uniform(0.2, 1.2), ("broad-leaved forest",))
    plan.paint(forest > rng.uniform(0.8, 2.0), ("coniferous forest",))
    plan.paint(height + 0.2 * patches > rng.uniform(1.5, 2.4), ("rock",))
    _hamlets(plan, rng)
    shore = rng.uniform(-2.6, -0.9)
    plan.paint(height < shore + rng.uniform(0.02, 0.2), ("sand",))
    plan.paint(height < shore, ("lake",))
    return plan.ground(rng, _tilted(plan.covers, rng), height)


def _hamlets(plan: _Plan, rng: Rng) -> None:
    """Paint scattered houses in some places."""
    row, col = places(plan.size)
    for _ in range(int(rng.poisson(plan.size.pixels / 4000))):
        down, across = rng.uniform(0, plan.size.rows), rng.uniform(0, plan.size.cols)
        away2 = (row - down) ** 2 + (col - across) ** 2
        lived_in = np.exp(-away2 / (2 * rng.uniform(3, 10) ** 2))
        numbers = _hashed(row // 2 + 0 * col, col // 2 + 0 * row, 64)
        built = rng.random(64)[numbers] < 0.6 * lived_in
        plan.paint(lived_in > 0.4, ("gardens",))
        plan.paint(built, _chosen(("roofs", "halls"), 64, rng, np.array([0.85, 0.15])), numbers)


def _tilted(covers: list[int], rng: Rng) -> Reals:
    """Return factors (parcels, 13) that tilt and bend spectra over the logarithm of the wave."""
    wave = np.log(np.array(WAVES_NM))
    wave = 2 * (wave - wave.min()) / (wave.max() - wave.min()) - 1
    forms = np.stack([np.ones_like(wave), wave, 1.5 * wave**2 - 0.5])
    of_cover = rng.uniform(-1, 1, (len(NAMES), 3)) * (0.12, 0.12, 0.08)
    own = rng.laplace(0, 1, (len(covers), 3)) * (0.06, 0.03, 0.02)
    return np.asarray(np.exp((of_cover[covers] + own) @ forms))


def _turned(size: Size, turn: float) -> tuple[Reals, Reals]:
    row, col = places(size)
    return row * np.cos(turn) - col * np.sin(turn), row * np.sin(turn) + col * np.cos(turn)


def _hashed(down: Reals, across: Reals, count: int = 256) -> Numbers:
    """Return numbers below `count` of places in a grid, neighbours unlike each other."""
    return (down.astype(np.int64) * 7919 + across.astype(np.int64) * 104_729) % count


def _chosen(
    covers: tuple[str, ...], count: int, rng: Rng, weights: Reals | None = None
) -> tuple[str, ...]:
    return tuple(covers[index] for index in rng.choice(len(covers), count, p=weights))


MAKERS: Mapping[Maker, Callable[[Size, Rng], Ground]] = {"fields": _fields, "terrain": _terrain}

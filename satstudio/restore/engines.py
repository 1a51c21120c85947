"""Engine: what restores blocks of a scene; BaselineEngine: a classic filter as one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.quantity import Quantity, from_power, to_power
from satstudio.core.raster import Mask, Pixels
from satstudio.core.system.machine import task_threads
from satstudio.restore.baselines import PREFIX, Baseline
from satstudio.restore.blocks import Block, Samples, TileGrid
from satstudio.restore.quantities import check_power
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene

Values = npt.NDArray[Any]
Tick = Callable[[float], None]
"""Called with the share of a block that is done; may raise Cancelled."""

Places = tuple[int, ...]


class KeptTiles(Protocol):
    """Answers of tiles that outlive a process which is killed."""

    def found(self, row: int, col: int) -> Values | None:
        """Return what an earlier start made of the tile at a row and column."""
        ...

    def keep(self, row: int, col: int, answer: Values) -> None:
        """Keep what was made of a tile."""
        ...


PointsMask = Callable[[Window], Mask]
"""Gives where (rows, cols) of a window points are stronger than the ground around them."""

InventedMask = Callable[[Window], Mask]
"""Of a window of the scene gives (rows, cols) on the result's grid."""

BASELINE_SIDE_PX = 768
FILTER_BYTES = 256
"""Of a pixel while a filter works on it: some dozens of numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What `run` takes.

    Attributes
    ----------
    images : by role, as the network takes them; of a filter the only one, under ""
    good : (rows, cols) of `block.keep` on the result's grid, where there are data; None: where the
        scene itself has some
    """

    images: Mapping[str, Values]
    good: Mask | None = None


class Engine(Protocol):
    """What restores blocks of one scene.

    `prepare` and `finish` run beside `run`, on another thread.

    Attributes
    ----------
    name, sha256 : which model; the name of a baseline is its identity
    grid, side_px : tiles, and the side of blocks where it is not free (None)
    tiles : those in which the work is done, on a grid that may not be the scene's
    quantity, bands : of the result; it is complex where the quantity is
    remark : what the user should know about this model on this scene; empty where all is well
    tags : what the file of the result records of what was fitted on this scene
    points_mask : where points were found; None where nobody looks for them
    ratio : pixels of the result for one of the scene, along an axis
    invented : gives where (rows, cols) of the result of a window of the scene no image shows the
        ground, so that values are invented; None where there are no such values
    reads : bands of the scene (from 0) that `prepare` is given
    bands_read : bands that are read in all, for one pixel of the scene
    """

    name: str
    sha256: str
    grid: TileGrid
    tiles: TileGrid
    side_px: int | None
    quantity: Quantity
    bands: tuple[str, ...]
    remark: str
    tags: Mapping[str, str]
    points_mask: PointsMask | None
    ratio: Fraction
    invented: InventedMask | None
    reads: tuple[int, ...]
    bands_read: float

    def prepare(self, samples: Samples, block: Block) -> Prepared:
        """Return the samples of `block.read` as `run` takes them."""
        ...

    def run(
        self, prepared: Prepared, block: Block, tick: Tick, kept: KeptTiles | None = None
    ) -> Values:
        """Return the restored values of `block.keep`, in the model's numbers."""
        ...

    def finish(self, made: Values, block: Block) -> Pixels:
        """Return (bands, rows, cols) physical values of `block.keep`, on the result's grid."""
        ...

    def tile_bytes(self, tile_px: int) -> int:
        """Return how much memory a tile of this side takes, about."""
        ...

    def known(self, made: Values) -> Mask | None:
        """Return where (rows, cols) of the result values count, by itself; None: everywhere."""
        ...

    def seams(self, keep: Window) -> tuple[Places, Places]:
        """Return the rows and columns of a block's `keep` at which another of its tiles begins."""
        ...

    def close(self) -> None:
        """Close the scenes that were opened beside the first."""
        ...


def chosen_bands(scene: Scene, recipe: RestoreRecipe) -> tuple[int, ...]:
    """Return the bands (from 0) of the recipe, all where it names none."""
    bands = recipe.bands or tuple(range(len(scene.bands)))
    if max(bands) >= len(scene.bands):
        raise InputError(f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {max(bands)}.")
    return bands


class BaselineEngine:
    """A classic filter; of complex samples it takes the intensity."""

    def __init__(self, name: str, baseline: Baseline, scene: Scene, recipe: RestoreRecipe) -> None:
        self.name = self.sha256 = PREFIX + name
        self.remark = "" if baseline.takes_samples else check_power(scene, name)
        self.tags: Mapping[str, str] = {}
        self.points_mask: PointsMask | None = None
        self._baseline = baseline
        self._recipe = baseline.chosen(
            name, recipe.changed(threads=recipe.threads or task_threads())
        )
        halo = baseline.halo_px(self._recipe) if recipe.halo_px is None else recipe.halo_px
        self.grid = TileGrid(recipe.tile_px or BASELINE_SIDE_PX + 2 * halo, halo, is_fixed=False)
        self.tiles = self.grid
        self.side_px: int | None = self.grid.step
        self._quantity = scene.quantity
        is_power = scene.is_complex and not baseline.takes_samples
        self.quantity: Quantity = "power" if is_power else scene.quantity
        self.reads = chosen_bands(scene, recipe)
        self.bands = tuple(scene.bands[band] for band in self.reads)
        self.bands_read = float(len(self.bands))
        self.ratio = Fraction(1)
        self.invented: InventedMask | None = None

    def prepare(self, samples: Samples, block: Block) -> Prepared:
        """Return linear power with NaN where there is no data, or the samples as they are."""
        if self._baseline.takes_samples:
            return Prepared({"": samples.values})
        with np.errstate(over="ignore"):
            power = to_power(samples.values, self._quantity)
        return Prepared({"": np.where(samples.good, power, np.float32(np.nan))})

    def run(
        self, prepared: Prepared, block: Block, tick: Tick, kept: KeptTiles | None = None
    ) -> Values:
        """Filter a block in one go; it has no tiles to keep."""
        restored: Values = self._baseline.function(prepared.images[""], self._recipe)
        tick(1.0)
        return restored[:, *block.inner]

    def finish(self, made: Values, block: Block) -> Pixels:
        """Return the quantity of the result."""
        return made if self._baseline.takes_samples else from_power(made, self.quantity)

    def tile_bytes(self, tile_px: int) -> int:
        """Return what filters keep beside each other, about."""
        return tile_px**2 * len(self.bands) * FILTER_BYTES

    def known(self, made: Values) -> Mask | None:
        """Leave it to the scene's own data."""
        return None

    def seams(self, keep: Window) -> tuple[Places, Places]:
        """Return none: a block is filtered in one go."""
        return (), ()

    def close(self) -> None:
        """Nothing was opened."""

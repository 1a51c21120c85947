"""Engine: a model file or a baseline, ready for one scene; refuses what does not fit."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError, ModelError
from satstudio.core.files import sha256_of
from satstudio.core.grid import Window
from satstudio.core.quantity import Quantity, from_power, to_power
from satstudio.core.raster import Mask, Pixels
from satstudio.core.settings import task_threads
from satstudio.pixels.phasor import deinterleave, intensity, interleave
from satstudio.pixels.scaling import scaled, unscaled
from satstudio.restore.baselines import PREFIX, Baseline
from satstudio.restore.blocks import Block, BlockReader, Samples, TileGrid
from satstudio.restore.centring import measure_centre
from satstudio.restore.gain import fit_gain, gain_tags
from satstudio.restore.model_file import ModelFile
from satstudio.restore.quantities import Exchange, check_power
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene

Values = npt.NDArray[Any]
Tick = Callable[[float], None]
"""Called with the share of a block that is done; may raise Cancelled."""

PointsMask = Callable[[Window], Mask]
"""Gives where (rows, cols) of a window points are stronger than the ground around them."""

BASELINE_SIDE_PX = 768
STRIP_ROWS = 64


class Engine(Protocol):
    """What restores blocks of one scene.

    `prepare` and `finish` run beside `run`, on another thread.

    Attributes
    ----------
    name, sha256 : which model; the name of a baseline is its identity
    grid, side_px : tiles, and the side of blocks where it is not free (None)
    quantity, bands : of the result; it is complex where the quantity is
    remark : what the user should know about this model on this scene; empty where all is well
    tags : what the file of the result records of what was fitted on this scene
    points_mask : where points were found; None where nobody looks for them
    """

    name: str
    sha256: str
    grid: TileGrid
    side_px: int | None
    quantity: Quantity
    bands: tuple[str, ...]
    remark: str
    tags: Mapping[str, str]
    points_mask: PointsMask | None

    def prepare(self, samples: Samples, block: Block) -> Values:
        """Return the samples of `block.read` as `run` takes them."""
        ...

    def run(self, prepared: Values, block: Block, tick: Tick) -> Values:
        """Return the restored values of `block.keep`, in the model's numbers."""
        ...

    def finish(self, made: Values, block: Block) -> Pixels:
        """Return (bands, rows, cols) physical values of `block.keep`."""
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
        self._recipe = recipe.changed(threads=recipe.threads or task_threads())
        halo = baseline.halo_px(recipe) if recipe.halo_px is None else recipe.halo_px
        self.grid = TileGrid(recipe.tile_px or BASELINE_SIDE_PX + 2 * halo, halo, is_fixed=False)
        self.side_px: int | None = self.grid.step
        self._quantity = scene.quantity
        is_power = scene.is_complex and not baseline.takes_samples
        self.quantity: Quantity = "power" if is_power else scene.quantity
        self.bands = tuple(scene.bands[band] for band in chosen_bands(scene, recipe))

    def prepare(self, samples: Samples, block: Block) -> Values:
        """Return linear power with NaN where there is no data, or the samples as they are."""
        if self._baseline.takes_samples:
            return samples.values
        with np.errstate(over="ignore"):
            power = to_power(samples.values, self._quantity)
        return np.where(samples.good, power, np.float32(np.nan))

    def run(self, prepared: Values, block: Block, tick: Tick) -> Values:
        """Filter a block in one go."""
        restored = self._baseline.function(prepared, self._recipe)
        tick(1.0)
        return restored[:, *block.inner]

    def finish(self, made: Values, block: Block) -> Pixels:
        """Return the quantity of the result."""
        return made if self._baseline.takes_samples else from_power(made, self.quantity)


class ModelEngine:
    """A network, run tile by tile.

    Its output is in the numbers of the card's scaling, as its input is. A despeckler of complex
    samples gives amplitudes (one channel a band) or complex samples (two), of which the result
    is the intensity.
    """

    def __init__(self, net: ModelFile, scene: Scene, recipe: RestoreRecipe) -> None:
        card = net.card
        self._net = net
        self.name, self.sha256 = net.path.name, sha256_of(net.path)
        bands = chosen_bands(scene, recipe)
        halo = card.halo_px if recipe.halo_px is None else recipe.halo_px
        self.grid = TileGrid(recipe.tile_px or card.tile_px, halo, card.size_multiple)
        self.side_px: int | None = None
        names = tuple(scene.bands[band] for band in bands)
        is_same = card.bands_out == len(names)
        self.bands = names if is_same else tuple(f"band{n + 1}" for n in range(card.bands_out))
        self._is_despeckler = card.task == "despeckle" and card.is_complex
        self.quantity: Quantity = "power" if self._is_despeckler else scene.quantity
        self._exchange = Exchange(card, scene)
        self._scaling = fit_gain(card, scene, bands, self._exchange)
        self.tags: Mapping[str, str] = gain_tags(card, self._scaling)
        self.points_mask: PointsMask | None = None
        self._reader = BlockReader(scene, bands)
        is_centred = getattr(scene.source, "is_centred", False) or not self._is_despeckler
        self._centre = None if is_centred else measure_centre(scene, bands)
        self.remark = self._centre.remark if self._centre is not None else ""

    def prepare(self, samples: Samples, block: Block) -> Values:
        """Return (1, channels, rows, cols) float32 in the network's numbers."""
        values = self._exchange.taken(self._reader.filled(samples))
        if self._centre is not None:
            values = self._centre.removed(values, block.read)
        card = self._net.card
        strips = []  # scaling takes several times the memory of what it scales
        for row in range(0, values.shape[1], STRIP_ROWS):
            strip = scaled(values[:, row : row + STRIP_ROWS], self._scaling)[None]
            strips.append(interleave(strip) if card.is_complex else strip)
        return np.concatenate(strips, axis=2)

    def run(self, prepared: Values, block: Block, tick: Tick) -> Values:
        """Run the network on each tile and keep what each is responsible for."""
        grid, keep = self.grid, block.keep
        rows, cols = grid.starts(keep.row, keep.end_row), grid.starts(keep.col, keep.end_col)
        made: Values | None = None
        for index, (row, col) in enumerate((row, col) for row in rows for col in cols):
            top, left = row - grid.margin - block.read.row, col - grid.margin - block.read.col
            batch = prepared[..., top : top + grid.tile_px, left : left + grid.tile_px]
            answer = self._answer(np.ascontiguousarray(batch))
            if made is None:
                made = np.empty((answer.shape[0], keep.rows, keep.cols), np.float32)
            target, source = _kept(row, col, block, grid)
            made[:, *target] = answer[:, *source]
            tick((index + 1) / (len(rows) * len(cols)))
        if made is None:
            raise InputError(f"Window {keep} is empty.")
        return made

    def finish(self, made: Values, block: Block) -> Pixels:
        """Undo the scaling and its gain; of a despeckler's answer take the intensity."""
        card = self._net.card
        is_pairs = card.is_complex and len(made) == 2 * card.bands_out
        result = np.empty((card.bands_out, *made.shape[1:]), self._dtype)
        for row in range(0, made.shape[1], STRIP_ROWS):
            strip = made[:, row : row + STRIP_ROWS]
            numbers = deinterleave(strip[None])[0] if is_pairs else strip
            if self._is_despeckler and not is_pairs:
                numbers = np.maximum(numbers, 0)
            values = unscaled(numbers, self._scaling)
            given = intensity(values) if self._is_despeckler else self._exchange.given(values)
            result[:, row : row + STRIP_ROWS] = given
        return result

    @property
    def _dtype(self) -> str:
        return "complex64" if self.quantity == "complex" else "float32"

    def _answer(self, batch: Values) -> Values:
        """Return (channels, rows, cols) of one tile; raises ModelError for any other shape."""
        answer = self._net.run(batch)
        card = self._net.card
        wanted = {card.bands_out * (2 if card.is_complex else 1)}
        if self._is_despeckler:
            wanted.add(card.bands_out)
        if answer.ndim != 4 or answer.shape[2:] != batch.shape[2:] or answer.shape[1] not in wanted:
            raise ModelError(
                f"{self.name} gives {answer.shape} for {batch.shape}, which is not what its card "
                "says; export it again."
            )
        tile: Values = answer[0]
        return tile


def _kept(
    row: int, col: int, block: Block, grid: TileGrid
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where a tile's own pixels go in the block, and where they lie in the tile."""
    first_row, first_col = max(row, block.keep.row), max(col, block.keep.col)
    end_row = min(row + grid.step, block.keep.end_row)
    end_col = min(col + grid.step, block.keep.end_col)
    down, across = grid.margin - row, grid.margin - col
    return (
        (
            slice(first_row - block.keep.row, end_row - block.keep.row),
            slice(first_col - block.keep.col, end_col - block.keep.col),
        ),
        (
            slice(first_row + down, end_row + down),
            slice(first_col + across, end_col + across),
        ),
    )

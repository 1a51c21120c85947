"""around: whitening, points and mean power around a model or a filter of complex scenes.

    scene -> points out -> white, on a coarser grid -> model -> back -> points in -> one gain

Each part can be left out. A model sees the white scene as if it were any other; what is measured
is measured on the whole scene, whatever part of it is restored.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from satstudio.core.errors import InputError, ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels
from satstudio.pixels.spectral.axis_spectrum import STEPS
from satstudio.pixels.spectral.deblurring import REACH_PX, without_leakage
from satstudio.pixels.spectral.whitening import back, nearest_filled
from satstudio.restore.baselines import baseline_name
from satstudio.restore.blocks import Block, BlockReader, Samples, TileGrid
from satstudio.restore.engines import (
    Engine,
    KeptTiles,
    Places,
    PointsMask,
    Prepared,
    Tick,
    Values,
    chosen_bands,
)
from satstudio.restore.models.first_card import Part
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.scene import Scene
from satstudio.scenes.white.source import CORE_PX, WhiteSource

PARTS_TAG = "SATSTUDIO_PARTS"
GAIN_TAG = "SATSTUDIO_POWER_GAIN_DB"
MOST_GAIN_DB = 1.0
GAIN_EVERY, MOST_PLACES = 10, 9
"""The gain is fitted on one of so many blocks of a scene, on so many in all at most."""

MOST_GAINS = 64
MOST_BLOCK_PX = 1024
SLACK_PX = 12
"""White pixels that a block reads beyond its share: the kernel's, and the model's multiple."""

_GAINS: OrderedDict[tuple[str, ...], tuple[float, ...]] = OrderedDict()


def chosen_parts(
    of_card: tuple[Part, ...], scene: Scene, recipe: RestoreRecipe
) -> tuple[Part, ...]:
    """Return what is to be done around a model whose card says `of_card`.

    Raises
    ------
    InputError
        If a part is switched on for a scene that is not complex.
    """
    said = {"whitening": recipe.whitening, "points": recipe.points, "power": recipe.power}
    wanted: tuple[Part, ...] = tuple(
        part for part in PARTS if said[part] == "on" or (said[part] == "card" and part in of_card)
    )
    asked = [part for part in wanted if said[part] == "on"]
    if asked and not scene.is_complex:
        raise InputError(
            f"{scene.name} holds {scene.dtype} values; {' and '.join(asked)} need complex samples."
        )
    return wanted


def around(
    scene: Scene,
    parts: tuple[Part, ...],
    make: Callable[[Scene], Engine],
    recipe: RestoreRecipe,
    progress: Progress,
) -> Engine:
    """Return the engine that `make` gives for a scene, with these parts around it."""
    if not parts or not scene.is_complex:  # then the model itself says what it takes
        return make(scene)
    source = WhiteSource(scene, whitening="whitening" in parts, points="points" in parts)
    inner = make(source.as_scene())
    if inner.quantity != "power" or inner.ratio != 1:
        raise ModelError(
            f"{inner.name} gives no power; whitening, points and mean power are for despeckling."
        )
    return _Around(source, inner, parts, recipe, progress)


class _Around:
    """An engine of the white scene, as one of the scene."""

    def __init__(
        self,
        source: WhiteSource,
        inner: Engine,
        parts: tuple[Part, ...],
        recipe: RestoreRecipe,
        progress: Progress,
    ) -> None:
        scene = source.scene
        self._source = source
        self._inner = inner
        self._bands = self.reads = chosen_bands(scene, recipe)
        self.bands_read = inner.bands_read
        self.ratio = inner.ratio
        self.invented = inner.invented
        self._reader = BlockReader(source.as_scene(), self._bands)
        self.name, self.sha256 = inner.name, inner.sha256
        self._is_learned = baseline_name(inner.name) is None
        self.quantity, self.bands = inner.quantity, inner.bands
        self.points_mask: PointsMask | None = self._mask if "points" in parts else None
        side = _side(inner, source)
        self.grid = TileGrid(side, 0, is_fixed=False)
        self.tiles = inner.tiles
        self.side_px: int | None = side
        self._gains = (1.0,) * len(self._bands)
        gain_text = {}
        remarks = [inner.remark] if inner.remark else []
        if "power" in parts:
            gains_db = self._fitted(scene, parts, recipe, progress)
            bounded = tuple(min(max(gain, -MOST_GAIN_DB), MOST_GAIN_DB) for gain in gains_db)
            self._gains = tuple(10 ** (gain / 10) for gain in bounded)
            gain_text = {GAIN_TAG: ", ".join(f"{gain:+.3f}" for gain in bounded)}
            if bounded != gains_db:
                worst = max(gains_db, key=abs)
                remarks.append(
                    f"The mean power differs from the scene's by {-worst:+.1f} dB, of which "
                    f"{MOST_GAIN_DB:g} dB are made good; another model may fit this scene better."
                )
        self.remark = " ".join(remarks)
        self.tags: Mapping[str, str] = {
            **inner.tags,
            PARTS_TAG: ", ".join(parts),
            **gain_text,
        }

    def prepare(self, samples: Samples, block: Block) -> Prepared:
        """Return the white samples of a block, as the model takes them."""
        there = self._inside(block.keep)
        return self._inner.prepare(self._reader.read(there.read), there)

    def run(
        self, prepared: Prepared, block: Block, tick: Tick, kept: KeptTiles | None = None
    ) -> Values:
        """Restore the white samples."""
        return self._inner.run(prepared, self._inside(block.keep), tick, kept)

    def finish(self, made: Values, block: Block) -> Pixels:
        """Return linear power (bands, rows, cols) on the scene's grid."""
        return np.stack(
            [
                np.float32(gain) * ground + self._source.points_power(block.keep, band)
                for band, gain, ground in zip(
                    self._bands, self._gains, self._grounds(made, block.keep), strict=True
                )
            ]
        )

    def tile_bytes(self, tile_px: int) -> int:
        """Return what the model takes."""
        return self._inner.tile_bytes(tile_px)

    def known(self, made: Values) -> Mask | None:
        """Leave it to the scene's own data."""
        return None

    def seams(self, keep: Window) -> tuple[Places, Places]:
        """Return where the model's tiles begin, brought from the white scene to the scene."""
        found = self._inner.seams(self._inside(keep).keep)
        ends = ((keep.row, keep.end_row), (keep.col, keep.end_col))
        rows, cols = (
            tuple(place for one in white if first < (place := one * STEPS // kept) < end)
            for white, kept, (first, end) in zip(found, self._source.kept, ends, strict=True)
        )
        return rows, cols

    def close(self) -> None:
        """Close what the model has open."""
        self._inner.close()

    def _mask(self, window: Window) -> Mask:
        """Return where (rows, cols) points are stronger than the ground, in any band."""
        masks = [self._source.points_mask(window, band) for band in self._bands]
        found: Mask = np.logical_or.reduce(masks)
        return found

    def _inside(self, keep: Window) -> Block:
        """Return what the model keeps and reads of the white scene for a window of the scene."""
        white = self._source.covering(keep)
        row, end_row = self._inner.grid.reach(white.row, white.end_row)
        col, end_col = self._inner.grid.reach(white.col, white.end_col, 1)
        return Block(white, Window(row, col, end_row - row, end_col - col))

    def _grounds(self, made: Values, keep: Window) -> Pixels:
        """Return the restored power on the scene's grid, without points and gain."""
        there = self._inside(keep)
        power = self._inner.finish(made, there)
        grounds = []
        for band, plane in zip(self._bands, power, strict=True):
            first = (there.keep.row, there.keep.col)
            filled = nearest_filled(plane)
            if self._is_learned:  # a filter leaves speckle, which this would raise
                filled = without_leakage(filled, self._source.kept)
            ground = back(filled, self._source.kept, first, keep)
            grounds.append(np.where(self._source.empty(keep, band), 0, ground))
        return np.stack(grounds)

    def _fitted(
        self, scene: Scene, parts: tuple[Part, ...], recipe: RestoreRecipe, progress: Progress
    ) -> tuple[float, ...]:
        """Return the gain of each band in dB, fitted once a scene, model and choice."""
        choice = recipe.changed(window=None, threads=None, tile_px=None, power="on")
        key = (scene.identity, self.sha256, ",".join(parts), choice.model_dump_json())
        if key not in _GAINS:
            _GAINS[key] = self._fit(scene, progress)
            while len(_GAINS) > MOST_GAINS:
                _GAINS.popitem(last=False)
        return _GAINS[key]

    def _fit(self, scene: Scene, progress: Progress) -> tuple[float, ...]:
        before, after = np.zeros(len(self._bands)), np.zeros(len(self._bands))
        text, places = f"Measuring the mean power of {scene.name}", _places(scene)
        for number, window in enumerate(places):
            part = progress.part(number / len(places), (number + 1) / len(places))
            tick = partial(part.report, text=text)
            tick(0.0)
            there = self._inside(window)
            prepared = self._inner.prepare(self._reader.read(there.read), there)
            made = self._inner.run(prepared, there, tick)
            valid = scene.read(window, bands=[0]).valid
            for index, ground in enumerate(self._grounds(made, window)):
                noisy = self._source.residual(window, self._bands[index])
                good = valid & np.isfinite(ground) & (ground > 0)
                before[index] += noisy[good].sum(dtype=np.float64)
                after[index] += ground[good].sum(dtype=np.float64)
        return tuple(
            10 * math.log10(noisy / ground) if noisy > 0 and ground > 0 else 0.0
            for noisy, ground in zip(before, after, strict=True)
        )


def _places(scene: Scene) -> list[Window]:
    """Return blocks from one corner of a scene to the other, the same whatever the tiles.

    As few as keep the fit cheap: one of GAIN_EVERY that the scene holds.
    """
    size = scene.grid.size
    count = min(max(round(size.pixels / CORE_PX**2 / GAIN_EVERY), 1), MOST_PLACES)
    places = []
    for share in (np.arange(count) + 0.5) / count:
        row, rows = _core(share, size.rows)
        col, cols = _core(share, size.cols)
        places.append(Window(row, col, rows, cols))
    return places


def _core(share: float, length: int) -> tuple[int, int]:
    """Return start and length of the block at a share of a side."""
    start = int(share * -(-length // CORE_PX)) * CORE_PX
    return start, min(CORE_PX, length - start)


def _side(inner: Engine, source: WhiteSource) -> int:
    """Return the side of blocks on the scene that fills the model's tiles best."""
    most = min(max(source.kept), STEPS)
    slack = SLACK_PX + (2 * REACH_PX if min(source.kept) < STEPS else 0)
    tiles = max((MOST_BLOCK_PX * most // STEPS + slack) // inner.grid.step, 1)
    white = tiles * inner.grid.step - slack if inner.grid.is_fixed else MOST_BLOCK_PX
    side = max(white, 1) * STEPS // most
    return max(min(side, MOST_BLOCK_PX), 64)

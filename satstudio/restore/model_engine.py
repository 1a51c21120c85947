"""ModelEngine: a network run tile by tile over all its inputs; its answers kept, or blended."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction

import numpy as np

from satstudio.core.errors import InputError, ModelError
from satstudio.core.grid import Window
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.quantity import quantity_named
from satstudio.core.raster import Mask, Pixels, Quantity, Raster
from satstudio.core.scaling import Scaling
from satstudio.pixels.phasor import deinterleave, intensity
from satstudio.pixels.scaling import unscaled
from satstudio.restore.blending import Blend
from satstudio.restore.blocks import Block, Samples, TileGrid
from satstudio.restore.by_role.masks import frame_masks, valid_of
from satstudio.restore.by_role.network import Network
from satstudio.restore.centring import Centre, measure_centre
from satstudio.restore.engines import (
    InventedMask,
    KeptTiles,
    Places,
    PointsMask,
    Prepared,
    Tick,
    Values,
)
from satstudio.restore.gain import fit_gain, gain_tags
from satstudio.restore.inputs import STRIP_ROWS, open_inputs
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.pixel_size import pixel_size_remark
from satstudio.restore.quantities import Exchange
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.geometry.align import ALIGNED_TAG
from satstudio.scenes.geometry.rescaled import edge, scaled_window
from satstudio.scenes.scene import Scene

TILES_REMARK = (
    "The model normalises each tile by what it sees there: its result depends on the tile size."
)

HALF = 0.5
"""Of a mask that tiles were blended into."""


class ModelEngine:
    """A network, or a baseline of images by role, run tile by tile.

    Each input and output has its own scaling. A despeckler of complex samples gives amplitudes (one
    channel a band) or complex samples (two), of which the result is the intensity. An output that
    holds what the first input holds is brought back to what the scene holds.

    A pixel of the result is valid where each input is; of frames that have masks, where any is. A
    model that fills gaps fills those of its masks: of masks that are given, where any frame has
    data; else where another image has some, or as far from data as its halo reaches. A network
    whose second output is a mask of its first says itself where its values count.
    """

    def __init__(
        self, net: Network, scene: Scene, recipe: RestoreRecipe, progress: Progress
    ) -> None:
        self._opened = ExitStack()
        try:
            self._inputs = open_inputs(net.card, net.name, scene, recipe, self._opened)
            net = self._net = net.fitted(self._inputs, progress)
        except BaseException:
            self._opened.close()
            raise
        card = net.card
        first, out = self._inputs[0].frames[0], card.outputs[0]
        self.name, self.sha256 = net.name, net.sha256
        self._mask = next((port for port in card.outputs if port.mask_of == out.role), None)
        self.invented: InventedMask | None = self._unseen if card.fills_gaps else None
        self.grid = self.tiles = _tiles(card, scene, recipe)
        self.side_px: int | None = None
        self.ratio = out.scale
        self.reads = first.bands
        self.bands_read = sum(each.bands_read for each in self._inputs)
        self.bands = _names(card, tuple(scene.bands[band] for band in first.bands))
        self._is_despeckler = card.task == "despeckle" and card.is_complex
        self._exchange = Exchange(card.quantity, scene)
        self._gives_back = not out.quantity or out.quantity == card.quantity
        self.quantity: Quantity = self._quantity(scene, out)
        taken = fit_gain(card, scene, first.bands, self._exchange)
        self._inputs[0].rescale(taken)
        self._scaling = taken if out.scaling == card.scaling else _scaling(out)
        self.tags: Mapping[str, str] = {**gain_tags(card, taken), **self._said(), **net.tags}
        self.points_mask: PointsMask | None = None
        self._centre = _centre(scene, first.bands) if self._is_despeckler else None
        remarks = (
            self._centre.remark if self._centre is not None else "",
            pixel_size_remark(card.first, self.name, scene),
            TILES_REMARK if card.test_time == "tile_statistics" else "",
            net.remark,
        )
        self.remark = " ".join(filter(None, remarks))

    def prepare(self, samples: Samples, block: Block) -> Prepared:
        """Read the other images, and bring all into the network's numbers."""
        found = {
            each.port.role: each.read(block.read, None if number else samples)
            for number, each in enumerate(self._inputs)
        }
        images: dict[str, Values] = {}
        for each in self._inputs:
            role = each.port.role
            if each.port.mask_of is None:
                centre = self._centre if each is self._inputs[0] else None
                images[role] = each.numbers(found[role], block.read, centre)
            else:
                masks = frame_masks(self._inputs, each, found, block.read)
                images[role] = each.masks(masks, block.read)
        if len(self._inputs) == 1 and len(self._inputs[0].frames) == 1 and self.ratio == 1:
            return Prepared(images)
        windows = block.read, block.keep
        reach = self.grid.margin if self._net.card.fills_gaps else None
        return Prepared(images, valid_of(self._inputs, found, windows, self.ratio, fills_px=reach))

    def run(
        self, prepared: Prepared, block: Block, tick: Tick, kept: KeptTiles | None = None
    ) -> Values:
        """Run the network on each tile and keep what each is responsible for, or blend them."""
        grid, keep = self.grid, block.keep
        rows = grid.starts(keep.row, keep.end_row, 0)
        cols = grid.starts(keep.col, keep.end_col, 1)
        target = scaled_window(keep, self.ratio)
        blend = Blend(grid, self.ratio, target) if grid.blended else None
        made: Values | None = None
        kept = kept if len(rows) * len(cols) > 1 else None  # else the block itself is kept as soon
        for index, (row, col) in enumerate((row, col) for row in rows for col in cols):
            answer = None if kept is None else kept.found(row, col)
            if answer is None:
                answer = self._answer(self._tile(prepared, row, col, block))
                if kept is not None:
                    kept.keep(row, col, answer)
            if made is None:
                made = np.zeros((answer.shape[0], target.rows, target.cols), np.float32)
            if blend is None:
                place, source = _kept(row, col, block, grid, self.ratio)
                made[:, *place] = answer[:, *source]
            else:
                blend.add(made, answer, row, col)
            tick((index + 1) / (len(rows) * len(cols)))
        if made is None:
            raise InputError(f"Window {keep} is empty.")
        return made if blend is None else blend.whole(made, rows, cols)

    def finish(self, made: Values, block: Block) -> Pixels:
        """Undo the scaling and its gain; of a despeckler's answer take the intensity."""
        out = self._net.card.outputs[0]
        count = out.band_count or 1
        made = made if self._mask is None else made[:-1]
        is_pairs = len(made) == 2 * count
        result = np.empty((count, *made.shape[1:]), self._dtype)
        for row in range(0, made.shape[1], STRIP_ROWS):
            strip = made[:, row : row + STRIP_ROWS]
            numbers = deinterleave(strip[None])[0] if is_pairs else strip
            if self._is_despeckler and not is_pairs:
                numbers = np.maximum(numbers, 0)
            values = unscaled(numbers, self._scaling)
            if self._is_despeckler:
                values = intensity(values)
            elif self._gives_back:
                values = self._exchange.given(values)
            result[:, row : row + STRIP_ROWS] = values
        return result

    def tile_bytes(self, tile_px: int) -> int:
        """Return what the network keeps while it makes a tile."""
        return self._net.tile_bytes({e.port.role: e.shape(tile_px) for e in self._inputs})

    def known(self, made: Values) -> Mask | None:
        """Return what the network says itself."""
        return None if self._mask is None else made[-1] > HALF

    def frame(self, role: str, number: int, window: Window) -> Raster:
        """Return what image `number` (from 0) of a role shows in a window of the scene."""
        each = next(each for each in self._inputs if each.port.role == role)
        frame = each.frames[number]
        there = each.window(window).clipped(frame.scene.grid.size)
        return frame.scene.read(there, bands=frame.bands)

    def _unseen(self, window: Window) -> Mask:
        """Return where no image shows the ground, of what the result gives values of."""
        found = {each.port.role: each.read(window) for each in self._inputs}
        return ~valid_of(self._inputs, found, (window, window), self.ratio)

    def seams(self, keep: Window) -> tuple[Places, Places]:
        """Return where tiles begin that are not the block's first."""
        grid = self.grid
        return grid.seams(keep.row, keep.end_row), grid.seams(keep.col, keep.end_col, 1)

    def close(self) -> None:
        """Close the scenes of the other inputs."""
        self._opened.close()

    @property
    def _dtype(self) -> str:
        return "complex64" if self.quantity == "complex" else "float32"

    def _quantity(self, scene: Scene, out: BoundPort) -> Quantity:
        if self._is_despeckler:
            return "power"
        if out.is_complex:
            return "complex"
        own = quantity_named(out.quantity)
        if self._gives_back:
            return own or "dn" if scene.is_complex else scene.quantity
        return own or "dn"

    def _said(self) -> dict[str, str]:
        """Return what the result records of its other images."""
        frames = [(each.port.role, frame) for each in self._inputs for frame in each.frames]
        if len(frames) == 1:
            return {}
        images = "; ".join(f"{role}={frame.scene.name}" for role, frame in frames)
        moved = [
            f"{frame.scene.name}: {frame.scene.tags[ALIGNED_TAG]}"
            for _, frame in frames
            if ALIGNED_TAG in frame.scene.tags
        ]
        said = {"SATSTUDIO_INPUTS": images}
        return {**said, ALIGNED_TAG: "; ".join(moved)} if moved else said

    def _tile(self, prepared: Prepared, row: int, col: int, block: Block) -> dict[str, Values]:
        """Return what the network is fed of a tile whose own pixels start at a row and column."""
        grid = self.grid
        tile = Window(row - grid.margin, col - grid.margin, grid.tile_px, grid.tile_px)
        inner = tile.moved(-block.read.row, -block.read.col)
        fed = {}
        for each in self._inputs:
            rows, cols = scaled_window(inner, each.port.scale).slices
            image = prepared.images[each.port.role]
            fed[each.port.role] = np.ascontiguousarray(image[..., rows, cols])
        return fed

    def _answer(self, tile: Mapping[str, Values]) -> Values:
        """Return (channels, rows, cols) of one tile, its mask behind them, if there is one.

        Raises ModelError for any other shape.
        """
        out = self._net.card.outputs[0]
        answers = self._net.answers(tile)
        answer = answers[out.role]
        count = out.band_count or 1
        wanted = {count, 2 * count} if self._is_despeckler else {count * (1 + out.is_complex)}
        side = int(self.grid.tile_px * self.ratio)
        if answer.ndim != 4 or answer.shape[2:] != (side, side) or answer.shape[1] not in wanted:
            given = next(iter(tile.values())).shape
            raise ModelError(
                f"{self.name} gives {answer.shape} for {given}, which is not what its card "
                "says; export it again."
            )
        if self._mask is None:
            first: Values = answer[0]
            return first
        return np.concatenate([answer[0], answers[self._mask.role][0, :1]])


def _tiles(card: ModelCard, scene: Scene, recipe: RestoreRecipe) -> TileGrid:
    size = scene.grid.size
    return TileGrid(
        recipe.tile_px or card.tile_px,
        card.halo_px if recipe.halo_px is None else recipe.halo_px,
        card.unit_px,
        blended=(size.rows, size.cols) if card.blending == "weighted" else None,
    )


def _centre(scene: Scene, bands: Sequence[int]) -> Centre | None:
    """Return the centre of the spectrum; None where the scene is centred already."""
    is_centred = getattr(scene.source, "is_centred", False)
    return None if is_centred else measure_centre(scene, bands)


def _scaling(port: BoundPort) -> Scaling:
    if port.scaling is None:
        raise ModelError(f"The output '{port.role}' is a mask; a result needs values.")
    return port.scaling


def _names(card: ModelCard, of_scene: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the result's bands: the scene's where it has the same ones."""
    out, taken = card.outputs[0], card.inputs[0]
    count = out.band_count or 0
    if count == len(of_scene) and (out.bands == taken.bands or isinstance(out.bands, int)):
        return of_scene
    return (
        out.bands
        if isinstance(out.bands, tuple)
        else tuple(f"band{number}" for number in range(1, count + 1))
    )


def _kept(
    row: int, col: int, block: Block, grid: TileGrid, ratio: Fraction
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where a tile's own pixels go in the block, and where they lie in its answer."""
    keep = block.keep
    first_row, first_col = max(row, keep.row), max(col, keep.col)
    own = Window(
        first_row,
        first_col,
        min(row + grid.step, keep.end_row) - first_row,
        min(col + grid.step, keep.end_col) - first_col,
    )
    there, target = scaled_window(own, ratio), scaled_window(keep, ratio)
    corner = edge(row - grid.margin, ratio), edge(col - grid.margin, ratio)
    return (
        there.moved(-target.row, -target.col).slices,
        there.moved(-corner[0], -corner[1]).slices,
    )

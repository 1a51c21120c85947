"""restore_stored: blocks go into a store that outlives a killed process, and whole into files."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels
from satstudio.core.version import VERSION
from satstudio.restore.blocks import Block
from satstudio.restore.blockwise.block_runs import Into, Remaining, run_sized
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.engines import Engine
from satstudio.restore.pieces.tile_store import TileStore
from satstudio.restore.pieces.unfinished import Unfinished, unfinished
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.write import Layout, scene_files

log = logging.getLogger(__name__)
MADE, WRITTEN = 0.9, 0.96
"""Shares of the work that are done when all is restored, and when the file is to be read back."""

MaskMaker = Callable[[Engine, Block, Window, Mask], Pixels]
"""Makes (1, rows, cols) uint8 of a block; of its window in the result, and where data are there."""


@dataclass(frozen=True, slots=True)
class MaskFile:
    """A second file beside the result, on its grid: `name` says what of, for the store's key."""

    name: str
    path: Path
    layout: Callable[[Layout], Layout]
    make: MaskMaker


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files of a restoration."""

    out: Path
    masks: tuple[MaskFile, ...]
    overwrite: bool

    def layouts(self, result: Result) -> tuple[tuple[Path, Layout], ...]:
        """Return each file and what it is."""
        first = Layout(
            result.grid, result.bands, result.dtype, result.nodata, result.details, is_cog=True
        )
        return (
            (self.out, first),
            *((mask.path, mask.layout(first)) for mask in self.masks),
        )


def restore_stored(
    scene: Scene,
    sized: SizedEngine,
    recipe: RestoreRecipe,
    result: Result,
    wanted: Wanted,
    progress: Progress,
) -> None:
    """Restore what an earlier start did not, then write the files."""
    request = _request(scene, sized.engine, recipe, result)
    request["masks"] = [mask.name for mask in wanted.masks]
    kinds = [(result.dtype, len(result.bands)), *(("uint8", 1) for _ in wanted.masks)]
    about = {
        "command": result.details.tags["SATSTUDIO_COMMAND"],
        "pixels": result.window.size.pixels,
        "folder": str(Path.cwd()),
    }
    with unfinished(wanted.out, request, kinds, about) as store:
        _make(scene, sized, result, (store, wanted.masks), progress.part(0.0, MADE))
        _write(store, result.remarked(sized.remark), wanted, progress)


def say_remark(scene: Scene, remark: str, progress: Progress) -> None:
    """Tell the user what he should know before the work."""
    if remark:
        log.warning("%s: %s", scene.name, remark)
        progress.announce("remark", text=f"{scene.name}: {remark}")


def _make(
    scene: Scene,
    sized: SizedEngine,
    result: Result,
    into: tuple[Unfinished, Sequence[MaskFile]],
    progress: Progress,
) -> None:
    """Restore what the store does not hold yet."""
    first, (store, masks) = result.place, into
    if store.sizes is not None:
        sized.take(store.sizes)
        log.info("%s: going on with %d blocks that are restored.", scene.name, len(store.kept))
    store.note_sizes(sized.sizes)
    done = [kept.keep for kept in store.kept]
    left = Remaining(result.window, store.first_side or sized.side, done)

    def put(block: Block, made: Pixels, good: Mask, where: Window) -> None:
        store.note_sizes(sized.sizes)
        layers = [(made, good)]
        layers += [(mask.make(sized.engine, block, where, good), good) for mask in masks]
        store.add(block.keep, where.moved(-first.row, -first.col), layers)

    say_remark(scene, sized.remark, progress)

    def tiles(block: Block) -> AbstractContextManager[TileStore]:
        return closing(store.tiles(block.keep, sized.engine.tiles.tile_px))

    run_sized(scene, sized, result, left, Into(put, tiles), progress)


def _write(store: Unfinished, result: Result, wanted: Wanted, progress: Progress) -> None:
    """Write all blocks into the result and its masks."""
    writing, reading = progress.part(MADE, WRITTEN), progress.part(WRITTEN, 1.0)
    files = wanted.layouts(result)
    with scene_files(files, overwrite=wanted.overwrite, reading=reading) as targets:
        for number, (place, layers) in enumerate(store.blocks()):
            for target, (pixels, good) in zip(targets, layers, strict=True):
                target.write(pixels, place, good)
            writing.report((number + 1) / len(store.kept), f"Writing {wanted.out.name}")


def _request(
    scene: Scene, engine: Engine, recipe: RestoreRecipe, result: Result
) -> dict[str, object]:
    """Return all that the pixels of a result depend on."""
    others = {}
    for address in chain(*recipe.inputs.values()):
        with closing(open_scene(address)) as opened:
            others[address] = opened.identity
    return {
        "scene": scene.identity,
        "others": others,
        "model": engine.sha256,
        "recipe": recipe.model_dump_json(exclude={"threads"}),
        "tags": dict(engine.tags),
        "window": str(result.window),
        "program": VERSION,
    }

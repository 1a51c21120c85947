"""run_blocks, run_sized: blocks of a scene through an engine, smaller ones if memory runs out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np

from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.restore.blocks import Block, BlockReader, Samples, TileGrid, plan_blocks
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.engines import Engine, KeptTiles, Prepared, Values
from satstudio.restore.pieces.memory import is_out_of_memory, memory_errors
from satstudio.restore.pieces.overlap import overlapped
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result, check_finite, with_phase
from satstudio.scenes.geometry.rescaled import scaled_window
from satstudio.scenes.scene import Scene

Put = Callable[[Block, Pixels, Mask, Window], None]
"""Takes a block, its restored pixels, where they are valid, and their window in the result."""


Open = Callable[[Block], AbstractContextManager[KeptTiles | None]]
"""Opens what outlives a killed process of a block's tiles; None: nothing does."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where restored blocks go, and their tiles on the way."""

    put: Put
    tiles: Open = lambda block: nullcontext()


class Remaining:
    """What of a window is not restored yet, in blocks whose side may halve on the way.

    Parameters
    ----------
    window : of the scene
    side : of the first blocks; those of half the side lie inside these
    done : what is restored already
    """

    def __init__(self, window: Window, side: int, done: Iterable[Window] = ()) -> None:
        self._window, self._side = window, side
        self._done: defaultdict[tuple[int, int], list[Window]] = defaultdict(list)
        self._pixels = 0
        for each in done:
            self.note(each)

    @property
    def share_done(self) -> float:
        """How much of the window is restored, 0..1."""
        return self._pixels / self._window.size.pixels

    def note(self, keep: Window) -> None:
        """Count a block as restored."""
        self._done[self._place(keep)].append(keep)
        self._pixels += keep.size.pixels

    def blocks(self, grid: TileGrid, side: int) -> Iterator[Block]:
        """Yield what is left, in blocks of a side, with what a grid of tiles reads around them."""
        for block in plan_blocks(self._window, grid, side):
            keep = block.keep
            if not any(_holds(each, keep) for each in self._done.get(self._place(keep), ())):
                yield block

    def _place(self, keep: Window) -> tuple[int, int]:
        """Return which of the first blocks one lies in."""
        return (
            (keep.row - self._window.row) // self._side,
            (keep.col - self._window.col) // self._side,
        )


def run_sized(
    scene: Scene,
    sized: SizedEngine,
    result: Result,
    left: Remaining,
    into: Into,
    progress: Progress,
) -> None:
    """Restore what is left block by block; where memory runs out, go on with smaller pieces.

    Raises
    ------
    OutOfMemoryError
        If the smallest pieces are too large.
    """
    while True:
        try:
            run_blocks(scene, sized.engine, result, left, into, progress, side=sized.side)
        except Exception as error:
            if not is_out_of_memory(error):
                raise
        else:
            return
        sized.halve()  # outside: the error holds what filled the memory
        progress.announce("remark", text=f"{scene.name}: {sized.remark}")


def run_blocks(  # noqa: PLR0913 - one pass, all that it needs
    scene: Scene,
    engine: Engine,
    result: Result,
    left: Remaining,
    into: Into,
    progress: Progress,
    *,
    side: int,
) -> None:
    """Restore block by block; the next is read and the last is written on another thread."""
    reader = BlockReader(scene, result.source_bands)
    text, total = f"Restoring {scene.name}", result.window.size.pixels
    share = left.share_done

    def read(block: Block) -> tuple[Samples, Prepared]:
        samples = reader.read(block.read)
        prepared = engine.prepare(samples, block)
        inner = _inner(samples, block)
        if prepared.good is not None:  # other images have a say
            inner = Samples(inner.values, prepared.good[None])
        return inner, prepared

    def make(block: Block, ready: tuple[Samples, Prepared]) -> Values:
        nonlocal share
        own = block.keep.size.pixels / total
        before, share = share, share + own

        def tick(part: float) -> None:
            progress.report(before + part * own, text)

        with into.tiles(block) as kept:
            return engine.run(ready[1], block, tick, kept)

    def write(block: Block, ready: tuple[Samples, Prepared], made: Values) -> None:
        samples, place = ready[0], scaled_window(block.keep, engine.ratio)
        if place.size.pixels:  # else less than a pixel of a coarser result
            known = engine.known(made)
            if known is not None:
                samples = Samples(samples.values, samples.good & known)
            pixels, valid = result.blanked(
                with_phase(engine.finish(made, block), samples, result), samples
            )
            check_finite(pixels, samples, engine.name, (scene.name, place))
            into.put(block, pixels, valid, place)
        left.note(block.keep)

    progress.report(share, text)
    overlapped(left.blocks(engine.grid, side), read, make, write)


def restored_window(
    scene: Scene, engine: Engine, recipe: RestoreRecipe, side: int, progress: Progress
) -> Raster:
    """Restore the recipe's window in memory, in blocks of a side."""
    result = Result.plan(scene, engine, recipe, "")
    place = result.place
    pixels = np.empty((len(result.bands), place.rows, place.cols), result.dtype)
    valid = np.zeros((place.rows, place.cols), bool)

    def put(block: Block, made: Pixels, good: Mask, where: Window) -> None:
        rows, cols = where.moved(-place.row, -place.col).slices
        pixels[:, rows, cols], valid[rows, cols] = made, good

    with memory_errors(f"{result.window} of {scene.name}"):
        left = Remaining(result.window, side)
        run_blocks(scene, engine, result, left, Into(put), progress, side=side)
    return Raster(pixels, result.grid, result.bands, valid, result.quantity)


def _inner(samples: Samples, block: Block) -> Samples:
    """Return what the result needs of the samples, without what lies around them."""
    rows, cols = block.inner
    return Samples(samples.values[:, rows, cols].copy(), samples.good[:, rows, cols].copy())


def _holds(outer: Window, inner: Window) -> bool:
    """Tell whether one window lies inside another."""
    return (
        outer.row <= inner.row
        and outer.col <= inner.col
        and inner.end_row <= outer.end_row
        and inner.end_col <= outer.end_col
    )

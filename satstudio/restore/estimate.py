"""Estimate, estimate_restore: how long a restoration takes and how large its file is."""

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.restore.blocks import BlockReader, plan_blocks
from satstudio.restore.open_engine import open_engine
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result
from satstudio.scenes.scene import open_scene

OVERHEAD = 1.15
"""Reading and writing beside the network, and edges."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a restoration will cost.

    Attributes
    ----------
    seconds : by the time of one tile in the middle of the scene, measured
    bytes : of the result before compression, which wins little on speckle
    tiles : how many times the model runs
    """

    seconds: float
    bytes: int
    tiles: int


def estimate_restore(
    scene: str | Path, model: str | Path, recipe: RestoreRecipe, progress: Progress | None = None
) -> Estimate:
    """Estimate by running one tile; raises what `restore_scene` would where it does not fit."""
    with closing(open_scene(scene)) as opened, ExitStack() as stack:
        engine = stack.enter_context(closing(open_engine(model, opened, recipe, progress)))
        result = Result.plan(opened, engine, recipe, "")
        window, grid = result.window, engine.grid
        rows = len(grid.starts(window.row, window.end_row))
        cols = len(grid.starts(window.col, window.end_col, 1))
        middle = Window(
            window.row + window.rows // 2 // grid.multiple * grid.multiple,
            window.col + window.cols // 2 // grid.multiple * grid.multiple,
            min(grid.step, window.rows - window.rows // 2),
            min(grid.step, window.cols - window.cols // 2),
        )
        block = next(plan_blocks(middle, grid, grid.step))
        prepared = engine.prepare(BlockReader(opened, result.source_bands).read(block.read), block)
        times = []
        for _ in range(2):  # the first run makes ready what the others find
            start = time.perf_counter()
            engine.run(prepared, block, lambda share: None)
            times.append(time.perf_counter() - start)
        runs = len(grid.starts(block.keep.row, block.keep.end_row)) * len(
            grid.starts(block.keep.col, block.keep.end_col, 1)
        )
    each = min(times) / runs
    size = result.place.size.pixels * len(result.bands) * np.dtype(result.dtype).itemsize
    return Estimate(each * rows * cols * OVERHEAD, size, rows * cols)

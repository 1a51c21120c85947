"""reference_of: what a crop in tiles is compared with: one pass, or tiles that start elsewhere."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from satstudio.core.errors import ModelError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Raster
from satstudio.restore.blocks import TileGrid, plan_blocks
from satstudio.restore.blockwise.block_runs import restored_window
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.engines import Engine
from satstudio.restore.open_engine import open_engine
from satstudio.restore.pieces.memory import memory_errors
from satstudio.restore.recipe import RestoreRecipe
from satstudio.scenes.geometry.rescaled import edge, scaled_window
from satstudio.scenes.scene import Scene

PASS = 4
"""Steps of blended tiles in one of a pass: the crop of two lies in its middle."""

SLACK_PX = 64
"""What a tile of one pass is larger than the crop: whitening reads around it, too."""

Seams = tuple[tuple[int, ...], tuple[int, ...]]
"""First rows and columns behind a seam, in pixels of a restored crop."""

ONE_PASS, SHIFTED = "one pass", "shifted tiles"


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A crop restored in another way.

    Attributes
    ----------
    kind : "one pass", or "shifted tiles": those of a network that takes one size of tile only, or
        of which no tile covers the crop, start half a step earlier
    seams : its own; none of one pass
    """

    restored: Raster
    kind: str
    seams: Seams = ((), ())


def reference_of(
    scene: Scene,
    model: str | Path,
    recipe: RestoreRecipe,
    sized: SizedEngine,
    window: Window,
    progress: Progress,
) -> Reference | None:
    """Restore a crop without its seams; None where its tiles cannot start earlier.

    Raises
    ------
    ModelError
        If a model whose tiles are blended takes one size of tile only: these cannot be shifted.
    OutOfMemoryError
        If there is not the memory for one pass.
    """
    own = recipe.changed(window=window)
    with memory_errors(f"one pass over {window} of {scene.name}"):
        try:
            engine = _one_pass(scene, model, recipe, window, sized.engine.tiles)
        except ModelError:
            if sized.engine.tiles.blended:
                raise
            return _shifted(scene, own, sized, window, progress)
        with closing(engine):
            side = max(window.rows, window.cols)
            return Reference(restored_window(scene, engine, own, side, progress), ONE_PASS)


def seams_of(sized: SizedEngine, window: Window) -> Seams:
    """Return the seams of a window that is restored in tiles."""
    engine = sized.engine
    rows: set[int] = set()
    cols: set[int] = set()
    for block in plan_blocks(window, engine.grid, sized.side):
        inner = engine.seams(block.keep)
        rows |= {*inner[0], block.keep.row} - {window.row}
        cols |= {*inner[1], block.keep.col} - {window.col}
    first = edge(window.row, engine.ratio), edge(window.col, engine.ratio)
    return (
        tuple(sorted(edge(row, engine.ratio) - first[0] for row in rows)),
        tuple(sorted(edge(col, engine.ratio) - first[1] for col in cols)),
    )


def _one_pass(
    scene: Scene, model: str | Path, recipe: RestoreRecipe, window: Window, tiles: TileGrid
) -> Engine:
    """Open an engine of which one tile covers a window."""
    wanted = max(window.rows, window.cols) + 2 * tiles.margin + SLACK_PX
    if tiles.blended:
        amid = PASS * tiles.step
        is_near = min(window.row, window.col) < tiles.step // 2
        wanted = (max(window.end_row, window.end_col) if is_near else amid) + 2 * tiles.margin
    tile = -(-wanted // tiles.multiple) * tiles.multiple
    engine = open_engine(model, scene, recipe.changed(tile_px=tile))
    if engine.seams(window) != ((), ()):
        engine.close()
        raise ModelError(f"No tile of {engine.name} covers {window} of {scene.name} in one pass.")
    return engine


def _shifted(
    scene: Scene, recipe: RestoreRecipe, sized: SizedEngine, window: Window, progress: Progress
) -> Reference | None:
    """Restore a larger window, whose tiles start half a step earlier, and cut the crop out."""
    tiles, ratio = sized.engine.tiles, sized.engine.ratio
    shift = tiles.step // 2 // tiles.multiple * tiles.multiple
    if not 0 < shift <= min(window.row, window.col):
        return None
    larger = Window(
        window.row - shift, window.col - shift, window.rows + shift, window.cols + shift
    )
    made = restored_window(scene, sized.engine, recipe.changed(window=larger), sized.side, progress)
    there, inside = scaled_window(larger, ratio), scaled_window(window, ratio)
    place = inside.moved(-there.row, -there.col)
    crop = replace(
        made,
        pixels=made.pixels[:, *place.slices],
        valid=made.valid[place.slices],
        grid=made.grid.cropped(place),
    )
    rows, cols = seams_of(sized, larger)
    seams = tuple(row - place.row for row in rows), tuple(col - place.col for col in cols)
    return Reference(crop, SHIFTED, seams)

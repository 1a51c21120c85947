"""restore_scene(scene, model, recipe, out, progress): a scene of any size, tile by tile."""

import json
import logging
import shlex
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import chain
from pathlib import Path

from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.restore.around import GAIN_TAG
from satstudio.restore.baselines import baseline_name
from satstudio.restore.blocks import Block, block_side
from satstudio.restore.blockwise.block_runs import Remaining, restored_window, run_sized
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.by_role.baseline_network import FITTED_TAG
from satstudio.restore.by_role.invented_mask import (
    check_invented,
    invented_layout,
    invented_pixels,
)
from satstudio.restore.engines import Engine
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.open_engine import open_engine
from satstudio.restore.points_mask import check_outs, check_points, points_layout, points_pixels
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import REMARK_TAG, Result, bytes_per_pixel
from satstudio.scenes.gdal.checks import check_place
from satstudio.scenes.gdal.handles import gdal_env
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.write import Layout, SceneWriter, scene_files

__all__ = [
    "RestoreRecipe",
    "restore_raster",
    "restore_scene",
    "restored_raster",
]

log = logging.getLogger(__name__)
FITTED = 0.12
"""Share of the work where the mean power is fitted on some blocks first."""

MADE = 0.95
"""Share of the work that is done when all is restored and the file is to be read back."""

MaskMaker = Callable[[Engine, Block, Window, Mask], Pixels]
"""Makes (1, rows, cols) uint8 of a block; of its window in the result, and where data are there."""


def restore_scene(  # noqa: PLR0913 - one road, and a second file that some want
    scene: str | Path,
    model: str | Path,
    recipe: RestoreRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
    *,
    points_mask: Path | None = None,
    invented_mask: Path | None = None,
) -> Path:
    """Restore a scene, or a window of it, with a model file or a baseline.

    A despeckler turns complex samples into intensity (linear power, float32), or with
    `keep_phase` into complex samples of restored modulus. Everything else keeps real or complex.

    Parameters
    ----------
    scene : PATH or PATH#IMAGE
    model : an `.onnx` that takes images, or `baseline:NAME`
    out : GeoTIFF on the scene's grid; it gets its name when it is whole
    overwrite : replace files that have these names already
    points_mask : a second GeoTIFF on the same grid, uint8: 1 where a point is stronger than the
        ground around it, 0 elsewhere; it is there when `out` is
    invented_mask : likewise, of a model that fills gaps: 1 where no image shows the ground

    Raises
    ------
    ExistsError
        If something has one of the names, before and after the work.
    ModelError
        If the model does not fit the scene, with the reason.
    InputError
        If a choice does not fit the scene, a file to write is one of the inputs, or a mask of the
        points is asked for where nobody looks for points.
    CheckFailedError
        If the model makes a value that is not finite of a valid pixel; nothing is left behind.
    OutOfMemoryError
        If the memory does not suffice for the smallest tiles.
    """
    with closing(open_scene(scene)) as opened, ExitStack() as stack:
        outs = check_outs(out, points_mask, invented_mask)
        for path in outs:
            refuse_input(path, *opened.files, *_model_files(model))
        refuse_file(*outs, overwrite=overwrite)
        fitting = progress.part(0.0, FITTED)
        sized = stack.enter_context(closing(SizedEngine(model, opened, recipe, fitting)))
        engine = sized.engine
        others = [_files(address) for address in chain(*recipe.inputs.values())]
        for path in outs:
            refuse_input(path, *chain(*others))
        masks = {"--points-mask": points_mask, "--invented-mask": invented_mask}
        command = _command(opened, model, recipe, out, masks)
        result = Result.plan(opened, engine, recipe, command)
        check_place(opened.grid, opened.name)
        layouts = [Layout(result.grid, result.bands, result.dtype, result.nodata, result.details)]
        makers: list[MaskMaker] = []
        if points_mask is not None:
            check_points(engine, opened)
            layouts.append(points_layout(layouts[0]))
            makers.append(_points)
        if invented_mask is not None:
            check_invented(engine)
            layouts.append(invented_layout(layouts[0]))
            makers.append(_invented)
        wanted = tuple(zip(outs, layouts, strict=True))
        begun = FITTED if {GAIN_TAG, FITTED_TAG} & engine.tags.keys() else 0.0
        making, reading = progress.part(begun, MADE), progress.part(MADE, 1.0)
        with scene_files(wanted, overwrite=overwrite, reading=reading) as targets:
            _write(opened, sized, result, (targets, makers), making)
    return out


def restore_raster(
    scene: Scene, model: str | Path, recipe: RestoreRecipe, progress: Progress | None = None
) -> Raster:
    """Restore a window of an open scene in memory: the same pixels as in the file.

    Safe on any thread; for previews, as it holds the whole window.
    """
    return restored_raster(scene, open_engine(model, scene, recipe, progress), recipe, progress)


def restored_raster(
    scene: Scene, engine: Engine, recipe: RestoreRecipe, progress: Progress | None = None
) -> Raster:
    """Do what `restore_raster` does, with an engine that is open already."""
    progress = progress or Progress()
    _say(scene, engine.remark, progress)
    side = engine.side_px or block_side(engine.grid, bytes_per_pixel(engine, recipe))
    return restored_window(scene, engine, recipe, side, progress)


def _write(
    scene: Scene,
    sized: SizedEngine,
    result: Result,
    wanted: tuple[tuple[SceneWriter, ...], Sequence[MaskMaker]],
    progress: Progress,
) -> None:
    """Write the result into the first target, a mask into each of the others by its maker."""
    first, ((target, *masks), makers) = result.place, wanted

    def put(block: Block, made: Pixels, good: Mask, where: Window) -> None:
        place = where.moved(-first.row, -first.col)
        with gdal_env():  # GDAL's settings are those of a thread
            target.write(made, place, good)
            for mask, make in zip(masks, makers, strict=True):
                mask.write(make(sized.engine, block, where, good), place, good)

    _say(scene, sized.remark, progress)
    run_sized(scene, sized, result, Remaining(result.window, sized.side), put, progress)
    if sized.remark:
        target.tag({REMARK_TAG: sized.remark})


def _points(engine: Engine, block: Block, where: Window, good: Mask) -> Pixels:
    return points_pixels(engine, where, good)


def _invented(engine: Engine, block: Block, where: Window, good: Mask) -> Pixels:
    return invented_pixels(engine, block.keep, good)


def _say(scene: Scene, remark: str, progress: Progress) -> None:
    """Tell the user what he should know before the work."""
    if remark:
        log.warning("%s: %s", scene.name, remark)
        progress.announce("remark", text=f"{scene.name}: {remark}")


def _files(scene: str | Path) -> tuple[Path, ...]:
    with closing(open_scene(scene)) as opened:
        return opened.files


def _model_files(model: str | Path) -> tuple[Path, ...]:
    return (Path(model),) if baseline_name(model) is None else ()


def _command(
    scene: Scene,
    model: str | Path,
    recipe: RestoreRecipe,
    out: Path,
    masks: Mapping[str, Path | None],
) -> str:
    """Return the command line that makes the same file."""
    name = baseline_name(model)
    words = ["satstudio", "restore", scene.address]
    words += ["--model", str(model)] if name is None else ["--baseline", name]
    options = {
        "--window": recipe.window,
        "--bands": recipe.bands and ",".join(str(band + 1) for band in recipe.bands),
        "--tile": recipe.tile_px,
        "--halo": recipe.halo_px,
        "--looks": f"{recipe.looks:g}" if recipe.looks != 1 else None,
        "--filter": recipe.filter_px if name is not None else None,
        "--strength": recipe.strength and f"{recipe.strength:g}",
        **masks,
    }
    for option, value in options.items():
        words += [option, str(value)] if value is not None else []
    for role, addresses in recipe.inputs.items():
        for address in addresses:
            words += ["--input", f"{role}={address}"]
    for key, own in recipe.own.items():
        words += ["--set", f"{key}={own if isinstance(own, str) else json.dumps(own)}"]
    words += ["--align"] if recipe.align else []
    words += ["--keep-phase"] if recipe.keep_phase else []
    for part in PARTS:
        choice = getattr(recipe, part)
        if choice != "card":
            words.append(f"--{part}" if choice == "on" else f"--no-{part}")
    return shlex.join([*words, "--out", str(out)])

"""restore_scene(scene, model, recipe, out, progress): a scene of any size, tile by tile."""

import json
import shlex
from collections.abc import Iterator, Mapping
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
from satstudio.restore.blockwise.block_runs import restored_window
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.blockwise.stored import MaskFile, Wanted, restore_stored, say_remark
from satstudio.restore.by_role.baseline_network import FITTED_TAG
from satstudio.restore.by_role.invented_mask import (
    check_invented,
    invented_layout,
    invented_pixels,
)
from satstudio.restore.engines import Engine
from satstudio.restore.models.model_card import PARTS
from satstudio.restore.open_engine import open_engine
from satstudio.restore.points_mask import (
    check_outs,
    check_points,
    points_layout,
    points_pixels,
)
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result, bytes_per_pixel
from satstudio.scenes.gdal.checks import check_place
from satstudio.scenes.scene import Scene, open_scene

__all__ = [
    "RestoreRecipe",
    "restore_raster",
    "restore_scene",
    "restored_raster",
]

FITTED = 0.12
"""Share of the work where the mean power is fitted on some blocks first."""


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
        found = tuple(_mask_files(engine, opened, points_mask, invented_mask))
        wanted = Wanted(out, found, overwrite)
        begun = FITTED if {GAIN_TAG, FITTED_TAG} & engine.tags.keys() else 0.0
        restore_stored(opened, sized, recipe, result, wanted, progress.part(begun, 1.0))
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
    say_remark(scene, engine.remark, progress)
    side = engine.side_px or block_side(engine.grid, bytes_per_pixel(engine, recipe))
    return restored_window(scene, engine, recipe, side, progress)


def _mask_files(
    engine: Engine, scene: Scene, points: Path | None, invented: Path | None
) -> Iterator[MaskFile]:
    """Yield the masks that are wanted; raises InputError where nobody makes one."""
    if points is not None:
        check_points(engine, scene)
        yield MaskFile("points", points, points_layout, _points)
    if invented is not None:
        check_invented(engine)
        yield MaskFile("invented", invented, invented_layout, _invented)


def _points(engine: Engine, block: Block, where: Window, good: Mask) -> Pixels:
    return points_pixels(engine, where, good)


def _invented(engine: Engine, block: Block, where: Window, good: Mask) -> Pixels:
    return invented_pixels(engine, block.keep, good)


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

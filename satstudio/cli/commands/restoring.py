"""restore: whole scenes through a model file or a baseline."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from satstudio.cli.commands.archiving import archive_options, check_archive, say_archive
from satstudio.cli.commands.seam_checking import say_seams
from satstudio.cli.commands.unfinished_listing import say_unfinished, unfinished_options
from satstudio.cli.options import out_option
from satstudio.cli.said import one_as_said, said_options
from satstudio.cli.terminal import json_option, say_error, say_result, working
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.recipe import with_settings
from satstudio.core.system.machine import command_threads
from satstudio.restore.baselines import PREFIX
from satstudio.restore.many_scenes import restore_scenes, result_names
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import REMARK_TAG
from satstudio.restore.whole_scene import restore_scene
from satstudio.scenes.folder_scenes import expanded
from satstudio.scenes.scene import open_scene

ENDINGS = (".tif", ".tiff")


@click.command(epilog="Example: satstudio restore scene.tif --baseline lee --out restored.tif")
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option("--model", type=click.Path(path_type=Path), help="A model file that takes images.")
@click.option("--baseline", help="identity, lee, mosaic, bicubic, ...; all: satstudio plugins.")
@click.option(
    "--input",
    "others",
    multiple=True,
    metavar="ROLE=PATH",
    help="Another image that the model takes; several of one role are its dates.",
)
@click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", help="Option of a baseline's own."
)
@click.option("--align", is_flag=True, help="Resample images that do not lie on PATH's grid.")
@click.option("--window", help="ROW,COL,ROWS,COLS in pixels.")
@click.option("--bands", help="Bands, counted from 1, separated by commas; all where not given.")
@click.option("--tile", type=int, help="Side of a tile in pixels, halo included.")
@click.option("--halo", type=int, help="Pixels read around what a tile keeps.")
@click.option("--keep-phase", is_flag=True, help="Complex result: modulus restored, phase kept.")
@click.option("--looks", type=float, help="Looks of the scene's speckle, for filters. [default: 1]")
@click.option("--filter", "side", type=int, help="Odd side of a filter's window. [default: 7]")
@click.option("--strength", type=float, help="Of nlm and tv. [default: tuned on synthetic scenes]")
@click.option(
    "--whitening/--no-whitening",
    default=None,
    help="Spectrum flattened before; else as the card says, filters none.",
)
@click.option(
    "--points/--no-points", default=None, help="Points out before, added after; else likewise."
)
@click.option("--power/--no-power", default=None, help="Mean power kept, one gain; else likewise.")
@click.option(
    "--points-mask",
    type=click.Path(path_type=Path),
    metavar="FILE.tif",
    help="Also write where points are: 1, elsewhere 0. One scene only.",
)
@click.option(
    "--invented-mask",
    type=click.Path(path_type=Path),
    metavar="FILE.tif",
    help="Also write where a model that fills gaps invents: 1, elsewhere 0. One scene only.",
)
@click.option("--threads", type=int, help="Cores at work. [default: all]")
@click.option(
    "--check-seams",
    is_flag=True,
    help="Restore nothing; tell whether tiles show, and what helps. --out: a map of it.",
)
@unfinished_options
@archive_options
@said_options
@out_option("FILE.tif|DIR", required=False)
@json_option
def restore(
    paths: tuple[str, ...],
    model: Path | None,
    baseline: str | None,
    points_mask: Path | None,
    invented_mask: Path | None,
    check_seams: bool,
    archive: Path | None,
    scheduler: str,
    workers: int | None,
    unfinished: Path | None,
    days: float | None,
    quantity: str | None,
    iq: str | None,
    out: Path | None,
    overwrite: bool,
    as_json: bool,
    **choices: Any,  # noqa: ANN401 - options of the recipe, checked there
) -> None:
    """Restore PATH... (PATH, PATH#IMAGE or a folder of scenes) on the scene's own grid.

    One scene goes to a FILE.tif, several go to a folder, each under its own name; begun again,
    what was stopped or killed goes on where it ended. Results are cloud-optimised GeoTIFFs with
    overviews. --archive restores a whole tree, several scenes at a time; --unfinished lists what
    was killed. On complex scenes whitening, points and power are done around a model as its card
    says, around a filter only where the option asks for it. Exit 3 if the model or filter makes a
    value that is not finite of a valid pixel (that scene is not written), or if --check-seams
    finds some.
    """
    if unfinished is not None or days is not None:
        say_unfinished(unfinished, days, as_json)
        return
    recipe, chosen = _recipe(choices), _model(model, baseline)
    masks = {"points_mask": points_mask, "invented_mask": invented_mask}
    if archive is not None:
        check_archive(paths, out, masks)
        say_archive(
            archive, chosen, recipe, out, scheduler=scheduler, workers=workers,
            overwrite=overwrite, as_json=as_json,
        )  # fmt: skip
        return
    paths = expanded(paths)
    is_file = out is not None and out.suffix.lower() in ENDINGS
    _check_count(paths, is_one=is_file or check_seams)
    for name, mask in masks.items():
        _check_mask(name, mask, is_file=is_file and not check_seams)
    paths = one_as_said(paths, quantity, iq)
    if check_seams:
        say_seams(paths[0], chosen, recipe, out, overwrite, as_json)
        return
    if out is None:
        raise InputError("Say where the result goes: --out FILE.tif, or a folder.")
    with working("Restoring") as progress:
        if is_file:
            made = restore_scene(paths[0], chosen, recipe, out, progress, overwrite, **masks)
        else:
            made = restore_scenes(paths, chosen, recipe, out, progress, overwrite)
    for remark in _remarks([made] if is_file else [made / name for name in result_names(paths)]):
        say_error(remark)
    fields = {"path": made, "model": str(chosen), "scenes": len(paths)}
    fields |= {name: mask for name, mask in masks.items() if mask is not None}
    say_result(fields, as_json, str(made))


def _check_count(paths: Sequence[str], *, is_one: bool) -> None:
    """Raise InputError where there is no scene, or more than what is asked for takes."""
    if not paths:
        raise InputError("Say what is restored: PATH..., or --archive DIR.")
    if is_one and len(paths) > 1:
        raise InputError(f"{len(paths)} scenes do not go into one file; give a folder as --out.")


def _recipe(choices: Mapping[str, Any]) -> RestoreRecipe:
    """Return the recipe of what the command line gave; the recipe checks it."""
    window = choices["window"]
    given = {
        "window": Window.parse(window) if window else None,
        "bands": _bands(choices["bands"]),
        "tile_px": choices["tile"],
        "halo_px": choices["halo"],
        "filter_px": choices["side"],
        **{name: choices[name] for name in ("keep_phase", "looks", "strength", "threads")},
        **{name: _switch(choices[name]) for name in ("whitening", "points", "power")},
        "inputs": _inputs(choices["others"]) or None,
        "align": choices["align"] or None,
        "own": with_settings({}, choices["settings"]) or None,
    }
    values = {name: value for name, value in given.items() if value is not None}
    return RestoreRecipe.build({"threads": command_threads(), **values}, "restore")


def _inputs(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return addresses by role; raises InputError where a text is not ROLE=PATH."""
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        role, equals, address = text.partition("=")
        if not (role and equals and address):
            raise InputError(f"--input '{text}': give ROLE=PATH, as optical=scene.tif.")
        found[role] = (*found.get(role, ()), address)
    return found


def _model(model: Path | None, baseline: str | None) -> Path | str:
    if (model is None) == (baseline is None):
        raise InputError("Say what restores: --model FILE.onnx or --baseline NAME, one of them.")
    return model if model is not None else f"{PREFIX}{baseline}"


def _check_mask(name: str, mask: Path | None, *, is_file: bool) -> None:
    """Raise InputError where a mask has no one scene, or a name of another kind."""
    option = f"--{name.replace('_', '-')}"
    if mask is None:
        return
    if not is_file:
        raise InputError(
            f"{option} is the mask of one scene: give that scene alone and a FILE.tif as --out."
        )
    if mask.suffix.lower() not in ENDINGS:
        raise InputError(f"{option} {mask}: the mask is a GeoTIFF; give a FILE.tif.")


def _switch(is_on: bool | None) -> str | None:
    """Return a choice of the recipe; None where nothing is said."""
    return None if is_on is None else "on" if is_on else "off"


def _remarks(files: Sequence[Path]) -> Iterator[str]:
    """Yield what the user should know about the results."""
    for file in files:
        with closing(open_scene(file)) as result:
            if REMARK_TAG in result.tags:
                yield f"{file.name}: {result.tags[REMARK_TAG]}"


def _bands(text: str | None) -> Any:  # noqa: ANN401 - the recipe checks it
    """Return bands counted from 0; raises InputError where they are no numbers."""
    if text is None:
        return None
    try:
        return tuple(int(part) - 1 for part in text.split(","))
    except ValueError:
        raise InputError(f"--bands '{text}': give whole numbers from 1, as 1,2.") from None

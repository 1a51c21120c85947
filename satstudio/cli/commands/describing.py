"""models describe, models deepness: model files that others made, and files for their program."""

from pathlib import Path
from typing import Any

import click

from satstudio.cli.options import check_ending, out_option
from satstudio.cli.terminal import json_option, say_result, table, working
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.core.recipe import with_settings
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.restore.foreign.description import Description

CAPTIONS = {
    "takes": "Takes",
    "gives": "Gives",
    "layout": "Layout",
    "bands_in": "Bands in",
    "bands_out": "Bands out",
    "ratio": "Pixels out for one in",
    "tile_px": "Tile (px)",
    "halo_px": "Halo (px)",
    "size_multiple": "Multiple (px)",
    "blending": "Blending",
    "seam": "Difference of tiles",
    "low": "Smallest answer",
    "high": "Largest answer",
    "seconds": "Seconds a tile",
    "top": "Divided by",
    "mean": "Mean",
    "std": "Deviation",
    "undo": "Undone after it",
    "tried_on": "Tried on",
    "remarks": "Remarks",
}


@click.command(
    "describe",
    epilog="Example: satstudio models describe theirs.onnx --set top=255 --out copy.onnx",
)
@click.argument("model", type=click.Path(path_type=Path))
@click.option("--scene", default="", help="A scene whose middle it is tried on; else a made image.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="task, top, mean, std, undo, bands, band_names, names, layout, output, quantity, gives, "
    "tile_px, halo_px, size_multiple, pixel_size_m, licence, notes; repeatable.",
)
@out_option("COPY.onnx")
@json_option
def describe(
    model: Path, scene: str, settings: tuple[str, ...], out: Path, overwrite: bool, as_json: bool
) -> None:
    """Put a card into a copy of MODEL, an ONNX file that others made, after a trial run.

    What it takes and gives is found by running it; MODEL itself stays as it is, the weights of the
    copy are the same. Metadata of the QGIS plug-in Deepness are read. Nothing but ONNX Runtime runs
    it. Exit 3 if the copy answers differently.
    """
    check_ending(out, ".onnx")
    refuse_input(out, model)
    refuse_file(out, overwrite=overwrite)
    description = Description.build(with_settings({}, settings), "--set")
    arguments: dict[str, Any] = {
        "model": str(model.absolute()),
        "description": description.model_dump(mode="json", exclude_unset=True),
        "scene": scene,
        "out": str(out.absolute()),
        "overwrite": overwrite,
    }
    with working("Trying") as progress:
        found = run_job(Job(kind="describe_model", arguments=arguments, nice=0), progress)
    document = {**found, "path": str(out)} if isinstance(found, dict) else {"path": str(out)}
    say_result(document, as_json, table(_shown(document)))


@click.command(
    "deepness", epilog="Example: satstudio models deepness mine.onnx --out mine_qgis.onnx"
)
@click.argument("model", type=click.Path(path_type=Path))
@out_option("COPY.onnx")
@json_option
def deepness(model: Path, out: Path, overwrite: bool, as_json: bool) -> None:
    """Write a copy of MODEL that loads in QGIS with the plug-in Deepness.

    Every exported model has the plug-in's metadata where they are true; its window also wants
    tiles of one size, which the copy has. It takes 8-bit layers and gives values.
    """
    check_ending(out, ".onnx")
    refuse_input(out, model)
    refuse_file(out, overwrite=overwrite)
    arguments: dict[str, Any] = {
        "model": str(model.absolute()),
        "out": str(out.absolute()),
        "overwrite": overwrite,
    }
    with working("Copying") as progress:
        found = run_job(Job(kind="copy_for_deepness", arguments=arguments, nice=0), progress)
    document = {**found, "path": str(out)} if isinstance(found, dict) else {"path": str(out)}
    say_result(document, as_json, table(document))


def _shown(found: dict[str, Any]) -> dict[str, object]:
    """Return what was found with captions; lists as lines."""
    rows: dict[str, object] = {}
    for key, caption in CAPTIONS.items():
        value = found.get(key)
        if key == "halo_px" and value is None:
            value = "the whole tile"
        if isinstance(value, list):
            value = "\n".join(map(str, value)) if key == "remarks" else ", ".join(map(str, value))
        rows[caption] = f"{value:.4g}" if isinstance(value, float) else value
    return {**rows, "Written": found["path"]}

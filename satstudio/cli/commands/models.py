"""models: the group of commands about model files; models convert: published weights as files."""

from pathlib import Path
from typing import Any

import click

from satstudio.cli.commands.describing import deepness, describe
from satstudio.cli.commands.listing import (
    compare_command,
    list_command,
    note_command,
    thumbnail_command,
)
from satstudio.cli.options import check_ending, out_option
from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say_result, table, working
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job

SENSORS = ("stripmap", "spotlight", "sentinel1")
weights_argument = click.argument("weights", type=click.Path(path_type=Path))


@click.group(epilog="Example: satstudio models describe theirs.onnx --out copy.onnx")
def models() -> None:
    """List, describe, compare and convert model files."""


for command in (
    list_command,
    note_command,
    compare_command,
    thumbnail_command,
    describe,
    deepness,
):
    models.add_command(command)


@models.group(epilog="Example: satstudio models convert merlin stripmap.pth --out merlin.onnx")
def convert() -> None:
    """Make a model file of a published file of weights.

    The files come with the Python package deepdespeckling 0.8. Nothing in them is run. Exit 3 if
    the result differs from torch. Needs torch; using the result does not.
    """


@convert.command(
    "merlin", epilog="Example: satstudio models convert merlin stripmap.pth --out merlin.onnx"
)
@weights_argument
@click.option(
    "--sensor",
    type=click.Choice(SENSORS),
    help="Which of the three networks it is; else as its sha256, or its name, says.",
)
@out_option("FILE.onnx")
@json_option
def convert_merlin(
    weights: Path, sensor: str | None, out: Path, overwrite: bool, as_json: bool
) -> None:
    """Make a despeckler of complex samples of WEIGHTS, a file of MERLIN's.

    WEIGHTS is stripmap.pth, spotlight.pth (TerraSAR-X) or sentinel_tops.pth (Sentinel-1).
    """
    _convert("convert_merlin", weights, out, overwrite, {"sensor": sensor}, as_json)


@convert.command(
    "sar2sar", epilog="Example: satstudio models convert sar2sar sar2sar.pth --out sar2sar.onnx"
)
@weights_argument
@click.option(
    "--complex", "is_complex", is_flag=True, help="For complex samples; else for amplitudes."
)
@out_option("FILE.onnx")
@json_option
def convert_sar2sar(
    weights: Path, is_complex: bool, out: Path, overwrite: bool, as_json: bool
) -> None:
    """Make a despeckler of amplitudes of WEIGHTS, the file sar2sar.pth."""
    _convert("convert_sar2sar", weights, out, overwrite, {"is_complex": is_complex}, as_json)


def _convert(  # one place for both commands
    kind: str, weights: Path, out: Path, overwrite: bool, more: dict[str, Any], as_json: bool
) -> None:
    check_ending(out, ".onnx")
    refuse_input(out, weights)
    refuse_file(out, overwrite=overwrite)
    paths = {"weights": str(weights.absolute()), "out": str(out.absolute())}
    with working("Converting", OF_JOBS_S) as progress:
        arguments = {**paths, "overwrite": overwrite, **more}
        made = run_job(Job(kind=kind, arguments=arguments, nice=0), progress)
    document = {**made, "path": str(out)} if isinstance(made, dict) else {"path": str(out)}
    say_result(document, as_json, table(document))

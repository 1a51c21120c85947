"""sample, card: images from a trained generator; what a model file takes and gives."""

from pathlib import Path
from typing import Any

import click

from satstudio.cli.options import checkpoint_named, checkpoint_option, out_option
from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_json, say_result, table, working
from satstudio.core.environment import scratch_folder
from satstudio.core.errors import InputError
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.restore.baselines import BASELINES, baseline_name
from satstudio.restore.by_role.baseline_card import baseline_card
from satstudio.restore.features.card import read_any_card
from satstudio.restore.generate.sample_files import check_samples
from satstudio.restore.generate.samples import SampleRecipe, draw_samples


@click.command(
    epilog="Example: satstudio sample generator.onnx --count 9 --seed 5 --out samples.png"
)
@click.argument("model", type=click.Path(path_type=Path), metavar="RUN|MODEL.onnx")
@click.option("--count", type=int, default=16, show_default=True, help="Number of images.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the first image.")
@click.option("--columns", type=int, help="Columns of the picture; else about a square.")
@click.option(
    "--beside",
    type=click.Path(path_type=Path),
    metavar="PATCHES",
    help="Patch set whose real patches stand beside the images, under one stretch.",
)
@click.option(
    "--walk",
    type=click.Choice(["slerp", "linear", "blend"]),
    help="Walk from each of COUNT seeds to the next: on an arc or a line through the noise, or "
    "(blend) from image to image.",
)
@click.option(
    "--steps", type=int, default=8, show_default=True, help="Images of a walk, with both ends."
)
@checkpoint_option()
@out_option("FILE.png|FILE.npy|FILE.tif|DIR")
@json_option
def sample(
    model: Path,
    count: int,
    seed: int,
    columns: int | None,
    beside: Path | None,
    walk: str | None,
    steps: int,
    checkpoint: str | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Draw images from a model file; a RUN is exported first.

    Image i has the seed SEED + i, whatever else is drawn with it. Spectra are drawn with the images
    that they show. 25 images make a grid of 5 x 5, 100 one of 10 x 10; a walk is a row.
    """
    values: dict[str, Any] = {"count": count, "seed": seed, "columns": columns, "beside": beside}
    values |= {"walk": walk or "none", "walk_steps": steps}
    recipe = SampleRecipe.build(values, "sample")
    if checkpoint is not None and not model.is_dir():
        raise InputError(f"{model} is no run, which alone has checkpoints; leave out --checkpoint.")
    check_samples(out, is_beside=beside is not None, overwrite=overwrite)
    with working("Drawing", OF_JOBS_S) as progress, scratch_folder() as folder:
        file = model
        if model.is_dir():
            file = Path(folder) / f"{model.name}.onnx"
            arguments = {"run_dir": str(model.absolute()), "out": str(file)}
            arguments |= checkpoint_named(checkpoint)
            run_job(Job(kind="export", arguments=arguments, nice=0), progress.part(0, 0.6))
        made = draw_samples(file, recipe, out, progress.part(0.6, 1), overwrite)
    seeds = list(range(seed, seed + count))
    say_result({"path": made, "seeds": seeds}, as_json, str(made))


@click.command(epilog="Example: satstudio card generator.onnx")
@click.argument("model", metavar="FILE.onnx|baseline:NAME")
@json_option
def card(model: str, as_json: bool) -> None:
    """Say what a model file takes, gives and was trained on; or a baseline of several images."""
    name = baseline_name(model)
    if name is None:
        document = read_any_card(Path(model)).model_dump(mode="json")
    elif not BASELINES[name].inputs:
        raise InputError(
            f"{name} is a filter of one image and has no card: {BASELINES[name].source}"
        )
    else:
        document = baseline_card(name, BASELINES[name])
    if as_json:
        say_json(document)
    else:
        say(table(document))

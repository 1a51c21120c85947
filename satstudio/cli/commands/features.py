"""features list, features convert, and the options of score for sets of images."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from satstudio.bench.set_scores import SetScoreRecipe
from satstudio.cli.options import check_ending, numbers, out_option
from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_json, say_result, table, working
from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.restore.features.extractor import EXTRACTORS
from satstudio.restore.features.resize import RULES

Command = Callable[..., Any]


@click.group(epilog="Example: satstudio features list")
def features() -> None:
    """List and make what sets of images are scored by."""


@features.command("list", epilog="Example: satstudio features list --json")
@json_option
def list_features(as_json: bool) -> None:
    """List features that need no file, and the resize rules of those that do."""
    document = {
        "features": {
            name: {"title": one.title, "source": one.source} for name, one in EXTRACTORS.items()
        },
        "resize": {name: rule.title for name, rule in RULES.items()},
    }
    if as_json:
        say_json(document)
        return
    say(table({name: f"{one.title}\n{one.source}" for name, one in EXTRACTORS.items()}))
    say("\nResize rules of networks from a file:")
    say(table({name: rule.title for name, rule in RULES.items()}))


@features.command(
    "convert", epilog="Example: satstudio features convert weights.pth --out fid.onnx"
)
@click.argument("weights", type=click.Path(path_type=Path))
@out_option("FILE.onnx")
@json_option
def convert(weights: Path, out: Path, overwrite: bool, as_json: bool) -> None:
    """Make an ONNX file of features from WEIGHTS, the file of the Inception network.

    WEIGHTS is pt_inception-2015-12-05-6726825d.pth or the same file of torch-fidelity; nothing
    in it is run. Exit 3 if the result differs from torch. Needs torch; using the result does not.
    """
    check_ending(out, ".onnx")
    refuse_input(out, weights)
    refuse_file(out, overwrite=overwrite)
    with working("Converting", OF_JOBS_S) as progress:
        paths = {"weights": str(weights.absolute()), "out": str(out.absolute())}
        arguments = {**paths, "overwrite": overwrite}
        run_job(Job(kind="convert_inception", arguments=arguments, nice=0), progress)
    say_result({"path": out}, as_json, str(out))


@dataclass(frozen=True, slots=True)
class SetOptions:
    """The options of `score` that are for sets of images."""

    features: str | None
    resize: str | None
    bands: str | None
    stretch: str | None
    resamples: int | None

    def check_unused(self) -> None:
        """Refuse options of sets where two scenes are scored; raises InputError."""
        unused = {
            "--resize": self.resize,
            "--bands": self.bands,
            "--stretch": self.stretch,
            "--resamples": self.resamples,
        }
        for option, value in unused.items():
            if value is not None:
                raise InputError(f"{option} is for sets of images; say --features too.")

    def recipe(self, metrics: str | None) -> SetScoreRecipe:
        """Return the choices, checked; raises RecipeError or InputError."""
        extractor: dict[str, Any] = {"features": self.features, "resize": self.resize}
        if self.bands is not None:
            extractor["bands"] = numbers(self.bands, 3, "--bands")
        if self.stretch is not None:
            extractor["stretch"] = numbers(self.stretch, 2, "--stretch")
        values: dict[str, Any] = {"extractor": extractor, "resamples": self.resamples}
        if metrics is not None:
            names = [name.strip() for name in metrics.split(",")]
            values["metrics"] = tuple(name for name in names if name)
        return SetScoreRecipe.build(values, "score")


def set_options(command: Command) -> Command:
    """Add the options of sets of images to a command; it gets them as `SetOptions` wants them."""
    options = (
        click.option(
            "--features",
            metavar="NAME|FILE.onnx",
            help="Score sets of images by features: see 'satstudio features list'.",
        ),
        click.option(
            "--resize",
            type=click.Choice([*RULES, "none"]),
            help="How images become a network's input; what its card says if left out.",
        ),
        click.option("--bands", metavar="R,G,B", help="Three bands from 1 for such a network."),
        click.option("--stretch", metavar="LOW,HIGH", help="Their values that become 0 and 255."),
        click.option(
            "--resamples",
            type=click.IntRange(0),
            help="For the interval of a Frechet distance; 0: none.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command

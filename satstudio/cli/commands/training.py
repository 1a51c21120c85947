"""methods, train, export: ways to train, a run, its generator as an ONNX file."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from satstudio.cli.options import (
    check_ending,
    checkpoint_named,
    checkpoint_option,
    out_option,
)
from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import json_option, say, say_error, say_json, say_result, table, working
from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file
from satstudio.core.progress import Progress
from satstudio.core.recipe import read_toml, with_settings
from satstudio.core.run_info import run_info
from satstudio.jobs.again import RunChoices, run_choices
from satstudio.jobs.catalogue import find_catalogue
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job


@click.command(epilog="Example: satstudio methods --json")
@json_option
def methods(as_json: bool) -> None:
    """List ways to train, with their options as JSON Schema and their presets."""
    with working("Listing methods", OF_JOBS_S) as progress:
        catalogue = find_catalogue(progress)
    if as_json:
        say_json(catalogue.model_dump(mode="json", exclude={"key"}))
        return
    if catalogue.missing:
        say(catalogue.missing)
    for method in catalogue.methods:
        say(f"{method.name}: {method.title}")
        rows = {
            f"  {name}": f"{_default(option)}  {option.get('title', '')}".rstrip()
            for name, option in method.options.get("properties", {}).items()
        }
        say(table(rows))
        say("  presets: " + ", ".join(preset.name for preset in method.presets))
    for name, reason in catalogue.broken.items():
        say(f"{name}: broken: {reason}")


@click.command(epilog="Example: satstudio train patches --method cvwgan/tiny --steps 4 --out run")
@click.argument("patches", type=click.Path(path_type=Path), required=False)
@click.option("--method", help="Method or preset, as complex_wgan_gp or cvwgan/small.")
@click.option("--recipe", type=click.Path(path_type=Path), help="A TOML file of choices.")
@click.option(
    "--like",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="All choices of another run, and its patches where none are named.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="One choice; repeat.")
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    metavar="MODEL.onnx",
    help="Begin with the weights of a model file of the same method and network.",
)
@click.option("--steps", type=click.IntRange(1), help="Stop after this many steps.")
@click.option(
    "--epochs", type=click.FloatRange(0, min_open=True), help="Stop after this many epochs."
)
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after this time of training, all parts of the run together.",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint of RUN.")
@click.option("--overwrite", is_flag=True, help="Begin RUN anew; only its own files go.")
@click.option("--dry-run", is_flag=True, help="Only measure time and memory; needs no --out.")
@click.option("--out", type=click.Path(path_type=Path), metavar="RUN", help="The result.")
@json_option
def train(
    patches: Path | None,
    method: str | None,
    recipe: Path | None,
    like: Path | None,
    settings: tuple[str, ...],
    start: Path | None,
    steps: int | None,
    epochs: float | None,
    budget: float | None,
    resume: bool,
    overwrite: bool,
    dry_run: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Train a generator on the patch set PATCHES; the run folder RUN holds all of it.

    Another run is trained again with changes by --like RUN --set lr=1e-4 --out NEW.
    """
    new = {"--like": like, "--start": start, "--overwrite": overwrite or None}
    _check_usage((method, recipe, like), new, is_resumed=resume)
    if out is None and not dry_run:
        raise InputError("Give --out RUN, the folder of the run, or --dry-run.")
    limits = {"steps": steps, "epochs": epochs, "budget_s": budget}
    begins = {} if start is None else {"start": str(start.absolute())}
    with working("Measuring" if dry_run else "Training", OF_JOBS_S) as progress:
        other = run_choices(like) if like is not None else None
        if other is not None:
            values = dict(other.recipe)
        else:
            values = _values(method, recipe, out if resume else None, progress)
        values = with_settings(values, settings)
        values |= {name: value for name, value in limits.items() if value is not None}
        values |= begins
        arguments: dict[str, Any] = {"patches": _patches(patches, other), "recipe": values}
        if out is None or dry_run:
            found = run_job(Job(kind="estimate", arguments=arguments, nice=0), progress)
            document = dict(found) if isinstance(found, dict) else {}
        else:
            arguments |= {"run_dir": str(out.absolute()), "resume": resume}
            arguments |= {"overwrite": overwrite}
            run_job(Job(kind="train", arguments=arguments, nice=0), progress)
    if out is None or dry_run:
        say_result(document, as_json, _cost_text(document))
    else:
        _say_run(out, as_json)


def _say_run(run: Path, as_json: bool) -> None:
    """Say where a run lies; on stderr what it remarked about its data and its course."""
    for remark in run_info(run).get("remarks", []):
        say_error(remark)
    say_result({"path": run}, as_json, str(run))


ANEW = {
    "--like": "--like makes a new run; to go on with RUN give --resume --out RUN.",
    "--start": "--start begins a new run; one that is resumed goes on with its own weights.",
    "--overwrite": "Give --resume to go on with RUN, or --overwrite to begin it anew.",
}
"""What only a new run can have, and what is said where one is resumed."""


def _check_usage(
    sources: Sequence[object], of_new: Mapping[str, object], *, is_resumed: bool
) -> None:
    """Refuse options that cannot stand together; what is None is not given."""
    if sum(given is not None for given in sources) > 1:
        raise InputError("Give one of --method, --recipe and --like.")
    wrong = [option for option, given in of_new.items() if given is not None]
    if is_resumed and wrong:
        raise InputError(ANEW[wrong[0]])


def _patches(patches: Path | None, other: RunChoices | None) -> str:
    """Return the patch set that was named, else that of the run that this one is like."""
    if patches is None and other is None:
        raise InputError("Give PATCHES, the patch set to learn from.")
    if patches is None and other is not None:
        patches = other.patches
        if not patches.is_dir():
            raise InputError(
                f"{other.run} was trained on {patches}, which has gone; name the patches."
            )
    return str(Path(patches or "").absolute())


@click.command(epilog="Example: satstudio export run --out generator.onnx")
@click.argument("run", type=click.Path(path_type=Path))
@checkpoint_option()
@out_option("FILE.onnx")
@json_option
def export(run: Path, checkpoint: str | None, out: Path, overwrite: bool, as_json: bool) -> None:
    """Write the generator of RUN as an ONNX file with its card; exit 3 if parity fails."""
    check_ending(out, ".onnx")
    refuse_file(out, overwrite=overwrite)
    with working("Exporting", OF_JOBS_S) as progress:
        arguments: dict[str, Any] = {"run_dir": str(run.absolute()), "out": str(out.absolute())}
        arguments |= {"overwrite": overwrite}
        arguments |= checkpoint_named(checkpoint)
        run_job(Job(kind="export", arguments=arguments, nice=0), progress)
    say_result({"path": out}, as_json, str(out))


def _values(
    method: str | None, recipe: Path | None, run: Path | None, progress: Progress
) -> dict[str, Any]:
    """Return the choices to start from: a file's, a preset's, or those of the run itself."""
    if recipe is not None:
        return read_toml(recipe)
    if method is not None:
        return find_catalogue(progress).choice(method)
    own = run / "recipe.toml" if run is not None else None
    return read_toml(own) if own is not None and own.is_file() else {}


def _cost_text(cost: dict[str, Any]) -> str:
    """Return the estimate as aligned lines."""
    steps, total_s = cost["steps"], cost["total_s"]
    sizes = {key: cost[f"{key}peak_mb"] for key in ("", "device_")}
    memory = {key: f"{size:,.0f} MiB" for key, size in sizes.items() if size is not None}
    return table(
        {
            "Step": f"{1000 * cost['step_s']:.3g} ms",
            "Steps": f"{steps:,}" if steps else "no limit",
            "Time": f"about {timedelta(seconds=round(total_s))} h"
            if total_s is not None
            else "until stopped",
            "Memory": memory.get("", ""),
            "GPU memory": memory.get("device_", ""),
            "Device": cost["device"],
            "Parameters": f"{cost['parameters']:,}",
            **_space_rows(cost.get("space")),
        }
    )


def _space_rows(space: Mapping[str, Any] | None) -> dict[str, str]:
    if space is None:
        return {}
    kept = space["variances"]["noisy_scale"]
    rows = {
        "Noise of a step": f"{space['sigma']:.4g}",
        "Variance kept": f"within {max(abs(value - 1) for value in kept):.0%} "
        f"up to t = {len(kept) - 1}",
    }
    if space["warning"]:
        rows["Warning"] = space["warning"]
    return rows


def _default(option: dict[str, Any]) -> str:
    return str(option.get("default", "")) if "default" in option else "needed"

"""restore --archive: every scene of a folder, by several processes or a cluster."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from satstudio.cli.stopping import OF_JOBS_S
from satstudio.cli.terminal import say_error, say_result, working
from satstudio.core.errors import CheckFailedError, InputError
from satstudio.core.system.machine import cores
from satstudio.jobs.archive.archive import restore_archive
from satstudio.jobs.archive.cluster import LOCAL
from satstudio.restore.recipe import RestoreRecipe

SHOWN = 5
"""So many failures are said; the manifest has all."""


def archive_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--archive`, `--scheduler` and `--workers`."""
    for option in (
        click.option("--workers", type=click.IntRange(1, 256), help="Processes. [default: cores]"),
        click.option(
            "--scheduler",
            default=LOCAL,
            show_default=True,
            metavar="local|tcp://HOST:PORT",
            help="Who does an archive: processes of this machine, or a Dask cluster of yours.",
        ),
        click.option(
            "--archive",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Restore every scene in DIR and below it, several at a time; --out is a folder.",
        ),
    ):
        function = option(function)
    return function


def say_archive(
    folder: Path,
    model: Path | str,
    recipe: RestoreRecipe,
    out: Path | None,
    *,
    scheduler: str,
    workers: int | None,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Restore an archive and say what became of it; raises CheckFailedError where some failed."""
    if out is None:
        raise InputError("An archive goes to a folder: give one as --out.")
    with working("Restoring", OF_JOBS_S) as progress:
        made = restore_archive(
            folder,
            model,
            recipe,
            out,
            progress,
            overwrite,
            scheduler=scheduler,
            workers=workers or cores(),
        )
    for scene, reason in list(made.reasons.items())[:SHOWN]:
        say_error(f"{Path(scene).name}: {reason}")
    fields = {"path": made.out, "done": made.done, "failed": made.failed, "reasons": made.reasons}
    say_result(fields, as_json, str(made.out))
    if made.failed:
        raise CheckFailedError(
            f"{made.failed} of {made.done + made.failed} scenes failed; archive.jsonl in "
            f"{made.out.name} has the reasons. Begun again, only these are restored."
        )


def check_archive(paths: Sequence[str], out: Path | None, masks: Mapping[str, Path | None]) -> None:
    """Raise InputError where other options do not fit an archive."""
    if paths:
        raise InputError("Give either PATH... or --archive DIR, not both.")
    if out is not None and out.suffix.lower() in (".tif", ".tiff"):
        raise InputError("An archive goes to a folder: give one as --out.")
    for name, mask in masks.items():
        if mask is not None:
            option = f"--{name.replace('_', '-')}"
            raise InputError(f"{option} is of one scene; leave it out of an archive.")

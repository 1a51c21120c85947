"""restore --unfinished: restorations that were killed, listed and, where asked, discarded."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from satstudio.cli.terminal import say, say_json, working
from satstudio.core.errors import InputError
from satstudio.restore.pieces.left_behind import LeftBehind, discard, find_unfinished


def unfinished_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--unfinished` and `--discard`."""
    for option in (
        click.option(
            "--discard",
            "days",
            type=click.FloatRange(min=0),
            metavar="DAYS",
            help="With --unfinished: remove what nobody has worked on for so many days.",
        ),
        click.option(
            "--unfinished",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Restore nothing; list what was killed in DIR and below it, and how to go on.",
        ),
    ):
        function = option(function)
    return function


def say_unfinished(folder: Path | None, days: float | None, as_json: bool) -> None:
    """List what is unfinished in a folder; discard what is so old, where days are given."""
    if folder is None:
        raise InputError("--discard DAYS goes with --unfinished DIR.")
    with working("Looking for unfinished restorations") as progress:
        found = find_unfinished(folder, progress)
    gone = [] if days is None else [each for each in found if each.days >= days and discard(each)]
    stay = [each for each in found if each not in gone]
    if as_json:
        say_json({"unfinished": list(map(_fields, stay)), "discarded": list(map(_fields, gone))})
        return
    say("\n".join([*_lines(stay), *(f"discarded: {each.result}" for each in gone)])
        or f"Nothing is unfinished in {folder}.")  # fmt: skip


def _lines(found: Sequence[LeftBehind]) -> list[str]:
    lines = []
    for each in found:
        when = "a process works on it" if each.is_running else f"left {each.days:.1f} days ago"
        lines.append(f"{each.result}: {each.done:.0%} done, {each.bytes / 1e6:.0f} MB, {when}")
        if each.command and not each.is_running:
            lines.append(f"  to go on, in {each.begun_in}: {each.command}")
    return lines


def _fields(left: LeftBehind) -> dict[str, Any]:
    fields = asdict(left)
    return {
        name: str(value) if isinstance(value, Path) else value for name, value in fields.items()
    }

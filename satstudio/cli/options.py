"""Options and values that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from satstudio.core.errors import InputError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


overwrite_option = click.option(
    "--overwrite",
    is_flag=True,
    help="Replace files of the same names; all else stays. Else what exists is refused.",
)


def out_option(shape: str, *, required: bool = True) -> Decorator:
    """Return the options `--out`, where the result goes, and `--overwrite`."""
    out = click.option(
        "--out",
        required=required,
        type=click.Path(path_type=Path),
        metavar=shape,
        help="The result.",
    )

    def with_both(command: Callable[..., Any]) -> Callable[..., Any]:
        return out(overwrite_option(command))

    return with_both


def checkpoint_option() -> Decorator:
    """Return the option `--checkpoint`, which state of a run is taken."""
    return click.option(
        "--checkpoint",
        metavar="best|newest|STEP|FILE",
        help="Which checkpoint of RUN; else the best.",
    )


def checkpoint_named(text: str | None) -> dict[str, str]:
    """Return the argument of a job for a checkpoint that was named; a file's path in full."""
    if text is None:
        return {}
    return {"checkpoint": str(Path(text).absolute()) if Path(text).is_file() else text}


def check_ending(path: Path, *endings: str) -> None:
    """Refuse a name that promises another kind of file; raises InputError."""
    if path.suffix.lower() not in endings:
        raise InputError(f"{path.name} must end with {' or '.join(endings)}.")


def numbers(text: str, count: int, option: str) -> tuple[float, ...]:
    """Read `count` numbers separated by commas.

    Raises
    ------
    InputError
        Naming the option.
    """
    parts = text.split(",")
    try:
        values = tuple(float(part) for part in parts)
    except ValueError:
        values = ()
    if len(values) != count:
        raise InputError(f"{option} '{text}': give {count} numbers separated by commas.")
    return values

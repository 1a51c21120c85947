"""What the command line says: results on stdout, progress and errors on stderr."""

import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from satstudio.cli.stopping import PATIENCE_S, patient
from satstudio.core.errors import Cancelled
from satstudio.core.files.json_text import strict_json
from satstudio.core.progress import Progress

NOT_LOSSES = {
    "step", "seconds", "images", "images_per_s", "eta_s", "wasserstein_validation",
    "penalty_validation",
}  # fmt: skip

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


def say(text: str) -> None:
    """Write a result to stdout."""
    click.echo(text)


def say_json(document: object) -> None:
    """Write one JSON document to stdout; see `strict_json` for numbers that JSON has none for."""
    click.echo(strict_json(document))


def say_result(document: Mapping[str, object], as_json: bool, text: str) -> None:
    """Write a result as one JSON document or as text."""
    if as_json:
        say_json(document)
    else:
        say(text)


def say_error(sentence: str) -> None:
    """Write a sentence to stderr."""
    if sentence:
        click.echo(sentence, err=True)


def table(rows: Mapping[str, object]) -> str:
    """Return names and values as aligned lines; what is None or empty is left out."""
    shown = {name: str(value) for name, value in rows.items() if value not in (None, "", (), [])}
    width = max((len(name) for name in shown), default=0)
    lines = []
    for name, value in shown.items():
        first, *others = value.splitlines() or [""]
        lines.append(f"{name:<{width}}  {first}")
        lines += [f"{'':<{width}}  {line}" for line in others]
    return "\n".join(lines)


class _Wish:
    """A stop asked for by Ctrl+C or by the system; a second one ends at once."""

    def __init__(self) -> None:
        self.is_stopped = False

    def __call__(self, number: int, frame: object) -> None:
        if self.is_stopped:
            raise KeyboardInterrupt
        self.is_stopped = True


@contextmanager
def working(what: str, patience_s: float = PATIENCE_S) -> Iterator[Progress]:
    """Give a Progress with a bar, on a terminal only; Ctrl+C asks the work to stop.

    Work that has not stopped `patience_s` seconds later is interrupted.
    """
    wish = _Wish()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, wish) for number in numbers]
    try:
        with patient(patience_s):
            if sys.stderr.isatty():
                with _bar() as bar:
                    yield _live(bar, bar.add_task(what, total=1.0, losses=""), wish)
            else:
                yield Progress(is_stopped=lambda: wish.is_stopped)
    except KeyboardInterrupt:
        raise Cancelled from None
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _bar() -> Bar:
    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[losses]}"),
        console=Console(stderr=True),
        transient=True,
    )


def _live(bar: Bar, task: TaskID, wish: _Wish) -> Progress:
    def tell(share: float, text: str) -> None:
        bar.update(task, completed=share, description=text or None)

    def announce(name: str, fields: Mapping[str, object]) -> None:
        if name in ("logged", "step"):  # of a training; the end of a step of the demo
            bar.update(task, losses=losses_of(fields) if name == "logged" else "")

    return Progress(tell, lambda: wish.is_stopped, announce)


def losses_of(fields: Mapping[str, Any]) -> str:
    """Return a log line as short text: two losses of the training."""
    losses = [
        f"{name.removesuffix('_train')} {value:.3g}"
        for name, value in fields.items()
        if name not in NOT_LOSSES and isinstance(value, int | float)
    ]
    return "  ".join(losses[:2])

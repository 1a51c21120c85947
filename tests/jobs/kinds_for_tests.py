"""Kinds of jobs that only tests have; a worker is started with them through `COMMAND`."""

import os
import signal
import sys
import time
from pathlib import Path

from pydantic import Field

from satstudio.core.errors import InputError
from satstudio.core.files import replacing
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.jobs import worker
from satstudio.jobs.job import KINDS

KINDS.update(
    {
        name: f"kinds_for_tests:{name}"
        for name in (
            "echo", "count", "until_stopped", "deaf", "bad", "broken", "die", "noisy", "asked",
            "half", "environment", "plainly",
        )
    }
)  # fmt: skip


class Choices(Recipe):
    """A recipe with bounds."""

    size: int = Field(5, ge=1)


def echo(path: Path, recipe: Choices, progress: Progress) -> Path:
    """Return a path made of both; only works where text became Path and table became Recipe."""
    return path / f"size-{recipe.size}"


def count(steps: int, progress: Progress) -> int:
    """Report as fast as it goes."""
    for step in range(steps):
        progress.report(step / steps, f"step {step}")
    progress.announce("logged", step=steps)
    return steps


def until_stopped(progress: Progress) -> None:
    """Work until a stop is asked for."""
    progress.announce("ready")
    while True:
        progress.report(0.5, "working")
        time.sleep(0.01)


def deaf(progress: Progress) -> None:
    """Never look whether a stop was asked for."""
    progress.announce("ready")
    time.sleep(600)


def bad(progress: Progress) -> None:
    """Raise an error of ours."""
    raise InputError("There is no scene today; try tomorrow.")


def broken(progress: Progress) -> None:
    """Raise an error that nobody expected."""
    raise ZeroDivisionError("by zero")


def die(progress: Progress) -> None:
    """End by a signal, as if memory ran out."""
    sys.stderr.write("last words\n")
    os.kill(os.getpid(), signal.SIGKILL)


def noisy(lines: int, progress: Progress) -> str:
    """Print to both streams, from Python and from below it."""
    for line in range(lines):
        sys.stdout.write(f"stray line {line} of some library, enough to fill a pipe soon\n")
    sys.stdout.flush()
    os.write(1, b"a stray line of C\n")
    return "quiet"


def asked(progress: Progress) -> list[str]:
    """Wait for a checkpoint and a preview request; tell what came."""
    progress.announce("ready")
    seen: list[str] = []
    while len(seen) < 2:
        seen += [name for name in ("checkpoint", "preview") if progress.is_asked(name)]
        time.sleep(0.01)
    return sorted(seen)


def half(out: Path, progress: Progress) -> Path:
    """Write a file slowly; a stop in the middle must leave nothing."""
    with replacing(out) as part:
        part.write_text("half")
        progress.announce("ready")
        while True:
            progress.check()
            time.sleep(0.01)


def environment(progress: Progress) -> dict[str, object]:
    """Return what the worker's process is like."""
    names = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "QT_SCALE_FACTOR", "PROJ_DATA", "MARK")
    values: dict[str, object] = {name: os.environ.get(name) for name in names}
    return {**values, "nice": os.nice(0), "modules": sorted(sys.modules)}


def plainly(size: int) -> Choices:
    """Take no progress and return a recipe."""
    return Choices(size=size)


if __name__ == "__main__":
    sys.modules["kinds_for_tests"] = sys.modules["__main__"]
    sys.exit(worker.main())

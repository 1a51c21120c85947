"""Kinds of jobs that only tests have; a worker is started with them through `COMMAND`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import Field

from satstudio.core.errors import Cancelled, InputError
from satstudio.core.files.replacing import replacing, write_text
from satstudio.core.job_requests import RequestKind, Requests
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.run_info import own_process
from satstudio.core.runs.stop_request import heeding
from satstudio.jobs import worker
from satstudio.jobs.job import KINDS
from satstudio.learn.setup.clock import Clock, Limits

KINDS.update(
    {
        name: f"kinds_for_tests:{name}"
        for name in (
            "echo", "count", "until_stopped", "deaf", "bad", "broken", "die", "noisy", "asked",
            "half", "environment", "plainly", "parent", "answering",
            "between_steps",
        )
    }
)  # fmt: skip
KINDS.update(dict.fromkeys(os.environ.get("DEAF_KINDS", "").split(), "kinds_for_tests:deaf_to_all"))
if "MADE_TRAINING" in os.environ:
    KINDS["train"] = "kinds_for_tests:made_training"
KINDS["slow_import"] = "imports_slowly:work"


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


def deaf_to_all(progress: Progress, **arguments: object) -> None:
    """Take any arguments and never look whether a stop was asked for."""
    deaf(progress)


def parent(progress: Progress) -> None:
    """Start a child that holds the pipes open, and wait."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    progress.announce("ready", child=child.pid)
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


def square(number: int, progress: Progress) -> dict[str, int]:
    """Answer at once."""
    return {"square": number**2}


def endless(wait: bool, progress: Progress) -> dict[str, str]:
    """Work until the question is not wanted any more, where it is to wait."""
    sys.stderr.write("at work\n")
    sys.stderr.flush()
    while wait:
        progress.check()
        time.sleep(0.01)
    return {"end": "reached"}


def answering(progress: Progress, requests: Requests, folder: Path | None = None) -> None:
    """Answer questions until a stop: squares of numbers, arrays as files, endless work, errors."""

    def array(number: int, progress: Progress) -> dict[str, str]:
        path = (folder or Path()) / f"{number}.bin"
        path.write_bytes(bytes(number))
        return {"path": str(path)}

    requests.offer(RequestKind("square", is_newest_only=False), square)
    for name, answer in (
        ("endless", endless), ("array", array), ("die", die), ("wrong", bad), ("broken", broken),
    ):  # fmt: skip
        requests.offer(RequestKind(name), answer)
    progress.announce("ready")
    requests.serve(progress)


def between_steps(progress: Progress, requests: Requests) -> int:
    """Work step by step, as a training does, and answer in between until told that it is enough."""
    known = {"step": 0, "is_enough": False}

    def enough(progress: Progress) -> dict[str, int]:
        known["is_enough"] = True
        return {"step": known["step"]}

    requests.offer(RequestKind("enough"), enough)
    progress.announce("ready")
    while not known["is_enough"]:
        known["step"] += 1
        progress.report(0.5, f"step {known['step']}")
        requests.answer_next(progress)
    return int(known["step"])


def made_training(
    patches: Path, recipe: dict[str, Any], run_dir: Path, progress: Progress, resume: bool = False
) -> Path:
    """Write the folder of a run as a training does, a step each 10 ms, without learning."""
    for name in ("checkpoints", "samples"):
        (run_dir / name).mkdir(parents=True, exist_ok=True)
    (run_dir / "recipe.toml").write_text(
        tomli_w.dumps({key: value for key, value in recipe.items() if value is not None}), "utf-8"
    )
    earlier = json.loads((run_dir / "run.json").read_text("utf-8")) if resume else {}
    run = MadeRun(run_dir, str(patches), earlier, heeding(progress, run_dir))
    try:
        run.carry_out(Limits(recipe.get("steps"), recipe.get("budget_s")))
    except Cancelled:
        run.write("stopped")
        raise
    run.write("done")
    return run_dir


class MadeRun:
    """A run whose steps do nothing."""

    def __init__(
        self, folder: Path, patches: str, earlier: dict[str, Any], progress: Progress
    ) -> None:
        self.folder, self.patches, self.progress = folder, patches, progress
        self.step = int(earlier.get("steps", 0))
        self.clock = Clock(earlier.get("seconds", 0.0))
        self.write("running")

    def write(self, status: str) -> None:
        known = {"status": status, "steps": self.step, "seconds": round(self.clock.seconds, 3)}
        known |= {"patches": self.patches, **own_process()}
        write_text(self.folder / "run.json", json.dumps(known))

    def carry_out(self, limits: Limits) -> None:
        self.progress.announce("saved", path="", step=self.step)
        while limits.share(self.step, self.clock) < 1:
            self.wait()
            self.progress.report(limits.share(self.step, self.clock), f"Step {self.step}")
            time.sleep(0.01)
            self.step += 1
            self.clock.count()
            if self.step % 20 == 0:
                self.log(limits)

    def wait(self) -> None:
        if not self.progress.is_asked("pause"):
            return
        self.clock.stop()
        self.progress.announce("paused", step=self.step)
        while not self.progress.is_asked("resume"):
            self.progress.check()
            time.sleep(0.01)
        self.clock.start()
        self.progress.announce("resumed", step=self.step)

    def log(self, limits: Limits) -> None:
        line = {
            "step": self.step,
            "seconds": round(self.clock.seconds, 3),
            "eta_s": limits.eta_s(self.step, self.clock),
            "wasserstein_train": 1 / self.step,
        }
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        self.progress.announce("logged", **line)


if __name__ == "__main__":
    sys.modules["kinds_for_tests"] = sys.modules["__main__"]
    sys.exit(worker.main())

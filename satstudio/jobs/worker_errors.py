"""What became of a worker: its error as an exception, and the event of one that died."""

import contextlib
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import satstudio.core.errors
from satstudio.core.errors import Cancelled, SatstudioError
from satstudio.core.run_info import run_info
from satstudio.jobs.job import Event, Job

LINES = 20
"""How many of the last lines of a dead worker its event carries."""

Ended = Literal["unbegun", "late", "twice", "killed", ""]
"""How we ended a worker: before it began; because it was late after a stop; because a stop was
asked for twice; because a kill was asked for; not at all."""

_AFTER_DEATH = {
    "train": "continue from the last checkpoint, at most a minute old",
    "restore": "what it restored is kept; restore in the same way again to go on",
    "restore_many": "what it restored is kept; restore the same scenes again to go on",
    "sweep": "start it again with the same folder; finished runs are kept",
}


class WorkerDiedError(SatstudioError):
    """The worker process ended without a last word."""


class WorkerFailedError(SatstudioError):
    """The worker process met an error that satstudio did not expect."""

    exit_code = 1

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


def error_of(event: Event) -> SatstudioError:
    """Return the exception that an `error` or `stopped` event tells of."""
    if event.name == "stopped":
        return Cancelled(event.text or "Stopped by the user.")
    name, sentence = str(event.fields.get("class", "")), event.text
    if name == "WorkerDiedError":
        return WorkerDiedError(sentence)
    kind = getattr(satstudio.core.errors, name, None)
    if isinstance(kind, type) and issubclass(kind, SatstudioError):
        return kind(sentence)
    return WorkerFailedError(sentence, str(event.fields.get("traceback", "")))


def last_event(job: Job, code: int, ended: Ended, lines: Sequence[str]) -> Event:
    """Return the final event of a worker that said none itself.

    Parameters
    ----------
    code : exit code; minus the signal's number where one ended the process
    ended : whether and why we ended it
    lines : the last ones that it wrote beside the protocol
    """
    if ended == "unbegun":
        return Event("stopped", job.id, fields={"text": "Stopped before it began."})
    _note_in_runs(job)
    where = _AFTER_DEATH.get(job.kind, "nothing half-written has its final name; try again")
    if ended == "twice":
        return Event("stopped", job.id, fields={"text": f"Ended at once: {where}."})
    fields = {
        "class": "WorkerDiedError",
        "sentence": f"The {job.kind} job {_how(code, ended)}: {where}.",
        "exit_code": 2,
        "stderr": list(lines)[-LINES:],
    }
    return Event("error", job.id, fields=fields)


def _how(code: int, ended: Ended) -> str:
    if ended == "late":
        return "did not stop in time and was killed"
    if ended == "killed":
        return "was ended at once"
    if code >= 0:
        return f"ended without a word (exit code {code})"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    likely = ", most likely because memory ran out" if name == "SIGKILL" else ""
    return f"was ended by {name}{likely}"


def _note_in_runs(job: Job) -> None:
    """Let run.json of the trainings of a job whose process has died say so."""
    given = (job.arguments.get("run_dir"), job.arguments.get("out"))
    folders = [Path(name) for name in given if isinstance(name, str)]
    for run in [*folders, *(path for folder in folders for path in folder.glob("runs/*"))]:
        with contextlib.suppress(OSError, ValueError):  # no training, or one whose file is damaged
            run_info(run)

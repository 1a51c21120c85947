"""RunRow, run_rows, read_row: the trainings of a folder as lists show them; damaged ones too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satstudio.core.run_info import RUNNING, status_of
from satstudio.core.runs.checked_info import read_info
from satstudio.core.runs.run_log import last_line
from satstudio.core.runs.run_note import read_note
from satstudio.core.runs.training_figures import RunFigures, figures_of

OUTSIDE, DAMAGED = "outside", "damaged"
MARKS = ("recipe.toml", "run.json")
"""A folder with one of these is a run, or what is left of one."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A training run as lists show it.

    Attributes
    ----------
    status : done, stopped, failed, interrupted; outside: trained by another process of this
        machine; elsewhere: on another machine, as far as is known; damaged: run.json says nothing
    message : why it failed
    problem : what of its files cannot be read, and why
    note : what the user wrote about it
    info : of run.json, values of the right kind only
    """

    name: str
    path: Path
    status: str
    figures: RunFigures = RunFigures()  # noqa: RUF009 - frozen
    message: str = ""
    problem: str = ""
    note: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def best(self) -> Mapping[str, Any]:
        """What is known of the best checkpoint."""
        found: Mapping[str, Any] = self.info.get("best", {})
        return found


def run_rows(folder: Path, others: Sequence[Path] = ()) -> tuple[RunRow, ...]:
    """Return other runs, then those of a folder, the newest first."""
    found = [one for one in others if one.is_dir()] + [
        path for path in newest_folders(folder) if any((path / mark).is_file() for mark in MARKS)
    ]
    return tuple(read_row(path) for path in dict.fromkeys(found))


def read_row(path: Path) -> RunRow:
    """Read what a list shows of a run; what is damaged is told in words."""
    info, problem = read_info(path)
    line, of_log = last_line(path)
    status = str(info.get("status", DAMAGED)) if info else DAMAGED
    if status == RUNNING:
        status = status_of(info)
        status = OUTSIDE if status == RUNNING else status
    return RunRow(
        path.name,
        path,
        status,
        figures_of(info, line),
        info.get("message", ""),
        ". ".join(text for text in (problem, of_log) if text),
        read_note(path),
        info,
    )


def newest_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, the newest first; those that go meanwhile are left out."""
    found = []
    try:
        inside = [path for path in folder.iterdir() if path.name[0] != "."]
    except OSError:  # no study yet, or none that may be read
        return []
    for path in inside:
        try:
            if path.is_dir():
                found.append((path.stat().st_mtime, path))
        except OSError:
            continue
    return [path for _, path in sorted(found, key=lambda each: each[0], reverse=True)]

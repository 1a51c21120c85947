"""Task: one thing that a plan wants done; what comes of it is a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satstudio.core.progress import Progress

Row = dict[str, Any]
DONE, FAILED = "done", "failed"
"""What a row's `status` may be; task kinds have others, as `diverged`."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, as plain values that any process understands.

    Attributes
    ----------
    kind : name of a kind of job, whose function returns the row's figures
    arguments : by keyword, JSON values
    row : what the row says whatever comes of it; `key` tells it from all others
    blank : what the row says besides where the task failed
    name : what people call it
    """

    kind: str
    arguments: Mapping[str, Any]
    row: Row = field(default_factory=dict)
    blank: Row = field(default_factory=dict)
    name: str = ""

    @property
    def key(self) -> str:
        """Name of its row."""
        return str(self.row["key"])


Launch = Callable[[Task, Progress], Any]
"""Carries out a task, here or in a process of its own, and returns what its function returns."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plan is carried out.

    Attributes
    ----------
    out : folder of plan.toml, rows.jsonl and the report
    patches : folder of the patch set; None where the plan takes none
    """

    out: Path
    patches: Path | None = None

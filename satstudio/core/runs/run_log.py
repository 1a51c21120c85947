"""read_log, log_lines, last_line: what a training logged, whatever damage its file took."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.files.json_text import json_lines, parse_json
from satstudio.core.files.old_keys import with_new_keys

FILE = "log.jsonl"
LARGEST_BYTES = 64_000_000
TAIL_BYTES = 32_768
LARGEST_STEP = 2**53
"""Larger ones have no exact place on an axis."""


@dataclass(frozen=True, slots=True)
class RunLog:
    """The log of a run.

    Attributes
    ----------
    lines : those that say a step, with the keys of today and finite numbers
    problem : what of it cannot be read, and why; empty where all can
    """

    lines: tuple[dict[str, Any], ...] = ()
    problem: str = ""


def read_log(run: Path) -> RunLog:
    """Read the log of a run; what is damaged is passed over and told."""
    path = run / FILE
    try:
        if path.is_file() and path.stat().st_size > LARGEST_BYTES:
            return RunLog(problem=f"{FILE} is too large to be shown ({LARGEST_BYTES:,} bytes)")
        tables, damaged = json_lines(path)
    except OSError as error:
        return RunLog(problem=f"{FILE} cannot be read: {error.strerror or error}")
    lines = tuple(line for line in map(checked_line, tables) if line is not None)
    lost = len(damaged) + len(tables) - len(lines)
    plural = "s" if lost > 1 else ""
    return RunLog(lines, f"{lost} line{plural} of {FILE} cannot be read" if lost else "")


def log_lines(run: Path) -> tuple[dict[str, Any], ...]:
    """Return the lines of a run's log that say a step; none without one."""
    return read_log(run).lines


def last_line(run: Path) -> tuple[Mapping[str, Any], str]:
    """Return the newest line of a log, and what is damaged near its end; reads no more than that.

    What follows the last end of a line is neither: a process that was killed left it half-written.
    """
    try:
        with (run / FILE).open("rb") as file:
            start = max(file.seek(0, 2) - TAIL_BYTES, 0)
            file.seek(start)
            whole, _, _ = file.read().rpartition(b"\n")
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"{FILE} cannot be read: {error.strerror or error}"
    texts = [text for text in whole.split(b"\n")[1 if start else 0 :] if text.strip()]
    lines = [_line(text) for text in texts]
    problem = f"a line of {FILE} cannot be read" if None in lines else ""
    return next((line for line in reversed(lines) if line is not None), {}), problem


def checked_line(table: object) -> dict[str, Any] | None:
    """Return a line with its finite numbers; None where it says no step."""
    if not isinstance(table, Mapping):
        return None
    step = table.get("step")
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step < LARGEST_STEP:
        return None
    return {name: value for name, value in with_new_keys("log", table).items() if is_figure(value)}


def is_figure(value: object) -> bool:
    """Tell whether a value is a finite number, or None where one was not measured."""
    if value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def _line(text: bytes) -> dict[str, Any] | None:
    try:
        return checked_line(parse_json(text))
    except ValueError:
        return None

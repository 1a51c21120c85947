"""failure_remarks: which tasks of a plan failed, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from satstudio.bench.plans.rows import has_failed
from satstudio.bench.plans.task import Row

MOST = 20
"""Reasons that a report tells; of more it says how many."""


def failure_remarks(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a sentence a task that failed; its row has the reason too."""
    failed = [row for row in rows if has_failed(row)]
    told = [f"{_name(row)} failed: {row.get('message', '')}" for row in failed[:MOST]]
    return told + ([f"{len(failed) - MOST} more failed."] if len(failed) > MOST else [])


def whole(rows: Sequence[Row]) -> list[Row]:
    """Return the rows whose tasks did not fail."""
    return [row for row in rows if not has_failed(row)]


def _name(row: Mapping[str, Any]) -> str:
    seed = row.get("seed")
    return f"{row.get('row', row['key'])}" + ("" if seed is None else f", seed {seed}")

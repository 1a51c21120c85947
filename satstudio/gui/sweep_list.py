"""What lies in bench/ of a study folder: sweeps with their rows; read off the GUI thread."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import SatstudioError
from satstudio.core.recipe import read_toml
from satstudio.jobs.plans import PlanInfo, describe_plan
from satstudio.metrics.trials import statistic_of

MOST_FIGURES = 3
Finished = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SweepRow:
    """A sweep as lists show it.

    Attributes
    ----------
    plan : None where its file cannot be read; then `problem` says why
    rows : finished runs, in the order in which they were finished
    report : its page, once written
    """

    name: str
    path: Path
    plan: PlanInfo | None = None
    rows: tuple[Finished, ...] = ()
    report: Path | None = None
    problem: str = ""

    @property
    def patches(self) -> Path | None:
        """The patch set that finished rows name."""
        named = [Path(str(row["patches"])) for row in self.rows if row.get("patches")]
        return named[0] if named else None


def sweeps(folder: Path, others: Sequence[Path] = ()) -> tuple[SweepRow, ...]:
    """Return other sweeps, then those of a folder, the newest first."""
    inside = [path.parent for path in folder.glob("*/plan.toml")] if folder.is_dir() else []
    newest = sorted(inside, key=lambda path: (path / "plan.toml").stat().st_mtime, reverse=True)
    return tuple(_sweep(path) for path in dict.fromkeys([*others, *newest]))


def figure_names(row: SweepRow) -> tuple[str, ...]:
    """Return the figures that a sweep's table has as columns."""
    values = row.plan.values if row.plan is not None else {}
    named = values.get("figures") or next((list(one.get("figures", {})) for one in row.rows), [])
    return tuple(map(str, named))[:MOST_FIGURES]


def table_of(rows: Sequence[Finished], figures: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a line a row of the plan: name, finished runs, mean ± deviation of each figure."""
    together: dict[str, list[Finished]] = {}
    for one in rows:
        together.setdefault(str(one.get("row") or one.get("key", "")), []).append(one)
    return [
        (name, _runs_text(found), *(_figure(found, figure) for figure in figures))
        for name, found in together.items()
    ]


def _runs_text(found: Sequence[Finished]) -> str:
    lost = sum(one.get("status") == "diverged" for one in found)
    return f"{len(found)} ({lost} diverged)" if lost else str(len(found))


def _figure(found: Sequence[Finished], figure: str) -> str:
    values = [(one.get("figures") or {}).get(figure) for one in found]
    known = statistic_of([float(value) for value in values if value is not None])
    return known.text if known else "\N{EN DASH}"


def _sweep(path: Path) -> SweepRow:
    try:
        plan = describe_plan(path.name, read_toml(path / "plan.toml"))
    except SatstudioError as error:
        return SweepRow(path.name, path, problem=str(error))
    report = path / "report.html"
    return SweepRow(path.name, path, plan, _finished(path), report if report.is_file() else None)


def _finished(path: Path) -> tuple[Finished, ...]:
    file = path / "rows.jsonl"
    if not file.is_file():
        return ()
    found = []
    for line in file.read_text("utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # a half-written last one
    return tuple(row for row in found if isinstance(row, dict))

"""The tables of a sweep as its report holds them: means, seed by seed, nearest runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satstudio.bench.plans.sweeps.summary import Group, ranking_of
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.bench.plans.task import DONE, Row
from satstudio.metrics.sets.distances import FLOOR, REAL, REFERENCES
from satstudio.metrics.trials import number_text

NONE = "none"
Table = dict[str, Any]
RULE = "mean ± standard deviation over the seeds; the best in bold where it is not within noise"


def heading_of(plan: SweepPlan, figure: str) -> str:
    """Return title, unit and the arrow that says which way is better."""
    return plan.card_of(figure).heading


def mean_tables(plan: SweepPlan, rows: Sequence[Row], groups: Sequence[Group]) -> list[Table]:
    """Return means over seeds, with what real patches and Gaussian fields have below or beside."""
    if not plan.columns:
        return [_plain_table(plan, rows, groups)]
    beside = _beside_rows(plan, rows)
    head = ["", *(heading_of(plan, name) for name in plan.figures)]
    below = {"title": "Beside it", "head": head, "rows": beside, "is_numeric": True}
    return [*_pivots(plan, groups), *([below] if beside else [])]


def seed_table(plan: SweepPlan, rows: Sequence[Row]) -> Table:
    """Return the figures of every single run."""
    head = ["Row", "Seed", *(heading_of(plan, name) for name in plan.figures)]
    return {
        "title": "Every run",
        "head": [*head, "Step", "Generated (n)", "Real (n)", "Time (s)"],
        "rows": [
            [
                row["row"],
                str(row["seed"]),
                *(_value(row["figures"].get(name), row) for name in plan.figures),
                *(_count(row.get(name)) for name in ("step", "n", "n_real", "seconds")),
            ]
            for row in rows
        ],
        "is_numeric": True,
    }


def nearest_table(plan: SweepPlan, groups: Sequence[Group], out: Path) -> Table:
    """Return which run of each row is nearest to the mean, and the file of its generator."""
    first = plan.figures[0]
    return {
        "title": "Generator nearest to the mean",
        "head": ["Row", "Run", "Checkpoint", f"{heading_of(plan, first)}, mean"],
        "rows": [
            [group.row, group.nearest or NONE, _checkpoint(group, out), _cell(group, first)]
            for group in groups
        ],
    }


def _plain_table(plan: SweepPlan, rows: Sequence[Row], groups: Sequence[Group]) -> Table:
    """Return one line a row, one column a figure, and over how many seeds."""
    cells = [
        [group.row, *(_cell(group, name) for name in plan.figures), str(_n(group))]
        for group in groups
    ]
    best = [
        (place, column)
        for column, name in enumerate(plan.figures, 1)
        if (place := ranking_of(groups, name, plan.better_of(name)).best) is not None
    ]
    return {
        "title": f"{RULE[0].upper()}{RULE[1:]}",
        "head": ["Row", *(heading_of(plan, name) for name in plan.figures), "Seeds (n)"],
        "rows": [*cells, *([*row, ""] for row in _beside_rows(plan, rows))],
        "is_numeric": True,
        "best": best,
    }


def _pivots(plan: SweepPlan, groups: Sequence[Group]) -> list[Table]:
    """Return a table a figure, whose columns are the values of one key of the plan."""
    key = str(plan.columns)
    columns = list(dict.fromkeys(str(group.values.get(key)) for group in groups))
    called = [plan.name_of(group.label, dict(group.values), key) for group in groups]
    names = list(dict.fromkeys(called))
    places = [
        (names.index(name), 1 + columns.index(str(group.values.get(key))))
        for name, group in zip(called, groups, strict=True)
    ]
    at = dict(zip(places, groups, strict=True))
    tables = []
    for figure in plan.figures:
        cells = [
            [_counted_cell(at.get((row, column)), figure) for column in range(1, len(columns) + 1)]
            for row in range(len(names))
        ]
        chosen = ranking_of(groups, figure, plan.better_of(figure)).best
        tables.append({
            "title": f"{heading_of(plan, figure)}: {RULE} (n)",
            "head": [f"Row / {key}", *columns],
            "rows": [[name, *line] for name, line in zip(names, cells, strict=True)],
            "is_numeric": True,
            "best": [] if chosen is None else [places[chosen]],
        })  # fmt: skip
    return tables


def _beside_rows(plan: SweepPlan, rows: Sequence[Row]) -> list[list[str]]:
    """Return lines of what real patches and Gaussian fields have; without those nobody has."""
    found = [
        [
            called,
            *(_between(rows, name, (ending, REAL) if ending == FLOOR else (ending,))
              for name in plan.figures),
        ]
        for ending, called in REFERENCES.items()
    ]  # fmt: skip
    return [line for line in found if any(cell != NONE for cell in line[1:])]


def _between(rows: Sequence[Row], figure: str, endings: Sequence[str]) -> str:
    """Return the value that all runs have beside a figure, or the smallest and the largest."""
    keys = [figure + ending for ending in endings]
    values = [row["beside"][key] for row in rows for key in keys if key in row.get("beside", {})]
    if not values:
        return NONE
    texts = [number_text(value) for value in (min(values), max(values))]
    return " to ".join(dict.fromkeys(texts))


def _cell(group: Group, figure: str) -> str:
    if figure in group.figures:
        return group.figures[figure].text
    return "diverged" if group.diverged else "failed" if group.failed else NONE


def _counted_cell(group: Group | None, figure: str) -> str:
    if group is None:
        return NONE
    cell = _cell(group, figure)
    return f"{cell} ({_n(group)})" if figure in group.figures else cell


def _n(group: Group) -> int:
    return max((one.n for one in group.figures.values()), default=0)


def _value(value: float | None, row: Mapping[str, Any]) -> str:
    if value is not None:
        return number_text(value)
    return NONE if row["status"] == DONE else str(row["status"])


def _count(value: float | None) -> str:
    return NONE if value is None else f"{value:.0f}"


def _checkpoint(group: Group, out: Path) -> str:
    """Return the newest checkpoint of a row's nearest run; its name says the step."""
    folder = out / str(group.nearest) / "checkpoints"
    files = sorted(folder.glob("step-*.safetensors")) if group.nearest else []
    return files[-1].relative_to(out).as_posix() if files else NONE

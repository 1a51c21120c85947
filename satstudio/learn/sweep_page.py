"""sweep_page: a sweep's tables, curves and pictures, as a report holds them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satstudio.learn.published import published_tables
from satstudio.learn.sweep_curves import sweep_curves
from satstudio.learn.sweep_plan import SweepPlan, describe
from satstudio.learn.sweep_rows import Row
from satstudio.learn.sweep_table import Group, best_of, better_of, definition_of, groups_of

NONE = "none"
NAMED = ("method", "preset", "threads")
MOST_PICTURES = 24
TAKEN = {"end": "Figures are those at the end of each run.", "best": "Figures are those of each "
         "run's best check by the first figure."}  # fmt: skip
NEAREST = (
    "Curves and pictures are of the run of each row whose first figure is nearest to the row's "
    "mean."
)


def sweep_page(plan: SweepPlan, rows: Sequence[Row], out: Path) -> dict[str, Any]:
    """Return the fields of a report: mean and standard deviation over seeds, best in bold, n.

    Parameters
    ----------
    rows : finished ones; at least one
    out : folder of the sweep, whose run folders are read
    """
    groups = groups_of(rows, plan.figures)
    tables = _pivots(plan, groups) if plan.columns else [_plain_table(plan, groups)]
    return {
        "title": plan.title,
        "facts": _facts(plan, rows),
        "sections": [
            {
                "title": "Figures",
                "text": plan.text,
                "tables": [*tables, *published_tables(plan.published)],
                "remarks": [*_remarks(plan, rows, groups), *plan.differs],
            },
            {
                "title": "The runs nearest to the mean",
                "text": NEAREST,
                "curves": sweep_curves(plan, rows, groups, out),
                "pictures": _pictures(groups, out),
                "tables": [_nearest_table(groups)],
            },
        ],
    }


def _facts(plan: SweepPlan, rows: Sequence[Row]) -> dict[str, str]:
    seconds = sum(float(row["seconds"] or 0) for row in rows)
    return {
        "Patch set": Path(rows[0]["patches"]).name,
        "Method": str(plan.base.get("method", "")),
        "Preset": str(plan.base.get("preset", "")),
        "Settings": describe({key: plan.base[key] for key in plan.base if key not in NAMED}),
        "Runs": str(len(rows)),
        "Seeds": ", ".join(map(str, plan.seeds)),
        "Time of all trainings": f"{seconds:.0f} s",
    }


def _plain_table(plan: SweepPlan, groups: Sequence[Group]) -> dict[str, Any]:
    """Return one line a row, one column a figure, and n."""
    best = [
        (place, column)
        for column, name in enumerate(plan.figures, 1)
        for place in best_of(groups, name, better_of(name, plan.better))
    ]
    return {
        "title": "Mean ± standard deviation over the seeds, best mean in bold",
        "head": ["Row", *plan.figures, "n"],
        "rows": [
            [group.row, *(_cell(group, name) for name in plan.figures), str(_n(group))]
            for group in groups
        ],
        "is_numeric": True,
        "best": best,
    }


def _pivots(plan: SweepPlan, groups: Sequence[Group]) -> list[dict[str, Any]]:
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
        chosen = best_of(groups, figure, better_of(figure, plan.better))
        tables.append({
            "title": f"{figure}: mean ± standard deviation (n), best mean in bold",
            "head": [f"Row / {key}", *columns],
            "rows": [[name, *line] for name, line in zip(names, cells, strict=True)],
            "is_numeric": True,
            "best": [places[place] for place in chosen],
        })  # fmt: skip
    return tables


def _cell(group: Group, figure: str) -> str:
    if figure in group.figures:
        return group.figures[figure].text
    return "diverged" if group.diverged else NONE


def _counted_cell(group: Group | None, figure: str) -> str:
    if group is None:
        return NONE
    return (
        f"{_cell(group, figure)} ({_n(group)})" if figure in group.figures else _cell(group, figure)
    )


def _n(group: Group) -> int:
    return max((one.n for one in group.figures.values()), default=0)


def _remarks(plan: SweepPlan, rows: Sequence[Row], groups: Sequence[Group]) -> list[str]:
    counts = sorted({row["n"] for row in rows if row["n"]})
    measured = f" Each is measured on {' or '.join(map(str, counts))} images." if counts else ""
    lost = [
        f"{group.row}: {group.diverged} of {group.trials} trainings diverged and do not count."
        for group in groups
        if group.diverged
    ]
    lost += [
        f"{row['row']}, seed {row['seed']}: went back {row['trips']} times, each time with "
        "half the learning rate of before."
        for row in rows
        if row.get("trips")
    ]
    better = {name: better_of(name, plan.better) for name in plan.figures}
    said = [f"{definition_of(name)} ({better[name]} is better)." for name in plan.figures]
    return [TAKEN[plan.taken] + measured, *said, *lost]


def _nearest_table(groups: Sequence[Group]) -> dict[str, Any]:
    rows = [[group.row, group.nearest or NONE] for group in groups]
    return {"title": "Run nearest to the mean", "head": ["Row", "Run"], "rows": rows}


def _pictures(groups: Sequence[Group], out: Path) -> list[dict[str, Any]]:
    found = []
    for group in groups[:MOST_PICTURES]:
        samples = sorted((out / str(group.nearest) / "samples").glob("*.png"))
        if samples:
            path = samples[-1].relative_to(out).as_posix()
            found.append({"path": path, "caption": group.row, "pixelated": True})
    return found

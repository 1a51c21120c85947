"""sweep_curves: what the nearest runs of a sweep logged, over steps or epochs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satstudio.bench.plans.sweeps.summary import Group
from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.bench.plans.task import Row
from satstudio.core.runs.run_log import log_lines
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.sets.distances import REFERENCES

GREY = 7
DASHES = ("--", ":", "-.")
"""Of real patches and Gaussian fields, which are level lines."""

PARTS = {"": "", "_train": "train", "_validation": "validation"}
"""What the log adds to a name; what is said of the line."""

LogLine = Mapping[str, Any]


def sweep_curves(
    plan: SweepPlan, rows: Sequence[Row], groups: Sequence[Group], out: Path
) -> list[dict[str, Any]]:
    """Return the curves of a report, a line a row and, where the log has both, a split."""
    counts = {row["run"]: int(row.get("trained_on", 0)) for row in rows}
    logs = {group.row: log_lines(out / group.nearest) for group in groups if group.nearest}
    an_epoch = {group.row: counts[group.nearest] for group in groups if group.nearest}
    has_epochs = plan.axis == "epoch" and all(an_epoch.values())
    places = {
        row: [_place(line, an_epoch[row] if has_epochs else 0) for line in log]
        for row, log in logs.items()
    }
    names = plan.curves or plan.figures[:3]
    curves = [_curve(name, logs, places, "epoch" if has_epochs else "step") for name in names]
    return [curve for curve in curves if curve["lines"]]


def _curve(
    name: str,
    logs: Mapping[str, Sequence[LogLine]],
    places: Mapping[str, Sequence[float]],
    axis: str,
) -> dict[str, Any]:
    found: dict[str, dict[float, float]] = {}
    for row, log in logs.items():
        for ending, part in PARTS.items():
            points = {
                place: line[name + ending]
                for place, line in zip(places[row], log, strict=True)
                if line.get(name + ending) is not None
            }
            if points:
                called = (part or row) if len(logs) == 1 else ", ".join(filter(None, (row, part)))
                found[called] = points
    x = sorted({place for points in found.values() for place in points})
    lines = {called: [points.get(place) for place in x] for called, points in found.items()}
    levels = _levels(name, logs)
    lines |= {called: [value] * len(x) for called, value in levels.items()}
    looks = {called: (GREY, dash) for called, dash in zip(levels, DASHES, strict=False)}
    title = figure_card(name).heading
    return {"title": title, "x_label": axis, "x": x, "lines": lines, "looks": looks}


def _levels(name: str, logs: Mapping[str, Sequence[LogLine]]) -> dict[str, float]:
    """Return what stands beside a figure, where it is the same for all runs that are drawn."""
    found = {}
    for ending, called in REFERENCES.items():
        key = name + ending
        values = {line[key] for log in logs.values() for line in log if line.get(key) is not None}
        if len(values) == 1:
            found[called] = values.pop()
    return found


def _place(line: LogLine, an_epoch: int) -> float:
    """Return the step, or how often each image was shown."""
    if not an_epoch:
        return float(line["step"])
    return round(float(line["images"]) / an_epoch, 4)

"""groups_of: mean and standard deviation of each row over its trials, and the nearest run."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from satstudio.bench.plans.rows import has_failed
from satstudio.bench.plans.task import Row
from satstudio.metrics.card import Better
from satstudio.metrics.trials import Ranking, Statistic, rank, statistic_of


@dataclass(frozen=True, slots=True)
class Group:
    """A row of the plan with all its finished trials.

    Attributes
    ----------
    figures : name -> statistic; without those that no trial has
    diverged, failed : trials that gave no figures
    nearest : folder of the run whose first figure is nearest to the mean; None where there is none
    """

    row: str
    label: str
    values: Mapping[str, Any]
    figures: Mapping[str, Statistic]
    trials: int
    diverged: int
    failed: int
    nearest: str | None


def groups_of(rows: Iterable[Row], figures: Sequence[str]) -> tuple[Group, ...]:
    """Return the rows' groups, in the order in which they first stand there."""
    together: dict[str, list[Row]] = {}
    for row in rows:
        together.setdefault(row["row"], []).append(row)
    return tuple(_group(name, trials, figures) for name, trials in together.items())


def nearest_run(trials: Sequence[Row], figure: str) -> Row | None:
    """Return the trial whose figure is nearest to the mean of all; the first of equal ones.

    Trials whose generator is gone (`has_checkpoint` false) count for the mean, and are passed over
    where another is left.
    """
    known = [row for row in trials if row["figures"].get(figure) is not None]
    if not known:
        return None
    mean = statistics.mean(row["figures"][figure] for row in known)
    left = [row for row in known if row.get("has_checkpoint", True)] or known
    return min(left, key=lambda row: abs(float(row["figures"][figure]) - mean))


def ranking_of(groups: Sequence[Group], figure: str, better: Better) -> Ranking:
    """Return which group has the best mean of a figure, and which are within noise of it."""
    return rank([one.figures.get(figure) for one in groups], better)


def _group(name: str, trials: Sequence[Row], figures: Sequence[str]) -> Group:
    found = {figure: _numbers(trials, figure) for figure in figures}
    nearest = nearest_run(trials, figures[0])
    return Group(
        row=name,
        label=trials[0].get("label", ""),
        values=trials[0]["values"],
        figures={name: known for name, values in found.items() if (known := statistic_of(values))},
        trials=len(trials),
        diverged=sum(row["status"] == "diverged" for row in trials),
        failed=sum(map(has_failed, trials)),
        nearest=nearest["run"] if nearest else None,
    )


def _numbers(trials: Sequence[Row], figure: str) -> list[float]:
    values = (row["figures"].get(figure) for row in trials)
    return [float(value) for value in values if value is not None]

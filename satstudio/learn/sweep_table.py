"""groups_of: mean and standard deviation of each row over its trials, and the nearest run."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from satstudio.learn.distances import FIGURES
from satstudio.learn.sweep_rows import Row
from satstudio.learn.variety import VARIETY
from satstudio.metrics.score import METRICS
from satstudio.metrics.trials import Statistic, statistic_of

Better = Literal["lower", "higher"]
OWN: dict[str, str] = {
    "quality": "the larger of ks_modulus / 0.3 and spectrum_distance_db / 5 dB; below 1 both goals "
    "are met",
    "wasserstein": "mean score of real less that of generated images",
    "penalty": "the gradient penalty before its weight",
    "seconds": "wall time of the training",
    "images_per_s": "images a second of the training",
    **{name: figure.text for name, figure in FIGURES.items()},
    **VARIETY,
}


@dataclass(frozen=True, slots=True)
class Group:
    """A row of the plan with all its finished trials.

    Attributes
    ----------
    figures : name -> statistic; without those that no trial has
    diverged : trials that gave no figures
    nearest : folder of the run whose first figure is nearest to the mean; None where there is none
    """

    row: str
    label: str
    values: Mapping[str, Any]
    figures: Mapping[str, Statistic]
    trials: int
    diverged: int
    nearest: str | None


def groups_of(rows: Iterable[Row], figures: Sequence[str]) -> tuple[Group, ...]:
    """Return the rows' groups, in the order in which they first stand there."""
    together: dict[str, list[Row]] = {}
    for row in rows:
        together.setdefault(row["row"], []).append(row)
    return tuple(_group(name, trials, figures) for name, trials in together.items())


def nearest_run(trials: Sequence[Row], figure: str) -> Row | None:
    """Return the trial whose figure is nearest to the mean of all; the first of equal ones."""
    known = [row for row in trials if row["figures"].get(figure) is not None]
    if not known:
        return None
    mean = statistics.mean(row["figures"][figure] for row in known)
    return min(known, key=lambda row: abs(float(row["figures"][figure]) - mean))


def best_of(groups: Sequence[Group], figure: str, better: Better) -> tuple[int, ...]:
    """Return the places of the groups with the best mean; none where only one has the figure."""
    means = {
        place: one.figures[figure].mean for place, one in enumerate(groups) if figure in one.figures
    }
    if len(means) < 2:
        return ()
    best = min(means.values()) if better == "lower" else max(means.values())
    return tuple(place for place, mean in means.items() if mean == best)


def better_of(figure: str, otherwise: Better) -> Better:
    """Return which values of a figure are better: as its metric says, else as the plan does."""
    known = METRICS[figure].better if figure in METRICS else otherwise
    return "higher" if known == "higher" else "lower" if known == "lower" else otherwise


def definition_of(figure: str) -> str:
    """Return what a figure is, in words."""
    if figure in METRICS:
        one = METRICS[figure]
        unit = f" [{one.unit}]" if one.unit else ""
        return f"{figure}{unit}: {one.definition}"
    return f"{figure}: {OWN.get(figure, 'as the training logs it')}"


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
        nearest=nearest["run"] if nearest else None,
    )


def _numbers(trials: Sequence[Row], figure: str) -> list[float]:
    values = (row["figures"].get(figure) for row in trials)
    return [float(value) for value in values if value is not None]

"""groups_of: mean and standard deviation of each row over its trials, and the nearest run."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from satstudio.learn.distances import FIGURES
from satstudio.learn.sweep_rows import Row
from satstudio.learn.variety import VARIETY
from satstudio.metrics.score import METRICS

Better = Literal["lower", "higher"]
OWN: dict[str, str] = {
    "quality": "the larger of ks_modulus / 0.3 and spectrum_distance_db / 5 dB; below 1 both goals "
    "are met",
    "seconds": "wall time of the training",
    "images_per_s": "images a second of the training",
    **{name: figure.text for name, figure in FIGURES.items()},
    **VARIETY,
}


@dataclass(frozen=True, slots=True)
class Statistic:
    """A figure over trials.

    Attributes
    ----------
    std : sample standard deviation (n - 1); None of a single trial
    """

    mean: float
    std: float | None
    n: int

    @property
    def text(self) -> str:
        """Mean ± standard deviation, to the digits that the latter bears."""
        if self.std is None:
            return f"{self.mean:.4g}"
        digits = max(0, min(6, 2 - _exponent(self.std or abs(self.mean) or 1.0)))
        return f"{self.mean:.{digits}f} ± {self.std:.{digits}f}"


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
        figures={figure: _statistic(values) for figure, values in found.items() if values},
        trials=len(trials),
        diverged=sum(row["status"] == "diverged" for row in trials),
        nearest=nearest["run"] if nearest else None,
    )


def _numbers(trials: Sequence[Row], figure: str) -> list[float]:
    values = (row["figures"].get(figure) for row in trials)
    return [float(value) for value in values if value is not None]


def _statistic(values: Sequence[float]) -> Statistic:
    std = statistics.stdev(values) if len(values) > 1 else None
    return Statistic(statistics.mean(values), std, len(values))


def _exponent(value: float) -> int:
    """Return n of the leading digit d x 10^n."""
    return int(f"{value:e}".partition("e")[2]) + 1

"""statistic_of, rank: a figure over trials, written to what it bears; which one is best."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from satstudio.metrics.card import Better

BADNESS: Mapping[Better, Callable[[float], float]] = {
    "lower": lambda mean: mean,
    "higher": lambda mean: -mean,
    "one": lambda mean: abs(mean - 1),
    "zero": abs,
}
"""How far from the best value a mean is, whichever that is; none judges nothing."""


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
            return number_text(self.mean)
        digits = max(0, min(6, 2 - _exponent(self.std or abs(self.mean) or 1.0)))
        return f"{self.mean:.{digits}f} ± {self.std:.{digits}f}"


def number_text(value: float) -> str:
    """Return a single value with four digits."""
    return f"{value:.4g}"


def statistic_of(values: Sequence[float]) -> Statistic | None:
    """Return mean and standard deviation; None where there is no value."""
    if not values:
        return None
    std = statistics.stdev(values) if len(values) > 1 else None
    return Statistic(statistics.mean(values), std, len(values))


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which of several figures is best, and whether that can be told from chance.

    Attributes
    ----------
    first : place of the best mean; None where there are not two to compare, or nothing to judge
    within_noise : places of others whose difference from it is not larger than the standard
        deviation over trials (the larger of the two; unknown of a single trial)
    """

    first: int | None = None
    within_noise: tuple[int, ...] = ()

    @property
    def best(self) -> int | None:
        """The place that may be called the best; None where chance may have chosen it."""
        return None if self.within_noise else self.first


def rank(found: Sequence[Statistic | None], better: Better) -> Ranking:
    """Rank figures over trials; None where a figure is not known."""
    known = [(place, one) for place, one in enumerate(found) if one is not None]
    if len(known) < 2 or better not in BADNESS:
        return Ranking()
    bad = BADNESS[better]
    known.sort(key=lambda pair: bad(pair[1].mean))
    (first, best), *others = known
    near = [
        place
        for place, one in others
        if bad(one.mean) - bad(best.mean) <= max(_noise(best), _noise(one))
    ]
    return Ranking(first, tuple(sorted(near)))


def _noise(one: Statistic) -> float:
    return math.inf if one.std is None else one.std


def _exponent(value: float) -> int:
    """Return n of the leading digit d x 10^n."""
    return int(f"{value:e}".partition("e")[2]) + 1

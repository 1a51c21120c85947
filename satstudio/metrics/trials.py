"""statistic_of: mean and standard deviation of a figure over trials, written to what they bear."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


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


def statistic_of(values: Sequence[float]) -> Statistic | None:
    """Return mean and standard deviation; None where there is no value."""
    if not values:
        return None
    std = statistics.stdev(values) if len(values) > 1 else None
    return Statistic(statistics.mean(values), std, len(values))


def _exponent(value: float) -> int:
    """Return n of the leading digit d x 10^n."""
    return int(f"{value:e}".partition("e")[2]) + 1

"""Standing, standings: how a model stands in each figure beside the best of the others."""

import math
from collections.abc import Mapping
from typing import Any

from satstudio.bench.figures import signed
from satstudio.core.recipe import Recipe

SMALLEST = 1e-3
"""Figures are shares or ratios above this; below, a ratio of two would say nothing."""


class Standing(Recipe):
    """One figure of a model and of the one among the others that is best in it.

    Attributes
    ----------
    ahead_db : how much better the model is; below 0, worse
    """

    figure: str
    value: float
    best: str
    best_value: float
    unit: str = ""
    better: str
    ahead_db: float

    @property
    def text(self) -> str:
        """Figure, value, and that of the other."""
        return f"{self.figure} {self._number(self.value)} ({self.best}: " + (
            f"{self._number(self.best_value)})"
        )

    def _number(self, value: float) -> str:
        unit = f" {self.unit}" if self.unit and self.unit != self.figure else ""
        return f"{signed(value)}{unit}" if self.better == "zero" else f"{value:.3g}{unit}"


def standings(
    model: Mapping[str, Any],
    others: Mapping[str, Mapping[str, Any]],
    figures: Mapping[str, tuple[str, str, str]],
) -> tuple[Standing, ...]:
    """Return the standing of a model in each figure, the strongest first.

    Figures of different kinds are put on one scale, decibels: of a figure in dB the difference, of
    another 10 log10 of the quotient; where 1 or 0 is best, of the distance from it.

    Parameters
    ----------
    model, others : figure -> value (None: not known); of each of the others, by name
    figures : figure -> title, unit, which value is best (higher, lower, one, zero)
    """
    found = []
    for name, (title, unit, better) in figures.items():
        goods = {other: _goodness(values[name], unit, better) for other, values in others.items()}
        goods = {other: good for other, good in goods.items() if not math.isnan(good)}
        mine = _goodness(model[name], unit, better)
        if not goods or math.isnan(mine):
            continue
        best = max(goods, key=lambda other: goods[other])
        ahead = 0.0 if mine == goods[best] else mine - goods[best]
        values = (model[name], others[best][name])
        found.append(
            Standing(
                figure=title, value=values[0], best=best, best_value=values[1], unit=unit,
                better=better, ahead_db=ahead,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.ahead_db, reverse=True))


def _goodness(value: float | None, unit: str, better: str) -> float:
    """Return a figure in decibels, more is better; NaN where it is not known."""
    if value is None or math.isnan(value):
        return math.nan
    size = value if unit == "dB" else 10 * math.log10(max(value, SMALLEST))
    if better in ("one", "zero"):
        return -abs(size)
    return -size if better == "lower" else size

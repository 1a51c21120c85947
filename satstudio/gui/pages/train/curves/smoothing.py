"""smoothed: a curve without its noise; nearest: the point of a curve at a step."""

from bisect import bisect_left
from collections.abc import Sequence

LEVELS = {"none": 0.0, "light": 0.6, "medium": 0.9, "strong": 0.97}
"""Weights of what was before, as they are offered."""


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return exponential moving averages.

    Parameters
    ----------
    weight : of all values before, 0 to below 1; the first values are not drawn towards 0
    """
    found, mean, share = [], 0.0, 0.0
    for value in values:
        mean = weight * mean + (1 - weight) * value
        share = weight * share + (1 - weight)
        found.append(mean / share)
    return found


def nearest(steps: Sequence[float], values: Sequence[float], step: float) -> float | None:
    """Return the value of a curve at the step that is nearest; None where it has none."""
    if not steps:
        return None
    after = min(bisect_left(steps, step), len(steps) - 1)
    before = max(after - 1, 0)
    place = before if step - steps[before] <= steps[after] - step else after
    return values[place]

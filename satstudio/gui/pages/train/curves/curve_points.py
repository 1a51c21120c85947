"""CurvePoints, thinned: steps and values of a run's curves, from the lines of its log."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

MOST_POINTS = 2000


class CurvePoints:
    """Points of the curves of one run, by key."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = tuple(dict.fromkeys(keys))
        self._steps: dict[str, list[float]] = {}
        self._values: dict[str, list[float]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._steps.clear()
        self._values.clear()

    def take(self, line: Mapping[str, Any]) -> None:
        """Add a line of the log; where it goes back, what came after goes."""
        for key in self._keys:
            value = line.get(key)
            if isinstance(value, int | float) and math.isfinite(value):
                steps = self._steps.setdefault(key, [])
                values = self._values.setdefault(key, [])
                while steps and steps[-1] >= line["step"]:
                    steps.pop()
                    values.pop()
                steps.append(float(line["step"]))
                values.append(float(value))

    def of(self, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve."""
        return self._steps.get(key, []), self._values.get(key, [])

    def last(self, key: str) -> float | None:
        """Return the newest value of a curve; None where it has none."""
        values = self._values.get(key)
        return values[-1] if values else None


def thinned(
    steps: list[float], values: list[float], most: int = MOST_POINTS
) -> tuple[list[float], list[float]]:
    """Return at most `most` points: smallest and largest of each bin, in order."""
    if len(steps) <= most:
        return steps, values
    size = -(-len(steps) * 2 // most)
    shown: list[int] = []
    for start in range(0, len(steps), size):
        part = range(start, min(start + size, len(steps)))
        shown += sorted({min(part, key=values.__getitem__), max(part, key=values.__getitem__)})
    return [steps[index] for index in shown], [values[index] for index in shown]

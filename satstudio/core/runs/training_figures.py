"""RunFigures: step, training time and time left of a run; the one place where they are computed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class RunFigures:
    """How far a training is, as a moment ago.

    Attributes
    ----------
    seconds : of training over all parts of the run, without pauses
    left_s : until its end at the speed so far; None where it has none, or nothing trains
    told_s : when the training said so, by a clock that only grows; None: the time stands still
    """

    step: int = 0
    seconds: float = 0.0
    left_s: float | None = None
    epoch: float | None = None
    images_per_s: float | None = None
    told_s: float | None = None

    def at(self, now_s: float) -> "RunFigures":
        """Return the figures as they are now: the time goes on from what was said last."""
        if self.told_s is None:
            return self
        passed = max(now_s - self.told_s, 0.0)
        left = None if self.left_s is None else max(self.left_s - passed, 0.0)
        return replace(self, seconds=self.seconds + passed, left_s=left, told_s=now_s)

    def after(self, line: Mapping[str, Any], now_s: float) -> "RunFigures":
        """Return the figures after a training logged a line."""
        return replace(figures_of({}, line), told_s=now_s)

    def held(self, now_s: float) -> "RunFigures":
        """Return the figures of a training that pauses or has ended: the time stands still."""
        return replace(self.at(now_s), told_s=None, left_s=None)

    def resumed(self, now_s: float) -> "RunFigures":
        """Return the figures of a training that goes on."""
        return replace(self, told_s=now_s)


def figures_of(info: Mapping[str, Any], line: Mapping[str, Any]) -> RunFigures:
    """Return the figures that a run's folder tells.

    Parameters
    ----------
    info : of run.json, checked
    line : the newest of the log, checked; whichever has trained longer is the newer one
    """
    is_line = line and float(line.get("seconds") or 0) >= float(info.get("seconds") or 0)
    newer, older = (line, info) if is_line else (info, line)
    step = newer.get("step") if is_line else newer.get("steps")
    return RunFigures(
        step=int(step or 0),
        seconds=float(newer.get("seconds") or 0),
        left_s=newer.get("eta_s") if is_line else None,
        epoch=_first(newer, older, "epoch"),
        images_per_s=_first(newer, older, "images_per_s"),
    )


def _first(newer: Mapping[str, Any], older: Mapping[str, Any], key: str) -> float | None:
    value = newer.get(key)
    found = older.get(key) if value is None else value
    return None if found is None else float(found)

"""Clock, Every, Limits: seconds of training without pauses; what is due when; when it ends."""

import time
from dataclasses import dataclass


class Clock:
    """Counts the seconds of a training over all its parts, and the steps of this one."""

    def __init__(self, earlier: float = 0.0) -> None:
        self._earlier = earlier
        self._counted = 0.0
        self._since: float | None = time.monotonic()
        self._steps = 0

    @property
    def part_seconds(self) -> float:
        """Seconds of this part of the run, pauses left out."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return self._counted + running

    @property
    def seconds(self) -> float:
        """Seconds of all parts of the run."""
        return self._earlier + self.part_seconds

    @property
    def rate(self) -> float:
        """Steps a second in this part of the run."""
        return self._steps / self.part_seconds if self.part_seconds > 0 else 0.0

    def count(self) -> None:
        """Count one step."""
        self._steps += 1

    def stop(self) -> None:
        """Pause."""
        self._counted, self._since = self.part_seconds, None

    def start(self) -> None:
        """Go on after a pause."""
        self._since = time.monotonic()


class Every:
    """Something due again and again; at first at once, or (`waits`) after one interval."""

    def __init__(self, interval_s: float, waits: bool = False) -> None:
        self._interval_s = interval_s
        self._least_s = 0.0
        self._waits = waits
        self._last: float | None = None

    def comes(self, now: float) -> bool:
        """Tell whether it is due, and count it as done."""
        if self._last is None and self._waits:
            self._last = now
            return False
        wait = max(self._interval_s, self._least_s)
        if self._last is not None and now - self._last < wait:
            return False
        self._last = now
        return True

    def at_least(self, interval_s: float) -> None:
        """Wait this long at least from now on, for what takes long itself."""
        self._least_s = interval_s

    def restart(self, now: float) -> None:
        """Count it as done."""
        self._last = now


@dataclass(frozen=True, slots=True)
class Limits:
    """When a training ends: after so many steps, or seconds, of all parts of the run together."""

    steps: int | None
    budget_s: float | None

    def share(self, step: int, clock: Clock) -> float:
        """Share of the way to the nearer of the two limits; 0 where there is none."""
        of_steps = step / self.steps if self.steps else 0.0
        of_time = clock.seconds / self.budget_s if self.budget_s else 0.0
        return max(of_steps, of_time)

    def eta_s(self, step: int, clock: Clock) -> float | None:
        """Seconds to the nearer of the two limits; None where there is none."""
        waits = []
        if self.steps and clock.rate:
            waits.append((self.steps - step) / clock.rate)
        if self.budget_s:
            waits.append(self.budget_s - clock.seconds)
        return round(max(0.0, min(waits)), 1) if waits else None

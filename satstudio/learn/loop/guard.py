"""Guard: keeps the last good state of a training, and what happens when numbers run away."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from satstudio.core.errors import RunError

LARGEST_LOSS = 1e6
"""Networks see numbers of about 1: a loss beyond this is a network that has run away."""

MOST_TRIPS = 4
"""How often a run may go back; the learning rate is then a sixteenth of the chosen one."""


class Diverged(RunError):  # noqa: N818 - what happened; usually mended, not shown
    """A loss or a weight is not finite, or out of all bounds."""

    def __init__(self, step: int, why: str) -> None:
        super().__init__(f"Training diverged at step {step}: {why}.")
        self.step = step
        self.why = why


@dataclass(frozen=True, slots=True, eq=False)
class Good:
    """State of a method whose numbers are all finite, in main memory."""

    step: int
    state: Mapping[str, Tensor]


class Guard:
    """Watches losses and weights; goes back to the last good state a few times, then gives up.

    Going back halves the learning rate and passes over the batches since, so that neither the
    same step nor the same data is met again.

    Attributes
    ----------
    trips : how often this run went back
    skipped : how many batches were passed over
    """

    def __init__(self, info: Mapping[str, Any] | None = None) -> None:
        known = info or {}
        self.trips = int(known.get("trips", 0))
        self.skipped = int(known.get("skipped", 0))
        self._good: Good | None = None

    @property
    def pace(self) -> float:
        """Share of the chosen learning rate."""
        return 0.5**self.trips

    def info(self) -> dict[str, int]:
        """Return what the next part of the run needs to go on alike."""
        return {"trips": self.trips, "skipped": self.skipped}

    def check(self, step: int, losses: Mapping[str, float]) -> None:
        """Raise Diverged where a loss is not finite or out of all bounds."""
        for name, value in losses.items():
            if not (math.isfinite(value) and abs(value) <= LARGEST_LOSS):
                raise Diverged(step, f"{name} is {value:.3g}")

    def check_state(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Raise Diverged where a weight or anything else of the state is not finite."""
        for name, tensor in state.items():
            if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
                raise Diverged(step, f"{name} is not finite")

    def keep(self, step: int, state: Mapping[str, Tensor]) -> None:
        """Take the state as the last good one; raises Diverged where it is not."""
        self.check_state(step, state)
        copies = {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
        self._good = Good(step, copies)

    def go_back(self, cause: Diverged, kept_in: object) -> Good:
        """Count a trip and return where to go on from.

        Raises
        ------
        RunError
            If there were too many of them.
        """
        good = self._good
        if good is None or self.trips >= MOST_TRIPS:
            tried = f" It went back {self.trips} times, each time slower." if self.trips else ""
            raise RunError(
                f"{cause}{tried} The last good checkpoint in {kept_in} is kept; start again with "
                "half the learning rate or less, or with larger batches."
            ) from cause
        self.trips += 1
        self.skipped += max(cause.step - good.step, 1)
        return good

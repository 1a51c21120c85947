"""Scaling: the numbers of a map from values to what a network sees; formulas: pixels/scaling.py."""

from typing import Literal, Self

from pydantic import Field

from satstudio.core.recipe import Recipe

ScalingKind = Literal["log_amplitude", "paper_log", "linear", "range", "unit_power"]


class Scaling(Recipe):
    """How values become a network's numbers, with all that undoing it needs.

    ============== ============================================== ===========================
    kind           forward                                        fitted
    ============== ============================================== ===========================
    log_amplitude  gain log10(1 + |z| / eps) exp(j arg z)          eps = median |z| / 10
    paper_log      gain log10(|z| + eps) exp(j arg z)              nothing (offset: see below)
    linear         gain x + offset                                 mean 0, standard deviation 1
    range          gain x + offset                                 0.1 and 99.9 % of values: -1, 1
    unit_power     gain z                                          mean |z|^2 = 1
    ============== ============================================== ===========================

    `paper_log` is the map of the published weights. Its factor is negative for |z| < 1, so that
    phases turn by pi there, and it is *not* injective where |z| lies on both sides of 1. The
    inverse takes the side that most of the data lie on: offset -1 below 1, else above.

    `range` is what networks that end in tanh are trained with; where the whole range of the
    values is known, as of 8 bits, it is that which becomes -1..1 (`Scaling.of_range`).
    """

    kind: ScalingKind
    gain: float = Field(1.0, gt=0, allow_inf_nan=False)
    eps: float = Field(0.0, ge=0, allow_inf_nan=False)
    offset: float = Field(0.0, allow_inf_nan=False)

    @classmethod
    def of_range(cls, low: float, high: float) -> Self:
        """Return the `range` that takes `low` to -1 and `high`, which is larger, to 1."""
        gain = 2 / (high - low)
        return cls(kind="range", gain=gain, offset=-1 - gain * low)

    @property
    def ends(self) -> tuple[float, float]:
        """Values that become -1 and 1; of real values only, without a logarithm."""
        return (-1 - self.offset) / self.gain, (1 - self.offset) / self.gain

    def model_post_init(self, _context: object) -> None:
        """Refuse a logarithm without its eps."""
        if self.kind in ("log_amplitude", "paper_log") and self.eps <= 0:
            raise ValueError(f"{self.kind} needs eps above 0")

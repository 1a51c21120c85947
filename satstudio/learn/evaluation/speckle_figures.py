"""SpeckleMeter: how likely other speckle of the same ground is, given what was restored."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.learn.evaluation.translation_figures import Pairs
from satstudio.learn.method import Rivals, Values

LEAST_SHARE = 1e-6
"""Of the mean power: darker pixels are empty and do not count."""


@dataclass(slots=True)
class SpeckleMeter:
    """Measures despeckled intensity against another noisy image, beside filters.

    The measure is the mean of log R + I / R (see `power_likelihood`), whose least is the truth: of
    two answers the one that is lower is nearer to it, though the target is noisy.

    Parameters
    ----------
    held_out : pairs of noisy images
    rivals : what filters make of the same ones
    """

    held_out: Pairs
    rivals: Rivals
    best: str = field(default="", init=False)
    _losses: dict[str, npt.NDArray[np.float64]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Measure the filters once; the best is the one of the lowest loss."""
        self._losses = {name: self._each(image) for name, image in self.rivals.images.items()}
        if self._losses:
            self.best = min(self._losses, key=lambda name: float(self._losses[name].mean()))

    def info(self) -> dict[str, Any]:
        """Return what the figures are, for run.json."""
        return {
            "loss": "mean of log R + I / R, I the other image; that of the truth is the least",
            "baselines": list(self._losses),
            "best_baseline": self.best,
        }

    def of(self, outputs: Values) -> dict[str, float]:
        """Return figures by name.

        Parameters
        ----------
        outputs : (n, bands, rows, cols) linear power in the network's numbers
        """
        each = self._each(outputs)
        found = {f"loss_{name}": float(losses.mean()) for name, losses in self._losses.items()}
        if self.best:
            apart = self._losses[self.best] - each
            found |= {"gain_over_best": float(apart.mean())}
            found["wins_over_best"] = float((apart > 0).mean())
        ratio = self._ratio(outputs)
        return found | {
            "ratio_mean": float(ratio.mean()) if ratio.size else math.nan,
            "ratio_var": float(ratio.var()) if ratio.size else math.nan,
        }

    def _each(self, made: Values) -> npt.NDArray[np.float64]:
        """Return the loss of each image."""
        wanted = self.held_out.wanted
        losses = []
        for index, power in enumerate(made.astype(np.float64)):
            other = np.zeros_like(power) if wanted is None else wanted[index].astype(np.float64)
            counted = (other > 0) & (power > LEAST_SHARE * power.mean())
            mask = self.held_out.mask(index)
            counted &= True if mask is None else mask
            known, truth = power[counted], other[counted]
            losses.append(float((np.log(known) + truth / known).mean()) if known.size else 0.0)
        return np.array(losses)

    def _ratio(self, made: Values) -> Values:
        """Return the ratio of input and output where both have power."""
        taken = self.held_out.taken
        if taken is None:
            return np.empty(0)
        counted = (taken > 0) & (made > 0)
        return taken[counted].astype(np.float64) / made[counted]

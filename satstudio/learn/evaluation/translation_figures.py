"""TranslationMeter: PSNR, SSIM and brightness of translated patches, beside two baselines."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from satstudio.core.port import BoundPort
from satstudio.learn.method import Values
from satstudio.metrics.measures.pixel import psnr
from satstudio.metrics.measures.structure import ssim
from satstudio.pixels.colour_table import ColourTable, fit_colour_table
from satstudio.pixels.scaling import RANGE_PERCENT, STRAIGHT, unscaled

MOST_DB = 100.0
"""What the PSNR of one image counts at most: of equal images it is infinite."""

SSIM_PX = 11
"""Side of the window of the SSIM: smaller images have none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Patches of input and target.

    Attributes
    ----------
    taken : (n, bands, rows, cols) in the network's numbers; None where the input lies on another
        grid than the target, or has several frames
    wanted : the same of the target; None where the set is not paired
    valid : (n, rows, cols) bool, where the target has data
    """

    taken: Values | None
    wanted: Values | None
    valid: Values | None = None

    def mask(self, index: int) -> Values | None:
        """Return where an image has data; None: everywhere."""
        return None if self.valid is None else self.valid[index]

    def distance(self, outputs: Values) -> float | None:
        """Return the mean absolute difference of outputs from the target; None without pairs."""
        if self.wanted is None:
            return None
        apart = np.abs(outputs - self.wanted).mean(1, dtype=np.float64)
        return float(apart.mean() if self.valid is None else apart[self.valid].mean())


@dataclass(frozen=True, slots=True)
class Yardstick:
    """In which numbers images are compared, and what their range is.

    Attributes
    ----------
    made : the port of what is made
    data_range : of the PSNR and SSIM
    text : what it is, for run.json
    """

    made: BoundPort
    data_range: float
    text: str

    def numbers(self, values: Values) -> Values:
        """Return what is compared of images in the network's numbers, float64.

        The values themselves where their scaling is a straight line, else the modulus of the
        network's numbers, as of logarithms.
        """
        scaling = self.made.scaling
        if np.iscomplexobj(values) or scaling is None or scaling.kind not in STRAIGHT:
            return np.abs(values).astype(np.float64)
        return unscaled(values, scaling).astype(np.float64)


def yardstick(made: BoundPort, wanted: Values) -> Yardstick:
    """Return how outputs are compared with targets (network's numbers)."""
    scaling = made.scaling
    if scaling is not None and scaling.kind == "range" and not made.is_complex:
        low, high = scaling.ends
        return Yardstick(made, high - low, f"of the scaling: {low:g} to {high:g}")
    unranged = Yardstick(made, 1.0, "")
    low, high = np.percentile(unranged.numbers(wanted), RANGE_PERCENT)
    kind = "values" if scaling is not None and scaling.kind in STRAIGHT else "network's numbers"
    return Yardstick(
        made,
        float(high - low) or 1.0,
        f"{RANGE_PERCENT[0]:g} to {RANGE_PERCENT[1]:g} % of the held-out targets' {kind}",
    )


@dataclass(slots=True)
class TranslationMeter:
    """Measures what is made of always the same patches.

    Parameters
    ----------
    learnt : pairs of training patches, which the look-up table is fitted to
    """

    held_out: Pairs
    learnt: Pairs
    made: BoundPort
    _ruler: Yardstick | None = field(default=None, init=False)
    _wanted: Values | None = field(default=None, init=False)
    _baselines: dict[str, list[float]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Measure the baselines once."""
        if self.held_out.wanted is None:
            return
        self._ruler = yardstick(self.made, self.held_out.wanted)
        self._wanted = self._ruler.numbers(self.held_out.wanted)
        for name, baseline in (("copy", self._copied), ("table", self._looked_up)):
            answer = baseline()
            if answer is not None:
                self._baselines[name] = self._each(psnr, self._ruler.numbers(answer))

    def info(self) -> dict[str, Any]:
        """Return what the figures are, for run.json."""
        if self._ruler is None:
            return {}
        texts = {
            "copy": "the input in the network's numbers, its mean for all bands where they differ",
            "table": "mean colour of each grey value over the training patches (look-up table)",
        }
        return {
            "data_range": self._ruler.data_range,
            "data_range_is": self._ruler.text,
            "psnr": f"mean over the images, each at most {MOST_DB:g} dB",
            "baselines": {name: texts[name] for name in self._baselines},
        }

    def of(self, outputs: Values) -> dict[str, float]:
        """Return figures by name; what these patches do not allow is not there.

        Parameters
        ----------
        outputs : (n, bands, rows, cols) in the network's numbers
        """
        found = self._brightness(outputs)
        if self._ruler is None or self._wanted is None:
            return found
        numbers = self._ruler.numbers(outputs)
        each = self._each(psnr, numbers)
        found["psnr"] = _mean(each)
        if min(numbers.shape[2:]) >= SSIM_PX:
            found["ssim"] = _mean(self._each(ssim, numbers))
        found |= {f"psnr_{name}": _mean(values) for name, values in self._baselines.items()}
        if "copy" in self._baselines:
            copied = self._baselines["copy"]
            wins = [one > other for one, other in zip(each, copied, strict=True)]
            found["wins_over_copy"] = sum(wins) / len(wins)
        return found

    def each(self, outputs: Values) -> dict[str, list[float]]:
        """Return the PSNR of each image, and that of the baselines; nothing without pairs."""
        if self._ruler is None:
            return {}
        baselines = {f"psnr_{name}": values for name, values in self._baselines.items()}
        return {"psnr": self._each(psnr, self._ruler.numbers(outputs)), **baselines}

    def _each(self, measure: Callable[..., float], numbers: Values) -> list[float]:
        """Return a measure of each image; infinite ones as the most that counts."""
        if self._ruler is None or self._wanted is None:
            return []
        known = {"data_range": self._ruler.data_range, "nan_policy": "omit"}
        return [
            min(measure(wanted, one, mask=self.held_out.mask(index), **known), MOST_DB)
            for index, (wanted, one) in enumerate(zip(self._wanted, numbers, strict=True))
        ]

    def _brightness(self, outputs: Values) -> dict[str, float]:
        """Return the correlation of the output's brightness with the input's and the target's."""
        others: Mapping[str, Values | None] = {
            "brightness_input": self.held_out.taken,
            "brightness_target": self.held_out.wanted,
        }
        valid = self.held_out.valid
        return {
            name: correlation(_grey(outputs), _grey(other), valid)
            for name, other in others.items()
            if other is not None
        }

    def _copied(self) -> Values | None:
        """Return the input with the target's bands; None where one is complex, one not."""
        taken, wanted = self.held_out.taken, self.held_out.wanted
        if taken is None or wanted is None or np.iscomplexobj(taken) != np.iscomplexobj(wanted):
            return None
        if taken.shape == wanted.shape:
            return taken
        return np.broadcast_to(taken.mean(1, keepdims=True), wanted.shape)

    def _looked_up(self) -> Values | None:
        """Return the mean colour of the input's greys; None where one of both is complex."""
        table, taken = self._table(), self.held_out.taken
        if table is None or taken is None:
            return None
        return table.apply(_grey(taken)[:, None])

    def _table(self) -> ColourTable | None:
        taken, wanted = self.learnt.taken, self.learnt.wanted
        if taken is None or wanted is None or np.iscomplexobj(taken) or np.iscomplexobj(wanted):
            return None
        valid = self.learnt.valid
        known = wanted if valid is None else np.where(valid[:, None], wanted, np.nan)
        return fit_colour_table(_grey(taken)[:, None], known)


def correlation(first: Values, second: Values, valid: Values | None = None) -> float:
    """Return Pearson's correlation over all pixels, -1 to 1; NaN where either is constant."""
    where = np.isfinite(first) & np.isfinite(second) & (True if valid is None else valid)
    pair = [values[where] - values[where].mean() for values in (first, second) if where.any()]
    if not pair:
        return math.nan
    power = math.sqrt(float(np.square(pair[0]).sum()) * float(np.square(pair[1]).sum()))
    return float((pair[0] * pair[1]).sum()) / power if power > 0 else math.nan


def _grey(images: Values) -> Values:
    """Return the mean over the bands, of complex ones of the moduli: (n, rows, cols) float64."""
    grey: Values = (np.abs(images) if np.iscomplexobj(images) else images).mean(1, dtype=np.float64)
    return grey


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan

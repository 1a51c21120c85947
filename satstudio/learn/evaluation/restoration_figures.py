"""RestorationMeter: PSNR, SSIM, spectral angle of restored patches beside those of baselines."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from satstudio.core.port import BoundPort
from satstudio.learn.evaluation.translation_figures import (
    MOST_DB,
    SSIM_PX,
    Pairs,
    Yardstick,
    yardstick,
)
from satstudio.learn.method import Rivals, Values
from satstudio.metrics.measures.phase import coherence
from satstudio.metrics.measures.pixel import psnr, psnr_per_band, sam
from satstudio.metrics.measures.proba_v import cpsnr
from satstudio.metrics.measures.structure import ssim
from satstudio.metrics.measures.super_resolution import gain_maps, lr_consistency
from satstudio.pixels.phasor import as_reals
from satstudio.pixels.scaling import STRAIGHT

INTERPOLATED = "bicubic"
CHANGES = ("improvement", "omission", "hallucination")
COHERENCE_PX = 5
"""Side of the window of the coherence: smaller images have none."""


@dataclass(slots=True)
class RestorationMeter:
    """Measures what is made of always the same patches, and once what the baselines make.

    Parameters
    ----------
    held_out : pairs whose targets are compared with
    rivals : what the baselines make of the same patches
    made : the port of what is made
    """

    held_out: Pairs
    rivals: Rivals
    made: BoundPort
    best: str = field(default="", init=False)
    _ruler: Yardstick = field(init=False)
    _wanted: Values = field(init=False)
    _baselines: dict[str, list[float]] = field(default_factory=dict, init=False)
    _of_best: dict[str, float] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Measure the baselines once; the best is that of the highest PSNR."""
        wanted = self.held_out.wanted
        if wanted is None:
            raise ValueError("there are no targets to compare with")
        self._ruler = yardstick(self.made, wanted)
        self._wanted = self._ruler.numbers(wanted)
        for name, image in self.rivals.images.items():
            self._baselines[name] = self._decibels(self._ruler.numbers(image))
        if self._baselines:
            self.best = max(self._baselines, key=lambda name: _mean(self._baselines[name]))
            of_best = self._parts(self.rivals.images[self.best])
            self._of_best = {f"{name}_best": value for name, value in of_best.items()}

    def info(self) -> dict[str, Any]:
        """Return what the figures are, for run.json."""
        return {
            "data_range": self._ruler.data_range,
            "data_range_is": self._ruler.text,
            "psnr": f"mean over the images, each at most {MOST_DB:g} dB{self._of_shifts}",
            "baselines": list(self._baselines),
            "best_baseline": self.best,
            "counted": "all with data" if self.rivals.counted is None else "gaps only; SSIM: all",
            "regions": list(self.rivals.regions),
        }

    def of(self, outputs: Values) -> dict[str, float]:
        """Return figures by name; what these patches do not allow is not there.

        Parameters
        ----------
        outputs : (n, bands, rows, cols) in the network's numbers
        """
        numbers = self._ruler.numbers(outputs)
        each = self._decibels(numbers)
        if not each:
            return {}
        found = {"psnr": _mean(each)}
        found |= {f"psnr_{name}": _mean(values) for name, values in self._baselines.items()}
        if self.best:
            apart = np.subtract(each, self._baselines[self.best])
            found |= {"psnr_best": _mean(self._baselines[self.best])}
            found |= {"gain_over_best": float(apart.mean())}
            found |= {"wins_over_best": float((apart > 0).mean())}
        if min(numbers.shape[2:]) >= SSIM_PX:
            found["ssim"] = _mean(self._each(ssim, numbers))
        found |= self._changes(outputs)
        return found | self._parts(outputs) | self._of_best

    @property
    def _of_shifts(self) -> str:
        px = self.rivals.tolerated_px
        return f"; the best over shifts of {px} px, up to a constant (cPSNR)" if px else ""

    def _decibels(self, numbers: Values) -> list[float]:
        """Return the PSNR of each image, or where the target may be shifted the cPSNR."""
        border = self.rivals.tolerated_px
        if not border:
            return self._each(psnr, numbers)
        known: dict[str, Any] = {"data_range": self._ruler.data_range, "border": border}
        return [
            min(cpsnr(wanted, one, mask=self.held_out.mask(index), **known), MOST_DB)
            for index, (wanted, one) in enumerate(zip(self._wanted, numbers, strict=True))
        ]

    def _parts(self, outputs: Values) -> dict[str, float]:
        """Return the figures of bands and regions, and the spectral angle."""
        numbers, found = self._ruler.numbers(outputs), {}
        bands = self.made.bands
        if isinstance(bands, tuple) and len(bands) > 1:
            of_bands = self._each(psnr_per_band, numbers)
            for band, *values in zip(bands, *of_bands, strict=True) if of_bands else ():
                found[f"psnr_{band}"] = _mean([min(value, MOST_DB) for value in values])
            if self.made.scaling is not None and self.made.scaling.kind in STRAIGHT:
                found["sam"] = _mean(self._each(sam, numbers))
        for name, region in self.rivals.regions.items():
            values = self._each(psnr, numbers, region)
            if values:
                found[f"psnr_{name}"] = _mean(values)
        if np.iscomplexobj(outputs) and min(outputs.shape[2:]) >= COHERENCE_PX:
            found["coherence"] = self._coherence(outputs)
        return found | self._consistency(outputs)

    def _each(
        self, measure: Callable[..., Any], numbers: Values, region: Values | None = None
    ) -> list[Any]:
        """Return a measure of each image that has any pixel of the region."""
        options = {} if measure is sam else {"data_range": self._ruler.data_range}
        found = []
        for index, (wanted, one) in enumerate(zip(self._wanted, numbers, strict=True)):
            region_of = self.rivals.counted if region is None and measure is not ssim else region
            mask = self.held_out.mask(index)
            if region_of is not None:
                mask = region_of[index] if mask is None else mask & region_of[index]
            if mask is None or mask.any():
                value = measure(wanted, one, mask=mask, nan_policy="omit", **options)
                found.append(min(value, MOST_DB) if measure is psnr else value)
        return found

    def _changes(self, outputs: Values) -> dict[str, float]:
        """Return what a super-resolver improves, leaves out and invents, beside interpolation."""
        coarse, wanted = self.rivals.images.get(INTERPOLATED), self.held_out.wanted
        if self.made.scale == 1 or coarse is None or wanted is None:
            return {}
        found: dict[str, list[float]] = {}
        images = zip(*map(self._real, (wanted, coarse, outputs)), strict=True)
        for index, three in enumerate(images):
            shares = gain_maps(*three, mask=self.held_out.mask(index)).shares
            for name, share in zip(CHANGES, shares, strict=True):
                known = share[np.isfinite(share)]
                found.setdefault(name, []).append(known.mean() if known.size else math.nan)
        return {name: _mean(values) for name, values in found.items()}

    def _consistency(self, outputs: Values) -> dict[str, float]:
        """Return how far the box means of finer images lie from what they were made of."""
        coarse = self.rivals.coarse
        if coarse is None:
            return {}
        whole = self.made.scale.denominator  # by a fraction: pixels are parted until boxes fit
        pairs = zip(self._real(coarse), self._real(outputs), strict=True)
        away = [
            lr_consistency(low, made.repeat(whole, 1).repeat(whole, 2), nan_policy="omit")["mae"]
            for low, made in pairs
        ]
        return {"lr_consistency": _mean(away)}

    def _real(self, values: Values) -> Values:
        """Return what is compared of images; of complex ones both parts, as bands."""
        if np.iscomplexobj(values):
            return as_reals(values, 1)
        return self._ruler.numbers(values)

    def _coherence(self, outputs: Values) -> float:
        """Return the mean coherence of outputs with targets."""
        wanted = self.held_out.wanted
        pairs = () if wanted is None else zip(wanted, outputs, strict=True)
        return _mean(
            [
                coherence(*pair, window=COHERENCE_PX, mask=self.held_out.mask(index))
                for index, pair in enumerate(pairs)
            ]
        )


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is finite; NaN of nothing."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan

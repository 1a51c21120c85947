"""Judge: what a network makes of fixed seeds or patches, how good it is, whether it goes wrong."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.batches import Batches
from satstudio.learn.collapse import Look, Watch
from satstudio.learn.data import TrainingData
from satstudio.learn.feature_trend import FeatureTrend
from satstudio.learn.method import Generator, Method, Values
from satstudio.learn.preview import FIRST_SEED, Reference, make_preview
from satstudio.learn.setup import HELD_OUT_SEED
from satstudio.learn.variety import VarietyMeter
from satstudio.pixels.scaling import unscaled

FIGURE_PIXELS = 512 * 16 * 16
MOST_FIGURES = 512


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """One comparison with held-out patches.

    Attributes
    ----------
    made : images, unscaled
    quality : the smaller, the better
    plain : figures as JSON knows them
    warnings : sentences about what goes wrong, with what to do
    apart_s : seconds of it that have a share of the time of their own
    """

    made: Values
    quality: float
    plain: dict[str, float | None]
    warnings: tuple[str, ...] = ()
    apart_s: float = 0.0


class Judge:
    """Compares a network with held-out patches, always with the same seeds or patches.

    Parameters
    ----------
    samples : images of a picture; as many or more are measured
    features : of generated images too, where there is time for them
    """

    def __init__(
        self,
        method: Method,
        data: TrainingData,
        device: torch.device,
        samples: int,
        features: FeatureTrend | None = None,
    ) -> None:
        side = method.size_px
        count = min(max(FIGURE_PIXELS // side**2, samples), MOST_FIGURES)
        real = Batches(data.held_out, data.scaling, count, side, HELD_OUT_SEED, device)
        more = Batches(data.lessons, data.scaling, count, side, HELD_OUT_SEED, device)
        reference = Reference(real, more, data.scaling, data.domain)
        self._preview = make_preview(method, reference, samples, count)
        self._generator = method if isinstance(method, Generator) else None
        self._scaling = data.scaling
        self._variety = VarietyMeter(real.values(1), data.scaling) if self._generator else None
        self._watch = Watch()
        self._measured = {
            "n": count,
            "n_real": real.distinct,
            "split": "validation" if len(data.validation) else "train",
            "first_seed": FIRST_SEED,
        }
        self._features = features

    def facts(self) -> dict[str, Any]:
        """Return what run.json says of the figures."""
        features = {"features": self._features.facts()} if self._features is not None else {}
        return ({"figures": self._measured} if self._generator else {}) | features

    def prepare(self, progress: Progress) -> str:
        """Do once what takes long, before the first step; returns what there is to say of it."""
        return "" if self._features is None else self._features.prepare(progress)

    def look(self, share: float, losses: Mapping[str, float]) -> Verdict:
        """Make images and measure them.

        Parameters
        ----------
        share : of the training that is done, 0 where it has no end
        losses : means of what the method logs, since the last line of the log
        """
        made = self._preview.make()
        figures = self._preview.figures(made)
        plain = figures.plain()
        if self._variety is None:
            return Verdict(made, figures.quality, plain)
        plain |= self._variety.of(made)
        warnings = self._watch.warnings(Look(share, {**losses, **plain}))
        start = time.perf_counter()
        if self._features is not None and self._features.is_due():
            plain |= self._features.look(made, self._more)
        return Verdict(made, figures.quality, plain, warnings, time.perf_counter() - start)

    def _more(self, seeds: Sequence[int]) -> Values:
        """Make images of other seeds, unscaled."""
        if self._generator is None:
            raise RunError("Images of noise are made by generators only.")
        return unscaled(self._generator.generate(seeds), self._scaling)

    def save(self, verdict: Verdict, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        return self._preview.save(verdict.made, path)

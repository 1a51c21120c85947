"""Evaluator: images of fixed seeds or patches, how good they are, whether training goes wrong."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.evaluation.collapse import Look, Watch
from satstudio.learn.evaluation.feature_trend import FeatureTrend
from satstudio.learn.evaluation.preview import FIRST_SEED, make_preview
from satstudio.learn.evaluation.preview_parts import Reference
from satstudio.learn.evaluation.variety import VarietyMeter
from satstudio.learn.method import Rivalled, Values
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.choosing import choosing_count, first_of
from satstudio.learn.setup.data import TrainingData
from satstudio.learn.setup.set_up import HELD_OUT_SEED, Setup
from satstudio.pixels.scaling import unscaled

FIGURE_PIXELS = 512 * 16 * 16
MOST_FIGURES = 512
MOST_RIVALLED = 64
"""Images that are measured where baselines are too, which take longer."""


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """One comparison with held-out patches.

    Attributes
    ----------
    generated : images, unscaled
    plain : figures as JSON knows them: None for what is not finite
    warnings : sentences about what goes wrong, with what to do
    apart_s : seconds of it that have a share of the time of their own
    """

    generated: Values
    plain: dict[str, float | None]
    warnings: tuple[str, ...] = ()
    apart_s: float = 0.0


class Evaluator:
    """Compares a network with held-out patches, always with the same seeds or patches.

    Parameters
    ----------
    samples : images of a picture; as many or more are measured
    features : of generated images too, where there is time for them
    earlier : what is known of the checkpoint that a run goes on from; one without `choosing` is of
        an earlier version and goes on with all held-out patches

    Attributes
    ----------
    chosen_by : figure that the best checkpoint is chosen by
    """

    def __init__(
        self,
        setup: Setup,
        samples: int,
        features: FeatureTrend | None = None,
        earlier: Mapping[str, Any] | None = None,
    ) -> None:
        data, method, device = setup.data, setup.method, setup.device
        side, capabilities = method.size_px, setup.kind.capabilities
        most = max(MOST_RIVALLED, samples) if isinstance(method, Rivalled) else MOST_FIGURES
        count = min(max(FIGURE_PIXELS // side**2, samples), most)
        self._choosing = _choosing(data, count, earlier)
        held_out = first_of(data.held_out, self._choosing["patches"])
        real = Batches(held_out, data.scaling, count, side, HELD_OUT_SEED, device)
        more = Batches(data.training_patches, data.scaling, count, side, HELD_OUT_SEED, device)
        reference = Reference(real, more, data.scaling, data.domain, data.ports)
        self._preview = make_preview(method, capabilities, reference, (samples, count))
        self.chosen_by = self._preview.chosen_by
        self._generator: Any = method if "generates" in capabilities else None
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

    def info(self) -> dict[str, Any]:
        """Return what run.json says of the figures, and of what the best is chosen by and on."""
        features = {"features": self._features.info()} if self._features is not None else {}
        more = self._preview.info()
        figures = {"figures": self._measured | more} if self._generator or more else {}
        return {**figures, **features, "choosing": {"by": self.chosen_by, **self._choosing}}

    def prepare(self, progress: Progress) -> str:
        """Do once what takes long, before the first step; returns what there is to say of it."""
        return "" if self._features is None else self._features.prepare(progress)

    def look(self, share: float, losses: Mapping[str, float]) -> Evaluation:
        """Make images and measure them.

        Parameters
        ----------
        share : of the training that is done, 0 where it has no end
        losses : means of what the method logs, since the last line of the log
        """
        generated = self._preview.make()
        plain = self._preview.figures(generated).plain()
        if self._variety is not None:
            plain |= self._variety.of(generated)
        warnings = self._watch.warnings(Look(share, {**losses, **plain}))
        start = time.perf_counter()
        if self._features is not None and self._features.is_due():
            plain |= self._features.look(generated, self._more)
        return Evaluation(generated, plain, warnings, time.perf_counter() - start)

    def _more(self, seeds: Sequence[int]) -> Values:
        """Make images of other seeds, unscaled."""
        if self._generator is None:
            raise RunError("Only generators make images of noise.")
        return unscaled(self._generator.generate(seeds), self._scaling)

    def save(self, evaluation: Evaluation, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        return self._preview.save(evaluation.generated, path)


def _choosing(
    data: TrainingData, measured: int, earlier: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return which patches the best checkpoint is chosen on: split, the first so many, of all."""
    of = len(data.held_out)
    has_own = len(data.validation) > 0
    count = choosing_count(of, measured) if has_own else of
    if earlier is not None:
        count = min(int(earlier.get("choosing", {}).get("patches", of)), of)
    return {"split": "validation" if has_own else "train", "patches": count, "of": of}

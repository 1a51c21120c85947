"""Judge: what a network makes of fixed seeds or patches, how good it is, whether it goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from satstudio.learn.batches import Batches
from satstudio.learn.collapse import Look, Watch
from satstudio.learn.data import TrainingData
from satstudio.learn.method import Generator, Method, Values
from satstudio.learn.preview import Reference, make_preview
from satstudio.learn.setup import HELD_OUT_SEED
from satstudio.learn.train_recipe import TrainRecipe
from satstudio.learn.variety import VarietyMeter

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
    """

    made: Values
    quality: float
    plain: dict[str, float | None]
    warnings: tuple[str, ...] = ()


class Judge:
    """Compares a network with held-out patches, always with the same seeds or patches.

    Of `recipe.samples` images of a picture as many or more are measured.
    """

    def __init__(
        self, method: Method, data: TrainingData, device: torch.device, recipe: TrainRecipe
    ) -> None:
        side, samples = method.size_px, recipe.samples
        count = min(max(FIGURE_PIXELS // side**2, samples), MOST_FIGURES)
        real = Batches(data.held_out, data.scaling, count, side, HELD_OUT_SEED, device)
        more = Batches(data.lessons, data.scaling, count, side, HELD_OUT_SEED, device)
        reference = Reference(real, more, data.scaling, data.domain)
        self._preview = make_preview(method, reference, samples, count)
        makes = isinstance(method, Generator)
        self._variety = VarietyMeter(real.values(1), data.scaling) if makes else None
        self._watch = Watch()

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
        return Verdict(made, figures.quality, plain, warnings)

    def save(self, verdict: Verdict, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        return self._preview.save(verdict.made, path)

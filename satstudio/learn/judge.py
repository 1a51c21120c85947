"""Judge: what a network makes of fixed seeds or patches, how good it is, whether it collapsed."""

from dataclasses import dataclass
from pathlib import Path

import torch

from satstudio.learn.batches import Batches
from satstudio.learn.collapse import CollapseWatch
from satstudio.learn.data import TrainingData
from satstudio.learn.method import Generator, Method, Values
from satstudio.learn.preview import make_preview
from satstudio.learn.setup import HELD_OUT_SEED

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
    is_collapsed : a generator has made nearly equal images several times in a row
    """

    made: Values
    quality: float
    plain: dict[str, float | None]
    is_collapsed: bool = False


class Judge:
    """Compares a network with held-out patches, always with the same seeds or patches.

    Parameters
    ----------
    samples : images of a picture; as many or more are measured
    """

    def __init__(
        self, method: Method, data: TrainingData, device: torch.device, samples: int
    ) -> None:
        side = method.size_px
        count = min(max(FIGURE_PIXELS // side**2, samples), MOST_FIGURES)
        real = Batches(data.held_out, data.scaling, count, side, HELD_OUT_SEED, device)
        self._preview = make_preview(method, real, data.scaling, samples, count, data.domain)
        makes = isinstance(method, Generator)
        self._collapse = CollapseWatch(real, data.scaling) if makes else None

    def look(self, share: float) -> Verdict:
        """Make images and measure them; `share` of the training is done, 0 where it has no end."""
        made = self._preview.make()
        figures = self._preview.figures(made)
        plain = figures.plain()
        if self._collapse is None:
            return Verdict(made, figures.quality, plain)
        diversity = self._collapse.diversity(made)
        is_collapsed = self._collapse.is_collapsed(diversity, share)
        return Verdict(made, figures.quality, plain | {"diversity": diversity}, is_collapsed)

    def save(self, verdict: Verdict, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        return self._preview.save(verdict.made, path)

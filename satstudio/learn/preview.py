"""Preview: what a network makes of fixed seeds or patches, beside real ones, with figures."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from satstudio.core.errors import RunError
from satstudio.core.files import replacing
from satstudio.learn.batches import Batches
from satstudio.learn.method import Generator, Method, Restorer, Values
from satstudio.metrics.measures.distribution import ks_modulus
from satstudio.metrics.measures.spectrum import spectrum_distance_db
from satstudio.pixels.fourier import Domain
from satstudio.pixels.phasor import intensity
from satstudio.pixels.scaling import Scaling, unscaled
from satstudio.render.compose import Picture
from satstudio.render.picture import before_and_after, real_beside_generated, save_png
from satstudio.render.spectra import real_beside_generated_spectra

KS_GOAL = 0.3
SPECTRUM_GOAL_DB = 5.0
FIRST_SEED = 0
DRAWN: dict[Domain, Callable[[Values, Values], Picture]] = {
    "image": real_beside_generated,
    "fourier": real_beside_generated_spectra,
}
"""How real patches and generated ones (n, rows, cols) become one picture."""


class Figures(Protocol):
    """What is known of a network's images; the smaller `quality`, the better."""

    @property
    def quality(self) -> float:
        """What the best checkpoint is chosen by."""
        ...

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them: None for what is not finite."""
        ...


class Preview(Protocol):
    """Makes pictures and figures of a network, always of the same seeds or patches."""

    def make(self) -> Values:
        """Make images, unscaled."""
        ...

    def save(self, made: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        ...

    def figures(self, made: Values) -> Figures:
        """Measure them."""
        ...


@dataclass(frozen=True, slots=True)
class GeneratorFigures:
    """How far generated patches are from held-out real ones; values are unscaled.

    Attributes
    ----------
    quality : the larger of the two as a share of its goal (0.3 and 5 dB); below 1 both are met
    """

    ks_modulus: float
    spectrum_distance_db: float
    quality: float
    n: int

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them."""
        return _plain(asdict(self))


@dataclass(frozen=True, slots=True)
class RestorerFigures:
    """How well held-out patches are restored.

    Attributes
    ----------
    held_out_loss : of the network that is shown
    ratio_mean, ratio_var : of the intensity before and after; 1 and 1 / looks are ideal
    """

    held_out_loss: float
    ratio_mean: float
    ratio_var: float
    n: int

    @property
    def quality(self) -> float:
        """What the best checkpoint is chosen by."""
        return self.held_out_loss

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them."""
        return _plain(asdict(self))


def make_preview(
    method: Method,
    held_out: Batches,
    scaling: Scaling,
    samples: int,
    figures: int,
    domain: Domain = "image",
) -> Preview:
    """Return the preview for a method; `held_out` gives batches of `figures` patches each."""
    if isinstance(method, Generator):
        return GeneratorPreview(method, held_out, scaling, (samples, figures), domain)
    if isinstance(method, Restorer):
        return RestorerPreview(method, held_out, scaling, samples)
    raise RunError(f"{type(method).__name__} neither generates nor restores images.")


class GeneratorPreview:
    """Images of fixed seeds beside real patches; of spectra also the images that they show.

    Parameters
    ----------
    counts : how many are shown, how many are measured
    """

    def __init__(
        self,
        method: Generator,
        held_out: Batches,
        scaling: Scaling,
        counts: tuple[int, int],
        domain: Domain = "image",
    ) -> None:
        self._method = method
        self._real = unscaled(held_out.values(1), scaling)
        self._scaling = scaling
        self._samples, self._figures = counts
        self._draw = DRAWN[domain]

    def make(self) -> Values:
        """Generate from the fixed seeds, unscaled."""
        seeds = range(FIRST_SEED, FIRST_SEED + max(self._samples, self._figures))
        return unscaled(self._method.generate(seeds), self._scaling)

    def save(self, made: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, made[: self._samples], allow_pickle=False)
        real = self._real[: self._samples, 0]
        return save_png(self._draw(real, made[: self._samples, 0]), path)

    def figures(self, made: Values) -> GeneratorFigures:
        """Compare with the real patches."""
        real, fake = self._real[:, 0], made[: self._figures, 0]
        ks = float(ks_modulus(real, fake))
        spectrum = float(spectrum_distance_db(real, fake))
        quality = max(ks / KS_GOAL, spectrum / SPECTRUM_GOAL_DB)
        return GeneratorFigures(ks, spectrum, quality, len(fake))


class RestorerPreview:
    """The same held-out patches before and after."""

    def __init__(self, method: Restorer, held_out: Batches, scaling: Scaling, samples: int) -> None:
        self._method = method
        self._batch = held_out.at(1)
        self._seen = held_out.values(1)
        self._scaling = scaling
        self._samples = samples

    def make(self) -> Values:
        """Restore the patches, unscaled."""
        return unscaled(self._method.restore(self._seen), self._scaling)

    def save(self, made: Values, path: Path) -> Path:
        """Write PATH.png and the restored patches as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, made[: self._samples], allow_pickle=False)
        before = np.abs(unscaled(self._seen[: self._samples, 0], self._scaling))
        return save_png(before_and_after(before, np.abs(made[: self._samples, 0])), path)

    def figures(self, made: Values) -> RestorerFigures:
        """Return the loss on the patches and the ratio image's figures."""
        loss = self._method.validate(self._batch, 0)["loss"]
        after = intensity(made).astype(np.float64)
        counted = after > 0
        ratio = intensity(unscaled(self._seen, self._scaling))[counted] / after[counted]
        mean, variance = (float(ratio.mean()), float(ratio.var())) if ratio.size else (0.0, 0.0)
        return RestorerFigures(loss, mean, variance, len(made))


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}

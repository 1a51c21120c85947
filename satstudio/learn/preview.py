"""Preview: what a network makes of fixed seeds or patches, beside real ones, with figures."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from satstudio.core.errors import RunError
from satstudio.core.files import replacing
from satstudio.learn.batches import Batches
from satstudio.learn.method import Generator, Method, Restorer, Values
from satstudio.metrics.distances import Distances
from satstudio.pixels.fourier import Domain
from satstudio.pixels.phasor import intensity
from satstudio.pixels.scaling import Scaling, unscaled
from satstudio.pixels.speckle import median_intensity_moment
from satstudio.render.compose import Picture
from satstudio.render.picture import before_and_after, real_beside_generated, save_png
from satstudio.render.spectra import real_beside_generated_spectra

SWD, LOSS = "swd", "held_out_loss"
"""What the best checkpoint of a generator and of a restorer is chosen by; both the smaller."""

FIRST_SEED = 0
MOMENT, REAL = "intensity_moment", "_real"
"""A figure of the log, and what ends the name of the same of real patches."""

DRAWN: dict[Domain, Callable[[Values, Values], Picture]] = {
    "image": real_beside_generated,
    "fourier": real_beside_generated_spectra,
}
"""How real patches and generated ones (n, rows, cols) become one picture."""


class Figures(Protocol):
    """What is known of a network's images."""

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them: None for what is not finite."""
        ...


class Preview(Protocol):
    """Makes pictures and figures of a network, always of the same seeds or patches.

    Attributes
    ----------
    chosen_by : figure that the best checkpoint is chosen by; the smaller, the better
    """

    chosen_by: str

    def make(self) -> Values:
        """Make images, unscaled."""
        ...

    def save(self, made: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        ...

    def figures(self, made: Values) -> Figures:
        """Measure them."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """Real patches that a network is compared with.

    Attributes
    ----------
    held_out : gives as many as are measured
    more : gives others, to compare real patches with real ones
    scaling : of both
    """

    held_out: Batches
    more: Batches
    scaling: Scaling
    domain: Domain = "image"

    def real(self) -> Values:
        """Return the real patches, unscaled."""
        return unscaled(self.held_out.values(1), self.scaling)

    def other(self) -> Values:
        """Return as many others, unscaled."""
        return unscaled(self.more.values(2), self.scaling)


@dataclass(frozen=True, slots=True)
class GeneratorFigures:
    """How far generated patches are from held-out real ones.

    Attributes
    ----------
    distances : as `Distances` has them, with what real patches have against real ones, and what
        Gaussian fields have
    n : generated images
    n_real : real patches that differ; where there are fewer than n, they come again and again
    moments : of complex samples, the intensity moment of generated and of real patches
    """

    distances: Mapping[str, float]
    n: int
    n_real: int
    moments: Mapping[str, float]

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them."""
        counts = {"n": self.n, "n_real": self.n_real}
        return _plain({**self.distances, **self.moments, **counts})


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

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them."""
        return _plain(asdict(self))


def make_preview(method: Method, reference: Reference, samples: int, figures: int) -> Preview:
    """Return the preview for a method; `figures` images are measured, `samples` are shown."""
    if isinstance(method, Generator):
        return GeneratorPreview(method, reference, (samples, figures))
    if isinstance(method, Restorer):
        return RestorerPreview(method, reference, samples)
    raise RunError(f"{type(method).__name__} neither generates nor restores images.")


class GeneratorPreview:
    """Images of fixed seeds beside real patches; of spectra also the images that they show.

    Parameters
    ----------
    counts : how many are shown, how many are measured
    """

    chosen_by = SWD

    def __init__(self, method: Generator, reference: Reference, counts: tuple[int, int]) -> None:
        self._method = method
        self._real = reference.real()
        self._scaling = reference.scaling
        self._samples, self._figures = counts
        self._draw = DRAWN[reference.domain]
        self._distances = Distances(self._real, reference.other(), reference.domain)
        self._n_real = reference.held_out.distinct
        self._has_moment = np.iscomplexobj(self._real) and reference.domain == "image"
        self._real_moment = _moment(self._real) if self._has_moment else math.nan

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
        measured = made[: self._figures]
        found = {**self._distances.of(measured), **self._distances.references}
        moments = {}
        if self._has_moment:
            moments = {MOMENT: _moment(measured), f"{MOMENT}{REAL}": self._real_moment}
        return GeneratorFigures(found, len(measured), self._n_real, moments)


class RestorerPreview:
    """The same held-out patches before and after."""

    chosen_by = LOSS

    def __init__(self, method: Restorer, reference: Reference, samples: int) -> None:
        self._method = method
        self._batch = reference.held_out.at(1)
        self._seen = reference.held_out.values(1)
        self._scaling = reference.scaling
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


def _moment(patches: Values) -> float:
    return median_intensity_moment(intensity(patches))


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}

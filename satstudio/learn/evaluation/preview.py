"""Preview: what a network makes of fixed seeds or patches, beside real ones, with figures."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import RunError
from satstudio.core.files.replacing import replacing
from satstudio.learn.evaluation.preview_parts import (
    LOSS,
    SWD,
    Counts,
    Preview,
    Reference,
    plain,
)
from satstudio.learn.evaluation.translator_preview import TranslatorPreview
from satstudio.learn.method import (
    Capability,
    Generator,
    Method,
    Restorer,
    Translator,
    Values,
)
from satstudio.metrics.sets.distances import REAL, Distances
from satstudio.pixels.phasor import intensity
from satstudio.pixels.scaling import unscaled
from satstudio.pixels.speckle import median_intensity_moment
from satstudio.pixels.spectral.fourier import Domain
from satstudio.render.compose import Picture
from satstudio.render.picture import before_and_after, real_beside_generated, save_png
from satstudio.render.spectra import real_beside_generated_spectra

FIRST_SEED = 0
MOMENT = "intensity_moment"

DRAWN: dict[Domain, Callable[[Values, Values], Picture]] = {
    "image": real_beside_generated,
    "fourier": real_beside_generated_spectra,
}
"""How real patches and generated ones (n, rows, cols) become one picture."""


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
        return plain({**self.distances, **self.moments, **counts})


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
        return plain(asdict(self))


def make_preview(
    method: Method, capabilities: Collection[Capability], reference: Reference, counts: Counts
) -> Preview:
    """Return the preview for what a method says that it can.

    Raises
    ------
    RunError
        If it says nothing that images could be made with, or has not what it says.
    """
    name = type(method).__name__
    known = next((able for able in PREVIEWS if able in capabilities), None)
    if known is None:
        raise RunError(
            f"{name} says in its capabilities neither that it generates, restores nor translates "
            "images; learn/method.py says what a method needs for it."
        )
    kind, preview = PREVIEWS[known]
    if not isinstance(method, kind):
        raise RunError(
            f"{name} says that it {known}, but has not all that a {kind.__name__} in "
            "learn/method.py has."
        )
    return preview(method, reference, counts)


class GeneratorPreview:
    """Images of fixed seeds beside real patches; of spectra also the images that they show."""

    chosen_by = SWD

    def __init__(self, method: Generator, reference: Reference, counts: Counts) -> None:
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

    def save(self, generated: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, generated[: self._samples], allow_pickle=False)
        real = self._real[: self._samples, 0]
        return save_png(self._draw(real, generated[: self._samples, 0]), path)

    def figures(self, generated: Values) -> GeneratorFigures:
        """Compare with the real patches."""
        measured = generated[: self._figures]
        found = {**self._distances.of(measured), **self._distances.references}
        moments = {}
        if self._has_moment:
            moments = {MOMENT: _moment(measured), f"{MOMENT}{REAL}": self._real_moment}
        return GeneratorFigures(found, len(measured), self._n_real, moments)

    def info(self) -> dict[str, Any]:
        """Return nothing more."""
        return {}


class RestorerPreview:
    """The same held-out patches before and after."""

    chosen_by = LOSS

    def __init__(self, method: Restorer, reference: Reference, counts: Counts) -> None:
        self._method = method
        self._batch = reference.held_out.batch(1)
        self._seen = reference.held_out.values(1)
        self._scaling = reference.scaling
        self._samples, _ = counts

    def make(self) -> Values:
        """Restore the patches, unscaled."""
        return unscaled(self._method.restore(self._seen), self._scaling)

    def save(self, generated: Values, path: Path) -> Path:
        """Write PATH.png and the restored patches as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, generated[: self._samples], allow_pickle=False)
        before = np.abs(unscaled(self._seen[: self._samples, 0], self._scaling))
        return save_png(before_and_after(before, np.abs(generated[: self._samples, 0])), path)

    def figures(self, generated: Values) -> RestorerFigures:
        """Return the loss on the patches and the ratio image's figures."""
        loss = self._method.validate(self._batch, 0)["loss"]
        after = intensity(generated).astype(np.float64)
        counted = after > 0
        ratio = intensity(unscaled(self._seen, self._scaling))[counted] / after[counted]
        mean, variance = (float(ratio.mean()), float(ratio.var())) if ratio.size else (0.0, 0.0)
        return RestorerFigures(loss, mean, variance, len(generated))

    def info(self) -> dict[str, Any]:
        """Return nothing more."""
        return {}


PREVIEWS: Mapping[Capability, tuple[type[Any], Callable[[Any, Reference, Counts], Preview]]] = {
    "generates": (Generator, GeneratorPreview),
    "restores": (Restorer, RestorerPreview),
    "translates": (Translator, TranslatorPreview),
}
"""What a method must have for what it says that it can, and how that is shown."""


def _moment(patches: Values) -> float:
    return median_intensity_moment(intensity(patches))

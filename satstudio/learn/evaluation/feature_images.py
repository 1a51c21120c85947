"""open_features: the features that a training is followed by, and which images they are of."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.learn.evaluation.preview_parts import Reference
from satstudio.learn.method import MethodInfo, Values
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.data import TrainingData
from satstudio.learn.setup.set_up import HELD_OUT_SEED, Setup
from satstudio.pixels.spectral.fourier import visible_image
from satstudio.restore.features.card import FeatureCard, has_card, read_any_card
from satstudio.restore.features.choice import ExtractorRecipe, open_extractor
from satstudio.restore.features.extractor import EXTRACTORS, Extractor, ImageKind
from satstudio.restore.features.file import AS_IS

MOST, LEAST = 256, 64
"""Images a side; of large ones fewer."""

MOST_PIXELS = 2**22
"""Of all images of a side together, where that is more than the least."""

STRETCH = (2, 98)
"""Percentiles of real images that become black and white where a network sees pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureImages:
    """What features are measured of.

    Attributes
    ----------
    shown : images (n, bands, rows, cols), unscaled, to what the extractor sees
    reference : gives `n` real images, and as many others
    """

    extractor: Extractor
    shown: Callable[[Values], Values]
    reference: Reference
    n: int

    def rows(self, images: Values, progress: Progress | None = None, text: str = "") -> Values:
        """Return the features (n, d) float64 of images, unscaled; a stop is seen on the way."""
        size = self.extractor.batch
        starts = range(0, len(images), size)
        parts = [
            self.extractor(self.shown(images[start : start + size]))
            for start in (progress.over(starts, text) if progress else starts)
        ]
        return np.concatenate(parts).astype(np.float64)


def open_features(name: str | None, threads: int | None, setup: Setup) -> FeatureImages | None:
    """Open the features that a training is to be followed by, and try them; None: by none.

    They see: of spectra the images that they show; of complex samples the amplitudes where it is
    a network from a file, else the samples; real images as they are. A network that sees pictures
    gets three bands (of fewer the last one again), stretched from the 2nd to the 98th percentile
    of real images.

    Raises
    ------
    InputError
        If they do not take these images, or the method makes none of noise.
    ModelError
        If the file is no network of features.
    """
    if name is None:
        return None
    check_generates(setup.kind)
    side = setup.method.size_px
    n = max(LEAST, min(MOST, MOST_PIXELS // side**2))
    return open_images(name, threads, setup.data, side, (n, n))


def check_generates(kind: MethodInfo) -> None:
    """Raise InputError where a method makes no images of noise."""
    if "generates" not in kind.capabilities:
        raise InputError(
            f"{kind.title} restores images; features are for methods that make images of noise. "
            "Leave 'features' empty."
        )


def open_images(
    name: str, threads: int | None, data: TrainingData, side: int, counts: tuple[int, int]
) -> FeatureImages:
    """Open features for the images of a training, and try them; raises as `open_features` does.

    Parameters
    ----------
    name : of the features, or an ONNX file; one without a card gets the bands as they are
    side : of the images
    counts : images of a side, and how many of them its reference gives at once
    """
    n, at_once = counts
    cpu = torch.device("cpu")
    reference = Reference(
        Batches(data.held_out, data.scaling, at_once, side, HELD_OUT_SEED, cpu),
        Batches(data.training_patches, data.scaling, at_once, side, HELD_OUT_SEED, cpu),
        data.scaling,
        data.domain,
    )
    shown = _shown(name, data)
    extractor = _opened(name, threads, shown(reference.real()))
    found = FeatureImages(extractor, shown, reference, n)
    found.rows(reference.real()[:1])
    return found


def _shown(name: str, data: TrainingData) -> Callable[[Values], Values]:
    if data.domain == "fourier":
        return visible_image
    if data.is_complex and name not in EXTRACTORS:
        return np.abs
    return np.asarray


def _opened(name: str, threads: int | None, real: Values) -> Extractor:
    kind = ImageKind(real.shape[1], np.iscomplexobj(real))
    if name in EXTRACTORS:
        return open_extractor(ExtractorRecipe(features=name), kind)
    path = Path(name)
    if path.suffix.lower() != ".onnx":
        raise InputError(
            f"There are no features '{name}': give {', '.join(EXTRACTORS)}, or an ONNX file of a "
            "feature network, as 'satstudio features convert' makes it."
        )
    resize = _resize_of(path)
    more = {"resize": resize} if resize == AS_IS else _picture(real)
    wanted = ExtractorRecipe.build({"features": name, "threads": threads, **more}, "features")
    return open_extractor(wanted, kind)


def _resize_of(path: Path) -> str:
    """Return how images become the network's input, as its card says; without one, as they are."""
    if not has_card(path):
        return AS_IS
    card = read_any_card(path)
    if not isinstance(card, FeatureCard):
        raise InputError(
            f"{path.name} is a model for '{card.task}', not a network of features; 'satstudio "
            "features convert' makes one."
        )
    return card.resize


def _picture(real: Values) -> dict[str, object]:
    """Return three bands, counted from 1, and their stretch."""
    bands = [min(band, real.shape[1]) for band in (1, 2, 3)]
    low, high = np.percentile(real[:, : max(bands)], STRETCH)
    if not low < high:
        raise InputError("The real images are all alike; no picture can be stretched from them.")
    return {"bands": bands, "stretch": (float(low), float(high))}

"""Scorer: Frechet distance, KID and Inception Score of what a finished run generates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.learn.evaluation.feature_images import FeatureImages, check_generates, open_images
from satstudio.learn.evaluation.preview import FIRST_SEED
from satstudio.learn.loop.checkpoint import load_into, newest_checkpoint
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.method import METHODS, Values
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.data import TrainingData, open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.metrics.features import relative, sample_warning
from satstudio.metrics.measures.distribution import frechet_features, inception_score, kid
from satstudio.metrics.sets.distances import FLOOR, REAL
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.scaling import unscaled

AT_ONCE = 32
"""Images that are generated, or read, at once."""

LEAST_PROBABILITY = 1e-30
SUM_ERROR = 1e-3
OF_FEATURES = ("frechet_features", "kid")
OF_CLASSES = "inception_score"
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """What is known of a run's images.

    Attributes
    ----------
    figures : by name; None where images are not finite
    beside : Frechet and kernel distance of training patches from the same held-out ones
        (`_floor`), and the Inception Score of held-out patches (`_real`)
    info : which networks, of how many images
    """

    figures: Figures = field(default_factory=dict)
    beside: dict[str, float] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Networks:
    """What images of one recipe are measured with, and the held-out real ones."""

    data: TrainingData
    features: FeatureImages | None
    classes: FeatureImages | None
    n_real: int

    @property
    def all(self) -> tuple[FeatureImages, ...]:
        return tuple([one for one in (self.features, self.classes) if one is not None])

    def rows(self, images: Values) -> list[Values]:
        """Return what each network says of images (n, bands, rows, cols), unscaled."""
        return [one.extractor.rows(one.shown(images)).astype(np.float64) for one in self.all]


class Scorer:
    """Scores runs of a plan by networks that the user names; does nothing where there are none.

    Parameters
    ----------
    extractor : features for Frechet distance and KID: an ONNX file, or `handcrafted` or `random`
    classifier : ONNX file of a network of class logits or probabilities, for the Inception Score
    count : generated images; of real ones as many as are held out, at most so many
    """

    def __init__(
        self, extractor: str | None, classifier: str | None, count: int, patches: Path
    ) -> None:
        self._extractor, self._classifier = extractor, classifier
        self._count = count
        self._patches = patches
        self._real: dict[str, list[Values]] = {}

    def check(self, recipe: TrainRecipe) -> None:
        """Try the networks on the images of a recipe, before the first training.

        Raises
        ------
        InputError
            If they do not take these images, or too few are held out.
        ModelError
            If a file is no such network.
        """
        if self._extractor or self._classifier:
            self._open(recipe)

    def score(self, run: RunFolder, recipe: TrainRecipe, progress: Progress) -> Scored:
        """Generate images of the seeds 0, 1, ... with the last checkpoint, and score them."""
        if not (self._extractor or self._classifier):
            return Scored()
        nets = self._open(recipe)
        real, other = self._of_real(nets, recipe, progress.part(0, 0.3))
        generated = self._of_run(run, nets, recipe, progress.part(0.3, 0.9))
        figures: Figures = {}
        beside: Figures = {}
        for net, of_real, of_other, of_generated in zip(
            nets.all, real, other, generated, strict=True
        ):
            if net is nets.features:
                figures |= _distances(net, of_real, of_generated)
                floor = _distances(net, of_real, of_other)
                beside |= {f"{key}{FLOOR}": value for key, value in floor.items()}
            else:
                figures[OF_CLASSES] = _class_score(net, of_generated)
                beside[f"{OF_CLASSES}{REAL}"] = _class_score(net, of_real)
        progress.report(1.0, "Scored")
        known = {key: value for key, value in beside.items() if value is not None}
        return Scored(figures, known, self._info(nets))

    def _open(self, recipe: TrainRecipe) -> _Networks:
        data = open_data(self._patches, recipe)
        check_generates(METHODS[recipe.method])
        n_real = min(self._count, len(data.held_out))
        side = int(getattr(recipe.chosen(), "size", 1))
        sample_warning(n_real, 1)
        features, classes = (
            open_images(name, recipe.threads, data, side, (self._count, AT_ONCE)) if name else None
            for name in (self._extractor, self._classifier)
        )
        if classes is not None and _class_count(classes) < 2:
            raise InputError(
                f"{self._classifier} gives one number an image, not the probabilities of classes."
            )
        return _Networks(data, features, classes, n_real)

    def _of_real(
        self, nets: _Networks, recipe: TrainRecipe, progress: Progress
    ) -> tuple[list[Values], list[Values]]:
        """Return what networks say of held-out patches, and of training ones."""
        first = nets.all[0].reference
        key = f"{getattr(recipe.chosen(), 'size', 1)}|{first.scaling.model_dump_json()}"
        count = min(self._count, len(nets.data.training_patches))
        sets = {
            "held-out": (first.held_out, nets.n_real, progress.part(0, 0.5)),
            "training": (first.more, count, progress.part(0.5, 1)),
        }
        found = []
        for called, (batches, n, part) in sets.items():
            name = f"{called}|{key}"
            if name not in self._real:
                make, text = _reading(batches, nets.data), f"Features of {called} images"
                self._real[name] = _gathered(nets, make, n, part, text)
            found.append(self._real[name])
        return found[0], found[1]

    def _of_run(
        self, run: RunFolder, nets: _Networks, recipe: TrainRecipe, progress: Progress
    ) -> list[Values]:
        found = newest_checkpoint(run.checkpoints)
        info = METHODS[recipe.method]
        method: Any = info.make(recipe.chosen(), nets.data.ports, recipe.seed, torch.device("cpu"))
        if found is None or "generates" not in info.capabilities:
            raise InputError(f"{run.path} has no generator to score.")
        load_into(method, found)

        def make(first: int, last: int) -> Values:
            seeds = range(FIRST_SEED + first, FIRST_SEED + last)
            return unscaled(method.generate(seeds), nets.data.scaling)

        return _gathered(nets, make, self._count, progress, "Features of generated images")

    def _info(self, nets: _Networks) -> dict[str, Any]:
        features, classes = nets.features, nets.classes
        return {
            "extractor": features.extractor.name if features else None,
            "title": features.extractor.title("frechet_features") if features else None,
            "classifier": classes.extractor.name if classes else None,
            "n": self._count,
            "n_real": nets.n_real,
            "first_seed": FIRST_SEED,
            "split": "validation" if len(nets.data.validation) else "train",
            "note": sample_warning(nets.n_real, features.extractor.n_features) if features else "",
        }


def scorer_of(extractor: str | None, classifier: str | None, count: int, patches: Path) -> Scorer:
    """Return the scorer of a plan; the same one while the plan stays the same."""
    return _scorer(extractor, classifier, count, patches, PatchSet.open(patches).sha256)


@lru_cache(maxsize=1)
def _scorer(
    extractor: str | None, classifier: str | None, count: int, patches: Path, sha256: str
) -> Scorer:
    """Return a new scorer; `sha256` tells the patch set from one that had its place before."""
    return Scorer(extractor, classifier, count, patches)


def _reading(batches: Batches, data: TrainingData) -> Callable[[int, int], Values]:
    def read(first: int, last: int) -> Values:
        values = batches.values(first // AT_ONCE + 1, slice(0, last - first))
        return unscaled(values, data.scaling)

    return read


def _gathered(
    nets: _Networks,
    make: Callable[[int, int], Values],
    count: int,
    progress: Progress,
    text: str,
) -> list[Values]:
    """Return a table a network of what it says of `count` images; a row that is not finite stays.

    Parameters
    ----------
    make : number of the first image and of the one after the last -> images
    """
    parts = []
    for first in progress.over(range(0, count, AT_ONCE), text):
        images = make(first, min(first + AT_ONCE, count))
        if not np.isfinite(images).all():
            return [np.full((1, 1), np.nan) for _ in nets.all]
        parts.append(nets.rows(images))
    return [np.concatenate(rows) for rows in zip(*parts, strict=True)]


def _distances(net: FeatureImages, real: Values, generated: Values) -> Figures:
    if not np.isfinite(generated).all():
        return dict.fromkeys(OF_FEATURES)
    width = net.extractor.n_features
    pair = real[:, :width], generated[:, :width]
    if net.extractor.is_relative:
        pair = relative(*pair)
    return {"frechet_features": frechet_features(*pair), "kid": kid(*pair)}


def _class_count(net: FeatureImages) -> int:
    return net.extractor.n_logits or net.extractor.n_features


def _class_score(net: FeatureImages, rows: Values) -> float | None:
    """Return the Inception Score of class logits, or of probabilities where rows are such."""
    if not np.isfinite(rows).all():
        return None
    classes = rows[:, -_class_count(net) :]
    sums = classes.sum(axis=1)
    if classes.min() >= 0 and bool(np.all(np.abs(sums - 1) < SUM_ERROR)):
        classes = np.log(np.maximum(classes, LEAST_PROBABILITY))
    return inception_score(classes)["mean"]

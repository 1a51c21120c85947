"""score_sets: how far generated images are from real ones, as distances of their features."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.bench.image_sets import ImageSet, open_set
from satstudio.bench.set_features import SetFeatures, features_of
from satstudio.bench.set_swd import SWD, set_swd
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.metrics.features import relative, sample_warning
from satstudio.metrics.score import METRICS, Score
from satstudio.metrics.sets.feature_interval import (
    LEVEL,
    frechet_halves,
    frechet_interval,
    usual_resamples,
)
from satstudio.metrics.sets.feature_scores import IMAGES, score_features
from satstudio.restore.features.choice import ExtractorRecipe, open_extractor
from satstudio.restore.features.extractor import INCEPTION, Extractor

Reals = npt.NDArray[np.float64]
FRECHET, KERNEL, OF_CLASSES = "frechet_features", "kid", "inception_score"
ALIASES = {"fd": FRECHET, "fid": FRECHET, "is": OF_CLASSES}
"""What people call a metric."""

RELATIVE = "in standard deviations of the first set"
CLASSES = (
    "of ImageNet's classes: says little about images that show none of them (Barratt, Sharma 2018)"
)


class SetScoreRecipe(Recipe):
    """What two sets of images are compared by."""

    extractor: ExtractorRecipe = ExtractorRecipe()
    metrics: tuple[str, ...] = Field(
        (FRECHET, KERNEL),
        title="Metrics",
        description="of features, or swd of the images themselves; a Fréchet distance always comes "
        "with the kernel distance",
    )
    resamples: int | None = Field(
        None,
        ge=0,
        le=10_000,
        title="Resamplings",
        description="For the interval of a Fréchet distance; 0: none; empty: what is affordable",
    )
    seed: int = Field(0, ge=0, title="Seed of the resamplings")


def score_sets(
    real: str | Path, generated: str | Path, recipe: SetScoreRecipe, progress: Progress
) -> dict[str, Score]:
    """Score a set of generated images against a set of real ones.

    Parameters
    ----------
    real, generated : what `open_set` opens: patch sets, folders of images, `.npy` files

    Returns
    -------
    dict
        By short name: fd_handcrafted, kid_random, fid@tf1, is@tf1, ... Each definition names the
        extractor with its weights and resize rule, and n of both sets; a Fréchet distance has the
        ends of its interval among its parts.

    Raises
    ------
    InputError
        If a set has fewer than 50 images, the two differ in kind, or a metric is none of features.
    """
    names = _names(recipe.metrics)
    pair = open_set(real), open_set(generated)
    _check_pair(*pair)
    of_features = [name for name in names if name != SWD]
    share = 0.9 if SWD in names else 1.0
    found = _of_features(pair, of_features, recipe, progress.part(0, share)) if of_features else {}
    if SWD in names:
        found[SWD] = set_swd(pair, progress.part(share, 1))
    progress.report(1.0, "Scored")
    return found


def _of_features(
    pair: tuple[ImageSet, ImageSet],
    names: Sequence[str],
    recipe: SetScoreRecipe,
    progress: Progress,
) -> dict[str, Score]:
    extractor = open_extractor(recipe.extractor, pair[0].kind)
    if OF_CLASSES in names and not (extractor.n_logits and extractor.family.startswith(INCEPTION)):
        raise InputError(
            f"The Inception Score needs the classes of the Inception network; {extractor.name} "
            "is another one. Convert its known weights, or leave the score out."
        )
    share = _share(pair)
    first = features_of(pair[0], extractor, progress.part(0, share))
    second = features_of(pair[1], extractor, progress.part(share, 0.9))
    progress.report(0.9, "Scoring")
    found = _scores((first, second), extractor, names, recipe, progress.part(0.9, 1))
    note = _note(pair, (first, second))
    return {
        extractor.title(name): replace(one, note="; ".join(filter(None, (one.note, note))))
        for name, one in found.items()
    }


def _names(asked: Sequence[str]) -> list[str]:
    names = list(dict.fromkeys(ALIASES.get(name, name) for name in asked))
    if not names:
        raise InputError("Name at least one metric of features, as frechet_features.")
    for name in names:
        if METRICS[name].images != IMAGES and name not in (OF_CLASSES, SWD):
            usable = [key for key, one in METRICS.items() if one.images == IMAGES]
            raise InputError(
                f"Metric {name} is none of features; there are "
                f"{', '.join([*usable, OF_CLASSES, SWD])}."
            )
    if FRECHET in names and KERNEL not in names:
        names.insert(names.index(FRECHET) + 1, KERNEL)
    return names


def _check_pair(first: ImageSet, second: ImageSet) -> None:
    for one in (first, second):
        try:
            sample_warning(one.count, 1)
        except InputError as error:
            raise InputError(f"{one.name}: {error}") from error
    if first.kind != second.kind:
        raise InputError(
            f"{first.name} has {first.kind}, {second.name} {second.kind}; only sets of one kind "
            "can be compared."
        )


def _share(pair: tuple[ImageSet, ImageSet]) -> float:
    first, second = (one.count * max(one.values, 1) for one in pair)
    return 0.9 * first / (first + second)


def _scores(
    pair: tuple[SetFeatures, SetFeatures],
    extractor: Extractor,
    names: Sequence[str],
    recipe: SetScoreRecipe,
    progress: Progress,
) -> dict[str, Score]:
    width = extractor.n_features
    first, second = (one.rows[:, :width].astype(np.float64) for one in pair)
    name = extractor.name
    if extractor.is_relative:
        first, second = relative(first, second)
        name = f"{name}, {RELATIVE}"
    of_features = [one for one in names if one != OF_CLASSES]
    found = score_features(first, second, of_features, name)
    if FRECHET in found and recipe.resamples != 0:
        found[FRECHET] = _with_interval(found[FRECHET], (first, second), recipe, progress)
    if OF_CLASSES in names:
        found[OF_CLASSES] = _inception_score(pair[1].rows[:, width:], extractor.name)
    return {one: found[one] for one in names}


def _with_interval(
    one: Score, pair: tuple[Reals, Reals], recipe: SetScoreRecipe, progress: Progress
) -> Score:
    count = recipe.resamples or usual_resamples(min(len(pair[0]), len(pair[1])), pair[0].shape[1])
    low, high = frechet_interval(*pair, count, recipe.seed, progress)
    halves = frechet_halves(pair[0], recipe.seed)
    note = (
        f"{LEVEL:.0%} interval {low:.6g} to {high:.6g} of {count} resamplings: how far it moves "
        "with other images, without the bias of small n; two halves of the first set, "
        f"{len(pair[0]) // 2} each, are {halves:.6g} apart"
    )
    parts: Mapping[str, float] = {
        "interval_low": low,
        "interval_high": high,
        "halves_of_first": halves,
    }
    return replace(one, parts=parts, note="; ".join(filter(None, (one.note, note))))


def _inception_score(logits: npt.NDArray[np.float32], extractor: str) -> Score:
    sample_warning(len(logits), 1)
    metric = METRICS[OF_CLASSES]
    values = metric.measure(logits, logits, None, {"logits": logits.astype(np.float64)})
    one = metric.score(values, len(logits), {})
    definition = f"{one.definition} [logits of {extractor}; n {len(logits)}, generated only]"
    return replace(one, definition=definition, note=CLASSES)


def _note(pair: tuple[ImageSet, ImageSet], found: tuple[SetFeatures, SetFeatures]) -> str:
    parts = [
        f"{features.left_out} of {images.count} images of {images.name} have pixels without data "
        "and do not count"
        for images, features in zip(pair, found, strict=True)
        if features.left_out
    ]
    if pair[0].dtype != pair[1].dtype:
        parts.append(f"values are {pair[0].dtype} and {pair[1].dtype}; check that units agree")
    return "; ".join(parts)

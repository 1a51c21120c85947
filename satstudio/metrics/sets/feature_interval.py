"""frechet_interval, frechet_halves: what a Fréchet distance of so few images is worth."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.progress import Progress
from satstudio.metrics.measures.distribution import frechet_features

Pixels = npt.NDArray[Any]
LEVEL = 0.95
LEAST, MOST = 20, 200
BUDGET = 2e10
"""Resamplings x side^3 of the matrix that each takes apart; above it there are fewer."""


def usual_resamples(n: int, features: int) -> int:
    """Return how many resamplings are affordable: 200 of small features, 20 of 2048."""
    return int(np.clip(BUDGET / min(n, features) ** 3, LEAST, MOST))


def frechet_interval(
    features_a: Pixels,
    features_b: Pixels,
    resamples: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a Fréchet distance.

    Both sets are drawn again with replacement. Drawing twice raises the distance, as few images
    do; so the spread is kept and its mean moved to the distance itself. The bias of small n,
    about d^2 / (2 n), is not part of it.

    Parameters
    ----------
    features_a, features_b : (n, d)
    resamples : None: as many as `usual_resamples` says
    """
    rng = np.random.default_rng(seed)
    size_a, size_b = len(features_a), len(features_b)
    count = resamples or usual_resamples(min(size_a, size_b), features_a.shape[1])
    value = frechet_features(features_a, features_b)
    again = [
        frechet_features(
            features_a[rng.integers(0, size_a, size_a)], features_b[rng.integers(0, size_b, size_b)]
        )
        for _ in (progress or Progress()).over(range(count), "Resampling")
    ]
    outside = (1 - LEVEL) / 2
    low, high = np.quantile(again, [outside, 1 - outside]) + value - np.mean(again)
    return max(float(low), 0.0), max(float(high), 0.0)


def frechet_halves(features: Pixels, seed: int = 0) -> float:
    """Return the distance of two random halves of one set: what equal distributions have.

    It is the bias of small n, of these very features; of half as many images, so about twice
    that of the whole set.
    """
    order = np.random.default_rng(seed).permutation(len(features))
    half = len(features) // 2
    return frechet_features(features[order[:half]], features[order[half : 2 * half]])

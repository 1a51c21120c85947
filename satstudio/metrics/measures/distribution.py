"""Fréchet and kernel distance of features, Inception Score, Wasserstein, Kolmogorov-Smirnov."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.metrics.empirical import share_gap
from satstudio.metrics.features import feature_pair, finite_rows
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
KID_SUBSETS, KID_SUBSET = 100, 1000
FINITE_ROWS = "rows with a value that is not finite are refused"


@metric(
    better="lower",
    source="two-sample Kolmogorov-Smirnov statistic of |z| over all pixels, scaling inverted; any "
    "rising function gives the same, so it is also that of the log-amplitude",
    span=(0, 1),
    masks="values not finite do not count",
    suits=Suits(usual="training"),
)
def ks_modulus(first: Pixels, second: Pixels) -> float:
    """Largest gap between the empirical distributions of the modulus.

    Parameters
    ----------
    first, second : arrays of any shape, complex or real; values not finite do not count

    Returns
    -------
    float
        0 (equal distributions) .. 1; NaN if either side is empty.
    """
    one, other = _sorted_modulus(first), _sorted_modulus(second)
    if not (one.size and other.size):
        return float("nan")
    return float(np.abs(share_gap(one, other)[1]).max())


def _sorted_modulus(values: Pixels) -> Pixels:
    finite = values[np.isfinite(values)]
    return np.sort(np.abs(finite), axis=None)


@metric(
    better="lower",
    source="|m_a - m_b|^2 + Tr(S_a + S_b - 2 sqrt(S_a S_b)) of the Gaussians of features (Heusel "
    "2017), unbiased covariances; the root's trace as nuclear norm, exact for n below the number "
    "of features",
    span=(0, math.inf),
    masks=FINITE_ROWS,
)
def frechet_features(features_a: Pixels, features_b: Pixels) -> float:
    """Frechet distance of two sets of features (n, d); its name needs the extractor's.

    Biased upwards for small n: about d^2 / (2 n) for equal distributions.
    """
    a, b = feature_pair(features_a, features_b)
    gap = a.mean(axis=0) - b.mean(axis=0)
    root_a, root_b = _root(a), _root(b)
    cross = np.linalg.svd(root_a @ root_b.T, compute_uv=False).sum()
    traces = float((root_a**2).sum() + (root_b**2).sum())
    return max(float(gap @ gap) + traces - 2 * float(cross), 0.0)


def _root(features: Reals) -> Reals:
    """Return R with R^T R = unbiased covariance, with as few rows as it can have."""
    n, d = features.shape
    centred = (features - features.mean(axis=0)) / math.sqrt(n - 1)
    return centred if n <= d else np.asarray(np.linalg.qr(centred, mode="r"))


@metric(
    better="lower",
    source="|m_a - m_b|^2 + Tr(S_a + S_b - 2 sqrt(S_a S_b)) (Heusel 2017), from stored moments",
    span=(0, math.inf),
    masks=FINITE_ROWS,
)
def frechet_stats(
    mean_a: Pixels, covariance_a: Pixels, mean_b: Pixels, covariance_b: Pixels
) -> float:
    """Frechet distance of two Gaussians, from means (d,) and covariances (d, d)."""
    moments = [
        np.asarray(part, np.float64) for part in (mean_a, covariance_a, mean_b, covariance_b)
    ]
    if not all(np.isfinite(part).all() for part in moments):
        raise InputError("Means and covariances must be finite.")
    first, cov_a, second, cov_b = moments
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    inner = np.linalg.eigvalsh(root.T @ cov_b @ root)
    cross = float(np.sqrt(np.clip(inner, 0, None)).sum())
    gap = first - second
    return max(float(gap @ gap + np.trace(cov_a) + np.trace(cov_b)) - 2 * cross, 0.0)


@metric(
    better="lower",
    source="unbiased MMD^2 with kernel (x y / d + 1)^3 (Binkowski 2018); all features up to 1000, "
    "above that the mean of 100 seeded subsets of 1000; may be negative",
    masks=FINITE_ROWS,
)
def kid(
    features_a: Pixels,
    features_b: Pixels,
    *,
    degree: int = 3,
    subset_size: int | None = None,
    subsets: int = KID_SUBSETS,
    seed: int = 0,
) -> float:
    """Kernel distance of two sets of features (n, d).

    Parameters
    ----------
    subset_size : None: 1000; all features at once where a set has no more
    """
    a, b = feature_pair(features_a, features_b)
    size = subset_size or KID_SUBSET
    if size >= max(len(a), len(b)):
        return _mmd(a, b, degree)
    size = min(size, len(a), len(b))
    rng = np.random.default_rng(seed)
    found = [_mmd(_some(a, size, rng), _some(b, size, rng), degree) for _ in range(subsets)]
    return float(np.mean(found))


def _some(features: Reals, size: int, rng: np.random.Generator) -> Reals:
    return np.asarray(features[rng.choice(len(features), size, replace=False)])


def _mmd(a: Reals, b: Reals, degree: int) -> float:
    """Unbiased squared mean discrepancy: a point is never compared with itself."""
    width = a.shape[1]
    within = 0.0
    for one in (a, b):
        kernel = (one @ one.T / width + 1) ** degree
        n = len(one)
        within += float(kernel.sum() - np.trace(kernel)) / (n * (n - 1))
    return within - 2 * float(((a @ b.T / width + 1) ** degree).mean())


@metric(
    better="higher",
    source="exp(mean KL(p(y|x), p(y))) over splits, mean (the value) and population std "
    "(Salimans 2016); of class logits; means little outside the classes of the network",
    span=(1, math.inf),
    masks=FINITE_ROWS,
    main="mean",
)
def inception_score(
    logits: Pixels, *, splits: int = 10, shuffle: bool = True, seed: int = 0
) -> dict[str, float]:
    """Inception Score of class logits (n, classes); shuffled by `seed` before it is split."""
    from scipy.special import log_softmax, xlogy  # lazy: 0.1 s, only this measure

    rows = finite_rows(logits)
    if not 1 <= splits <= len(rows):
        raise InputError(f"{len(rows)} rows cannot be split into {splits} parts.")
    if shuffle:
        rows = np.random.default_rng(seed).permutation(rows)
    shares = np.exp(log_softmax(rows, axis=1))
    edges = [part * len(rows) // splits for part in range(splits + 1)]
    scores = []
    for start, end in pairwise(edges):
        part = shares[start:end]
        together = xlogy(part, part) - xlogy(part, part.mean(axis=0))
        scores.append(float(np.exp(together.sum(axis=1).mean())))
    return {"mean": float(np.mean(scores)), "std": float(np.std(scores))}

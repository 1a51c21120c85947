"""Distances of feature sets against closed forms, mpmath, slow loops; scores name the extractor."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy.stats import wasserstein_distance

from satstudio.core.errors import InputError
from satstudio.metrics.measures.distribution import (
    frechet_features,
    frechet_stats,
    inception_score,
    kid,
)
from satstudio.metrics.measures.neighbours import coverage, density, precision, recall
from satstudio.metrics.measures.wasserstein import swd
from satstudio.metrics.score import METRICS, one_column
from satstudio.metrics.sets.feature_scores import score_features


def sets(n=60, m=50, d=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(0.5, 1.3, size=(m, d))


@given(integers(2, 12), integers(1, 8), integers(0, 99))
def test_frechet_agrees_with_forty_digits_also_for_few_features(n, d, seed):
    a, b = sets(n, n + 1, d, seed)
    with mpmath.workdps(40):

        def moments(x):
            rows = mpmath.matrix(x.tolist())
            mean = [mpmath.fsum(rows[:, j]) / len(x) for j in range(d)]
            centred = mpmath.matrix([[rows[i, j] - mean[j] for j in range(d)]
                                     for i in range(len(x))])  # fmt: skip
            return mpmath.matrix(mean), centred.T * centred / (len(x) - 1)

        (mean_a, spread_a), (mean_b, spread_b) = moments(a), moments(b)
        values, vectors = mpmath.eigsy(spread_a)
        root = vectors * mpmath.diag([mpmath.sqrt(max(v, 0)) for v in values]) * vectors.T
        inner = mpmath.eigsy(root * spread_b * root, eigvals_only=True)
        cross = mpmath.fsum(mpmath.sqrt(max(v, 0)) for v in inner)
        gap = mean_a - mean_b
        trace = mpmath.fsum(spread_a[i, i] + spread_b[i, i] for i in range(d))
        known = float(mpmath.fsum(x**2 for x in gap) + trace - 2 * cross)
    assert frechet_features(a, b) == pytest.approx(known, abs=1e-9)


def test_frechet_of_moments_is_that_of_the_features():
    a, b = sets()
    moments = [part for x in (a, b) for part in (x.mean(axis=0), np.cov(x, rowvar=False))]
    assert frechet_stats(*moments) == pytest.approx(frechet_features(a, b))
    assert frechet_stats(*moments[:2], *moments[:2]) == pytest.approx(0, abs=1e-10)
    with pytest.raises(InputError, match="finite"):
        frechet_stats(moments[0] * np.nan, *moments[1:])


def test_identical_sets_have_no_distance_at_all_even_when_rank_deficient():
    a = np.random.default_rng(0).normal(size=(50, 200))
    assert 0 <= frechet_features(a, a) < 1e-9


def test_kid_is_a_slow_one():
    a, b = sets(7, 9)
    d = a.shape[1]

    def kernel(x, y):
        return (sum(p * q for p, q in zip(x, y, strict=True)) / d + 1) ** 3

    within = [
        sum(kernel(x[i], x[j]) for i in range(len(x)) for j in range(len(x)) if i != j)
        / (len(x) * (len(x) - 1))
        for x in (a, b)
    ]
    across = sum(kernel(x, y) for x in a for y in b) / (len(a) * len(b))
    assert kid(a, b) == pytest.approx(sum(within) - 2 * across)


def test_large_sets_are_compared_by_seeded_subsets():
    a, b = sets(1500, 1200, 3)
    found = kid(a, b, subsets=10)
    assert found == kid(a, b, subsets=10)
    assert found != kid(a, b, subsets=10, seed=1)
    assert found == pytest.approx(kid(a, b, subset_size=1500), rel=0.2)


def test_inception_score_is_its_formula():
    logits = np.random.default_rng(0).normal(0, 3, (60, 7))
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    scores = []
    for part in (shares[:30], shares[30:]):
        kl = (part * np.log(part / part.mean(axis=0))).sum(axis=1)
        scores.append(math.exp(kl.mean()))
    found = inception_score(logits, splits=2, shuffle=False)
    assert found["mean"] == pytest.approx(np.mean(scores))
    assert found["std"] == pytest.approx(np.std(scores))
    assert inception_score(logits) == inception_score(logits)
    sure = np.where(np.eye(4, dtype=bool)[[0, 1, 2, 3] * 5], 0.0, -1e6)  # no NaN of 0 log 0
    assert inception_score(sure, splits=1)["mean"] == pytest.approx(4)
    with pytest.raises(InputError, match="split"):
        inception_score(logits[:3])


def slow_neighbours(a, b, k):
    """precision, recall (k), density, coverage (k), point by point."""

    def radius(x, i):
        return sorted(np.linalg.norm(x - x[i], axis=1))[k]

    def gap(x, y):
        return np.linalg.norm(x - y)

    inside_a = [[gap(x, y) <= radius(a, i) for i, x in enumerate(a)] for y in b]
    inside_b = [[gap(x, y) <= radius(b, i) for i, x in enumerate(b)] for y in a]
    return (
        np.mean([any(row) for row in inside_a]),
        np.mean([any(row) for row in inside_b]),
        np.sum(inside_a) / (k * len(b)),
        np.mean(np.any(inside_a, axis=0)),
    )


@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbours_are_found_point_by_point(k):
    a, b = sets(30, 40, 4)
    known = slow_neighbours(a, b, k)
    found = [measure(a, b, k=k) for measure in (precision, recall, density, coverage)]
    assert found == pytest.approx(known)


def test_alike_sets_fill_each_other_and_a_collapse_covers_nothing():
    a, b = np.random.default_rng(0).normal(size=(2, 1200, 4))
    assert precision(a, a) == recall(a, a) == coverage(a, a) == 1
    assert density(a, a) == pytest.approx(1)
    assert density(a, b) == pytest.approx(1, abs=0.1)
    collapsed = a[:1] + 1e-6 * b
    assert precision(a, collapsed) == 1
    assert coverage(a, collapsed) < 0.02
    with pytest.raises(InputError, match="neighbours"):
        precision(a[:3], b, k=3)


def test_sliced_wasserstein_of_one_feature_is_the_distance_of_scipy():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2000, 1)), rng.normal(0.7, 1.5, size=(3000, 1))
    known = wasserstein_distance(first[:, 0] / first.std(), second[:, 0] / first.std())
    assert swd(first, second) == pytest.approx(known, rel=0.01)


def test_sliced_wasserstein_sees_blur_and_gain():
    rng = np.random.default_rng(0)
    first, other = rng.random((2, 40, 2, 24, 24))
    alike = swd(first, other)
    assert swd(first, first) == 0
    assert alike < 0.05
    assert swd(first, other * 1.3) > 3 * alike
    blurred = (other + np.roll(other, 1, -1) + np.roll(other, 1, -2)) / 3
    assert swd(first, blurred) > 3 * alike
    z = first[:, 0] + 1j * first[:, 1]
    assert swd(z, z) == 0
    with pytest.raises(InputError, match="bands"):
        swd(first, other[:, :1])
    with pytest.raises(InputError, match="smaller"):
        swd(first[..., :5], other[..., :5])


def test_scores_of_features_name_extractor_and_n():
    a, b = sets()
    found = score_features(a, b, ["frechet_features", "kid"], "handcrafted")
    fid = found["frechet_features"]
    assert fid.value == frechet_features(a, b)
    assert fid.n == 50
    assert "[features of handcrafted; n 60 and 50]" in fid.definition
    assert fid.note == ""
    assert one_column([fid, fid]) == fid.column
    other = score_features(a, b, ["frechet_features"], "random")["frechet_features"]
    fewer = score_features(a[:55], b, ["frechet_features"], "handcrafted")["frechet_features"]
    for stranger in (other, fewer, found["kid"]):
        with pytest.raises(InputError, match="column"):
            one_column([fid, stranger])


def test_small_samples_are_warned_about_or_refused():
    a, b = sets(100, 100, 20)
    colours = {d: score_features(a[:, :d], b[:, :d], ["kid"], "x")["kid"].note for d in (5, 20)}
    assert colours[5] == ""
    assert colours[20].startswith("amber")
    wide = np.random.default_rng(0).normal(size=(60, 64))
    assert score_features(wide, wide, ["kid"], "x")["kid"].note.startswith("red")
    with pytest.raises(InputError, match="too few"):
        score_features(a[:49], b, ["kid"], "x")
    with pytest.raises(InputError, match="extractor"):
        score_features(a, b, ["kid"], "")
    with pytest.raises(InputError, match="not features"):
        score_features(a, b, ["psnr"], "x")
    assert METRICS["frechet_features"].better == "lower"

"""The interval of a Fréchet distance: where it lies, how wide it is, what it costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers

from satstudio.core.errors import Cancelled
from satstudio.core.progress import Progress
from satstudio.metrics.features import relative
from satstudio.metrics.measures.distribution import frechet_features
from satstudio.metrics.sets.feature_interval import (
    frechet_halves,
    frechet_interval,
    usual_resamples,
)


def sets(n, shift=1.0, d=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(shift, 1, size=(n, d))


@settings(max_examples=15)
@given(integers(50, 120), integers(1, 6), integers(0, 99))
def test_the_interval_holds_the_distance_and_is_never_negative(n, d, seed):
    a, b = sets(n, 0.3, d, seed)
    low, high = frechet_interval(a, b, 40, seed)
    assert 0 <= low <= frechet_features(a, b) * (1 + 1e-9) + 1e-9
    assert high >= low


def test_the_interval_is_as_wide_as_the_spread_of_sets_drawn_again():
    found = [frechet_features(*sets(200, seed=seed)) for seed in range(200)]
    spread = np.quantile(found, 0.975) - np.quantile(found, 0.025)
    widths = [np.diff(frechet_interval(*sets(200, seed=seed), 100))[0] for seed in range(8)]
    assert np.mean(widths) == pytest.approx(spread, rel=0.25)


def test_more_images_make_it_narrower_and_a_seed_makes_it_the_same():
    few, many = (frechet_interval(*sets(n), 60) for n in (60, 1500))
    assert many[1] - many[0] < 0.5 * (few[1] - few[0])
    assert frechet_interval(*sets(60), 60) == few
    assert frechet_interval(*sets(60), 60, seed=1) != few


def test_wide_features_are_drawn_again_less_often():
    assert usual_resamples(5000, 64) == 200
    assert usual_resamples(500, 2048) == 160
    assert usual_resamples(5000, 2048) == 20


def test_halves_show_what_equal_distributions_have():
    found = [frechet_halves(sets(200, seed=seed)[0]) for seed in range(20)]
    alike = [frechet_features(*sets(100, 0.0, seed=seed)) for seed in range(20)]
    assert np.mean(found) == pytest.approx(np.mean(alike), rel=0.4)
    a = sets(101)[0]
    assert frechet_halves(a) == frechet_halves(a) != frechet_halves(a, 1)


def test_it_stops_when_asked():
    with pytest.raises(Cancelled):
        frechet_interval(*sets(60), 10, progress=Progress(is_stopped=lambda: True))


def test_features_relative_to_a_set_have_its_mean_and_spread():
    a, b = sets(80)
    a, b = a * [1, 100, 1e-6, 0] + [0, 5, 7, 3], b * [1, 100, 1e-6, 1]
    first, second = relative(a, b)
    np.testing.assert_allclose(first[:, :2].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(first[:, :2].std(axis=0), 1)
    assert np.abs(first[:, 2:]).max() < 1e-5  # a constant is no scale
    np.testing.assert_allclose(second[:, 3], b[:, 3] - 3)
    np.testing.assert_allclose(second[:, 1], (b[:, 1] - a[:, 1].mean()) / a[:, 1].std())

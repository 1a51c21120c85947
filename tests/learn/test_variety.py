import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from made_patches import band_limited

from satstudio.learn.evaluation.variety import VarietyMeter, effective_rank, mean_distance
from satstudio.pixels.scaling import fit_scaling, scaled


def meter():
    patches = band_limited(32, 16)
    scaling = fit_scaling("log_amplitude", patches)
    return VarietyMeter(scaled(patches, scaling), scaling)


@given(count=integers(0, 6), size=integers(1, 4))
def test_the_spread_is_the_mean_distance_of_two(count, size):
    random = np.random.default_rng(count)
    images = random.standard_normal((count, 1, size, size)) + 1j * random.standard_normal(
        (count, 1, size, size)
    )
    pairs = [
        np.linalg.norm(images[a] - images[b]) for a in range(count) for b in range(a + 1, count)
    ]
    assert mean_distance(images) == pytest.approx(np.mean(pairs) if pairs else 0.0)


@given(count=integers(2, 9), size=integers(1, 4))
def test_the_effective_rank_is_that_of_the_covariance(count, size):
    images = np.random.default_rng(count).standard_normal((count, size, size))
    flat = images.reshape(count, -1)
    powers = np.linalg.svd(flat - flat.mean(axis=0), compute_uv=False) ** 2
    assert effective_rank(images) == pytest.approx(powers.sum() ** 2 / (powers**2).sum())


def test_images_on_a_line_have_rank_one_and_equal_ones_none():
    one = band_limited(1, 8)[0]
    assert effective_rank(np.arange(5)[:, None, None, None] * one) == pytest.approx(1)
    assert effective_rank(np.repeat(one[None], 5, axis=0)) == pytest.approx(0, abs=1e-6)
    assert effective_rank(one[None]) == 0


def test_other_real_patches_are_about_as_different_and_have_the_same_values():
    found = meter().of(band_limited(32, 16, seed=5))
    assert found["diversity"] == pytest.approx(1.0, abs=0.15)
    assert found["effective_rank"] == pytest.approx(1.0, abs=0.15)
    assert found["value_w1"] < 0.05


def test_equal_images_have_no_diversity():
    assert meter().of(np.repeat(band_limited(1, 16), 8, axis=0))["diversity"] == pytest.approx(
        0, abs=1e-6
    )


def test_a_few_images_that_are_mixed_have_a_low_rank_though_they_differ():
    """Diversity alone would not see it."""
    few = band_limited(3, 16, seed=7)
    shares = np.random.default_rng(0).dirichlet([0.2] * 3, size=32)
    found = meter().of(np.einsum("nk,kbrc->nbrc", shares, few).astype(np.complex64))
    assert found["diversity"] > 0.25
    assert found["effective_rank"] < 0.15


def test_what_cannot_be_compared_is_none():
    patches = band_limited(4, 16)
    scaling = fit_scaling("log_amplitude", patches)
    found = VarietyMeter(np.zeros((4, 1, 16, 16), np.complex64), scaling).of(patches)
    assert found == {"diversity": None, "effective_rank": None, "value_w1": None}

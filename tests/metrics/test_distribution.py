"""ks_modulus against scipy and against distributions that are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from hypothesis.strategies import floats
from made import speckle
from scipy.stats import ks_2samp, wasserstein_distance

from satstudio.metrics.measures.distribution import ks_modulus
from satstudio.metrics.measures.wasserstein import value_w1

VALUES = arrays(
    np.float32,
    array_shapes(max_dims=3, max_side=8),
    elements=floats(-4, 4, width=16),  # coarse: ties are frequent
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # scipy's p-value of tiny samples
@given(VALUES, VALUES)
def test_it_is_the_two_sample_statistic_of_scipy(first, second):
    known = ks_2samp(np.abs(first).ravel(), np.abs(second).ravel(), method="asymp").statistic
    assert ks_modulus(first, second) == pytest.approx(known, abs=1e-12)


@given(VALUES, VALUES)
def test_it_is_symmetric_and_lies_between_zero_and_one(first, second):
    gap = ks_modulus(first, second)
    assert 0 <= gap <= 1
    assert gap == ks_modulus(second, first)
    assert ks_modulus(first, first) == 0


def test_apart_is_one():
    assert ks_modulus(np.full(5, 1j), np.full(7, 3.0)) == 1


@pytest.mark.parametrize("factor", [1.2, 2.0])
def test_louder_speckle_is_as_far_as_two_rayleigh_distributions(factor):
    first, second = speckle(500, 500, seed=1), factor * speckle(500, 500, seed=2)
    r = np.linspace(0, 5, 20001)
    known = np.max(np.abs(np.exp(-((r / factor) ** 2)) - np.exp(-(r**2))))
    assert ks_modulus(first, second) == pytest.approx(known, abs=0.005)


def test_phases_do_not_matter_and_missing_values_do_not_count():
    z = speckle(50, 50)
    assert ks_modulus(z, z * np.exp(2j)) < 0.01
    holes = np.concatenate([z.ravel(), np.full(1000, np.nan, np.complex64)])
    assert ks_modulus(z, holes) == 0
    assert np.isnan(ks_modulus(z, np.full(3, np.nan)))


@given(VALUES, VALUES)
def test_any_rising_function_gives_the_same_so_that_of_the_log_amplitude_is_the_same(first, second):
    logs = [np.log(np.abs(side) + 1e-3) for side in (first, second)]
    lifted = [side - min(part.min() for part in logs) for side in logs]
    assert ks_modulus(*lifted) == pytest.approx(ks_modulus(first, second), abs=1e-12)


@given(
    arrays(np.float64, 12, elements=floats(-4, 4)), arrays(np.float64, 7, elements=floats(-4, 4))
)
def test_the_distance_of_values_is_that_of_scipy(first, second):
    first[0], first[1] = 0, 1  # not constant
    known = wasserstein_distance(first, second) / first.std()
    assert value_w1(first, second) == pytest.approx(known, abs=1e-12)


def test_real_and_imaginary_parts_are_values_alike():
    z = speckle(60, 60)
    assert value_w1(z, z * 1j) == pytest.approx(0, abs=0.03)
    assert value_w1(z, z + 3) == pytest.approx(1.5 / z.real.std(), rel=0.05)
    assert np.isnan(value_w1(np.ones(4), z.real))

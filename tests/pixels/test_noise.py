"""One number, one picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.pixels.noise import complex_normal, real_normal


@pytest.mark.parametrize("draw", [complex_normal, real_normal])
@given(seed=integers(0, 2**40), row=integers(0, 6), dim=integers(1, 40))
def test_row_i_is_the_first_row_of_seed_plus_i(draw, seed, row, dim):
    assert np.array_equal(draw(seed, 7, dim)[row], draw(seed + row, 1, dim)[0])


def test_complex_noise_is_circular_with_power_one():
    z = complex_normal(0, 400, 500)
    assert z.shape == (400, 500)
    assert z.dtype == np.complex64
    assert np.mean(np.abs(z) ** 2) == pytest.approx(1, abs=0.01)
    assert abs(np.mean(z)) < 0.01
    assert abs(np.mean(z**2)) < 0.01


def test_real_noise_is_standard_normal():
    x = real_normal(0, 400, 500)
    assert x.dtype == np.float32
    assert (x.mean(), x.std()) == pytest.approx((0, 1), abs=0.01)


def test_the_numbers_stay_what_they_are():
    """Shared samples carry their seed: another stream would make another picture of it."""
    assert real_normal(0, 1, 3)[0] == pytest.approx([1.1176220, -1.3871249, -0.4265716])

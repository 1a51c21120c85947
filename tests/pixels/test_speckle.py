"""Looks are what they are said to be."""

import numpy as np
import pytest
from made import speckle, speckle_power
from numpy.random import default_rng

from satstudio.pixels.speckle import equivalent_looks, multilook, simulate_speckle


@pytest.mark.parametrize("looks", [1, 4, 16])
def test_looks_of_simulated_speckle_are_found_again(looks):
    speckled = simulate_speckle(np.full((512, 512), 3.0, np.float32), looks, default_rng(7))
    assert equivalent_looks(speckled) == pytest.approx(looks, rel=0.03)
    assert speckled.mean() == pytest.approx(3, rel=0.01)
    assert speckled.dtype == np.float32


def test_averaging_nine_pixels_makes_nine_looks_of_one_and_keeps_the_power():
    power = np.abs(speckle(600, 600, 5.0)) ** 2
    averaged = multilook(power, 3, 3)
    assert averaged.shape == (200, 200)
    assert equivalent_looks(averaged) == pytest.approx(9, rel=0.05)
    assert averaged.mean() == pytest.approx(power.mean(), rel=1e-5)


def test_multilook_drops_what_is_left_over_and_takes_bands():
    power = np.arange(2 * 7 * 5, dtype=np.float32).reshape(2, 7, 5)
    assert multilook(power, 3, 2).shape == (2, 2, 2)
    assert multilook(power, 3, 2)[0, 0, 0] == power[0, :3, :2].mean()


def test_pixels_without_data_do_not_count_as_looks():
    power = speckle_power(200, 200, 4)
    holes = power.copy()
    holes[:50] = np.nan
    assert equivalent_looks(holes) == pytest.approx(equivalent_looks(power[50:]))
    assert equivalent_looks(np.full((3, 3), 2.0)) == np.inf
    assert np.isnan(equivalent_looks(np.full((3, 3), np.nan)))

"""Looks are what they are said to be."""

import numpy as np
import pytest
from made import speckle, speckle_power
from numpy.random import default_rng

from satstudio.pixels.speckle import (
    equivalent_looks,
    median_intensity_moment,
    multilook,
    simulate_speckle,
)


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


def test_the_intensity_moment_of_fully_developed_speckle_is_two():
    random = np.random.default_rng(0)
    speckle = (
        random.exponential(1, (200, 1, 32, 32)) * np.geomspace(1e-3, 1e3, 200)[:, None, None, None]
    )
    assert median_intensity_moment(speckle) == pytest.approx(2, abs=0.1)
    looks = random.gamma(4, 0.25, (200, 1, 32, 32))
    assert median_intensity_moment(looks) == pytest.approx(1 + 1 / 4, abs=0.02)


@pytest.mark.filterwarnings("error")
def test_the_intensity_moment_leaves_out_what_has_none():
    patches = np.ones((4, 1, 8, 8))
    patches[1] = 0
    patches[2, 0, 3, 3] = np.nan
    assert median_intensity_moment(patches) == 1
    assert np.isnan(median_intensity_moment(patches[1:3]))
    bright = patches[:1].copy()
    bright[0, 0, 0, 0] = 1e4
    assert median_intensity_moment(bright) > 50

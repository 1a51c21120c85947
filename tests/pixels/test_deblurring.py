"""Dark ground beside bright ground is seen by white samples as brighter; that is taken back."""

import numpy as np
import pytest

from satstudio.pixels.spectral.deblurring import LEAST_CHANGE, REACH_PX, without_leakage

BAND = (10, 10)


def as_white_samples_see(power, finer=8):
    """The expected power of white samples of a reflectivity, its pixels constant."""
    length = power.shape[0]
    fine = np.repeat(power, finer)
    places = (np.arange(len(fine)) + 0.5) / finer - 0.5
    weight = np.sinc(np.arange(length)[:, None] - places) ** 2 / finer
    return (weight @ fine) / weight.sum(1)


@pytest.fixture
def beside_a_bright_field():
    truth = np.where(np.arange(96) < 48, 1.0, 0.01)
    return truth, as_white_samples_see(truth)


def test_dark_ground_beside_bright_ground_comes_back_most_of_the_way(beside_a_bright_field):
    truth, seen = beside_a_bright_field
    found = without_leakage(np.tile(seen, (64, 1)), BAND)[32]
    dark = slice(49, 53)
    before, after = (10 * np.log10(p[dark] / truth[dark]) for p in (seen, found))
    assert before.mean() > 4
    assert (after < 0.8 * before).all()
    assert after[0] < 0.6 * before[0]


def test_the_mean_power_stays_and_uniform_ground_too(beside_a_bright_field):
    _, seen = beside_a_bright_field
    image = np.tile(seen, (64, 1))
    found = without_leakage(image, BAND)
    assert found.mean() == pytest.approx(image.mean(), rel=0.01)
    flat = np.full((64, 64), 3e-9)
    assert np.allclose(without_leakage(flat, BAND), flat, rtol=1e-5)


def test_changes_as_small_as_noise_stay_what_they_are():
    noise = np.random.default_rng(0).uniform(1, 1 + LEAST_CHANGE / 2, (64, 64))
    assert np.allclose(without_leakage(noise, BAND), noise, rtol=1e-6)


def test_an_axis_whose_whole_band_is_occupied_is_left_alone(beside_a_bright_field):
    _, seen = beside_a_bright_field
    image = np.tile(seen, (64, 1)).astype(np.float32)
    assert np.array_equal(without_leakage(image, (16, 16)), image)
    assert np.array_equal(without_leakage(image, (8, 16)), without_leakage(image, (8, 16)))
    assert np.allclose(without_leakage(image, (8, 16)), image, rtol=1e-5)  # it varies along cols
    assert not np.allclose(without_leakage(image, (16, 8)), image, rtol=0.1)


def test_a_window_is_the_same_bits_as_of_the_whole_and_so_is_another_unit():
    rng = np.random.default_rng(1)
    image = np.exp(rng.normal(0, 2, (160, 160))).astype(np.float32)
    inner = np.s_[REACH_PX:-REACH_PX, REACH_PX:-REACH_PX]
    part = np.s_[20:130, 31:141]
    whole = without_leakage(image, BAND)
    assert np.array_equal(whole[part][inner], without_leakage(image[part], BAND)[inner])
    for factor in (1e-30, 1e-6, 1e6):
        other = without_leakage(image * np.float32(factor), BAND) / factor
        assert np.allclose(other, whole, rtol=1e-4)

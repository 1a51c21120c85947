"""Uniformity: speckle of any looks and band is uniform, steps and points are not; parts add up."""

import numpy as np
import pytest
from made import speckle_power

from satstudio.metrics.uniformity import BlockMeans


def band_limited(side, share, seed, hamming=1.0):
    """Power of speckle whose spectrum, weighted or not, fills a share of the band on both axes."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(2, side, side))
    place = np.fft.fftfreq(side)
    weights = hamming + (1 - hamming) * np.cos(2 * np.pi * place / share)
    inside = weights * (np.abs(place) <= share / 2)
    spectrum = np.fft.fft2(noise[0] + 1j * noise[1]) * np.outer(inside, inside)
    return np.abs(np.fft.ifft2(spectrum)) ** 2


def judged(power, looks=None):
    return BlockMeans.of(power[None], np.ones(power.shape, bool)).uniformity(looks)


@pytest.mark.parametrize("share", [1.0, 0.8, 0.6])
@pytest.mark.parametrize("side", [32, 64, 256])
def test_correlated_speckle_of_one_reflectivity_is_uniform(side, share):
    told = [judged(band_limited(side, share, seed), looks=1).is_uniform for seed in range(20)]
    assert sum(told) >= 19


@pytest.mark.parametrize("side", [64, 128])
def test_weighted_spectra_correlate_neighbours_further_and_are_uniform_too(side):
    told = [judged(band_limited(side, 0.6, seed, 0.54), 1).is_uniform for seed in range(40)]
    assert sum(told) >= 38


def test_a_step_of_3_db_is_noticed():
    for seed in range(20):
        power = band_limited(64, 0.8, seed)
        power[:, 32:] *= 2
        assert not judged(power).is_uniform


def test_pixels_without_data_do_not_count():
    power = speckle_power(96, 96, seed=5)
    valid = np.ones((96, 96), bool)
    valid[:20], power[:20] = False, 1e6
    assert BlockMeans.of(power[None], valid).uniformity(1).is_uniform
    assert not BlockMeans.of(power[None], np.zeros((96, 96), bool)).uniformity(1).is_uniform


def test_parts_of_whole_blocks_add_up_to_the_whole():
    power = speckle_power(96, 80, seed=6)
    valid = np.ones(power.shape, bool)
    whole = BlockMeans.of(power[None], valid).uniformity(1)
    parts = [BlockMeans.of(power[None, a : a + 32], valid[a : a + 32]) for a in (0, 32, 64)]
    added = (parts[0] + parts[1] + parts[2]).uniformity(1)
    assert added.variation == pytest.approx(whole.variation)
    assert added.pixel_variation == pytest.approx(whole.pixel_variation)
    assert added.allowed == pytest.approx(whole.allowed)

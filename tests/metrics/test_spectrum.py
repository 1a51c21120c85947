"""Spectral distances against filters whose response is known."""

import numpy as np
import pytest
from made import speckle

from satstudio.metrics.measures.spectrum import psd_lsd_db, spectrum_distance_db
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_surface

BAND_LIMITED = SceneModel(rows=64, cols=64)


def patches(count, seed, model=BAND_LIMITED, side=32):
    rng = np.random.default_rng(seed)
    wide = [simulate_surface(np.ones((64, 64)), model, rng) for _ in range(count)]
    return np.stack(wide)[:, :side, :side]


def test_equal_power_at_every_level_is_no_distance():
    z = speckle(32, 32)
    assert psd_lsd_db(z, z * 7, axis=0) == pytest.approx(0, abs=1e-5)


def test_a_filter_is_as_far_as_its_response():
    """Reference: lines of a flat spectrum; estimate: the same after z[i] + z[i - 1] / 2."""
    reference = np.zeros((64, 4), complex)
    reference[0] = 1
    estimate = reference + np.roll(reference, 1, axis=0) / 2
    response = np.abs(1 + 0.5 * np.exp(-2j * np.pi * np.fft.fftfreq(64))) ** 2
    response /= response.mean()
    known = np.sqrt(np.mean((10 * np.log10(response)) ** 2))
    assert psd_lsd_db(reference, estimate, axis=0) == pytest.approx(known)
    assert psd_lsd_db(reference.T, estimate.T, axis=1) == pytest.approx(known)
    assert psd_lsd_db(reference[:, 1:], estimate[:, 1:], axis=1) == pytest.approx(0, abs=1e-9)


def test_frequencies_without_signal_are_masked():
    model = BAND_LIMITED
    first, second = (patches(64, seed, model, side=64) for seed in (1, 2))
    assert 0 < psd_lsd_db(first, second, axis=0) < 0.5
    deaf = first * 0
    deaf[0, 0, 0] = np.nan
    assert np.isnan(psd_lsd_db(deaf, second, axis=0))


def test_a_silent_frequency_of_the_estimate_is_infinitely_far():
    reference = np.zeros((8, 1), complex)
    reference[0] = 1
    assert psd_lsd_db(reference, np.ones((8, 1)), axis=0) == np.inf


def test_two_draws_of_one_sensor_are_near_and_another_sensor_is_far():
    first, second = patches(300, 1), patches(300, 2)
    other = patches(300, 3, BAND_LIMITED.changed(doppler_centroid=-0.2))
    assert spectrum_distance_db(first, second) < 0.5
    assert spectrum_distance_db(first, other) > 3
    both = [psd_lsd_db(first, other, axis=axis) for axis in (0, 1)]
    assert spectrum_distance_db(first, other) == max(both) == both[0]


def test_at_most_512_patches_a_side_are_taken():
    rng = np.random.default_rng(0)
    many = rng.standard_normal((600, 8, 8)) + 1j * rng.standard_normal((600, 8, 8))
    changed = many.copy()
    changed[512:] = 1e6
    assert spectrum_distance_db(many, changed) == 0

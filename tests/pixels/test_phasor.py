"""Complex samples and their parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from hypothesis.strategies import complex_numbers

from satstudio.pixels.phasor import (
    amplitude,
    deinterleave,
    intensity,
    interleave,
    phase_rad,
    to_db,
)

SAMPLES = complex_numbers(max_magnitude=1e15, allow_nan=False, width=64)
BATCHES = arrays(np.complex64, array_shapes(min_dims=2, max_dims=4, max_side=5), elements=SAMPLES)


@given(BATCHES)
def test_real_pairs_give_the_complex_samples_back(z):
    pairs = interleave(z)
    assert pairs.shape == (z.shape[0], 2 * z.shape[1], *z.shape[2:])
    assert pairs.dtype == np.float32
    assert np.array_equal(deinterleave(pairs), z)


def test_real_pairs_stand_real_part_first_band_by_band():
    z = np.array([[1 + 2j, 3 + 4j]], np.complex64)
    assert interleave(z).tolist() == [[1, 2, 3, 4]]


@given(BATCHES)
def test_amplitude_and_phase_make_the_sample_again(z):
    again = amplitude(z) * np.exp(1j * phase_rad(z).astype(float))
    assert np.abs(again - z).max() <= 1e-6 * np.abs(z).max()


def test_intensity_is_the_squared_amplitude_and_takes_real_values_too():
    z = np.array([3 + 4j, 0], np.complex64)
    assert intensity(z).tolist() == [25, 0]
    assert intensity(np.array([-3], np.int16)).tolist() == [9]
    assert intensity(z).dtype == amplitude(z).dtype == phase_rad(z).dtype == np.float32


def test_decibels_of_nothing_are_minus_infinity_without_a_warning():
    db = to_db(np.array([100, 0, np.nan, -1], np.float32))
    assert db[0] == pytest.approx(20)
    assert db[1] == -np.inf
    assert np.isnan(db[2:]).all()

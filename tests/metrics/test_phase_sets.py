"""Distances of phases against distributions and scene models whose phases are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats
from made import speckle

from satstudio.metrics.measures.phase_sets import (
    phase_distance,
    phase_nonuniformity,
    phase_step_distance,
    phase_steps,
)


def moved(z, cycles_a_pixel, axis):
    """Move the spectrum along an axis."""
    ramp = np.exp(2j * np.pi * cycles_a_pixel * np.arange(z.shape[axis - 2]))
    return z * (ramp[:, None] if axis == 0 else ramp)


def wide(seed=0):
    """Speckle whose neighbours are alike: a spectrum of half the sampling rate."""
    spectrum = np.fft.fft2(speckle(128, 128, seed=seed))
    low = np.abs(np.fft.fftfreq(128)) < 0.25
    return np.fft.ifft2(spectrum * low[:, None] * low)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_moved_spectrum_shows_along_its_own_axis_only(axis):
    z, other = wide(1), moved(wide(2), 0.25, axis)
    assert phase_step_distance(z, wide(2), axis=axis) < 0.05
    assert phase_step_distance(z, other, axis=axis) > 0.3
    assert phase_step_distance(z, other, axis=1 - axis) < 0.05


def test_white_speckle_has_other_steps_than_band_limited_speckle():
    white = speckle(128, 128, seed=3)
    assert phase_step_distance(wide(), white, axis=0) > 0.2
    assert phase_step_distance(white, speckle(128, 128, seed=4), axis=0) < 0.03


def test_steps_do_not_see_brightness_nor_a_constant_phase():
    z = wide()
    changed = z * np.abs(z) * np.exp(1j)
    assert phase_step_distance(z, changed, axis=1) < 1e-3
    assert phase_steps(z, 1) == pytest.approx(phase_steps(changed, 1), abs=1e-6)


@given(turn=floats(-3, 3))
def test_the_distance_of_two_sets_does_not_change_where_both_are_turned(turn):
    """Kolmogorov and Smirnov's would: it starts somewhere on the circle."""
    z, other = speckle(20, 20, seed=5), speckle(20, 20, seed=6) + 0.4
    known = phase_distance(z, other)
    assert phase_distance(z * np.exp(1j * turn), other * np.exp(1j * turn)) == pytest.approx(
        known, abs=1e-9
    )


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_phases_of_part_of_the_circle_are_as_far_from_uniform_as_the_rest_is_large(share):
    phases = (np.arange(4000) + 0.5) / 4000 * 2 * np.pi * share - np.pi
    found = phase_nonuniformity(np.exp(1j * phases))
    assert found == pytest.approx(1 - share, abs=1e-3)


def test_speckle_is_uniform_and_a_constant_is_not():
    assert phase_nonuniformity(speckle(200, 200)) < 0.01
    assert phase_nonuniformity(np.full(50, 2 - 1j)) == 1
    assert phase_nonuniformity(np.array([-1 + 0j, complex(-1, -0.0)])) == 1
    assert phase_distance(np.array([complex(-1, -0.0)]), np.array([-1 + 0j])) == 0


def test_what_has_no_phase_does_not_count():
    z = speckle(30, 30)
    holes = np.concatenate([z.ravel(), np.zeros(40), np.full(40, np.nan)])
    assert phase_distance(z, holes) == 0
    assert phase_nonuniformity(holes) == phase_nonuniformity(z)
    dark = np.zeros((4, 4), complex)
    assert np.isnan(phase_nonuniformity(dark))
    assert np.isnan(phase_step_distance(dark, z, axis=0))
    assert np.isnan(phase_step_distance(z, z[:1], axis=0))

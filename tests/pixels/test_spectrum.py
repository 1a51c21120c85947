"""Spectra and their centres, against ramps whose frequency is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers
from made import phase_ramp, speckle

from satstudio.pixels.spectral.region_spectrum import (
    centred,
    centroid,
    neighbour_correlation,
    occupied_share,
    power_spectrum,
    whiteness,
)
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_surface


@given(down=floats(-0.49, 0.49), across=floats(-0.49, 0.49), rows=integers(2, 40))
def test_the_centre_of_a_ramp_is_its_frequency(down, across, rows):
    z = phase_ramp(rows, 30, down, across)
    assert centroid(z, 0) == pytest.approx(down, abs=1e-4)
    assert centroid(z, 1) == pytest.approx(across, abs=1e-4)


def test_a_shifted_spectrum_has_its_centre_at_zero():
    z = speckle(64, 64)
    z[1:] += z[:-1]  # a low pass: the centre is 0 now
    moved = z * phase_ramp(64, 64, 0.2, -0.1)
    assert centroid(moved, 0) - centroid(z, 0) == pytest.approx(0.2, abs=1e-4)
    back = centred(moved, 0.2, -0.1)
    assert back.dtype == np.complex64
    assert back == pytest.approx(z, abs=1e-4)


@given(axis=integers(0, 1), rows=integers(2, 20), cols=integers(2, 20))
def test_a_spectrum_sums_to_one_and_is_that_of_single_lines(axis, rows, cols):
    z = speckle(rows, cols, seed=rows)
    power = power_spectrum(z, axis)
    lines = z.T if axis == 0 else z
    by_line = sum(np.abs(np.fft.fft(line.astype(complex))) ** 2 for line in lines)
    assert power == pytest.approx(by_line / by_line.sum())
    assert power.sum() == pytest.approx(1)


def test_patches_share_one_spectrum_and_lines_with_nan_do_not_count():
    patches = np.stack([speckle(8, 8, seed=seed) for seed in range(4)])
    assert power_spectrum(patches[:, None], 0) == pytest.approx(power_spectrum(patches, 0))
    assert power_spectrum(patches, 1) == pytest.approx(power_spectrum(patches.reshape(32, 8), 1))
    hole = patches.copy()
    hole[1:, 3, 3] = np.nan
    assert power_spectrum(hole, 0) != pytest.approx(power_spectrum(patches, 0))
    assert power_spectrum(hole, 0).sum() == pytest.approx(1)
    assert centroid(hole, 0) == pytest.approx(centroid(patches, 0), abs=0.1)


def test_a_dark_region_has_no_spectrum():
    assert np.isnan(power_spectrum(np.zeros((4, 4), np.complex64), 0)).all()
    assert np.isnan(centroid(np.zeros((4, 4), np.complex64), 0))


def surface(**fields):
    model = SceneModel(rows=512, cols=512, **fields)
    return simulate_surface(np.ones((512, 512)), model, np.random.default_rng(0))


@pytest.mark.parametrize("band", [0.5, 0.7, 0.9, 1.0])
def test_neighbours_of_a_band_are_correlated_as_theory_says(band):
    z = surface(azimuth_bandwidth=band, range_bandwidth=1.0, weighting=1, doppler_centroid=0.3)
    wanted = abs(np.sinc(band))
    assert neighbour_correlation(z, 0) == pytest.approx(wanted, abs=0.01)
    assert neighbour_correlation(z, 1) == pytest.approx(0, abs=0.01)
    assert occupied_share(z, 0) == pytest.approx(band, abs=0.03)


def test_a_report_says_how_white_a_scene_is():
    found = whiteness(surface(doppler_centroid=0.2))
    assert found.centre == pytest.approx((0.2, 0), abs=0.01)
    assert not found.is_white
    assert "in azimuth" in found.remark
    white = whiteness(speckle(200, 200))
    assert white.is_white
    assert white.remark == ""


def test_a_hole_does_not_count_and_a_dark_region_is_no_error():
    z = surface()
    whole = neighbour_correlation(z, 0)
    z[100:120, 50:90] = np.nan
    assert neighbour_correlation(z, 0) == pytest.approx(whole, abs=0.005)
    dark = whiteness(np.zeros((8, 8), np.complex64))
    assert np.isnan(dark.correlation).all()
    assert np.isnan(dark.occupied).all()

"""Measures of complex and speckled images against closed forms and slow loops."""

import cmath
import math

import numpy as np
import pytest
from made import phase_ramp, speckle, speckle_power

from satstudio.core.errors import InputError
from satstudio.metrics.measures.phase import (
    amplitude_log_rmse,
    coherence,
    coherence_bias,
    complex_correlation,
    dark_pixels,
    phase_rmse,
    radiometric_bias_db,
)
from satstudio.metrics.measures.point_target import islr_db, pslr_db
from satstudio.metrics.measures.speckle import enl, ratio_image_stats


def slow_coherence(a, b, window):
    values = []
    for row in range(a.shape[0] - window + 1):
        for col in range(a.shape[1] - window + 1):
            part = slice(row, row + window), slice(col, col + window)
            x, y = a[part].ravel(), b[part].ravel()
            power = math.sqrt(np.sum(np.abs(x) ** 2) * np.sum(np.abs(y) ** 2))
            if power > 0:
                values.append(abs(np.vdot(y, x)) / power)
    return np.mean(values)


def test_coherence_is_a_slow_one_and_leaves_out_windows_without_power():
    a = speckle(20, 23, seed=1).astype(complex)
    b = a + speckle(20, 23, seed=2)
    a[:8, :9] = 0
    assert coherence(a, b, window=5) == pytest.approx(slow_coherence(a, b, 5), abs=1e-12)
    assert math.isnan(coherence(a * 0, b))
    assert coherence(a, a * cmath.exp(1j)) == pytest.approx(1)
    with pytest.raises(InputError, match="smaller"):
        coherence(a, b, window=21)


@pytest.mark.parametrize("window", [3, 5, 7, 11])
def test_independent_speckle_has_the_known_bias(window):
    first, second = speckle(300, 300, seed=1), speckle(300, 300, seed=2)
    found = coherence(first, second, window=window)
    assert found == pytest.approx(coherence_bias(window), rel=0.03)


def test_a_constant_phase_is_found_with_its_sign():
    z = speckle(40, 40).astype(complex)
    found = complex_correlation(z, 3 * z * cmath.exp(0.7j))
    assert found["magnitude"] == pytest.approx(1)
    assert found["phase"] == pytest.approx(-0.7)
    assert math.isnan(complex_correlation(z * 0, z)["magnitude"])


@pytest.mark.parametrize("turn", [0.0, 1.2, 3.1, 3.5])
def test_phase_errors_wrap(turn):
    z = speckle(40, 40).astype(complex)
    known = abs(cmath.phase(cmath.exp(1j * turn)))
    assert phase_rmse(z, z * cmath.exp(1j * turn)) == pytest.approx(known, abs=1e-7)


def test_random_phase_has_the_known_error():
    z = speckle(400, 400)
    assert phase_rmse(z, speckle(400, 400, seed=1)) == pytest.approx(math.pi / 3**0.5, rel=0.01)


def test_pixels_without_amplitude_do_not_count_and_are_counted():
    a, b = speckle(10, 10, seed=1).astype(complex), speckle(10, 10, seed=2).astype(complex)
    a[0], b[:, 0] = 0, 0
    assert dark_pixels(a, b) == 19
    assert phase_rmse(a, b) == pytest.approx(phase_rmse(a[1:, 1:], b[1:, 1:]))
    assert amplitude_log_rmse(a[1:, 1:], 2 * a[1:, 1:]) == pytest.approx(20 * math.log10(2))
    assert math.isnan(amplitude_log_rmse(a * 0, b))


def test_power_is_compared_as_power():
    ramp = phase_ramp(16, 16)
    assert radiometric_bias_db(ramp, ramp * math.sqrt(10)) == pytest.approx(10, abs=1e-5)
    power = np.abs(ramp).astype(float) ** 2
    assert radiometric_bias_db(power, 10 * power, kind="intensity") == pytest.approx(10)
    assert radiometric_bias_db(ramp, ramp * 0) == -math.inf
    assert radiometric_bias_db(ramp * 0, ramp) == math.inf
    assert math.isnan(radiometric_bias_db(ramp * 0, ramp * 0))


@pytest.mark.parametrize("looks", [1, 4, 16])
def test_looks_of_intensity_amplitude_and_complex_agree(looks):
    power = speckle_power(300, 300, looks).astype(float)[np.newaxis]
    assert enl(power) == pytest.approx(looks, rel=0.05)
    if looks == 1:
        z = speckle(300, 300)[np.newaxis]
        assert enl(z, kind="complex") == pytest.approx(enl(np.abs(z) ** 2), rel=1e-5)
        assert enl(np.abs(z), kind="amplitude") == pytest.approx(1, rel=0.02)


def test_a_constant_region_has_infinite_looks():
    assert enl(np.full((1, 9, 9), 0.1)) == math.inf
    assert math.isnan(enl(np.full((1, 1, 1), 0.1)))


def test_the_ratio_image_of_speckle_over_its_truth_is_the_speckle():
    truth = np.full((1, 300, 300), 5.0)
    noisy = truth * speckle_power(300, 300, looks=4)
    truth[:, 0], noisy[:, 0] = 0, 1
    found = ratio_image_stats(noisy, truth)
    assert found["mean"] == pytest.approx(1, rel=0.01)
    assert found["var"] == pytest.approx(0.25, rel=0.05)
    assert found["enl"] == pytest.approx(found["mean"] ** 2 / found["var"])


def response(n=128, centre=0.0, doppler=0.0, share=1.0):
    """A point target: sinc of a band of `share` of the sampling rate, as a line of n pixels."""
    at = np.arange(n) - n // 2 - centre
    return np.sinc(share * at) * np.exp(2j * np.pi * doppler * at)


@pytest.mark.parametrize("centre", [0.0, 0.31, -0.5])
@pytest.mark.parametrize("doppler", [0.0, 0.21])
def test_an_unweighted_sinc_has_its_known_side_lobes(centre, doppler):
    line = response(256, centre, doppler, share=0.6)
    assert pslr_db(line) == pytest.approx(-13.26, abs=0.1)
    assert islr_db(line) == pytest.approx(-10.16, abs=0.15)


def test_a_weighted_response_has_lower_side_lobes_and_axes_are_kept_apart():
    spectrum = np.zeros(256)
    spectrum[64:192] = np.hamming(128)
    line = np.fft.fftshift(np.fft.ifft(np.fft.ifftshift(spectrum)))
    assert pslr_db(line) < -38
    plane = response(256, share=0.6)[:, np.newaxis] * line
    assert pslr_db(plane, axis=0) == pytest.approx(-13.26, abs=0.1)
    assert pslr_db(plane, axis=1) == pytest.approx(pslr_db(line), abs=1e-6)


@pytest.mark.parametrize("line", [np.zeros(32), np.ones(4), np.full(32, np.nan)])
def test_what_is_no_point_target_is_refused(line):
    with pytest.raises(InputError, match="point target"):
        pslr_db(line)

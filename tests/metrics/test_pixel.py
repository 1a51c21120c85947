"""PSNR, SAM and ERGAS against scikit-image, closed forms and mpmath."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats
from skimage.metrics import peak_signal_noise_ratio

from satstudio.core.errors import InputError
from satstudio.metrics.measures.pixel import ergas, mse, psnr, psnr_per_band, sam, zero_spectra

VALUES = arrays(np.float64, (3, 5, 6), elements=floats(0.01, 1))


@given(VALUES, VALUES, floats(0.5, 1e5))
def test_psnr_is_that_of_scikit_image(first, second, data_range):
    if np.array_equal(first, second):
        assert psnr(first, second, data_range=data_range) == math.inf
        return
    known = peak_signal_noise_ratio(first, second, data_range=data_range)
    assert psnr(first, second, data_range=data_range) == pytest.approx(known, rel=1e-12)


def test_whole_numbers_do_not_wrap_around():
    first = np.full((1, 4, 4), 10, np.uint16)
    second = np.full((1, 4, 4), 20, np.uint16)
    assert mse(first, second) == 100
    assert psnr(first, second, data_range=100) == pytest.approx(20)


def test_per_band_values_are_those_of_the_bands_alone():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 4, 8, 9))
    found = psnr_per_band(first, second, data_range=1)
    alone = [psnr(a, b, data_range=1) for a, b in zip(first, second, strict=True)]
    assert found == pytest.approx(alone)
    assert psnr(first, second, data_range=1) != pytest.approx(np.mean(found), abs=1e-4)


@pytest.mark.parametrize("data_range", [0, -1, math.nan, math.inf])
def test_a_data_range_that_is_none_is_refused(data_range):
    image = np.ones((1, 4, 4))
    with pytest.raises(InputError, match="data_range"):
        psnr(image, image, data_range=data_range)


@given(VALUES, VALUES)
def test_angles_are_those_of_the_arc_cosine(first, second):
    a, b = first.reshape(3, -1), second.reshape(3, -1)
    cosine = (a * b).sum(axis=0) / np.linalg.norm(a, axis=0) / np.linalg.norm(b, axis=0)
    known = np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()
    assert sam(first, second) == pytest.approx(known, abs=2e-6)
    assert sam(first * 7, second) == pytest.approx(known, abs=2e-6)


@pytest.mark.parametrize("angle", [1e-12, 1e-7, 0.3, 3.0, math.pi])
def test_a_known_angle_is_found_to_the_last_digits(angle):
    with mpmath.workdps(40):
        first = np.array([1.0, 0.0]).reshape(2, 1, 1)
        second = np.array([float(mpmath.cos(angle)), float(mpmath.sin(angle))]).reshape(2, 1, 1)
    assert sam(first, second, unit="rad") == pytest.approx(angle, rel=1e-12)


def test_spectra_of_zeros_do_not_count_and_are_counted():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 3, 10, 10)) + 0.1
    first[:, 0] = 0
    second[:, :, 0] = 0
    assert zero_spectra(first, second) == 19
    assert sam(first, second) == pytest.approx(sam(first[:, 1:, 1:], second[:, 1:, 1:]))
    assert math.isnan(sam(first * 0, second))


def test_one_band_has_no_angle():
    with pytest.raises(InputError, match="2 bands"):
        sam(np.ones((1, 4, 4)), np.ones((1, 4, 4)))


def test_ergas_is_its_formula():
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 3, 10, 10)) + 0.1
    parts = [np.mean((a - b) ** 2) / np.mean(a) ** 2 for a, b in zip(first, second, strict=True)]
    known = 100 * 0.5 * np.sqrt(np.mean(parts))
    assert ergas(first, second, ratio_h_over_l=0.5) == pytest.approx(known)
    assert ergas(first * 10_000, second * 10_000, ratio_h_over_l=0.5) == pytest.approx(known)


def test_ergas_of_a_dark_band_is_infinite_and_a_ratio_above_one_is_refused():
    first, second = np.zeros((2, 4, 4)), np.ones((2, 4, 4))
    first[0] = 1
    assert ergas(first, second, ratio_h_over_l=1) == math.inf
    assert ergas(first, first, ratio_h_over_l=1) == 0
    with pytest.raises(InputError, match="ratio_h_over_l"):
        ergas(first, second, ratio_h_over_l=4)
    with pytest.raises(InputError, match="negative"):
        ergas(first - 2, second, ratio_h_over_l=1)

"""Gaussian fields: powers of real patches, their spectrum, nothing else; from seeds."""

import numpy as np
import pytest
from made_patches import band_limited

from satstudio.pixels.spectral.region_spectrum import power_spectrum
from satstudio.pixels.synthetic.gaussian_fields import GaussianField

KINDS = [GaussianField.white, GaussianField.coloured]


def power(patches):
    return np.square(np.abs(patches)).mean(axis=(-2, -1), dtype=np.float64)


def louder(count=64, size=16):
    """Patches of very different power."""
    gains = np.geomspace(1, 100, count)[:, None, None, None]
    return (gains * band_limited(count, size)).astype(np.complex64)


@pytest.mark.parametrize("make", KINDS)
def test_each_patch_has_the_power_of_a_real_one(make):
    real = louder()
    made = make(real).draw(5, 200)
    assert made.shape == (200, 1, 16, 16)
    assert made.dtype == np.complex64
    known = power(real)[:, 0]
    nearest = np.abs(power(made)[:, 0, None] / known - 1).min(axis=1)
    assert nearest.max() < 1e-4
    assert len({int(np.argmin(np.abs(known - one))) for one in power(made)[:, 0]}) > 40


def test_the_coloured_one_has_the_mean_spectrum_and_the_white_one_has_not():
    real = band_limited(256, 16)
    for axis in (0, 1):
        wanted = power_spectrum(real, axis)
        found = power_spectrum(GaussianField.coloured(real).draw(0, 256), axis)
        assert np.abs(found - wanted).max() < 0.15 / 16
        white = power_spectrum(GaussianField.white(real).draw(0, 256), axis)
        assert np.abs(white * 16 - 1).max() < 0.1


@pytest.mark.parametrize("make", KINDS)
def test_a_patch_depends_on_its_seed_only(make):
    field = make(louder())
    many = field.draw(7, 4)
    assert np.array_equal(field.draw(9, 1)[0], many[2])
    assert not np.array_equal(many[0], many[1])


@pytest.mark.parametrize("make", KINDS)
def test_real_images_keep_mean_and_power_about_it_and_stay_real(make):
    random = np.random.default_rng(0)
    smooth = np.cumsum(random.standard_normal((64, 2, 16, 16)), axis=-1)
    real = (100 + smooth).astype(np.float32)
    made = make(real).draw(0, 64)
    assert made.dtype == np.float32
    means = real.mean(axis=(-2, -1))
    gaps = np.abs(made.mean(axis=(-2, -1))[:, None] - means).max(axis=2).min(axis=1)
    assert gaps.max() < 1e-3
    assert made.var(axis=(-2, -1)).mean() == pytest.approx(real.var(axis=(-2, -1)).mean(), rel=0.3)


def test_bands_that_are_alike_stay_alike_in_the_coloured_field():
    one = band_limited(128, 16)
    real = np.concatenate([one, 2j * one], axis=1)
    made = GaussianField.coloured(real).draw(0, 64)
    product = (made[:, 1] * made[:, 0].conj()).mean()
    assert abs(product) / np.sqrt(power(made[:, 0]).mean() * power(made[:, 1]).mean()) > 0.99
    assert np.angle(product) == pytest.approx(np.pi / 2, abs=1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("dtype", [np.complex64, np.float32])
def test_zeros_and_a_single_pixel_give_zeros_and_no_warning(make, dtype):
    assert not make(np.zeros((3, 1, 8, 8), dtype)).draw(0, 5).any()
    assert np.isfinite(make(np.ones((1, 1, 1, 1), dtype)).draw(0, 2)).all()


@pytest.mark.parametrize("make", KINDS)
def test_a_point_40_db_bright_in_one_patch_is_drawn_as_seldom_as_it_is(make):
    real = band_limited(100, 16)
    real[3, 0, 5, 5] += 1e4 * np.abs(real).mean()
    made = power(make(real).draw(0, 400))[:, 0]
    assert 0 < (made > 10 * np.median(made)).mean() < 0.05

"""four() gives what the four measures give, in one pass over float32."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from scipy.ndimage import gaussian_filter

from satstudio.core.errors import InputError
from satstudio.metrics.measures.pixel import ergas, psnr, sam
from satstudio.metrics.measures.structure import ssim
from satstudio.metrics.suite import four


def pair(rows, cols, bands, seed, noise=0.03, data_range=1.0):
    rng = np.random.default_rng(seed)
    base = gaussian_filter(rng.random((bands, rows, cols)), (0, 2, 2)) + 0.1
    noisy = base + rng.normal(0, noise, base.shape)
    return (data_range * base).astype(np.float32), (data_range * noisy).astype(np.float32)


def one_by_one(first, second, data_range=1.0):
    wide = first.astype(float), second.astype(float)
    return (
        psnr(*wide, data_range=data_range),
        ssim(*wide, data_range=data_range),
        sam(*wide),
        ergas(*wide, ratio_h_over_l=0.25),
    )


@given(
    integers(11, 70), integers(11, 70), integers(2, 5), integers(0, 99),
    sampled_from([0.2, 0.03, 1e-3, 1e-5]), sampled_from([1.0, 10_000.0]),
)  # fmt: skip
def test_it_is_the_four_measures_to_a_millionth(rows, cols, bands, seed, noise, data_range):
    first, second = pair(rows, cols, bands, seed, noise, data_range)
    found = four(first, second, data_range=data_range, ratio_h_over_l=0.25)
    known = one_by_one(first, second, data_range)
    for value, wanted, most in zip(found, known, (1e-6, 1e-6, 1e-5, 1e-6), strict=True):
        assert value == pytest.approx(wanted, abs=most)


@pytest.mark.parametrize("gain", [1.0, 1.1, 0.5])
def test_a_change_of_brightness_alone_turns_no_spectrum(gain):
    first, _ = pair(40, 40, 3, 0)
    found = four(first, first * np.float32(gain), data_range=1, ratio_h_over_l=1)
    assert found.sam < 1e-5
    if gain == 1:
        assert found == (math.inf, pytest.approx(1, abs=1e-6), pytest.approx(0, abs=1e-6), 0)


def test_spectra_of_zeros_do_not_count():
    first, second = pair(30, 30, 3, 0)
    first[:, :5] = 0
    second[:, :, :5] = 0
    found = four(first, second, data_range=1, ratio_h_over_l=0.25)
    assert found.sam == pytest.approx(sam(first, second), abs=1e-5)


def test_masks_and_other_types_go_through_the_measures():
    first, second = pair(30, 30, 3, 0)
    mask = np.ones((30, 30), bool)
    mask[3, 4] = False
    found = four(first, second, data_range=1, ratio_h_over_l=0.25, mask=mask)
    assert found.psnr == psnr(first, second, data_range=1, mask=mask)
    wide = four(first.astype(float), second.astype(float), data_range=1, ratio_h_over_l=0.25)
    assert wide == one_by_one(first, second)


def test_threads_do_not_share_their_buffers():
    pairs = [pair(40 + 10 * (seed % 2), 40, 3, seed) for seed in range(8)]

    def measured(images):
        return four(*images, data_range=1, ratio_h_over_l=0.25)

    known = [measured(images) for images in pairs]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(measured, pairs * 4)) == known * 4


def test_what_is_wrong_is_refused():
    first, second = pair(30, 30, 3, 0)
    broken = second.copy()
    broken[1, 2, 3] = np.nan
    with pytest.raises(InputError, match="not finite"):
        four(first, broken, data_range=1, ratio_h_over_l=0.25)
    with pytest.raises(InputError, match="cannot be compared"):
        four(first, second[:, 1:], data_range=1, ratio_h_over_l=0.25)
    with pytest.raises(InputError, match="smaller"):
        four(first[:, :9], second[:, :9], data_range=1, ratio_h_over_l=0.25)
    with pytest.raises(InputError, match="ratio"):
        four(first, second, data_range=1, ratio_h_over_l=4)

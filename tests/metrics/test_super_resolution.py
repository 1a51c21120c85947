"""PROBA-V, consistency and gain maps against plain loops and cases that are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.metrics.measures.proba_v import cpsnr, cssim, probav_score
from satstudio.metrics.measures.super_resolution import (
    gain_maps,
    hallucination,
    improvement,
    lr_consistency,
    omission,
)
from satstudio.metrics.score import score


def scenes(rows, cols, seed, noise=30.0):
    rng = np.random.default_rng(seed)
    high = gaussian_filter(rng.normal(size=(rows, cols)), 2) * 20_000 + 4_000
    shift = rng.integers(-3, 4, 2)
    low = np.roll(high, shift, (0, 1)) + rng.normal(0, noise, high.shape) + 50
    return high, low, rng.random(high.shape) > 0.2


def cuts(high, low, clear, border=3):
    rows, cols = high.shape[0] - 2 * border, high.shape[1] - 2 * border
    made = low[border : border + rows, border : border + cols]
    for down in range(2 * border + 1):
        for right in range(2 * border + 1):
            part = slice(down, down + rows), slice(right, right + cols)
            yield high[part], made, clear[part]


@given(integers(20, 60), integers(20, 60), integers(0, 999))
def test_cpsnr_is_a_plain_loop(rows, cols, seed):
    high, low, clear = scenes(rows, cols, seed)
    best = min((h - s)[c].var() for h, s, c in cuts(high, low, clear))
    known = 10 * math.log10(65535**2 / best)
    found = cpsnr(high, low, data_range=65535, mask=clear)
    assert found == pytest.approx(known, abs=1e-9)
    score = probav_score(high, low, data_range=65535, baseline_cpsnr=46.5, mask=clear)
    assert score == pytest.approx(46.5 / known)


def test_a_constant_difference_is_no_error():
    high, _, clear = scenes(40, 40, 0)
    assert cpsnr(high, np.round(high) + 500, data_range=65535, mask=clear) > 90
    assert cpsnr(high, high + 512, data_range=65535, mask=clear) > 200
    assert cpsnr(np.round(high), np.round(high), data_range=65535) == math.inf


def test_an_estimate_with_holes_of_its_own_is_a_plain_loop_too():
    high, low, clear = scenes(40, 44, 3)
    known_low = np.ones_like(clear)
    known_low[20:25, 10:20] = False
    best = min((h - s)[c & known_low[3:-3, 3:-3]].var() for h, s, c in cuts(high, low, clear))
    broken = np.where(known_low, low, np.nan)
    found = cpsnr(high, broken, data_range=65535, mask=clear, estimate_mask=known_low)
    assert found == pytest.approx(10 * math.log10(65535**2 / best), abs=1e-9)
    with pytest.raises(InputError, match="not finite"):
        cpsnr(high, broken, data_range=65535, mask=clear)
    with pytest.raises(InputError, match="border"):
        cpsnr(high[:10], low[:10], data_range=65535)


@pytest.mark.parametrize("clear_only", [False, True])
def test_cssim_is_scikit_images_ssim_in_a_loop(clear_only):
    high, low, clear = scenes(40, 44, 1)
    values = []
    for h, s, c in cuts(high, low, clear):
        made = np.where(c, s + (h - s)[c].mean(), 0)
        value = structural_similarity(
            np.where(c, h, 0), made, data_range=65535, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False,
        )  # fmt: skip
        values.append((value - 1) * c.mean() + 1 if clear_only else value)
    found = cssim(high, low, data_range=65535, clear_only=clear_only, mask=clear)
    assert found == pytest.approx(max(values), abs=1e-12)


def test_the_door_gives_shifting_metrics_the_mask_of_each_image():
    high, low, clear = scenes(40, 44, 2)
    grid = GeoGrid(Size(40, 44))
    reference = Raster(high[np.newaxis], grid, ("b",), clear)
    estimate = Raster(low[np.newaxis], grid, ("b",), np.ones_like(clear))
    found = score(reference, estimate, ["cpsnr", "psnr"], data_range=65535)
    assert found["cpsnr"].value == cpsnr(high, low, data_range=65535, mask=clear)


def fine(seed=0):
    rng = np.random.default_rng(seed)
    high = rng.random((2, 32, 32))
    low = high.reshape(2, 8, 4, 8, 4).mean(axis=(2, 4))
    return high, low, np.repeat(np.repeat(low, 4, axis=1), 4, axis=2)


def test_each_ideal_has_the_largest_share_of_its_own():
    high, _, up = fine()
    best = math.exp(0) / (1 + 2 * math.exp(-2))
    assert improvement(high, up, high) == pytest.approx(best)
    assert omission(high, up, up) == pytest.approx(best)
    invented = up + 5 * np.random.default_rng(1).choice([-1, 1], up.shape)
    assert hallucination(high, up, invented) > 0.95
    maps = gain_maps(high, up, invented)
    assert np.nansum(maps.shares, axis=0) == pytest.approx(1)
    assert maps.distances[2].max() < 1e-3


def test_pixels_without_change_do_not_count():
    high, _, up = fine()
    up[:, :16] = high[:, :16]
    maps = gain_maps(high, up, high)
    assert np.isnan(maps.shares[:, :16]).all()
    assert math.isnan(improvement(high, high, high))
    with pytest.raises(InputError, match="cannot be compared"):
        improvement(high, up[:, 1:], high)


def test_a_result_that_says_what_its_input_said_is_consistent():
    high, low, _ = fine()
    found = lr_consistency(low, high)
    assert found["mae"] == pytest.approx(0, abs=1e-12)
    assert found["sam_deg"] == pytest.approx(0, abs=1e-5)
    brighter = lr_consistency(low, high + np.reshape([0.1, 0.2], (2, 1, 1)))
    assert brighter["bias_1"] == pytest.approx(0.1)
    assert brighter["bias_2"] == pytest.approx(0.2)
    assert brighter["mae"] == pytest.approx(0.15)
    picked = lr_consistency(high[:, ::4, ::4], high, degrade=lambda image: image[:, ::4, ::4])
    assert picked["mae"] == 0
    mask = np.ones((32, 32), bool)
    mask[5, 6] = False
    broken = np.where(mask, high, np.nan)
    assert lr_consistency(low, broken, mask=mask)["mae"] == pytest.approx(0, abs=1e-12)
    with pytest.raises(InputError, match="multiple"):
        lr_consistency(low, high[:, :30])

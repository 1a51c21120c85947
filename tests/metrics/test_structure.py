"""SSIM, UQI, SCC and edges against scikit-image, slow loops and closed forms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from
from scipy.ndimage import gaussian_filter
from skimage.metrics import structural_similarity

from satstudio.core.errors import InputError
from satstudio.metrics import similarity
from satstudio.metrics.measures.structure import epi_corr, epi_ratio, ms_ssim, scc, ssim, uqi


def pair(rows=40, cols=50, bands=2, seed=0):
    rng = np.random.default_rng(seed)
    first = rng.random((bands, rows, cols))
    return first, np.clip(first + rng.normal(0, 0.2, first.shape), 0, 1)


WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}


@given(integers(11, 40), integers(11, 40), sampled_from([1.0, 255.0, 10_000.0]), integers(0, 99))
def test_ssim_is_that_of_scikit_image(rows, cols, data_range, seed):
    first, second = (data_range * image for image in pair(rows, cols, seed=seed))
    known = structural_similarity(first, second, data_range=data_range, channel_axis=0, **WANG)
    assert ssim(first, second, data_range=data_range) == pytest.approx(known, abs=1e-12)


def test_uniform_windows_are_those_of_scikit_image():
    first, second = pair()
    known = structural_similarity(first, second, data_range=1, channel_axis=0)
    found = ssim(first, second, data_range=1, window="uniform 7 sample")
    assert found == pytest.approx(known, abs=1e-12)
    population = structural_similarity(
        first, second, data_range=1, channel_axis=0, use_sample_covariance=False
    )
    assert ssim(first, second, data_range=1, window="uniform 7") == pytest.approx(population)
    with pytest.raises(InputError, match="no SSIM window"):
        ssim(first, second, data_range=1, window="round 7")


@pytest.mark.parametrize("strip", [1, 7, 30, 1000])
def test_strips_of_rows_do_not_change_the_value(strip, monkeypatch):
    first, second = pair(64, 30)
    known = ssim(first, second, data_range=1)
    monkeypatch.setattr(similarity, "STRIP_ROWS", strip)
    assert ssim(first, second, data_range=1) == pytest.approx(known, abs=1e-13)


def test_only_windows_of_valid_pixels_alone_count():
    first, second = pair(30, 30, bands=1)
    mask = np.ones((30, 30), bool)
    mask[12, 20] = False
    whole = structural_similarity(first[0], second[0], data_range=1, full=True, **WANG)[1]
    far = np.ones((30, 30), bool)
    far[12 - 5 : 12 + 6, 20 - 5 : 20 + 6] = False
    known = whole[5:-5, 5:-5][far[5:-5, 5:-5]].mean()
    assert ssim(first, second, data_range=1, mask=mask) == pytest.approx(known, abs=1e-12)


def test_bright_data_of_low_contrast_lose_no_digits():
    rng = np.random.default_rng(0)
    first = 9000 + rng.normal(0, 10, (1, 40, 40)).astype(np.float32)
    second = first + rng.normal(0, 5, first.shape).astype(np.float32)
    wide = first.astype(float), second.astype(float)
    known = structural_similarity(*wide, data_range=10_000, channel_axis=0, **WANG)
    assert ssim(first, second, data_range=10_000) == pytest.approx(known, abs=1e-9)


def test_images_smaller_than_the_window_are_refused():
    image = np.ones((1, 10, 40))
    with pytest.raises(InputError, match="smaller than the SSIM window"):
        ssim(image, image, data_range=1)
    with pytest.raises(InputError, match="176"):
        ms_ssim(np.ones((1, 175, 300)), np.ones((1, 175, 300)), data_range=1)


def slow_ms_ssim(first, second):
    """Wang 2003 with scipy's Gaussian, cropped to whole windows."""
    weights, result = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333), 1.0
    for scale, weight in enumerate(weights):

        def mean(z):
            return gaussian_filter(z, 1.5, truncate=5 / 1.5)[5:-5, 5:-5]

        mx, my = mean(first), mean(second)
        vx, vy = mean(first**2) - mx**2, mean(second**2) - my**2
        structure = (2 * (mean(first * second) - mx * my) + 9e-4) / (vx + vy + 9e-4)
        luminance = (2 * mx * my + 1e-4) / (mx**2 + my**2 + 1e-4)
        result *= np.mean(structure * luminance if scale == 4 else structure) ** weight
        rows, cols = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
        first, second = (
            (z[:rows:2, :cols:2] + z[1:rows:2, :cols:2] + z[:rows:2, 1:cols:2]
             + z[1:rows:2, 1:cols:2]) / 4
            for z in (first, second)
        )  # fmt: skip
    return result


def test_ms_ssim_is_a_slow_one():
    rng = np.random.default_rng(0)
    first = gaussian_filter(rng.random((1, 181, 190)), (0, 2, 2)) * 3
    second = first + rng.normal(0, 0.05, first.shape)
    found = ms_ssim(first, second, data_range=1)
    assert found == pytest.approx(slow_ms_ssim(first[0], second[0]), abs=1e-9)
    assert ms_ssim(first, -first, data_range=1) == 0  # negative terms count as 0


def slow_uqi(x, y, block):
    values = []
    for row in range(x.shape[0] - block + 1):
        for col in range(x.shape[1] - block + 1):
            a, b = (z[row : row + block, col : col + block].ravel() for z in (x, y))
            if np.ptp(a) == 0 and np.ptp(b) == 0:
                both = a[0] ** 2 + b[0] ** 2
                values.append(1.0 if both == 0 else 2 * a[0] * b[0] / both)
                continue
            (vx, c), (_, vy) = np.cov(a, b, ddof=0)
            mx, my = a.mean(), b.mean()
            values.append(4 * c * mx * my / ((vx + vy) * (mx**2 + my**2)))
    return np.mean(values)


@pytest.mark.parametrize("block", [2, 5, 8])
def test_uqi_is_a_slow_one_also_where_windows_are_constant(block):
    first, second = (image[0] for image in pair(20, 22, bands=1))
    first[:10, :12], second[:10, :12] = 0.1, 0.1  # not exact in binary
    first[10:, 12:], second[10:, 12:] = 0, 0
    first[:10, 12:] = 0.7
    known = slow_uqi(first, second, block)
    assert uqi(first, second, block=block) == pytest.approx(known, abs=1e-10)


def test_uqi_is_ssim_without_constants():
    first, second = pair()
    known = structural_similarity(
        first, second, data_range=1, channel_axis=0, K1=0, K2=0, use_sample_covariance=False
    )
    assert uqi(first, second, block=7) == pytest.approx(known, abs=1e-10)


def test_scc_sees_details_and_not_brightness():
    first, second = pair(30, 30)
    assert scc(first, first) == pytest.approx(1)
    assert scc(first, 3 * first + 5) == pytest.approx(1)
    assert scc(first, -first) == pytest.approx(-1)
    assert abs(scc(first, np.random.default_rng(9).random(first.shape))) < 0.2
    assert scc(first, second) < 0.9
    assert scc(np.full((1, 20, 20), 0.1), np.full((1, 20, 20), 0.1)) == 0  # no details


def test_edges_of_a_step_are_counted():
    step = np.zeros((1, 6, 6))
    step[:, :, 3:] = 1
    assert epi_ratio(step, step / 4) == 0.25
    assert math.isnan(epi_ratio(np.ones((1, 6, 6)), step))
    assert epi_corr(step, 5 * step + 1) == pytest.approx(1)
    assert math.isnan(epi_corr(np.ones((1, 6, 6)), step))
    mask = np.ones((6, 6), bool)
    mask[:, 3:] = False
    assert math.isnan(epi_ratio(step, step, mask=mask))  # the step lies on the mask's edge

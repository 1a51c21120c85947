"""Sums over half windows are those of plain masks, and a bright point leaves nothing behind."""

import numpy as np
import pytest
from made import speckle_power
from scipy.ndimage import correlate

from satstudio.pixels.filters import boxcar, gamma_map, lee, refined_lee
from satstudio.pixels.half_windows import half_places, half_sums


def masks(window):
    half = window // 2
    row, col = np.mgrid[-half : half + 1, -half : half + 1]
    for distance in (col, row, row + col, col - row):
        yield (distance >= 0).astype(float)
        yield (distance <= 0).astype(float)


def chosen(values, window, index):
    half = window // 2
    margins = [(0, 0)] * (values.ndim - 2) + [(half, half)] * 2
    places = half_places(np.full(values.shape, index, np.int8), window)
    return half_sums(np.pad(values, margins, mode="reflect"), window).take(places)


@pytest.mark.parametrize("window", [3, 5, 7, 9, 11, 13, 21])
def test_every_half_is_the_sum_under_its_mask(window):
    values = speckle_power(24, 31, seed=window).astype(np.float64)
    for index, mask in enumerate(masks(window)):
        wanted = correlate(values, mask, mode="mirror")
        np.testing.assert_allclose(chosen(values, window, index), wanted, rtol=1e-12)


def test_bands_are_summed_one_by_one():
    values = speckle_power(40, 30).astype(np.float64).reshape(2, 20, 30)
    for index in range(8):
        both = chosen(values, 7, index)
        for band in range(2):
            np.testing.assert_array_equal(both[band], chosen(values[band], 7, index))


@pytest.mark.parametrize("index", range(8))
def test_a_bright_point_in_the_other_half_leaves_no_rounding_error(index):
    values = np.full((30, 30), 0.1)
    values[15, 15] = 1e20
    mask = list(masks(7))[index]
    without = correlate(values == 1e20, mask, output=float, mode="mirror") == 0
    dark = chosen(np.full((30, 30), 0.1), 7, index)
    np.testing.assert_array_equal(chosen(values, 7, index)[without], dark[without])


@pytest.mark.parametrize("function", [boxcar, lee, refined_lee, gamma_map])
@pytest.mark.parametrize("shape", [(300, 70), (2, 130, 50)])
def test_strips_on_several_cores_are_the_image_in_one_piece(function, shape, monkeypatch):
    power = speckle_power(int(np.prod(shape[:-1])), shape[-1], seed=1).reshape(shape)
    power[..., 60:75, 10:30] = np.nan
    power[..., 66, 40] = 1e6
    found = function(power, 7, threads=3)
    monkeypatch.setattr("satstudio.pixels.strips.STRIP_ROWS", 1000)
    np.testing.assert_array_equal(found, function(power, 7))

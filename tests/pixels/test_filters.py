"""The classic speckle filters against plain loops and what is known of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from
from made import speckle_power
from made_looks import equivalent_looks

from satstudio.core.errors import InputError
from satstudio.pixels.filters import boxcar, gamma_map, lee, refined_lee

FILTERS = (boxcar, lee, refined_lee, gamma_map)


def windows(power, window):
    """Yield (row, col, pixel, window's values); mirrored at the edges, one pixel at a time."""
    half = window // 2
    padded = np.pad(power.astype(np.float64), half, mode="reflect")
    for row in range(power.shape[0]):
        for col in range(power.shape[1]):
            yield row, col, float(power[row, col]), padded[row : row + window, col : col + window]


def plain_lee(power, window, looks):
    result = np.empty(power.shape)
    for row, col, z, near in windows(power, window):
        known = near[np.isfinite(near)]
        mean, variance = known.mean(), known.var()
        signal = max(variance - mean**2 / looks, 0) / (1 + 1 / looks)
        result[row, col] = mean + (signal / variance if variance > 0 else 0) * (z - mean)
    return result


def plain_gamma_map(power, window, looks):
    result = np.empty(power.shape)
    for row, col, z, near in windows(power, window):
        mean, variance = near.mean(), near.var()
        contrast, noise = variance / mean**2, 1 / looks
        if contrast <= noise:
            result[row, col] = mean
        elif contrast >= 2 * noise:
            result[row, col] = z
        else:
            a = (1 + noise) / (contrast - noise)
            b = a - looks - 1
            root = (b * b * mean * mean + 4 * a * looks * mean * z) ** 0.5
            result[row, col] = (b * mean + root) / (2 * a)
    return result


def plain_refined_lee(power, looks):
    """Lee 1981 with the windows of the paper: 7 x 7, sub-windows of 3 x 3."""
    result = np.empty(power.shape)
    row_, col_ = np.mgrid[-3:4, -3:4]
    for row, col, z, near in windows(power, 7):
        m = np.array(
            [
                [near[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].mean() for j in range(3)]
                for i in range(3)
            ]
        )
        (a, b, c), (d, e, f), (g, h, i) = m
        slopes = (
            (c + f + i - a - d - g, col_, f, d),
            (g + h + i - a - b - c, row_, h, b),
            (f + h + i - a - b - d, row_ + col_, i, a),
            (b + c + f - d - g - h, col_ - row_, c, g),
        )
        _, distance, plus, minus = max(slopes, key=lambda slope: abs(slope[0]))
        is_minus = abs(e - minus) < abs(e - plus)
        half = near[distance <= 0] if is_minus else near[distance >= 0]
        mean, variance = half.mean(), half.var()
        signal = max(variance - mean**2 / looks, 0) / (1 + 1 / looks)
        share = min(signal / variance, 1) if variance > 0 else 0
        result[row, col] = mean + share * (z - mean)
    return result


def edges(rows, cols, seed=0):
    """Speckle of two powers, a bright point among them."""
    power = speckle_power(rows, cols, seed=seed)
    power[:, cols // 2 :] *= 20
    power[rows // 2, cols // 3] = 1e6
    return power


@given(
    rows=integers(1, 24),
    cols=integers(1, 24),
    window=sampled_from([1, 3, 5, 7, 9]),
    looks=sampled_from([1.0, 2.5, 16.0]),
    seed=integers(0, 99),
)
def test_lee_is_equal_to_a_plain_loop(rows, cols, window, looks, seed):
    power = edges(rows, cols, seed)
    np.testing.assert_allclose(
        lee(power, window, looks), plain_lee(power, window, looks), rtol=1e-6
    )


@given(
    rows=integers(4, 24),
    cols=integers(4, 24),
    window=sampled_from([3, 5, 7]),
    looks=sampled_from([1.0, 2.5, 16.0]),
    seed=integers(0, 99),
)
def test_gamma_map_is_equal_to_a_plain_loop(rows, cols, window, looks, seed):
    power = edges(rows, cols, seed)
    expected = plain_gamma_map(power, window, looks)
    np.testing.assert_allclose(gamma_map(power, window, looks), expected, rtol=1e-6)


@settings(max_examples=20)
@given(rows=integers(7, 24), cols=integers(7, 24), seed=integers(0, 99))
@pytest.mark.parametrize("looks", [1.0, 4.0])
def test_refined_lee_is_equal_to_a_plain_loop(rows, cols, seed, looks):
    power = edges(rows, cols, seed)
    expected, found = plain_refined_lee(power, looks), refined_lee(power, 7, looks)
    for corner in (0, -1):  # mirrored twice, both sides of an edge are alike but for rounding
        expected[corner, [0, -1]] = found[corner, [0, -1]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_boxcar_is_the_mean_of_the_window():
    power = edges(12, 15)
    expected = [near.mean() for _, _, _, near in windows(power, 3)]
    np.testing.assert_allclose(boxcar(power, 3).ravel(), expected, rtol=1e-6)


@pytest.mark.parametrize("function", FILTERS)
def test_a_constant_stays_as_it_is(function):
    np.testing.assert_allclose(function(np.full((20, 30), 3.5, np.float32)), 3.5, rtol=1e-6)


@pytest.mark.parametrize("function", FILTERS)
def test_pixels_without_data_count_nowhere_and_stay_without(function):
    power = edges(32, 32)
    holes = np.zeros(power.shape, bool)
    holes[10:14, 5:9] = holes[0] = True
    wrong = np.where(holes, 1e9, power)
    by_nan = function(np.where(holes, np.nan, power).astype(np.float32))
    by_mask = function(wrong, valid=~holes)
    np.testing.assert_array_equal(by_nan, by_mask)
    assert np.isnan(by_nan[holes]).all()
    assert np.isfinite(by_nan[~holes]).all()
    assert np.nanmax(by_nan) <= power.max() * 1.000001


def test_lee_beside_a_hole_is_the_plain_loop_over_what_is_there():
    power = edges(16, 16)
    power[4:7, 3:9] = np.nan
    good = np.isfinite(power)
    np.testing.assert_allclose(lee(power, 5)[good], plain_lee(power, 5, 1.0)[good], rtol=1e-6)


@pytest.mark.parametrize("function", FILTERS)
def test_speckle_becomes_smoother_and_keeps_its_mean(function):
    power = speckle_power(256, 256, looks=4, power=2.0)
    options = {} if function is boxcar else {"looks": 4.0}
    filtered = function(power, 7, **options)
    assert equivalent_looks(filtered) > 4 * equivalent_looks(power)
    assert filtered.mean() == pytest.approx(2.0, rel=0.03)


def test_refined_lee_keeps_an_edge_that_boxcar_blurs():
    power = speckle_power(64, 64, looks=16)
    power[:, 32:] *= 50
    blurred, kept = boxcar(power, 7), refined_lee(power, 7, looks=16)
    assert blurred[:, 31].mean() > 10
    assert kept[:, 31].mean() < 2


@pytest.mark.parametrize("function", FILTERS)
def test_bands_are_filtered_one_by_one(function):
    power = np.stack([edges(20, 24, seed) for seed in range(3)])
    together = function(power)
    for band in range(3):
        np.testing.assert_array_equal(together[band], function(power[band]))


@pytest.mark.parametrize("function", FILTERS)
@pytest.mark.parametrize("window", [0, 4, -3])
def test_an_even_window_is_refused(function, window):
    with pytest.raises(InputError, match=r"odd|too small"):
        function(np.ones((8, 8), np.float32), window)


@pytest.mark.parametrize("function", [lee, refined_lee, gamma_map])
def test_no_looks_are_refused(function):
    with pytest.raises(InputError, match="above 0"):
        function(np.ones((8, 8), np.float32), looks=0)

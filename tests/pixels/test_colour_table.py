"""The grey-to-colour table: the mean colour of a grey, and what there is without one."""

import numpy as np
import pytest

from satstudio.core.errors import InputError
from satstudio.pixels.colour_table import fit_colour_table

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("bands", [1, 3, 5])
def test_a_colour_that_follows_from_grey_is_found_again(bands):
    grey = RNG.uniform(0, 1, (6, 1, 32, 32)).astype(np.float32)
    factors = np.arange(1, bands + 1, dtype=np.float32)[:, None, None]
    colour = factors * grey * (1 - grey)
    table = fit_colour_table(grey, colour)
    assert table.colours.shape[0] == bands
    assert (np.diff(table.levels) > 0).all()
    np.testing.assert_allclose(table.apply(grey), colour, atol=0.02)


def test_the_mean_of_what_a_grey_can_be_is_given():
    grey = np.zeros((1, 1, 2, 2))
    colour = np.array([[[[1.0, 2], [3, 6]]]])
    assert fit_colour_table(grey, colour).apply(grey).tolist() == [[[[3, 3], [3, 3]]]]


def test_a_constant_image_has_one_colour():
    table = fit_colour_table(np.full((1, 8, 8), 7.0), np.full((3, 8, 8), 2.0))
    assert table.levels.tolist() == [7]
    found = table.apply(np.array([[[-1e9, 7, 1e9]]]))
    assert found.shape == (3, 1, 3)
    assert (found == 2).all()


def test_between_and_beyond_the_greys_that_there_are_the_colours_hold():
    grey = np.array([[[0.0, 10.0]]])
    table = fit_colour_table(grey, np.array([[[1.0, 5.0]]]))
    np.testing.assert_allclose(table.apply(np.array([[[-3, 0, 5, 10, 99]]])), [[[1, 1, 3, 5, 5]]])


def test_pixels_without_data_teach_nothing_and_stay_without():
    grey = np.array([[[1.0, np.nan, 2.0, 3.0]]])
    colour = np.array([[[1.0, 100.0, np.inf, 3.0]]])
    table = fit_colour_table(grey, colour)
    found = table.apply(np.array([[[1.0, 2.0, np.nan]]]))
    np.testing.assert_allclose(found, [[[1, 2, np.nan]]])


def test_one_bright_point_costs_the_others_nothing():
    grey = RNG.uniform(0, 255, (1, 64, 64))
    colour = np.stack([grey[0] * 2, np.sqrt(grey[0])])
    with_point = grey.copy()
    with_point[0, 0, 0] = 65535
    found = fit_colour_table(with_point, colour).apply(grey)
    assert np.abs(found - colour)[:, 1:].mean(axis=(1, 2)) == pytest.approx([0, 0], abs=1)


@pytest.mark.parametrize(
    ("grey", "colour", "why"),
    [
        (np.zeros((2, 4, 4)), np.zeros((3, 4, 4)), "one band"),
        (np.zeros((1, 4, 4)), np.zeros((3, 4, 5)), "no pairs"),
        (np.zeros((4, 4)), np.zeros((3, 4, 4)), "one band"),
        (np.full((1, 4, 4), np.nan), np.zeros((3, 4, 4)), "nothing to fit"),
        (np.zeros((1, 0, 4)), np.zeros((3, 0, 4)), "nothing to fit"),
    ],
)
def test_what_is_no_pair_is_refused(grey, colour, why):
    with pytest.raises(InputError, match=why):
        fit_colour_table(grey, colour)

"""Examples: colours keep their hues, what belongs together stands side by side."""

import numpy as np
import pytest

from satstudio.render.examples import beside, example_pictures, example_style

RNG = np.random.default_rng(1)


def test_three_bands_are_colour_and_one_stretch_keeps_their_hue():
    images = np.zeros((2, 3, 8, 8), np.float32)
    images[:, 0], images[:, 1] = 200, 100
    images[0, :, 0, 0], images[1, :, 0, 0] = 0, 200
    style = example_style(images)
    assert style.view == "rgb"
    picture = example_pictures(images, style)[0]
    blue, green, red, alpha = picture[4, 4].tolist()
    assert (red, alpha) == (255, 255)
    assert blue == 0
    assert green == pytest.approx(127, abs=3)


@pytest.mark.parametrize("bands", [1, 2, 4])
def test_of_other_numbers_of_bands_the_first_is_grey(bands):
    images = RNG.random((3, bands, 8, 6)).astype(np.float32)
    pictures = example_pictures(images, example_style(images), 16)
    assert [picture.shape for picture in pictures] == [(16, 12, 4)] * 3
    assert all((p[..., 0] == p[..., 1]).all() and (p[..., 1] == p[..., 2]).all() for p in pictures)


def test_complex_samples_are_hue_and_brightness():
    images = (RNG.random((2, 1, 8, 8)) + 1j * RNG.random((2, 1, 8, 8))).astype(np.complex64)
    style = example_style(images)
    assert style.view == "hsv"
    assert example_pictures(images, style)[0].shape == (8, 8, 4)


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_constant_images_are_drawn(value):
    images = np.full((1, 3, 4, 4), value, np.float32)
    assert example_pictures(images, example_style(images))[0].shape == (4, 4, 4)


def test_a_smaller_picture_is_enlarged_to_the_height_of_its_neighbour():
    low, high = (RNG.integers(0, 255, (side, side, 4)).astype(np.uint8) for side in (8, 16))
    both = beside([low, high])
    assert both.shape == (16, 16 + 2 + 16, 4)
    np.testing.assert_array_equal(both[::2, :16:2], low)
    np.testing.assert_array_equal(both[:, 18:], high)
    assert not both[:, 16:18].any()

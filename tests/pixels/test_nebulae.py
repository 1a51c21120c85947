"""Made nebulae: the same from a seed, pictures that a table of colours cannot fully guess."""

import numpy as np
import pytest

from satstudio.pixels.colour_table import fit_colour_table
from satstudio.pixels.luminance import grey
from satstudio.pixels.synthetic.nebulae import nebulae


def many(count, size_px=64, first=0):
    return np.stack([nebulae(first + seed, size_px) for seed in range(count)])


def psnr(truth, estimate):
    """PSNR of each image for values 0..1."""
    return -10 * np.log10(((truth - estimate) ** 2).mean(axis=(1, 2, 3)))


@pytest.mark.parametrize("size_px", [1, 2, 7, 64])
def test_a_seed_makes_one_picture_of_any_size(size_px):
    first, again, other = (nebulae(seed, size_px) for seed in (3, 3, 4))
    assert (first.shape, first.dtype) == ((3, size_px, size_px), np.float32)
    assert (first.min(), first.max()) >= (0, 0)
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_pictures_are_neither_black_nor_white_and_have_every_colour():
    pictures = many(40)
    levels = pictures.mean(axis=(1, 2, 3))
    assert 0.1 < np.median(levels) < 0.6
    assert (pictures.min(axis=1) >= 1).mean() < 0.02
    strongest = np.bincount(pictures.argmax(axis=1).ravel(), minlength=3) / pictures[:, 0].size
    assert (strongest > 0.05).all()


def test_stars_are_points_that_stand_out():
    pictures = many(20)
    bright = grey(pictures)[:, 0]
    inner = bright[:, 2:-2, 2:-2]
    ring = np.stack([bright[:, 2 + r : 62 + r, 2 + c : 62 + c]
                     for r, c in ((2, 0), (-2, 0), (0, 2), (0, -2))])  # fmt: skip
    points = (inner > ring.max(axis=0) + 0.1).sum(axis=(1, 2))
    assert points.sum() > 20 * 3


def test_colour_is_more_than_a_function_of_grey():
    learnt, held_out = many(100), many(40, first=1000)
    table = fit_colour_table(grey(learnt), learnt)
    by_table = psnr(held_out, table.apply(grey(held_out))).mean()
    by_grey = psnr(held_out, grey(held_out)).mean()
    assert by_table > by_grey + 1
    assert by_table < 30


def test_grey_weighs_the_colours_and_keeps_gaps():
    colour = np.zeros((2, 3, 4, 5), np.float32)
    colour[0, 0], colour[0, 1], colour[0, 2] = 1, 2, 3
    colour[1, 2, 0, 0] = np.nan
    found = grey(colour)
    assert found.shape == (2, 1, 4, 5)
    np.testing.assert_allclose(found[0], 0.299 + 2 * 0.587 + 3 * 0.114, rtol=1e-6)
    assert np.isnan(found[1, 0, 0, 0])
    assert np.isfinite(found[1]).sum() == 19

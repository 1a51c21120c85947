"""Holes: how wide they are, and what plain rules put into them."""

import numpy as np

from satstudio.pixels.compositing import Composite
from satstudio.pixels.gaps import filled, gap_widths, harmonic, in_classes, nearest


def holed(rows=40, cols=50):
    valid = np.ones((rows, cols), bool)
    valid[10:25, 12:40] = valid[5, :] = valid[30:, 45:] = False
    return valid


def test_the_smoothest_filling_of_a_plane_is_the_plane_also_complex():
    rows, cols = np.mgrid[0:40, 0:50].astype(np.float64)
    valid = holed()
    valid[30:, 45:] = True  # at the edge of an image nothing says how it goes on
    plane = np.stack([2 * rows - cols, rows + 1])
    hidden = np.where(valid, plane, np.nan)
    np.testing.assert_allclose(harmonic(hidden, valid)[:, :, 1:-1], plane[:, :, 1:-1], atol=0.6)
    inner = np.s_[:, 10:25, 12:40]
    valid[5] = True
    np.testing.assert_allclose(harmonic(plane, valid)[inner], plane[inner], atol=1e-9)
    turned = plane * (1 + 2j)
    np.testing.assert_allclose(harmonic(turned, valid)[inner], turned[inner], atol=1e-9)


def test_each_pixel_without_data_is_the_mean_of_its_neighbours():
    image = np.random.default_rng(1).standard_normal((1, 40, 50))
    valid = holed()
    made = harmonic(image, valid)[0]
    mean = (made[9:24, 13:39] + made[11:26, 13:39] + made[10:25, 12:38] + made[10:25, 14:40]) / 4
    np.testing.assert_allclose(made[10:25, 13:39], mean, atol=1e-9)
    np.testing.assert_array_equal(made[valid], image[0][valid])


def test_one_known_pixel_and_none_at_all_are_finite():
    image = np.full((2, 9, 9), np.nan)
    image[:, 4, 4] = 3.0
    valid = np.isfinite(image[0])
    for fill in (nearest, harmonic):
        np.testing.assert_allclose(fill(image, valid), 3.0)
        assert np.isfinite(fill(image, np.zeros((9, 9), bool))).all()
    assert (gap_widths(np.zeros((9, 9), bool)) == 9).all()


def test_what_nothing_shows_is_filled_and_told_as_far_as_the_reach():
    seen = np.ones((30, 30), bool)
    seen[5:25, 5:25] = False
    made = filled(Composite(np.ones((1, 30, 30), np.float32), seen), 3)
    np.testing.assert_allclose(made.values, 1.0, rtol=1e-6)
    assert not made.seen[9:21, 9:21].any()
    assert made.seen[:7].all()
    empty = Composite(np.zeros((1, 4, 4), np.float32), np.zeros((4, 4), bool))
    assert filled(empty, 3) is empty


def test_a_gap_is_as_wide_as_the_square_that_fits_into_it_however_long_it_is():
    line, block, wide = np.s_[2:3, :], np.s_[10:15, 5:12], np.s_[20:40, 15:38]
    valid = np.ones((40, 40), bool)
    for box in (line, block, wide):
        valid[box] = False
    widths = gap_widths(valid)
    assert set(widths[line].ravel()) == {1}
    assert set(widths[block].ravel()) == {5}
    assert widths[wide].min() >= 19
    assert not widths[valid].any()
    sizes = {name: int(where.sum()) for name, where in in_classes(widths).items()}
    assert sizes == {"gaps_to_4px": 40, "gaps_to_16px": 35, "gaps_wider": 460}
    assert not gap_widths(np.ones((7, 9), bool)).any()
    assert gap_widths(np.zeros((1, 1), bool)).tolist() == [[1]]

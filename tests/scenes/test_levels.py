from itertools import pairwise

from hypothesis import given
from hypothesis.strategies import floats, integers

from satstudio.core.grid import Size
from satstudio.scenes.pyramid.levels import level_size, plan_levels


@given(rows=integers(1, 30000), cols=integers(1, 30000), aspect=floats(1e-3, 1e3))
def test_levels_halve_until_the_longest_side_fits(rows, cols, aspect):
    size = Size(rows, cols)
    levels = plan_levels(size, aspect)
    assert levels[0] == (1, 1)
    for finer, coarser in pairwise(levels):
        steps = (coarser[0] // finer[0], coarser[1] // finer[1])
        assert steps in ((1, 2), (2, 1), (2, 2))
        before = level_size(size, finer)
        assert max(before.rows, before.cols) > 256
    top = level_size(size, levels[-1])
    assert max(top.rows, top.cols) <= 256


def test_the_finer_axis_is_halved_first():
    levels = plan_levels(Size(1500, 20000), aspect=6.0)
    assert levels[:5] == ((1, 1), (1, 2), (1, 4), (1, 8), (2, 16))
    levels = plan_levels(Size(20000, 1500), aspect=0.2)
    assert levels[:5] == ((1, 1), (2, 1), (4, 1), (8, 2), (16, 4))


def test_an_axis_of_one_pixel_is_not_halved_further():
    assert plan_levels(Size(1, 1000))[-1] == (1, 4)
    assert plan_levels(Size(1000, 1), aspect=8.0)[-1] == (4, 1)


def test_a_small_scene_has_its_full_resolution_only():
    assert plan_levels(Size(256, 256)) == ((1, 1),)


def test_the_last_block_of_a_side_may_be_cut_short():
    assert level_size(Size(7, 9), (2, 4)) == Size(4, 3)

"""Viewport: arithmetic of what a view shows."""

import pytest
from hypothesis import assume, given
from hypothesis.strategies import floats, integers, tuples

from satstudio.core.grid import Size, Window
from satstudio.scenes.pyramid.levels import plan_levels
from satstudio.session.viewport import LEAST_SCALE, MOST_SCALE, Viewport

places = floats(-1e5, 1e5)
scales = floats(1e-3, 64)
aspects = floats(0.1, 10)
viewports = tuples(places, places, scales, aspects).map(lambda parts: Viewport(*parts))
views = tuples(integers(1, 3000), integers(1, 4000)).map(lambda parts: Size(*parts))
sizes = tuples(integers(1, 30_000), integers(1, 30_000)).map(lambda parts: Size(*parts))


@given(viewports, views, places, places)
def test_screen_and_image_are_inverse(viewport, view, row, col):
    there = viewport.to_screen(row, col, view)
    assert viewport.to_image(*there, view) == pytest.approx((row, col), abs=1e-6)


@given(viewports, views, floats(0, 3000), floats(0, 4000), floats(0.05, 20))
def test_zoom_keeps_the_point_under_the_cursor(viewport, view, down, right, factor):
    before = viewport.to_image(down, right, view)
    after = viewport.zoomed(factor, (down, right), view).to_image(down, right, view)
    assert after == pytest.approx(before, rel=1e-9, abs=1e-5)


@given(viewports, views)
def test_zoom_without_a_cursor_keeps_the_middle(viewport, view):
    zoomed = viewport.zoomed(3, None, view)
    assert (zoomed.row, zoomed.col) == (viewport.row, viewport.col)


@given(viewports, views, floats(1e-9, 1e9))
def test_zoom_ends_at_the_limits(viewport, view, factor):
    assert LEAST_SCALE <= viewport.zoomed(factor, None, view).scale <= MOST_SCALE


@given(viewports, views, floats(-500, 500), floats(-500, 500))
def test_a_drag_moves_the_image_with_the_hand(viewport, view, down, right):
    row, col = viewport.to_image(100, 100, view)
    there = viewport.moved(down, right).to_screen(row, col, view)
    assert there == pytest.approx((100 + down, 100 + right), abs=1e-3)


@given(sizes, views, aspects)
def test_a_fitted_image_fills_the_view_and_is_whole(size, view, aspect):
    viewport = Viewport(aspect=aspect).fitted(size, view)
    assume(LEAST_SCALE < viewport.scale < MOST_SCALE)
    top, left = viewport.to_screen(0, 0, view)
    bottom, right = viewport.to_screen(size.rows, size.cols, view)
    assert top >= -1e-6
    assert left >= -1e-6
    assert min(top, left) == pytest.approx(0, abs=1e-6)
    assert (bottom + top, right + left) == pytest.approx((view.rows, view.cols))


def test_a_row_is_higher_than_a_column_is_wide_by_the_aspect():
    viewport, view = Viewport(scale=2, aspect=6), Size(100, 100)
    top, left = viewport.to_screen(0, 0, view)
    assert viewport.to_screen(1, 0, view)[0] - top == 12
    assert viewport.to_screen(0, 1, view)[1] - left == 2


@given(sizes, floats(1e-3, 4), aspects, floats(1, 3))
def test_the_level_is_the_coarsest_that_still_fills_device_pixels(size, scale, aspect, dpr):
    levels = plan_levels(size, aspect)
    viewport = Viewport(scale=scale, aspect=aspect)
    chosen = viewport.level(levels, dpr)
    covers = [max(rows * scale * aspect * dpr, cols * scale * dpr) for rows, cols in levels]
    if chosen:
        assert covers[chosen] <= 1 + 1e-6
    assert all(cover > 1 - 1e-6 for cover in covers[chosen + 1 :])


def test_a_denser_screen_takes_a_finer_level():
    levels = ((1, 1), (2, 2), (4, 4))
    assert Viewport(scale=0.25).level(levels, 1.0) == 2
    assert Viewport(scale=0.25).level(levels, 2.0) == 1
    assert Viewport(scale=3.0).level(levels, 1.0) == 0


@given(viewports, views, sizes)
def test_what_is_visible_lies_in_the_image_and_holds_the_middle(viewport, view, size):
    window = viewport.visible(size, view)
    assert window == window.clipped(size)
    if 0 <= viewport.row < size.rows and 0 <= viewport.col < size.cols:
        assert window.row <= viewport.row <= window.end_row
        assert window.col <= viewport.col <= window.end_col
        assert window.rows > 0
        assert window.cols > 0


def test_a_view_beside_the_image_shows_nothing():
    window = Viewport(row=-1000, col=50).visible(Size(100, 100), Size(50, 50))
    assert window.rows == 0


def test_a_window_can_be_fitted():
    viewport = Viewport().fitted_to(Window(10, 20, 30, 40), Size(300, 300))
    assert (viewport.row, viewport.col, viewport.scale) == (25, 40, 7.5)

"""Windows and grids: arithmetic of whole pixels, and what a crop does to a place on the ground."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, tuples

from satstudio.core.errors import InputError
from satstudio.core.grid import Gcp, GeoGrid, Size, Window

SIZES = builds(Size, integers(1, 500), integers(1, 500))
WINDOWS = builds(
    Window, integers(-600, 600), integers(-600, 600), integers(1, 300), integers(1, 300)
)


@given(WINDOWS)
def test_a_window_is_read_back_from_its_text(window):
    assert Window.parse(str(window)) == window


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,x", "1,2,3,4,5", "1.5,2,3,4"])
def test_what_is_no_window_says_what_to_give(text):
    with pytest.raises(InputError, match=r"ROW,COL,ROWS,COLS"):
        Window.parse(text)


@pytest.mark.parametrize("text", ["0,0,0,5", "0,0,5,0", "0,0,-1,5"])
def test_an_empty_window_is_refused(text):
    with pytest.raises(InputError, match="is empty"):
        Window.parse(text)


@given(WINDOWS, SIZES)
def test_a_clipped_window_holds_exactly_the_pixels_inside_the_image(window, size):
    inside = window.clipped(size)
    rows = set(range(window.row, window.end_row)) & set(range(size.rows))
    cols = set(range(window.col, window.end_col)) & set(range(size.cols))
    assert inside.rows == len(rows)
    assert inside.cols == len(cols)
    if rows and cols:
        assert (inside.row, inside.col) == (min(rows), min(cols))


@given(WINDOWS, SIZES)
def test_a_window_is_inside_where_clipping_changes_nothing(window, size):
    assert window.is_inside(size) == (window.clipped(size) == window)


@given(WINDOWS, WINDOWS)
def test_windows_overlap_where_they_share_a_pixel(first, second):
    def shared(a, b, length_a, length_b):
        return bool(set(range(a, a + length_a)) & set(range(b, b + length_b)))

    by_hand = shared(first.row, second.row, first.rows, second.rows) and shared(
        first.col, second.col, first.cols, second.cols
    )
    assert first.overlaps(second) == second.overlaps(first) == by_hand


@given(WINDOWS, integers(0, 40))
def test_a_grown_window_has_the_margin_on_each_side(window, margin):
    grown = window.grown(margin)
    assert (grown.row, grown.col) == (window.row - margin, window.col - margin)
    assert (grown.end_row, grown.end_col) == (window.end_row + margin, window.end_col + margin)


def test_the_whole_window_covers_the_image():
    size = Size(3, 7)
    assert Window.whole(size).size == size
    assert Window.whole(size).slices == (slice(0, 3), slice(0, 7))
    assert size.pixels == 21


TRANSFORM = (500_000.0, 10.0, 0.5, 5_000_000.0, -0.25, -12.0)


def place(grid, row, col):
    t = grid.transform
    return t[0] + t[1] * col + t[2] * row, t[3] + t[4] * col + t[5] * row


@given(tuples(integers(0, 900), integers(0, 900)), tuples(integers(0, 99), integers(0, 99)))
def test_a_pixel_keeps_its_place_when_the_grid_is_cropped(corner, pixel):
    grid = GeoGrid(Size(1000, 1000), TRANSFORM, "EPSG:32633")
    crop = grid.cropped(Window(*corner, 100, 100))
    assert crop.size == Size(100, 100)
    whole = place(grid, corner[0] + pixel[0], corner[1] + pixel[1])
    assert place(crop, *pixel) == pytest.approx(whole, rel=1e-12)


def test_gcps_are_shifted_and_kept_even_outside_the_crop():
    grid = GeoGrid(Size(100, 100), gcps=(Gcp(10.5, 20, 15, 45), Gcp(90, 90, 16, 44)))
    crop = grid.cropped(Window(10, 20, 5, 5))
    assert [(gcp.row, gcp.col) for gcp in crop.gcps] == [(0.5, 0), (80, 70)]
    assert [(gcp.x, gcp.y) for gcp in crop.gcps] == [(15, 45), (16, 44)]


def test_the_offsets_of_rpcs_are_shifted_and_nothing_else():
    rpcs = (("LAT_OFF", "45.1"), ("LINE_OFF", "1000.5 pixels"), ("SAMP_OFF", "2000"))
    crop = GeoGrid(Size(100, 100), rpcs=rpcs).cropped(Window(10, 20, 5, 5))
    assert crop.rpcs == (("LAT_OFF", "45.1"), ("LINE_OFF", "990.5"), ("SAMP_OFF", "1980.0"))


@pytest.mark.parametrize(
    ("grid", "is_located"),
    [
        (GeoGrid(Size(1, 1)), False),
        (GeoGrid(Size(1, 1), transform=TRANSFORM), False),
        (GeoGrid(Size(1, 1), transform=TRANSFORM, crs="EPSG:32633"), True),
        (GeoGrid(Size(1, 1), gcps=(Gcp(0, 0, 15, 45),)), True),
        (GeoGrid(Size(1, 1), rpcs=(("LAT_OFF", "45"),)), True),
    ],
)
def test_a_grid_is_located_by_a_transform_with_crs_or_points_or_rpcs(grid, is_located):
    assert grid.is_located is is_located


@pytest.mark.parametrize(
    ("spacing_m", "aspect"),
    [((14.0, 2.0), 7.0), (None, 1.0), ((0.0, 2.0), 1.0), ((float("nan"), 2.0), 1.0)],
)
def test_the_aspect_is_row_over_column_spacing_and_1_where_unknown(spacing_m, aspect):
    assert GeoGrid(Size(1, 1), spacing_m=spacing_m).aspect == aspect


# ------------------------------------------------------------------- lying on each other

UTM32, UTM33 = 'PROJCS["32N",AUTHORITY["EPSG","32632"]]', 'PROJCS["33N",AUTHORITY["EPSG","32633"]]'
PLACED = GeoGrid(Size(100, 200), (500_000.0, 10.0, 0.0, 5_000_000.0, 0.0, -10.0), UTM32)
POINTS = tuple(
    Gcp(row, col, 9 + col * 1e-4, 45 - row * 1e-4) for row in (0, 50, 100) for col in (0, 200)
)
BY_POINTS = GeoGrid(Size(100, 200), gcps=POINTS, gcp_crs=UTM32)
RPCS = (("LINE_OFF", "50"), ("LINE_NUM_COEFF", "1 2 3"), ("LAT_OFF", "+45.00 degrees"))
BY_RPCS = GeoGrid(Size(100, 200), rpcs=RPCS)
PLAIN = GeoGrid(Size(100, 200))


def moved(by, *, scale=10.0):
    left, _, _, top, _, _ = PLACED.transform
    return replace(PLACED, transform=(left + by, scale, 0.0, top, 0.0, -10.0))


def points(**changes):
    return replace(BY_POINTS, gcps=(replace(POINTS[0], **changes), *POINTS[1:]))


@pytest.mark.parametrize(
    ("grid", "other"),
    [
        (PLACED, moved(0.09)),
        (PLACED, replace(PLACED, spacing_m=(9.0, 9.0), crs=f" {UTM32} ")),
        (PLACED, replace(PLACED, crs=None)),
        (PLAIN, PLAIN),
        (PLAIN, PLACED),
        (PLAIN, BY_POINTS),
        (BY_POINTS, replace(BY_POINTS, gcps=POINTS[::-1])),
        (BY_POINTS, points(x=9 + 0.9e-6)),
        (BY_RPCS, replace(BY_RPCS, rpcs=(("LINE_OFF", "50.0"), ("LAT_OFF", "45 degrees")))),
    ],
)
def test_grids_that_lie_on_each_other(grid, other):
    assert grid.lies_on(other)
    assert other.lies_on(grid)


@pytest.mark.parametrize(
    ("grid", "other", "reason"),
    [
        (PLAIN, GeoGrid(Size(200, 100)), "sizes"),
        (PLACED, moved(0.11), r"0\.011 px apart"),
        (PLACED, moved(0.0, scale=10.001), "apart on the ground"),
        (PLACED, replace(PLACED, crs=UTM33), "32N and 33N"),
        (PLACED, replace(PLACED, transform=(0.0,) * 6), "apart"),
        (BY_POINTS, points(x=9 + 2e-6), "control points"),
        (BY_POINTS, points(row=0.02), "control points"),
        (BY_POINTS, replace(BY_POINTS, gcps=POINTS[1:]), "control points"),
        (BY_POINTS, replace(BY_POINTS, gcp_crs=UTM33), "control points"),
        (BY_RPCS, replace(BY_RPCS, rpcs=(("LINE_OFF", "50.02"),)), "RPCs"),
        (BY_RPCS, replace(BY_RPCS, rpcs=(("LINE_NUM_COEFF", "1 2 4"),)), "RPCs"),
        (BY_RPCS, replace(BY_RPCS, rpcs=(("LAT_OFF", "none"),)), "RPCs"),
        (PLACED, BY_POINTS, "by a transform"),
        (replace(PLAIN, spacing_m=(1.0, 2.0)), replace(PLAIN, spacing_m=(1.0, 2.1)), "other sizes"),
    ],
)
def test_grids_that_do_not_lie_on_each_other_say_why(grid, other, reason):
    for one, two in ((grid, other), (other, grid)):
        assert not one.lies_on(two)
        assert re.search(reason, one.apart(two)) or re.search("33N and 32N", one.apart(two))

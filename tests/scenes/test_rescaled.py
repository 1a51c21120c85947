"""Grids of other pixel sizes: the same corner, rounding half up, nothing lost between windows."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.core.grid import Gcp, GeoGrid, Size, Window
from satstudio.scenes.geometry.rescaled import edge, scaled_grid, scaled_size, scaled_window

RATIO = Fraction(500, 160)
GRID = GeoGrid(
    Size(160, 81),
    (500_000.0, 10.0, 0.5, 5_000_000.0, -0.25, -10.0),
    "EPSG:32633",
    gcps=(Gcp(16.0, 32.0, 1.0, 2.0),),
    rpcs=(("LINE_OFF", "79.5"), ("LINE_SCALE", "80 pixels"), ("LAT_OFF", "45"), ("SAMP_OFF", "?")),
    spacing_m=(10.0, 10.0),
)


def test_the_corner_stays_and_pixels_shrink():
    made = scaled_grid(GRID, RATIO)
    assert made.size == Size(500, 253)  # 253.125
    assert made.transform == pytest.approx((500_000, 3.2, 0.16, 5_000_000, -0.08, -3.2))
    assert made.spacing_m == pytest.approx((3.2, 3.2))
    assert (made.gcps[0].row, made.gcps[0].col) == (50.0, 100.0)
    assert (made.gcps[0].x, made.gcps[0].y) == (1.0, 2.0)


def test_rpcs_count_from_the_centre_of_the_first_pixel():
    found = dict(scaled_grid(GRID, RATIO).rpcs)
    assert float(found["LINE_OFF"]) == 80 * 3.125 - 0.5
    assert float(found["LINE_SCALE"]) == 250
    assert (found["LAT_OFF"], found["SAMP_OFF"]) == ("45", "?")


@pytest.mark.parametrize(
    ("rows", "ratio", "wanted"),
    [(5, "1/2", 3), (4, "1/2", 2), (1, "1/9", 1), (3, "3/2", 5), (7, "3", 21)],
)
def test_sides_are_rounded_half_up(rows, ratio, wanted):
    assert scaled_size(Size(rows, rows), Fraction(ratio)) == Size(wanted, wanted)


@given(integers(0, 999), integers(1, 300), integers(1, 300), integers(1, 60), integers(1, 60))
def test_windows_side_by_side_stay_so(start, one, two, above, below):
    ratio = Fraction(above, below)
    first = scaled_window(Window(start, 0, one, 1), ratio)
    second = scaled_window(Window(start + one, 0, two, 1), ratio)
    both = scaled_window(Window(start, 0, one + two, 1), ratio)
    assert first.end_row == second.row
    assert (both.row, both.end_row) == (first.row, second.end_row)


def test_a_grid_times_one_is_itself():
    assert scaled_grid(GRID, Fraction(1)) is GRID
    assert edge(7, Fraction(1)) == 7

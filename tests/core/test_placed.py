"""Where one grid lies on another: exactly, by any fraction, or told why not."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from satstudio.core.grid import Gcp, GeoGrid, Size, Window
from satstudio.core.placed import Lattice, Placed, common_lattice, place

FIRST = GeoGrid(Size(240, 240), (500_000.0, 10.0, 0.0, 6_000_000.0, 0.0, -10.0))


def beside(px, size, east=0.0, south=0.0, turn=0.0):
    return GeoGrid(size, (500_000.0 + east, px, turn, 6_000_000.0 - south, turn, -px))


@given(integers(1, 12), integers(1, 12), integers(-40, 40), integers(-40, 40))
def test_any_fraction_and_start_is_found_and_windows_are_the_same_ground(up, down, row, col):
    ratio = Fraction(up, down)
    px = float(10 / ratio)
    grid = beside(px, Size(900, 900), east=-col * px, south=-row * px)
    placed = place(FIRST, grid)
    assert placed == Placed(ratio, Fraction(row), Fraction(col), Size(900, 900))
    lattice = common_lattice(FIRST.size, [placed])
    if isinstance(lattice, str):
        return
    corner = lattice.area
    window = Window(corner.row, corner.col, lattice.step, lattice.step)
    there = placed.window(window)
    t = grid.transform
    assert t[0] + there.col * t[1] == pytest.approx(500_000 + window.col * 10, abs=1e-3)
    assert t[3] + there.row * t[5] == pytest.approx(6_000_000 - window.row * 10, abs=1e-3)
    assert there.rows * px == pytest.approx(window.rows * 10)
    assert there.is_inside(grid.size)


def test_two_grids_at_once_share_the_coarser_steps():
    by_three = place(FIRST, beside(30, Size(70, 70), 30))
    by_four = place(FIRST, beside(40, Size(60, 60), 0, 20))
    assert (by_three.col, by_four.row) == (-1, Fraction(-1, 2))
    lattice = common_lattice(FIRST.size, [by_three, by_four])
    assert lattice == Lattice(Window(6, 12, 204, 201), 12)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (beside(10, Size(9, 9), 1234.0), "shifted by 0.4 px"),
        (beside(10, Size(9, 9), turn=1.0), "turned"),
        (beside(-10, Size(9, 9)), "turned or mirrored"),
        (beside(0, Size(9, 9)), "no area"),
        (beside(float("nan"), Size(9, 9)), "not finite"),
        (replace(FIRST, transform=None, size=Size(100, 120)), "as long and wide"),
        (GeoGrid(FIRST.size, gcps=(Gcp(0, 0, 1, 1),), gcp_crs="x"), "coordinate|transform"),
    ],
)
def test_what_does_not_lie_there_is_told_why(other, reason):
    found = place(replace(FIRST, crs="x"), other)
    assert isinstance(found, str)
    assert re.search(reason, found)


def test_a_ratio_that_is_no_fraction_of_a_large_scene_is_refused():
    large = replace(FIRST, size=Size(20_000, 20_000))
    found = place(large, beside(2.71828, Size(60_000, 60_000)))
    assert "not one fraction" in found


def test_grids_far_apart_have_no_ground_in_common():
    found = common_lattice(FIRST.size, [place(FIRST, beside(10, Size(240, 240), 10_000.0))])
    assert found == "they have no ground in common and lie 760 px of the first apart"


def test_control_points_of_another_size_must_agree():
    points = tuple(Gcp(row, col, col * 1e-4, row * 1e-4) for row in (0, 90) for col in (0, 90))
    one = GeoGrid(Size(90, 90), gcps=points)
    scaled = tuple(replace(p, row=p.row * 3, col=p.col * 3) for p in points)
    assert place(one, GeoGrid(Size(270, 270), gcps=scaled)).ratio == 3
    assert "control points" in place(one, GeoGrid(Size(270, 270), gcps=points))

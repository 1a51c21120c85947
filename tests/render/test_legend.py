from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats
from made import speckle

from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.render.compose import render
from satstudio.render.legend import legend, nice_ticks, number_text, scale_bar
from satstudio.render.style import VIEWS_COMPLEX, DisplayStyle, statistics_of, style_for


def statistics():
    z = speckle(64, 64, 25.0)[None]
    return statistics_of(
        Raster(z, GeoGrid(Size(64, 64)), ("a",), np.ones((64, 64), bool), "complex")
    )


def test_the_wheel_has_the_colours_that_the_scene_has():
    style = style_for("hsv", statistics())
    shown = legend(style)
    wheel, centre = shown.picture, shown.picture.shape[0] // 2
    assert shown.kind == "wheel"
    rim = shown.picture.shape[1] - 1
    z = np.array([[[np.expm1(style.high * 1.0001)]]], np.complex64)
    one = Raster(z, GeoGrid(Size(1, 1)), ("a",), np.ones((1, 1), bool), "complex")
    bright = render(one, style)[0, 0].astype(int)
    assert np.abs(wheel[centre, rim].astype(int) - bright).max() <= 4
    assert (wheel[centre, centre, :3] < 8).all()
    assert wheel[0, 0].tolist() == [0, 0, 0, 0]
    top, left, bottom = wheel[4, centre], wheel[centre, 4], wheel[-5, centre]
    assert top[1] > top[0]  # +90 deg: yellow-green
    assert left[0] == pytest.approx(left[1], abs=6)  # 180 deg: cyan
    assert bottom[0] > bottom[1]  # -90 deg: violet


def test_the_radius_is_named_in_amplitude():
    style = DisplayStyle(view="hsv", low=0.0, high=float(np.log(101)))
    shown = legend(style, unit="DN")
    assert [tick.text for tick in shown.ticks] == ["0", "9.05", "100"]
    assert shown.unit == "DN"


def test_the_phase_wheel_is_bright_up_to_the_centre():
    shown = legend(style_for("phase", statistics()))
    assert shown.picture[64, 66, :3].max() > 200
    assert shown.unit == "rad"


@pytest.mark.parametrize("view", list(VIEWS_COMPLEX))
@pytest.mark.parametrize("sampling", ["full", "mean"])
def test_each_view_has_a_legend_with_ticks_inside(view, sampling):
    shown = legend(style_for(view, statistics()), sampling=sampling)
    assert all(0 <= tick.place <= 1 for tick in shown.ticks)
    assert all(first.place < second.place for first, second in pairwise(shown.ticks))
    needs_phase = view in ("hsv", "phase", "real", "imag")
    assert ("full resolution only" in shown.note) == (needs_phase and sampling == "mean")
    if shown.kind == "bar":
        assert shown.picture.shape == (256, 1, 4)
        light = shown.picture[:, 0, :3].astype(int).sum(axis=1)
        assert light[0] == light.max() > light[-1]
        assert len(shown.ticks) >= 2


def test_the_bar_shows_gamma_and_colours():
    style = DisplayStyle(view="amplitude", low=0.0, high=4.0, gamma=2.0, colours="grey")
    bar = legend(style).picture[:, 0, 0]
    assert bar[128] == pytest.approx(255 * 0.5**0.5, abs=2)
    assert legend(style.changed(colours="magma")).picture[128, 0, 2] > 150


def test_limits_of_the_paper_style_are_marked_until_they_are_exact():
    style = style_for("hsv", statistics(), paper=True)
    assert "from sample" in legend(style, is_exact=False).note
    assert legend(style).note == ""


def test_rgb_names_its_bands_from_one():
    style = DisplayStyle(view="rgb", bands=(3, 1, 0), low=(0.0, 1.0, 2.0), high=(10.0, 11.0, 1e5))
    assert [tick.text for tick in legend(style).ticks] == [
        "Red: band 4, 0 to 10",
        "Green: band 2, 1 to 11",
        "Blue: band 1, 2 to 100000",
    ]
    named = legend(style, names=("B2", "B3", "B4", "B8"))
    assert named.ticks[0].text == "Red: B8, 0 to 10"


@given(low=floats(-1e6, 1e6), span=floats(1e-3, 1e6))
def test_ticks_are_few_even_and_inside(low, span):
    ticks = nice_ticks(low, low + span)
    assert 1 <= len(ticks) <= 8
    slack = 1e-6 * (span + abs(low))
    assert all(low - slack <= tick <= low + span + slack for tick in ticks)
    if len(ticks) > 2:
        steps = np.diff(ticks)
        assert np.allclose(steps, steps[0], rtol=1e-3)


def test_numbers_are_short_and_have_a_real_minus_sign():
    assert number_text(-12.5) == "\N{MINUS SIGN}12.5"
    assert number_text(0.0) == number_text(-0.0) == "0"
    assert number_text(2.5e-7) == "2.5e\N{MINUS SIGN}7"
    assert number_text(3e12) == "3e12"
    assert number_text(15000.0) == "15000"
    assert number_text(-123456.0) == "\N{MINUS SIGN}123500"


def test_the_scale_bar_is_nice_and_fits():
    assert scale_bar(10, 123) == (100, "1 km")
    assert scale_bar(0.3, 100) == (pytest.approx(20 / 0.3), "20 m")

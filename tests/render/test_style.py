import time

import numpy as np
import pytest
from made import speckle

from satstudio.core.errors import RecipeError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.render.compose import render
from satstudio.render.style import (
    VIEWS,
    VIEWS_COMPLEX,
    VIEWS_REAL,
    DisplayStyle,
    Statistics,
    first_style,
    measure,
    style_for,
)


class MadeScene:
    """What the style asks of a scene."""

    def __init__(self, pixels, valid=None, quantity=None, colours=(), bands=None, details=None):
        self.pixels = pixels
        self.dtype = str(pixels.dtype)
        self.quantity = quantity or ("complex" if np.iscomplexobj(pixels) else "dn")
        self.bands = bands or tuple(f"b{band}" for band in range(len(pixels)))
        self.colours = colours or ("undefined",) * len(pixels)
        self.valid = np.ones(pixels.shape[1:], bool) if valid is None else valid
        self.details = details
        self.asked = 0

    def raster(self, pixels, valid):
        grid = GeoGrid(Size(*pixels.shape[1:]))
        return Raster(pixels, grid, self.bands, valid, self.quantity)

    def sample(self, count=65536, seed=0):
        self.asked += 1
        flat = self.pixels[:, self.valid]
        take = np.random.default_rng(seed).permutation(flat.shape[1])[:count]
        return self.raster(flat[:, None, take], np.ones((1, len(take)), bool))


def test_limits_are_the_percentiles_of_what_the_view_shows():
    z = speckle(400, 400, 9.0)[None]
    statistics = measure(MadeScene(z))
    for view, shown in {
        "hsv": np.log1p(np.abs(z)),
        "amplitude": np.abs(z),
        "intensity": np.abs(z) ** 2,
        "db": 20 * np.log10(np.abs(z)),
    }.items():
        low, high = statistics.limits(view)
        share = [np.mean(shown < low), np.mean(shown > high)]
        assert share == pytest.approx([0.02, 0.02], abs=0.003)


def test_limits_without_data_pixels_do_not_move():
    z = speckle(300, 300)[None]
    valid = np.ones((300, 300), bool)
    valid[:100] = False
    dark = z.copy()
    dark[:, :100] = 0
    clean = measure(MadeScene(z[:, 100:]))
    found = measure(MadeScene(dark, valid)).limits("db")
    assert found == pytest.approx(clean.limits("db"), abs=0.3)


def test_real_and_imaginary_parts_lie_even_about_zero_and_the_phase_is_a_turn():
    statistics = measure(MadeScene(speckle(64, 64)[None]))
    for view in ("real", "imag"):
        low, high = statistics.limits(view)
        assert low == -high < 0
    assert statistics.limits("phase") == (-np.pi, np.pi)


def test_paper_limits_are_of_the_sample_until_all_pixels_are_known():
    z = speckle(64, 64)[None]
    statistics = measure(MadeScene(z))
    assert not statistics.is_exact
    length = np.log1p(np.abs(z))
    assert statistics.paper_limits() == pytest.approx((length.min(), length.max()), rel=1e-5)
    known = statistics.with_power_range([(0.0, 99.0**2)])
    assert known.is_exact
    style = style_for("hsv", known, paper=True)
    assert (style.low, style.high) == pytest.approx((0, np.log(100)))
    assert style.paper
    assert style.grey == (style.low, style.high)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "complex64"])
@pytest.mark.parametrize("value", [0, 7])
def test_a_constant_scene_is_shown_in_every_view(dtype, value):
    scene = MadeScene(np.full((3, 20, 20), value, dtype))
    statistics = measure(scene)
    for view in VIEWS_COMPLEX if dtype == "complex64" else VIEWS_REAL:
        style = style_for(view, statistics, (0, 1, 2))
        colours = render(scene.raster(scene.pixels, scene.valid), style)
        assert (colours[..., 3] == 255).all()


@pytest.mark.parametrize("dtype", ["uint8", "float32", "complex64"])
def test_a_scene_without_valid_pixels_has_a_style(dtype):
    scene = MadeScene(np.zeros((1, 8, 8), dtype), np.zeros((8, 8), bool))
    statistics = measure(scene)
    assert statistics.is_empty
    for view in VIEWS_COMPLEX if dtype == "complex64" else VIEWS_REAL:
        style = style_for(view, statistics)
        assert render(scene.raster(scene.pixels, scene.valid), style).max() == 0
    assert statistics.paper_limits() == (0, 0)


def test_nan_and_infinity_do_not_kill_the_stretch():
    values = np.random.default_rng(0).normal(5, 1, (1, 64, 64)).astype(np.float32)
    values[0, :5] = np.nan
    values[0, 5] = np.inf
    low, high = measure(MadeScene(values)).limits("band")
    assert 2 < low < high < 8


def test_one_bright_point_does_not_darken_the_picture():
    z = speckle(256, 256)[None]
    z[0, 9, 9] = 1e6
    _, high = measure(MadeScene(z)).limits("hsv")
    assert high < np.log1p(4)


def test_a_complex_scene_starts_as_hsv_and_a_photo_with_its_own_colours():
    assert first_style(*both(MadeScene(speckle(9, 9)[None]))).view == "hsv"
    photo = MadeScene(np.zeros((4, 9, 9), np.uint8), colours=("blue", "green", "red", "alpha"))
    style = first_style(*both(photo))
    assert (style.view, style.bands, style.limits()) == ("rgb", (2, 1, 0), (0, 255))


def test_sentinel_2_bands_are_found_by_name():
    scene = MadeScene(np.ones((4, 9, 9), np.uint16), bands=("B02", "B03", "B04", "B08"))
    assert first_style(*both(scene)).bands == (2, 1, 0)


def test_a_palette_of_the_file_is_used():
    details = type("Details", (), {"palette": {0: (1, 2, 3, 255), 2: (9, 9, 9, 0)}})
    scene = MadeScene(np.zeros((1, 4, 4), np.uint8), colours=("palette",), details=details)
    style = first_style(*both(scene))
    assert style.palette == (0xFF010203, 0, 0)


def test_power_starts_in_decibels_and_other_images_as_a_band():
    power = MadeScene(np.ones((1, 9, 9), np.float32), quantity="power")
    assert first_style(*both(power)).view == "db"
    assert first_style(*both(MadeScene(np.ones((1, 9, 9), np.float32)))).view == "band"


@pytest.mark.parametrize(
    ("quantity", "view"),
    [("sigma0", "db"), ("db", "db"), ("amplitude", "band"), ("height", "band"), ("phase", "band")],
)
def test_backscatter_starts_in_decibels_and_nothing_else(quantity, view):
    assert (
        first_style(*both(MadeScene(np.ones((1, 9, 9), np.float32), quantity=quantity))).view
        == view
    )


def test_a_wrapped_phase_starts_in_hues_and_coherence_between_0_and_1():
    turn = np.linspace(-np.pi, np.pi, 81, dtype=np.float32).reshape(1, 9, 9)
    style = first_style(*both(MadeScene(turn, quantity="phase")))
    assert (style.colours, style.low, style.high) == ("hue", -np.pi, np.pi)
    assert first_style(*both(MadeScene(turn * 9, quantity="phase"))).colours == "grey"
    style = first_style(*both(MadeScene(np.full((1, 9, 9), 0.4, np.float32), quantity="coherence")))
    assert (style.low, style.high) == (0.0, 1.0)


def test_classes_without_a_palette_get_colours_that_differ():
    style = first_style(*both(MadeScene(np.arange(81).reshape(1, 9, 9) % 7, quantity="class")))
    assert len(set(style.palette)) > 200
    below = MadeScene(np.arange(81).reshape(1, 9, 9) - 1, quantity="class")
    assert first_style(*both(below)).palette == ()


@pytest.mark.parametrize(
    ("quantity", "factor"),
    [("power", 10), ("gamma0", 10), ("dn", 10), ("amplitude", 20), ("db", 1)],
)
def test_limits_in_decibels_are_those_of_the_power(quantity, factor):
    values = np.linspace(1, 9, 81).reshape(1, 9, 9)
    low, high = measure(MadeScene(values, quantity=quantity)).limits("db", percent=(0, 100))
    ends = (1, 9) if quantity == "db" else (0, factor * np.log10(9))
    assert (low, high) == pytest.approx(ends, abs=1e-6)


def both(scene):
    return scene, measure(scene)


def test_the_scene_is_asked_once():
    scene, statistics = both(MadeScene(speckle(64, 64)[None]))
    for view in VIEWS_COMPLEX:
        statistics.limits(view)
        statistics.values(view)
    assert scene.asked == 1


def test_each_view_has_its_own_key_and_a_title():
    assert len({info.key for info in VIEWS.values()}) == len(VIEWS)
    assert all(info.title for info in VIEWS.values())


def test_a_change_of_the_stretch_is_cheap_beside_drawing():
    z = speckle(256, 256)[None]
    scene, statistics = both(MadeScene(z))
    style = style_for("db", statistics)
    picture = scene.raster(z, scene.valid)
    render(picture, style)
    start = time.thread_time()
    for step in range(20):
        render(picture, style.changed(high=30.0 + step))
    assert (time.thread_time() - start) / 20 < 0.05


def test_a_style_survives_toml(tmp_path):
    style = DisplayStyle(view="rgb", bands=(2, 1, 0), low=(0.0, 1.0, 2.0), high=(5.0, 6.0, 7.0))
    assert DisplayStyle.load(style.save(tmp_path / "style.toml")) == style
    with pytest.raises(RecipeError, match="gamma"):
        style.changed(gamma=0)
    with pytest.raises(RecipeError, match="finite"):
        style.changed(low=float("nan"))


def test_limits_of_rgb_are_three_pairs():
    pixels = np.stack([np.full((9, 9), k, np.float32) for k in (1, 2, 3)])
    pixels += np.linspace(0, 1, 81, dtype=np.float32).reshape(9, 9)
    low, high = measure(MadeScene(pixels)).limits("rgb", (0, 1, 2), (0, 100))
    np.testing.assert_allclose(low, (1, 2, 3), rtol=1e-6)
    np.testing.assert_allclose(high, (2, 3, 4), rtol=1e-6)


def test_statistics_keep_gamma_and_colours_of_the_style_before():
    statistics = measure(MadeScene(speckle(32, 32)[None]))
    before = style_for("db", statistics).changed(gamma=2.0, colours="magma")
    assert style_for("db", statistics, base=before).colours == "magma"
    assert style_for("phase", statistics, base=before).colours == "hue"
    assert style_for("amplitude", statistics, base=before).gamma == 2.0
    assert isinstance(statistics, Statistics)

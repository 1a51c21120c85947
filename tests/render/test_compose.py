import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, sampled_from
from skimage.color import hsv2rgb

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.render.compose import coarse_note, render
from satstudio.render.style import DisplayStyle


def raster(pixels, valid=None, quantity=None, sampling="full"):
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    shape = pixels.shape[1:]
    valid = np.ones(shape, bool) if valid is None else valid
    quantity = quantity or ("complex" if np.iscomplexobj(pixels) else "dn")
    names = tuple(f"b{band}" for band in range(len(pixels)))
    return Raster(pixels, GeoGrid(Size(*shape)), names, valid, quantity, sampling)


def samples(seed=0, count=65536):
    """Complex samples over many orders of magnitude, their special places included."""
    rng = np.random.default_rng(seed)
    size = 10 ** rng.uniform(-3, 4, count)
    z = (size * np.exp(2j * np.pi * rng.random(count))).astype(np.complex64)
    exact = [0, 1, -1, 1j, -1j, 1 + 1j, -1 - 1j, 1e-42, 1e-42j, 1e18 - 1e18j, 3e38j, -3e38 + 3e38j]
    z[: len(exact)] = exact
    return z.reshape(256, -1)


def exact_hsv(z, low, high, scale=1.0, gamma=1.0):
    """The formula of the paper in float64, through scikit-image's HSV: (..., 3) in 0..255."""
    z = z.astype(np.complex128)
    length = np.log1p(scale * np.abs(z))
    r = np.clip((length - low) / (high - low), 0, 1) if high > low else np.ones(z.shape)
    r = r ** (1 / gamma)
    hue = (np.angle(z) / (2 * np.pi)) % 1
    return 255 * hsv2rgb(np.stack([hue, 0.5 + r / 2, r], -1))


def rgb_of(colours):
    return colours[..., [2, 1, 0]].astype(float)


@given(
    seed=integers(0, 1000),
    low=floats(0, 4),
    width=sampled_from([0.05, 0.5, 2, 9]),
    scale=sampled_from([1, 30, 0.01]),
)
def test_hsv_is_the_papers_formula_to_one_in_255(seed, low, width, scale):
    z = samples(seed, 4096)
    style = DisplayStyle(view="hsv", low=low, high=low + width, scale=scale)
    error = np.abs(rgb_of(render(raster(z), style)) - exact_hsv(z, low, low + width, scale))
    assert error.max() <= 1.5  # one step, and half a one for rounding the exact value
    assert error.mean() < 0.5


def test_hsv_differs_from_the_rounded_formula_by_at_most_one():
    z = samples(7, 2**20)
    wanted = np.rint(exact_hsv(z, 0.0, 9.2))
    difference = np.abs(rgb_of(render(raster(z), DisplayStyle(view="hsv", high=9.2))) - wanted)
    assert difference.max() <= 1
    assert difference.mean() < 0.1


def test_every_phase_and_every_magnitude_is_right_along_its_circle():
    turns = np.arange(4096) / 4096
    radius = np.linspace(0, 50, 512)
    z = (radius[:, None] * np.exp(2j * np.pi * turns)).astype(np.complex64)
    wanted = np.rint(exact_hsv(z, 0.0, np.log1p(50.0)))
    style = DisplayStyle(view="hsv", high=float(np.log1p(50.0)))
    assert np.abs(rgb_of(render(raster(z), style)) - wanted).max() <= 1


def test_red_is_phase_0_green_120_and_blue_minus_120_degrees():
    z = np.exp(2j * np.pi * np.array([[0, 1 / 3, -1 / 3]])).astype(np.complex64)
    colours = render(raster(z), DisplayStyle(view="hsv", high=float(np.log1p(1))))
    assert np.abs(rgb_of(colours)[0] - 255 * np.eye(3)).max() <= 2  # the phase of 120 deg is coded
    np.testing.assert_array_equal(colours[0, 0], [0, 0, 255, 255])


def test_equal_limits_make_r_one_as_the_formula_says():
    z = np.full((4, 4), 3 + 4j, np.complex64)
    limit = float(np.log1p(np.float64(5)))
    colours = render(raster(z), DisplayStyle(view="hsv", low=limit, high=limit))
    assert np.abs(rgb_of(colours) - exact_hsv(z, limit, limit)).max() <= 1.5


def test_huge_and_tiny_scenes_are_stretched_like_any_other():
    for size in (1e-22, 1e-12, 1e25):
        z = size * samples(1).astype(np.complex64)[1:] / 1e4
        high = float(np.log1p(1e25 / 2)) if size > 1 else float(np.log1p(0.5))
        scale = 1.0 if size > 1 else 1 / size
        style = DisplayStyle(view="hsv", high=high, scale=scale)
        good = np.isfinite(z) & (np.abs(z) > 0)
        error = np.abs(rgb_of(render(raster(z), style)) - exact_hsv(z, 0, high, scale))
        assert error[good].max() <= 1.5


def test_nan_is_transparent_and_infinity_is_bright():
    z = np.array([[np.nan, np.nan * 1j, np.inf, -1j * np.inf, 1]], np.complex64)
    z[0, 3] = complex(0, -np.inf)
    colours = render(raster(z), DisplayStyle(view="hsv", high=5.0))
    np.testing.assert_array_equal(colours[0, :, 3], [0, 0, 255, 255, 255])
    np.testing.assert_array_equal(colours[0, :2], 0)
    assert colours[0, 2, 2] == 255
    for view in ("amplitude", "intensity", "db", "phase", "real", "imag"):
        painted = render(raster(z), DisplayStyle(view=view))
        assert painted[0, 0].tolist() == [0, 0, 0, 0]
        assert painted[0, 4, 3] == 255


@pytest.mark.parametrize(
    "view", ["hsv", "amplitude", "intensity", "db", "phase", "real", "imag", "band", "rgb"]
)
def test_invalid_pixels_are_wholly_transparent(view):
    valid = np.random.default_rng(0).random((9, 11)) < 0.5
    z = np.ones((9, 11), np.complex64)
    colours = render(raster(z, valid), DisplayStyle(view=view))
    assert colours.shape == (9, 11, 4)
    assert colours.dtype == np.uint8
    assert colours.flags.c_contiguous
    assert (colours[~valid] == 0).all()
    assert (colours[valid][:, 3] == 255).all()
    assert (colours.view("<u4")[..., 0][valid] >> 24 == 255).all()


@pytest.mark.parametrize(
    ("view", "value"),
    [
        ("amplitude", np.abs),
        ("intensity", lambda z: np.abs(z) ** 2),
        ("db", lambda z: 20 * np.log10(np.abs(z))),
        ("real", np.real),
        ("imag", np.imag),
    ],
)
@pytest.mark.parametrize("gamma", [0.5, 1, 2.2])
def test_views_of_complex_samples_are_their_formula(view, value, gamma):
    z = samples(3)[1:]
    with np.errstate(divide="ignore"):
        shown = value(z.astype(np.complex128))
    low, high = np.percentile(shown[np.isfinite(shown)], (20, 80))
    wanted = 255 * np.clip((shown - low) / (high - low), 0, 1) ** (1 / gamma)
    style = DisplayStyle(view=view, low=float(low), high=float(high), gamma=gamma)
    found = rgb_of(render(raster(z), style))
    assert np.abs(found - wanted[..., None]).max() <= 1.1


def test_phase_is_cyclic_and_ignores_the_magnitude():
    turns = np.linspace(-0.5, 0.5, 777, dtype=np.float64)
    unit = np.exp(2j * np.pi * turns)[None].astype(np.complex64)
    colours = render(raster(unit), DisplayStyle(view="phase", colours="hue"))
    again = render(raster(unit * np.float32(1e-4)), DisplayStyle(view="phase", colours="hue"))
    assert np.abs(colours.astype(int) - again.astype(int)).max() <= 6  # one step of the phase code
    assert np.abs(colours[0, 0].astype(int) - colours[0, -1]).max() <= 3
    hue = hsv2rgb(np.stack([turns % 1, np.ones(777), np.ones(777)], -1))
    assert np.abs(rgb_of(colours)[0] - 255 * hue).max() < 2.5


def test_coarser_levels_of_a_complex_scene_show_the_grey_value_of_mean_power():
    power = np.geomspace(1e-3, 1e6, 4000, dtype=np.float32)[None]
    r = np.clip((np.log1p(np.sqrt(power.astype(float))) - 1) / 4, 0, 1)
    coarse = raster(power, quantity="power", sampling="mean")
    for view in ("hsv", "phase", "real", "imag"):
        style = DisplayStyle(view=view, low=1.0, high=5.0, grey=(1.0, 5.0))
        found = render(coarse, style)
        assert np.abs(rgb_of(found) - 255 * r[..., None]).max() <= 1
        assert np.ptp(found[..., :3].astype(int), axis=-1).max() == 0
        assert "full resolution only" in coarse_note(style, "mean")
        assert coarse_note(style, "full") == ""
    assert coarse_note(DisplayStyle(view="db"), "mean") == ""
    assert coarse_note(DisplayStyle(view="hsv"), "nearest").startswith("phase")


def test_power_looks_the_same_as_samples_of_that_power():
    z = samples(5)[1:]
    power = np.abs(z) ** 2
    for view in ("amplitude", "intensity", "db"):
        style = DisplayStyle(view=view, low=0.0, high=50.0)
        fine = render(raster(z), style).astype(int)
        coarse = render(raster(power, quantity="power"), style).astype(int)
        assert np.abs(fine - coarse).max() <= 1


def test_a_real_image_has_no_phase_and_says_so():
    with pytest.raises(InputError, match="needs complex samples"):
        render(raster(np.zeros((2, 2), np.float32)), DisplayStyle(view="hsv"))


def test_a_missing_band_is_named_from_one():
    with pytest.raises(InputError, match="Band 3"):
        render(raster(np.zeros((2, 2), np.float32)), DisplayStyle(bands=(2,)))


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", "int32", "uint32", "float32", "float64", "int64"]
)
def test_a_band_of_any_type_is_stretched_linearly(dtype):
    kind = np.dtype(dtype)
    ends = (np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else (-1000.0, 5000.0)
    values = np.linspace(float(ends[0]), float(ends[1]) * 0.999, 5000).astype(kind)[None]
    low, high = float(ends[0]) * 0.5 - 3, float(ends[1]) * 0.8
    wanted = 255 * np.clip((values.astype(float) - low) / (high - low), 0, 1)
    found = rgb_of(render(raster(values), DisplayStyle(low=low, high=high)))
    assert np.abs(found - wanted[..., None]).max() <= 0.51


def test_small_differences_on_a_large_offset_are_seen():
    values = (1e6 + np.linspace(0, 1, 256))[None]
    found = rgb_of(render(raster(values), DisplayStyle(low=1e6, high=1e6 + 1)))
    np.testing.assert_allclose(found[0, :, 0], np.arange(256), atol=1)


def test_equal_limits_make_a_step():
    values = np.array([[1.0, 2.0, 3.0]])
    found = rgb_of(render(raster(values), DisplayStyle(low=2.0, high=2.0)))[0, :, 0]
    np.testing.assert_array_equal(found, [0, 255, 255])


def test_rgb_stretches_each_channel_by_itself():
    pixels = np.stack([np.full((1, 5), k * 10 + 5, np.uint16) for k in range(4)])
    style = DisplayStyle(view="rgb", bands=(3, 0, 1), low=(35.0, 0.0, 5.0), high=(99.0, 10.0, 15.0))
    colours = render(raster(pixels), style)
    np.testing.assert_array_equal(colours[0, 0], [255, 128, 0, 255])


def test_rgb_of_floats_is_transparent_where_any_channel_is_nan():
    pixels = np.ones((3, 1, 4), np.float32)
    pixels[0, 0, 0] = pixels[1, 0, 1] = pixels[2, 0, 2] = np.nan
    colours = render(raster(pixels), DisplayStyle(view="rgb", bands=(0, 1, 2)))
    assert colours[0, :3].max() == 0
    assert colours[0, 3].tolist() == [255, 255, 255, 255]


def test_a_palette_gives_each_value_its_colour():
    values = np.array([[0, 1, 2, 7]], np.uint8)
    style = DisplayStyle(palette=(0xFF112233, 0xFF445566, 0x00000000))
    codes = render(raster(values), style).view("<u4")[0, :, 0]
    assert [hex(code) for code in codes] == ["0xff112233", "0xff445566", "0x0", "0x0"]


def test_decibel_scenes_are_shown_in_decibels():
    values = np.array([[-30.0, -20.0, -10.0]], np.float32)
    found = render(raster(values, quantity="db"), DisplayStyle(view="db", low=-30.0, high=-10.0))
    assert np.abs(rgb_of(found)[0, :, 0] - [0, 127.5, 255]).max() <= 1


def test_an_unknown_colour_map_lists_those_there_are():
    with pytest.raises(InputError, match="viridis"):
        render(raster(np.zeros((2, 2))), DisplayStyle(colours="jet"))


@pytest.mark.parametrize("shape", [(1, 1), (1, 65537), (300, 700)])
def test_any_shape_and_any_view_of_memory_works(shape):
    z = samples(2, 2**20).reshape(1024, 1024)
    z = np.tile(z.ravel(), 1)[: shape[0] * shape[1]].reshape(shape)
    style = DisplayStyle(view="hsv", high=8.0)
    whole = render(raster(z), style)
    turned = render(raster(np.asfortranarray(z)), style)
    np.testing.assert_array_equal(whole, turned)


@pytest.mark.slow
def test_hsv_takes_a_fraction_of_the_time_of_the_plain_formula():
    z = samples(0, 2**20)
    style, picture = DisplayStyle(view="hsv", high=8.0), raster(z)
    render(picture, style)

    def plain():
        length = np.log1p(np.abs(z)) / np.float32(8)
        r = np.clip(length, 0, 1)
        hue = (np.angle(z) / np.float32(2 * np.pi)) % 1
        return hsv2rgb(np.stack([hue, 0.5 + r / 2, r], -1))

    def seconds(work):
        spent = []
        for _ in range(3):
            start = time.thread_time()
            work()
            spent.append(time.thread_time() - start)
        return min(spent)

    assert seconds(plain) > 4 * seconds(lambda: render(picture, style))

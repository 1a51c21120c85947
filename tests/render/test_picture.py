import numpy as np
import pytest
from made import speckle, write_geotiff
from PIL import Image

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.raster import Raster
from satstudio.render.compose import render
from satstudio.render.legend import legend
from satstudio.render.picture import (
    complex_grid,
    contact_sheet,
    from_rgba,
    grid_picture,
    legend_picture,
    patch_style,
    real_beside_generated,
    save_png,
    scene_picture,
    to_rgba,
    with_legend,
)
from satstudio.render.style import DisplayStyle


class MadeScene:
    """Reads as Scene.read does: nearest, complex samples as power where it is coarser."""

    def __init__(self, pixels, spacing_m=None):
        self.pixels = pixels
        self.grid = GeoGrid(Size(*pixels.shape[1:]), spacing_m=spacing_m)
        self.shapes = []

    def read(self, window=None, shape=None, bands=None):
        window = window or Window.whole(self.grid.size)
        shape = shape or window.size
        assert shape.rows <= window.rows
        assert shape.cols <= window.cols
        self.shapes.append(shape)
        part = self.pixels[list(bands)][:, *window.slices]
        rows = np.arange(shape.rows) * window.rows // shape.rows
        cols = np.arange(shape.cols) * window.cols // shape.cols
        part = part[:, rows][:, :, cols]
        quantity = "complex" if np.iscomplexobj(part) else "dn"
        if quantity == "complex" and shape != window.size:
            part, quantity = np.abs(part) ** 2, "power"
        names = ("b",) * len(part)
        sampling = "full" if shape == window.size else "nearest"
        valid = np.ones(part.shape[1:], bool)
        return Raster(part, self.grid.cropped(window), names, valid, quantity, sampling)


def flat(blue, green, red, rows=4, cols=6, alpha=255):
    return np.full((rows, cols, 4), (blue, green, red, alpha), np.uint8)


def test_a_png_has_red_where_the_colours_have_it(tmp_path):
    path = save_png(flat(10, 20, 30), tmp_path / "new" / "a.png")
    found = np.asarray(Image.open(path))
    assert found.shape == (4, 6, 4)
    assert found[0, 0].tolist() == [30, 20, 10, 255]
    assert [item.name for item in path.parent.iterdir()] == ["a.png"]


def test_half_transparent_colours_keep_their_hue_in_a_png():
    half = from_rgba(np.array([[[200, 100, 50, 128]]], np.uint8))
    assert half[0, 0].tolist() == [25, 50, 100, 128]
    assert np.abs(to_rgba(half)[0, 0].astype(int) - [200, 100, 50, 128]).max() <= 1
    assert to_rgba(flat(0, 0, 0, alpha=0)).max() == 0


def test_a_window_at_full_resolution_is_what_render_makes():
    z = speckle(90, 70)[None]
    scene, style = MadeScene(z), DisplayStyle(view="hsv", high=1.5)
    window = Window(5, 6, 40, 30)
    wanted = render(scene.read(window, None, (0,)), style)
    np.testing.assert_array_equal(scene_picture(scene, style, window), wanted)


def test_a_large_scene_is_read_at_the_size_of_the_picture():
    scene = MadeScene(np.zeros((1, 3000, 1000), np.uint8))
    assert scene_picture(scene, DisplayStyle(), max_px=300).shape == (300, 100, 4)
    assert scene.shapes == [Size(300, 100)]


@pytest.mark.parametrize(
    ("spacing_m", "shape"),
    [((14.0, 2.0), (100, 57)), ((2.0, 14.0), (57, 100)), ((5.0, 5.0), (100, 100))],
)
def test_a_square_pixel_has_equal_sides_on_the_ground(spacing_m, shape):
    rows, cols = (
        (200, 800) if spacing_m[0] > 10 else (800, 200) if spacing_m[1] > 10 else (200, 200)
    )
    scene = MadeScene(np.zeros((1, rows, cols), np.uint8), spacing_m)
    found = scene_picture(scene, DisplayStyle(), max_px=100, square=True)
    assert found.shape[:2] == shape


def test_a_small_window_of_long_pixels_repeats_rows_and_keeps_its_samples():
    z = speckle(10, 60)[None]
    scene = MadeScene(z, (12.0, 2.0))
    style = DisplayStyle(view="hsv", high=1.5)
    found = scene_picture(scene, style, square=True)
    assert found.shape[:2] == (60, 60)
    plain = scene_picture(scene, style)
    np.testing.assert_array_equal(found[::6], plain)
    np.testing.assert_array_equal(found[5::6], plain)


def test_the_bands_of_the_style_are_read():
    pixels = np.stack([np.full((3, 3), 10 * band, np.uint8) for band in range(4)])
    style = DisplayStyle(view="rgb", bands=(3, 1, 0), high=255.0)
    assert scene_picture(MadeScene(pixels), style)[0, 0].tolist() == [0, 10, 30, 255]


def test_a_grid_has_every_picture_at_its_place():
    colours = [flat(0, 0, 40 * index, 8, 8) for index in range(5)]
    sheet = grid_picture(colours, cols=3, pad=2)
    assert sheet.shape == (2 + 2 * 10, 2 + 3 * 10, 4)
    for index in range(5):
        line, column = divmod(index, 3)
        assert sheet[2 + 10 * line + 4, 2 + 10 * column + 4].tolist() == [0, 0, 40 * index, 255]
    assert sheet[0, 0].tolist() == [250, 250, 250, 255]


def test_titles_and_heading_are_written_in_the_room_they_have():
    plain = grid_picture([flat(0, 0, 0, 40, 60)] * 2, 2)
    named = grid_picture(
        [flat(0, 0, 0, 40, 60)] * 2, 2, titles=("seed 12345678901234", "b"), heading="H"
    )
    assert named.shape[0] > plain.shape[0]
    assert named.shape[1] == plain.shape[1]
    assert (named[-16:-2, :60, :3].min(axis=-1) < 150).any()


def test_an_empty_grid_is_a_small_sheet():
    assert grid_picture([]).shape[2] == 4
    assert contact_sheet([]).shape[2] == 4


def test_a_contact_sheet_is_not_wider_than_asked():
    sheet = contact_sheet([flat(0, 0, 0, 64, 64)] * 100, max_px=400)
    assert sheet.shape[1] <= 400


def test_patches_under_one_style_differ_as_their_power_does():
    patches = np.stack([speckle(16, 16, 1.0), speckle(16, 16, 100.0, 1)])
    style = patch_style(patches)
    assert style.view == "hsv"
    sheet = complex_grid(patches, style, 2, least_px=64)
    assert sheet.shape[1] == 4 + 2 * 68
    dark, bright = sheet[4:68, 4:68, :3], sheet[4:68, 72:136, :3]
    assert bright.mean() > 2 * dark.mean()


def test_real_stands_beside_generated_under_the_style_of_the_real():
    real, generated = speckle(4 * 16, 16).reshape(4, 16, 16), np.zeros((3, 16, 16), np.complex64)
    sheet = real_beside_generated(real, generated, least_px=32)
    half = sheet.shape[1] // 2
    assert sheet[40, 10, :3].max() > 0
    assert sheet[40, half + 10, :3].max() < sheet[40:60, 10:30, :3].max()


def test_the_legend_stands_beside_the_picture():
    for view in ("hsv", "db", "rgb"):
        bands = (0, 1, 2) if view == "rgb" else (0,)
        side = legend_picture(legend(DisplayStyle(view=view, high=5.0, bands=bands)))
        whole = with_legend(flat(1, 2, 3, 50, 80), legend(DisplayStyle(view=view, bands=bands)))
        assert side.shape[1] + 80 < whole.shape[1]
        assert whole[10, 10].tolist() == [1, 2, 3, 255]


@pytest.mark.parametrize("square", [False, True])
def test_a_file_is_drawn_without_being_read_whole(tmp_path, square):
    scenes = pytest.importorskip("satstudio.scenes.scene")
    path = write_geotiff(tmp_path / "a.tif", speckle(500, 400, 9.0), tiled=True)
    scene = scenes.open_scene(path)
    found = scene_picture(
        scene, DisplayStyle(view="db", low=-10.0, high=20.0), None, 100, square=square
    )
    scene.close()
    assert found.shape[:2] == (100, 80)
    assert found[..., 3].min() == 255

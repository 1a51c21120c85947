"""figure_sheet: captions whole, a bar of the right length, a legend; it grows with its text."""

import numpy as np
import pytest

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.render.legend import legend
from satstudio.render.sheet import Cell, figure_sheet, scale_of
from satstudio.render.style import DisplayStyle
from satstudio.render.text import text_width, wrapped

LONG = "a_scene_with_a_name_that_is_much_longer_than_its_picture_is_wide.tif looks 12, PSNR 30 dB"


def sheet(caption, rows=60, cols=80):
    picture = np.zeros((rows, cols, 4), np.uint8)
    picture[..., 3] = 255
    shown = legend(DisplayStyle(view="db", low=-20, high=0))
    return figure_sheet([Cell(picture, caption)] * 2, "rows 0 to 59", shown, (40.0, "100 m"), 2)


def ink(picture):
    """Dark pixels on the paper."""
    return int((picture[..., :3].max(axis=-1) < 120).sum())


@pytest.mark.parametrize("width", [1, 20, 80, 400])
def test_lines_lose_no_sign_and_keep_to_their_width(width):
    lines = wrapped(LONG, width)
    assert "".join(lines).replace(" ", "") == LONG.replace(" ", "")
    assert all(text_width(line) <= width or len(line) == 1 for line in lines)


def test_the_figure_grows_with_its_captions():
    short, tall = sheet("a\nlooks 3"), sheet(f"{LONG}\n{LONG}\n{LONG} {LONG} {LONG} {LONG}")
    assert tall.shape[0] > short.shape[0]
    assert tall.shape[1] == short.shape[1]
    assert ink(tall) > ink(short)


def test_the_legend_has_its_unit_and_the_bar_its_length():
    picture = sheet("a")
    assert picture.shape[1] > 2 * 240 + 180
    rows = [row for row in picture[..., :3].max(axis=-1) if (row[8:48] < 120).all()]
    assert any((row[52:200] > 200).all() for row in rows)  # a line of 40 px, and no more


@pytest.mark.parametrize(("spacing", "shrink", "text", "length"), [
    ((10.0, 5.0), 1, "1 km", 200.0), ((1.0, 2.5), 2, "1 km", 200.0), (None, 4, "500 px", 125.0),
])  # fmt: skip
def test_the_scale_bar_counts_columns_of_the_window_shown(spacing, shrink, text, length):
    grid = GeoGrid(Size(2000, 2000), spacing_m=spacing)
    found = scale_of(grid, Window(10, 10, 800, 400 * shrink), 400)
    assert found == (pytest.approx(length), text)

"""Cell, figure_sheet: pictures of one ground with captions, window, colour bar and scale bar."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from satstudio.core.grid import GeoGrid, Window
from satstudio.render.compose import Picture
from satstudio.render.legend import Legend, scale_bar
from satstudio.render.picture import PAPER, from_rgba, grid_picture, legend_picture, to_rgba
from satstudio.render.text import INK, TEXT_LINE_PX, text_width, wrapped, write_lines

CAPTION_PX = 240
"""A narrower picture stands on paper of this width, so that its caption can be read."""

BAR_PX, LEGEND_PX = 200, 180
PAD_PX = 8


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """A picture and the text below it."""

    picture: Picture
    caption: str


def figure_sheet(
    cells: Sequence[Cell], heading: str, shown: Legend, scale: tuple[float, str], cols: int
) -> Picture:
    """Draw pictures side by side with all that they need to be understood.

    Parameters
    ----------
    heading : above all, such as the window
    shown : the legend of the one style of all pictures
    scale : length of the scale bar in pixels, and what it stands for
    """
    pictures = [_on_paper(cell.picture, CAPTION_PX) for cell in cells]
    grid = grid_picture(pictures, cols, PAD_PX, [cell.caption for cell in cells], heading)
    legend = legend_picture(shown, LEGEND_PX)
    foot = _bar_picture(*scale)
    rows = max(grid.shape[0] + foot.shape[0], legend.shape[0]) + 2 * PAD_PX
    width = max(grid.shape[1], foot.shape[1]) + legend.shape[1] + 2 * PAD_PX
    sheet = Image.new("RGBA", (width, rows), PAPER)
    places = ((0, PAD_PX), (PAD_PX, PAD_PX + grid.shape[0]), (width - legend.shape[1], PAD_PX * 3))
    for part, place in zip((grid, foot, legend), places, strict=True):
        sheet.alpha_composite(Image.fromarray(to_rgba(part)), place)
    return from_rgba(np.asarray(sheet))


def scale_of(grid: GeoGrid, window: Window, width_px: int) -> tuple[float, str]:
    """Return a scale bar for a picture: its length in pixels, and the text; columns are counted.

    In metres where the grid knows its spacing, else in pixels of the scene.
    """
    most = min(BAR_PX, width_px)
    step = window.cols / width_px
    spacing = grid.spacing_m[1] if grid.spacing_m is not None else 0.0
    if spacing > 0:
        return scale_bar(spacing * step, most)
    decade = 10.0 ** math.floor(math.log10(max(step * most, 1.0)))
    count = max(decade * unit for unit in (1, 2, 5) if decade * unit <= max(step * most, 1.0))
    return count / step, f"{count:g} px"


def _bar_picture(length: float, text: str) -> Picture:
    width = max(round(length), text_width(text)) + 2
    sheet = Image.new("RGBA", (width, TEXT_LINE_PX + 8), PAPER)
    pen = ImageDraw.Draw(sheet)
    write_lines(pen, (0, 0), wrapped(text, width))
    y, right = TEXT_LINE_PX + 5, max(round(length) - 1, 0)
    pen.line([(0, y), (right, y)], INK, 2)
    for x in (0, right):
        pen.line([(x, y - 5), (x, y)], INK)
    return from_rgba(np.asarray(sheet))


def _on_paper(picture: Picture, width: int) -> Picture:
    """Return a picture with paper at its right, at least so wide."""
    more = width - picture.shape[1]
    if more <= 0:
        return picture
    paper = np.broadcast_to(np.array(PAPER, np.uint8), (picture.shape[0], more, 4))
    return np.concatenate([picture, paper], axis=1)

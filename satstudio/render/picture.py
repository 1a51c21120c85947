"""PNG, grids and contact sheets from colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from satstudio.core.files.replacing import replacing
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.raster import Quantity, Raster
from satstudio.render.compose import Picture, render
from satstudio.render.legend import Legend
from satstudio.render.style import DisplayStyle, statistics_of, style_for
from satstudio.render.text import INK, TEXT_LINE_PX, font, plain, text_width, wrapped, write_lines
from satstudio.render.views import View

PAPER = (250, 250, 250, 255)
GAP_PX = 4
HEADING_PX = 480
"""A narrow grid becomes as wide as this before its heading is broken into lines."""


class Readable(Protocol):
    """What `scene_picture` asks of a scene."""

    grid: GeoGrid

    def read(
        self,
        window: Window | None = ...,
        shape: Size | None = ...,
        bands: Sequence[int] | None = ...,
    ) -> Raster:
        """Return a window, coarser where `shape` is smaller."""
        ...


def save_png(colours: Picture, path: Path, *, overwrite: bool = True) -> Path:
    """Write colours (rows, cols, 4: B, G, R, A) as PNG, in one piece."""
    with replacing(path, overwrite=overwrite) as part:
        Image.fromarray(to_rgba(colours)).save(part, "PNG")
    return path


def to_rgba(colours: Picture) -> Picture:
    """Return R, G, B, A as picture files have it: alpha not multiplied in."""
    rgba = np.ascontiguousarray(colours[..., [2, 1, 0, 3]])
    alpha = rgba[..., 3]
    partly = (alpha > 0) & (alpha < 255)
    if partly.any():
        some = rgba[partly].astype(np.float64)
        some[:, :3] = np.rint(some[:, :3] * 255 / some[:, 3:])
        rgba[partly] = np.minimum(some, 255).astype(np.uint8)
    return rgba


def from_rgba(rgba: Picture) -> Picture:
    """Return B, G, R, A with alpha multiplied in."""
    alpha = rgba[..., 3:].astype(np.uint16)
    colours = np.empty_like(rgba)
    colours[..., :3] = (rgba[..., 2::-1] * alpha + 127) // 255
    colours[..., 3] = rgba[..., 3]
    return colours


def scene_picture(
    scene: Readable,
    style: DisplayStyle,
    window: Window | None = None,
    max_px: int = 1024,
    *,
    square: bool = False,
) -> Picture:
    """Draw a window of a scene, its longest side at most `max_px`.

    Reads no more pixels than it draws. With `square` a pixel of the picture has equal sides on
    the ground; rows or columns are repeated where the scene has fewer.
    """
    window = window or Window.whole(scene.grid.size)
    tall = window.rows * scene.grid.aspect if square else float(window.rows)
    wide = float(window.cols)
    if square and scene.grid.aspect < 1:  # keep every pixel of the finer axis
        tall, wide = tall / scene.grid.aspect, wide / scene.grid.aspect
    shrink = min(1.0, max_px / max(tall, wide))
    shape = Size(max(1, round(tall * shrink)), max(1, round(wide * shrink)))
    wanted = Size(min(shape.rows, window.rows), min(shape.cols, window.cols))
    raster = scene.read(window, wanted, style.bands)
    here = style.changed(bands=tuple(range(len(style.bands))))
    return resized(render(raster, here), shape)


def resized(colours: Picture, shape: Size) -> Picture:
    """Return the nearest pixels at another size; colours are never mixed."""
    if colours.shape[:2] == (shape.rows, shape.cols):
        return colours
    rows, cols = (
        ((np.arange(count) + 0.5) * have / count).astype(np.intp)
        for count, have in zip((shape.rows, shape.cols), colours.shape[:2], strict=True)
    )
    return np.ascontiguousarray(colours[np.ix_(rows, cols)])


def grid_picture(
    pictures: Sequence[Picture],
    cols: int | None = None,
    pad: int = GAP_PX,
    titles: Sequence[str] = (),
    heading: str = "",
) -> Picture:
    """Lay pictures out in rows and columns on light paper.

    Parameters
    ----------
    pictures : of any sizes; each cell is as large as the largest
    cols : columns; as many as rows where None
    pad : pixels between and around them
    titles : below each, of one or more lines; broken where they are wider than the picture
    heading : above all
    """
    if not pictures:
        return _bgra(Image.new("RGBA", (2 * pad + 1, 2 * pad + 1), PAPER))
    cols = min(len(pictures), cols or math.ceil(math.sqrt(len(pictures))))
    tall = max(picture.shape[0] for picture in pictures)
    wide = max(picture.shape[1] for picture in pictures)
    width = max(pad + cols * (wide + pad), min(text_width(heading), HEADING_PX) + 2 * pad)
    below = [wrapped(title, wide) for title in titles[: len(pictures)]]
    above = wrapped(heading, width - 2 * pad) if heading else []
    places, height = _places(len(pictures), cols, (tall, wide), below, pad)
    head = TEXT_LINE_PX * len(above)
    sheet = Image.new("RGBA", (width, head + height), PAPER)
    pen = ImageDraw.Draw(sheet)
    write_lines(pen, (pad, 2), above)
    for index, (picture, (x, y)) in enumerate(zip(pictures, places, strict=True)):
        sheet.alpha_composite(Image.fromarray(to_rgba(picture)), (x, head + y))
        if index < len(below):
            write_lines(pen, (x, head + y + tall + 2), below[index])
    return _bgra(sheet)


def _places(
    count: int, cols: int, cell: tuple[int, int], below: Sequence[Sequence[str]], pad: int
) -> tuple[list[tuple[int, int]], int]:
    """Return where each cell (rows, cols) begins, (x, y), and the height of all of them.

    Each line of cells is as much higher as the longest text below one of them needs.
    """
    places, y = [], pad
    for first in range(0, count, cols):
        members = range(first, min(first + cols, count))
        places += [(pad + (index - first) * (cell[1] + pad), y) for index in members]
        foot = max((len(lines) for lines in below[first : first + cols]), default=0)
        y += cell[0] + foot * TEXT_LINE_PX + pad
    return places, y


def contact_sheet(
    pictures: Sequence[Picture], titles: Sequence[str] = (), heading: str = "", max_px: int = 1600
) -> Picture:
    """Lay many small pictures out on one sheet about as wide as high, at most `max_px` wide."""
    wide = max((picture.shape[1] for picture in pictures), default=1) + GAP_PX
    cols = max(1, min(math.ceil(math.sqrt(len(pictures))), (max_px - GAP_PX) // wide))
    return grid_picture(pictures, cols, GAP_PX, titles, heading)


def patch_pictures(
    patches: npt.NDArray[Any], style: DisplayStyle, least_px: int = 1
) -> list[Picture]:
    """Draw patches (n, rows, cols), enlarged by whole numbers to at least `least_px` a side."""
    rows, cols = patches.shape[1:]
    grid, valid = GeoGrid(Size(rows, cols)), np.ones((rows, cols), bool)
    quantity: Quantity = "complex" if np.iscomplexobj(patches) else "dn"
    enlarge = max(1, -(-least_px // max(rows, cols)))
    shape = Size(rows * enlarge, cols * enlarge)
    one = style.changed(bands=(0,))
    return [
        resized(render(Raster(patch[np.newaxis], grid, ("patch",), valid, quantity), one), shape)
        for patch in patches
    ]


def patch_style(patches: npt.NDArray[Any], view: View | None = None) -> DisplayStyle:
    """Return a view with the percentiles of all patches (n, rows, cols).

    Parameters
    ----------
    view : None: HSV of complex patches, grey of real ones
    """
    flat = patches.reshape(1, 1, -1)
    grid, valid = GeoGrid(Size(1, flat.shape[2])), np.ones((1, flat.shape[2]), bool)
    is_complex = np.iscomplexobj(patches)
    raster = Raster(flat, grid, ("patches",), valid, "complex" if is_complex else "dn")
    return style_for(view or ("hsv" if is_complex else "band"), statistics_of(raster))


def complex_grid(
    patches: npt.NDArray[Any],
    style: DisplayStyle | None = None,
    cols: int | None = None,
    titles: Sequence[str] = (),
    least_px: int = 64,
) -> Picture:
    """Draw patches (n, rows, cols) under one style as a grid; their own percentiles where None."""
    pictures = patch_pictures(patches, style or patch_style(patches), least_px)
    return grid_picture(pictures, cols, titles=titles)


def real_beside_generated(
    real: npt.NDArray[Any],
    generated: npt.NDArray[Any],
    style: DisplayStyle | None = None,
    least_px: int = 64,
    cols: int | None = None,
    titles: Sequence[Sequence[str]] = ((), ()),
) -> Picture:
    """Draw two grids of patches (n, rows, cols) side by side under one style, that of the real.

    Parameters
    ----------
    cols : columns of each grid; about as many as rows where None
    titles : below the patches of each grid
    """
    halves = [
        Half("Real", real, titles[0]),
        Half("Generated", generated, titles[1]),
    ]
    return side_by_side(halves, style or patch_style(real), least_px, cols)


def before_and_after(
    before: npt.NDArray[Any], after: npt.NDArray[Any], least_px: int = 64
) -> Picture:
    """Draw two grids of amplitudes (n, rows, cols) side by side, with the greys of the first."""
    halves = [Half("Before", before), Half("After", after)]
    return side_by_side(halves, patch_style(before), least_px)


def with_legend(colours: Picture, shown: Legend) -> Picture:
    """Return the picture on paper with its legend at the right."""
    side = legend_picture(shown)
    pad, rows = 2 * GAP_PX, max(colours.shape[0], side.shape[0])
    width = colours.shape[1] + side.shape[1] + 3 * pad
    sheet = Image.new("RGBA", (width, rows + 2 * pad), PAPER)
    sheet.alpha_composite(Image.fromarray(to_rgba(colours)), (pad, pad))
    sheet.alpha_composite(Image.fromarray(to_rgba(side)), (colours.shape[1] + 2 * pad, pad))
    return _bgra(sheet)


def legend_picture(shown: Legend, width: int = 190) -> Picture:
    """Draw a legend with its title, ticks, unit and note on paper."""
    body = shown.picture
    if body is not None and shown.kind in ("bar", "classes"):
        body = np.repeat(body, 18, axis=1)
    if body is not None and shown.kind == "classes":
        body = np.repeat(body, TEXT_LINE_PX, axis=0)
    tall = body.shape[0] if body is not None else 0
    title, below, note = _legend_texts(shown, width)
    top = len(title) * TEXT_LINE_PX + 10
    high = top + tall + (len(below) + len(note)) * TEXT_LINE_PX + 3 * GAP_PX
    sheet = Image.new("RGBA", (width, high), PAPER)
    pen = ImageDraw.Draw(sheet)
    write_lines(pen, (0, 0), title)
    if body is not None:
        sheet.alpha_composite(Image.fromarray(to_rgba(body)), (0, top))
    for tick in shown.ticks if shown.kind == "bar" else ():
        y = top + round((1 - tick.place) * (tall - 1))
        pen.line([(18, y), (23, y)], INK)
        pen.text((27, y), plain(tick.text), INK, font(), "lm")
    if shown.kind == "classes":
        write_lines(pen, (27, top), [tick.text for tick in shown.ticks])
    write_lines(pen, (0, top + tall + 8), [*below, *note])
    return _bgra(sheet)


def _legend_texts(shown: Legend, width: int) -> tuple[list[str], list[str], list[str]]:
    """Return the lines above a legend's picture, those of its ticks below, and of its note."""
    unit = f" [{shown.unit}]" if shown.unit else ""
    is_wheel = shown.kind == "wheel"
    title = shown.title if is_wheel and shown.ticks else shown.title + unit
    where = {0.0: "centre: ", 0.5: "half: ", 1.0: "rim: "} if is_wheel else {}
    below = [] if shown.kind in ("bar", "classes") else [
        line
        for tick in shown.ticks
        for line in wrapped(where.get(tick.place, "") + tick.text + unit * is_wheel, width)
    ]  # fmt: skip
    return wrapped(title, width), below, wrapped(shown.note, width) if shown.note else []


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """One of several grids: patches (n, rows, cols) with a heading and a title below each."""

    heading: str
    patches: npt.NDArray[Any]
    titles: Sequence[str] = ()


def side_by_side(
    halves: Sequence[Half], style: DisplayStyle, least_px: int = 64, cols: int | None = None
) -> Picture:
    """Draw grids side by side under one style, with the same number of columns each."""
    most = max(1, *(len(half.patches) for half in halves))
    cols = cols or math.ceil(math.sqrt(most))
    grids = [
        grid_picture(
            patch_pictures(half.patches, style, least_px),
            cols,
            titles=half.titles,
            heading=half.heading,
        )
        for half in halves
    ]
    return grid_picture(grids, len(grids), pad=0)


def _bgra(sheet: Image.Image) -> Picture:
    return from_rgba(np.asarray(sheet))

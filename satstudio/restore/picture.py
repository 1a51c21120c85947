"""sample_grid, save_grid, save_beside: generated images as colours, under one stretch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from satstudio.core.files import replacing
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.render.compose import Picture, render
from satstudio.render.picture import to_rgba
from satstudio.render.style import DisplayStyle

Values = npt.NDArray[Any]
PERCENT = (2.0, 98.0)
LEAST_SIDE_PX = 64
GAP_PX = 4
TEXT_PX = 14
PAPER = (255, 255, 255)
INK = (32, 32, 32)


def stretch_of(patches: Values) -> DisplayStyle:
    """Return the style of patches (n, bands, rows, cols): HSV where complex, else one band.

    Limits are percentiles 2 and 98 of log(1 + |z|), or of the values.
    """
    is_complex = np.iscomplexobj(patches)
    shown = np.log1p(np.abs(patches[:, 0])) if is_complex else patches[:, 0]
    low, high = (float(limit) for limit in np.percentile(shown[np.isfinite(shown)], PERCENT))
    return DisplayStyle(
        view="hsv" if is_complex else "band", low=low, high=high if high > low else low + 1
    )


def sample_grid(
    patches: Values, style: DisplayStyle, titles: Sequence[str] = (), columns: int | None = None
) -> Image.Image:
    """Draw patches (n, bands, rows, cols) in rows and columns; titles stand below each."""
    count, _, rows, cols = patches.shape
    columns = min(count, columns or int(np.ceil(np.sqrt(count))))
    enlarge = max(1, LEAST_SIDE_PX // max(rows, cols))
    foot = TEXT_PX if titles else 0
    step_row, step_col = rows * enlarge + foot + GAP_PX, cols * enlarge + GAP_PX
    lines = -(-count // columns)
    sheet = Image.new("RGB", (columns * step_col + GAP_PX, lines * step_row + GAP_PX), PAPER)
    pen = ImageDraw.Draw(sheet)
    for index, patch in enumerate(patches):
        line, column = divmod(index, columns)
        x, y = GAP_PX + column * step_col, GAP_PX + line * step_row
        sheet.paste(_tile(patch, style, enlarge), (x, y))
        if titles:
            pen.text((x, y + rows * enlarge + 1), titles[index], INK, font_size=10)
    return sheet


def save_grid(
    patches: Values, path: Path, titles: Sequence[str] = (), columns: int | None = None
) -> Path:
    """Write a grid of patches as PNG, stretched by themselves."""
    return _save(sample_grid(patches, stretch_of(patches), titles, columns), path)


def save_beside(made: Values, real: Values, path: Path) -> Path:
    """Write generated (left) and real (right) patches as PNG, under the stretch of the real."""
    style = stretch_of(real)
    left, right = sample_grid(made, style), sample_grid(real, style)
    head = TEXT_PX + GAP_PX
    gap = 4 * GAP_PX
    size = (left.width + gap + right.width, head + max(left.height, right.height))
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(left, (0, head))
    sheet.paste(right, (left.width + gap, head))
    pen = ImageDraw.Draw(sheet)
    pen.text((GAP_PX, GAP_PX), "generated", INK, font_size=12)
    pen.text((left.width + gap + GAP_PX, GAP_PX), "real", INK, font_size=12)
    return _save(sheet, path)


def colours_of(patch: Values, style: DisplayStyle) -> Picture:
    """Render one patch (bands, rows, cols)."""
    size = Size(*patch.shape[1:])
    raster = Raster(
        patch,
        GeoGrid(size),
        tuple(f"band{index + 1}" for index in range(len(patch))),
        np.asarray(np.isfinite(patch).all(axis=0)),
        "complex" if np.iscomplexobj(patch) else "dn",
    )
    return render(raster, style)


def _tile(patch: Values, style: DisplayStyle, enlarge: int) -> Image.Image:
    picture = Image.fromarray(to_rgba(colours_of(patch, style))).convert("RGB")
    size = (picture.width * enlarge, picture.height * enlarge)
    return picture.resize(size, Image.Resampling.NEAREST)


def _save(sheet: Image.Image, path: Path) -> Path:
    with replacing(path) as part:
        sheet.save(part, "PNG")
    return path

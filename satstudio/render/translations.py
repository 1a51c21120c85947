"""translation_sheet: inputs, outputs and targets of a translation beside each other, in colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.render.compose import Picture
from satstudio.render.examples import example_pictures, example_raster
from satstudio.render.picture import grid_picture
from satstudio.render.style import DisplayStyle, statistics_of, style_for
from satstudio.render.views import CHANNELS, View

PAD_PX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """What is shown of each sample.

    Attributes
    ----------
    title : input, output, ...
    images : (n, bands, rows, cols); of three bands red, green and blue, else the first is shown,
        of complex ones phase and magnitude
    style : of all of them
    """

    title: str
    images: npt.NDArray[Any]
    style: DisplayStyle


def image_style(images: npt.NDArray[Any], ends: tuple[float, float] | None = None) -> DisplayStyle:
    """Return the style of images (n, bands, rows, cols), one for all of them.

    Parameters
    ----------
    ends : black and white of real ones, the same for all bands; None: percentiles of each
    """
    bands = images.shape[1]
    is_complex = np.iscomplexobj(images)
    is_coloured = bands == CHANNELS and not is_complex
    view: View = "hsv" if is_complex else "rgb" if is_coloured else "band"
    shown = range(CHANNELS) if is_coloured else (0,)
    raster = example_raster(np.moveaxis(images, 1, 0).reshape(bands, 1, -1))
    style = style_for(view, statistics_of(raster), tuple(shown))
    if ends is None or is_complex:
        return style
    return style.changed(low=ends[0], high=ends[1])


def translation_sheet(columns: Sequence[Column], least_px: int = 64) -> Picture:
    """Draw each sample as a row of its columns, and as many samples beside as below each other."""
    count = min(len(column.images) for column in columns)
    drawn = [example_pictures(each.images[:count], each.style, least_px) for each in columns]
    rows = [grid_picture(one, len(columns), PAD_PX) for one in zip(*drawn, strict=True)]
    beside = max(1, math.ceil(math.sqrt(count / len(columns))))
    titles = [column.title for column in columns]
    return grid_picture(rows, beside, heading=f"Left to right: {', '.join(titles)}")

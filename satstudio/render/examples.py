"""Examples as pictures: what belongs together stands side by side, colours in colour."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Quantity, Raster
from satstudio.render.compose import Picture, render
from satstudio.render.picture import patch_style, resized
from satstudio.render.style import DisplayStyle

CHANNELS = 3
GAP_PX = 2


def example_style(images: npt.NDArray[Any]) -> DisplayStyle:
    """Return how images of one role are shown: HSV of complex ones, colour of three bands.

    All are under one stretch, and so are the bands of a colour image, which keeps its hues.

    Parameters
    ----------
    images : (n, bands, rows, cols), n at least 1; of other numbers of bands the first is shown
    """
    if np.iscomplexobj(images) or images.shape[1] != CHANNELS:
        return patch_style(images[:, 0])
    style = patch_style(images.reshape(-1, *images.shape[2:]))
    return style.changed(view="rgb", bands=tuple(range(CHANNELS)))


def example_pictures(
    images: npt.NDArray[Any], style: DisplayStyle, least_px: int = 1
) -> list[Picture]:
    """Draw images (n, bands, rows, cols), enlarged by whole numbers to at least `least_px`."""
    rows, cols = images.shape[2:]
    enlarge = max(1, -(-least_px // max(rows, cols)))
    shape = Size(rows * enlarge, cols * enlarge)
    return [resized(render(example_raster(image), style), shape) for image in images]


def example_raster(image: npt.NDArray[Any]) -> Raster:
    """Return an image (bands, rows, cols) without place as a raster, valid everywhere."""
    bands, rows, cols = image.shape
    quantity: Quantity = "complex" if np.iscomplexobj(image) else "dn"
    names = tuple(f"band {band + 1}" for band in range(bands))
    return Raster(image, GeoGrid(Size(rows, cols)), names, np.ones((rows, cols), bool), quantity)


def beside(pictures: Sequence[Picture]) -> Picture:
    """Put pictures side by side, the smaller ones enlarged to the height of the tallest."""
    tall = max(picture.shape[0] for picture in pictures)
    parts: list[Picture] = []
    for picture in pictures:
        wide = max(round(picture.shape[1] * tall / picture.shape[0]), 1)
        gap = np.zeros((tall, GAP_PX if parts else 0, 4), np.uint8)
        parts += [gap, resized(picture, Size(tall, wide))]
    return np.ascontiguousarray(np.concatenate(parts, axis=1))

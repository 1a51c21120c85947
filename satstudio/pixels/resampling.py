"""bicubic: images at another pixel size, by any fraction, and moved by parts of a pixel.

Keys' cubic convolution (1981, a = -1/2) along rows and columns; where pixels become larger the
kernel is stretched, so that nothing aliases. Pixels without data have no weight.
"""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
LEAST_WEIGHT = 0.5
"""A new pixel has data where at least half of what it is made of has."""

KERNEL = -0.5
"""Keys' a: third order, as imresize, Pillow and OpenCV's documentation call bicubic."""


def bicubic(
    image: npt.NDArray[Any],
    good: Mask,
    ratio: Fraction | float,
    shift: tuple[float, float] = (0.0, 0.0),
    size: tuple[int, int] | None = None,
) -> tuple[npt.NDArray[Any], Mask]:
    """Return an image with `ratio` pixels for one along each axis, its corner where it was.

    Parameters
    ----------
    image : (bands, rows, cols), real or complex; what is not good is not looked at
    good : (rows, cols) bool
    shift : (rows, cols) in pixels of the image that what it shows is moved by, down and right
    size : rows and cols of the result; None: those of the image times ratio, rounded half up

    Returns
    -------
    (bands, rows, cols) float32 or complex64, 0 without data; (rows, cols) bool. Beyond the edges
    the outermost pixels go on.
    """
    rows, cols = size or (
        scaled_length(image.shape[1], ratio),
        scaled_length(image.shape[2], ratio),
    )
    down = _taps(rows, image.shape[1], float(ratio), shift[0])
    across = _taps(cols, image.shape[2], float(ratio), shift[1])
    wide, dtype = (
        (np.complex128, np.complex64) if np.iscomplexobj(image) else (np.float64, np.float32)
    )
    values = _along(_along(np.where(good, image, 0).astype(wide), down, 1), across, 2)
    if good.all():
        return values.astype(dtype), np.ones((rows, cols), bool)
    weight = _along(_along(good[None].astype(np.float64), down, 1), across, 2)[0]
    has_data = weight >= LEAST_WEIGHT
    values = np.where(has_data, values / np.where(has_data, weight, 1), 0)
    return values.astype(dtype), has_data


def reach_px(ratio: Fraction | float) -> int:
    """Return how many pixels around its own a new one is made of, along an axis."""
    return 1 + math.ceil(2 / min(float(ratio), 1.0))


def scaled_length(length: int, ratio: Fraction | float) -> int:
    """Return pixels along an axis times a ratio, rounded half up, at least 1."""
    return max(int(np.floor(length * float(ratio) + 0.5)), 1)


def _taps(count: int, length: int, ratio: float, shift: float) -> tuple[npt.NDArray[Any], Reals]:
    """Return which pixels (count, taps) each new one is made of, and their weights."""
    narrow = min(ratio, 1.0)
    places = (np.arange(count) + 0.5) / ratio - 0.5 - shift
    reach = int(np.ceil(2 / narrow))
    near = np.floor(places).astype(np.int64)[:, None] + np.arange(1 - reach, reach + 1)
    weights = cubic_kernel((places[:, None] - near) * narrow)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.clip(near, 0, length - 1), weights


def cubic_kernel(distance: Reals) -> Reals:
    """Return the weights of pixels at these distances from a place (Keys 1981, a = -1/2)."""
    x = np.abs(distance)
    inner = ((KERNEL + 2) * x - (KERNEL + 3)) * x * x + 1
    outer = KERNEL * (((x - 5) * x + 8) * x - 4)
    kernel: Reals = np.where(x <= 1, inner, np.where(x < 2, outer, 0))
    return kernel


def _along(
    image: npt.NDArray[Any], taps: tuple[npt.NDArray[Any], Reals], axis: int
) -> npt.NDArray[Any]:
    """Return an image (bands, rows, cols) whose rows (axis 1) or columns are sums of its own."""
    near, weights = taps
    lines = np.moveaxis(image, axis, 0)
    made = np.zeros((len(near), *lines.shape[1:]), lines.dtype)
    for tap in range(near.shape[1]):
        made += weights[:, tap, None, None] * lines[near[:, tap]]
    return np.moveaxis(made, 0, axis)

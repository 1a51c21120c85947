"""Resize rules: how a picture becomes what a feature network takes; part of a number's name.

All take (n, 3, rows, cols) uint8 and return (n, 3, size, size) float32 in about -1 .. 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Reals = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
SIZE_PX = 299
BICUBIC = -0.5
"""The slope of Pillow's cubic."""


@dataclass(frozen=True, slots=True)
class ResizeRule:
    """One way to resize and scale a picture, in words and as a function of (pictures, size)."""

    title: str
    function: Callable[[Bytes, int], Floats]

    def __call__(self, pictures: Bytes, size_px: int = SIZE_PX) -> Floats:
        """Return (n, 3, size_px, size_px) float32 of pictures (n, 3, rows, cols) uint8."""
        return self.function(pictures, size_px)


def like_tensorflow(pictures: Bytes, size_px: int) -> Floats:
    """Resize as TensorFlow 1 and torch-fidelity do: bilinear between top left corners."""
    values = pictures.astype(np.float32)
    count = np.arange(size_px, dtype=np.float32)
    resized = _between(values, *(count * _step(side, size_px) for side in values.shape[2:]))
    return (resized - np.float32(128)) / np.float32(128)


def like_pytorch(pictures: Bytes, size_px: int) -> Floats:
    """Resize as pytorch-fid does: bilinear between centres, without a filter before."""
    values = pictures.astype(np.float32) / np.float32(255)
    half = np.float32(0.5)
    count = np.arange(size_px, dtype=np.float32) + half
    places = [_step(side, size_px) * count - half for side in values.shape[2:]]
    resized = _between(values, *(np.maximum(place, 0) for place in places))
    return np.float32(2) * resized - np.float32(1)


def like_clean_fid(pictures: Bytes, size_px: int) -> Floats:
    """Resize as clean-fid does: Pillow's bicubic of float values, widened where it shrinks."""
    rows, cols = pictures.shape[2:]
    down, across = bicubic_weights(rows, size_px), bicubic_weights(cols, size_px)
    wide = (pictures.astype(np.float64) @ across.T).astype(np.float32)
    resized = (down @ wide.astype(np.float64)).astype(np.float32)
    return (np.clip(resized, 0, 255) - np.float32(128)) / np.float32(128)


def _step(side: int, size_px: int) -> np.float32:
    """Pixels of the picture for one of the result; in float32, as both programs reckon."""
    return np.float32(side) / np.float32(size_px)


def _between(values: Floats, down: Floats, across: Floats) -> Floats:
    """Interpolate linearly at places along rows and columns, counted from the first pixel."""
    low, high, share = _neighbours(down, values.shape[2])
    left, right, part = _neighbours(across, values.shape[3])
    upper, lower = values[:, :, low], values[:, :, high]
    top = upper[..., left] + (upper[..., right] - upper[..., left]) * part
    bottom = lower[..., left] + (lower[..., right] - lower[..., left]) * part
    return np.asarray(top + (bottom - top) * share[:, None], np.float32)


def _neighbours(places: Floats, side: int) -> tuple[Places, Places, Floats]:
    low: Places = np.minimum(np.floor(places), side - 1).astype(np.intp)
    high: Places = np.minimum(low + 1, side - 1).astype(np.intp)
    return low, high, np.asarray(places - low, np.float32)


def bicubic_weights(side: int, size_px: int) -> Reals:
    """Weights (size_px, side) of Pillow's bicubic: each row sums to 1."""
    scale = side / size_px
    widened = max(scale, 1.0)
    centres = (np.arange(size_px) + 0.5) * scale
    first = np.maximum((centres - 2 * widened + 0.5).astype(int), 0)
    end = np.minimum((centres + 2 * widened + 0.5).astype(int), side)
    place = np.arange(side)
    inside = (place >= first[:, None]) & (place < end[:, None])
    weights = np.where(inside, _cubic((place - centres[:, None] + 0.5) / widened), 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _cubic(x: Reals) -> Reals:
    x = np.abs(x)
    near = ((BICUBIC + 2) * x - (BICUBIC + 3)) * x * x + 1
    far = (((x - 5) * x + 8) * x - 4) * BICUBIC
    return np.where(x < 1, near, np.where(x < 2, far, 0))


RULES = {
    "tf1": ResizeRule("TensorFlow 1 bilinear, (x - 128) / 128 (torch-fidelity)", like_tensorflow),
    "ptfid": ResizeRule("bilinear between centres, 2 x / 255 - 1 (pytorch-fid)", like_pytorch),
    "clean": ResizeRule("Pillow bicubic, (x - 128) / 128 (clean-fid)", like_clean_fid),
}
"""By the name that stands in a number's name."""

"""Sources in memory, their pyramids, and what the levels should hold."""

import threading

import numpy as np

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid


class ArraySource:
    """Pixels in memory, seen as a source."""

    def __init__(self, pixels, valid=None, spacing_m=None, block=(64, 64)):
        self._pixels = pixels
        shape = pixels.shape[1:]
        self._valid = np.ones(shape, bool) if valid is None else valid
        self.grid = GeoGrid(Size(*shape), spacing_m=spacing_m)
        self.bands = tuple(f"b{i}" for i in range(len(pixels)))
        self.is_complex = np.iscomplexobj(pixels)
        self.dtype = str(pixels.dtype)
        self.block = block
        self.threads = set()

    def read(self, window, shape, bands):
        self.threads.add(threading.get_ident())
        assert shape == window.size
        rows, cols = window.slices
        return self._pixels[list(bands)][:, rows, cols].copy(), self._valid[rows, cols].copy()

    def close(self):
        pass


def block_means(values, valid, factors):
    """The mean of the valid values of each block, in float64, one block after the other."""
    rows, cols = (-(-n // f) for n, f in zip(values.shape, factors, strict=True))
    mean, has = np.zeros((rows, cols)), np.zeros((rows, cols), bool)
    for row in range(rows):
        for col in range(cols):
            place = np.s_[
                row * factors[0] : (row + 1) * factors[0], col * factors[1] : (col + 1) * factors[1]
            ]
            good = values[place][valid[place]]
            if good.size:
                mean[row, col], has[row, col] = good.astype(np.float64).mean(), True
    return mean, has


def built(source, identity="made"):
    build_pyramid(source, identity, Progress())
    pyramid = open_pyramid(identity)
    assert pyramid is not None
    return pyramid


def whole(pyramid, level, band=0):
    return pyramid.read(band, level, Window.whole(pyramid.level_size(level)))

"""sample_source: a fixed, seeded subsample of a scene for stretches and statistics."""

import math
from collections.abc import Sequence

import numpy as np

from satstudio.core.grid import Size, Window
from satstudio.core.raster import Pixels
from satstudio.scenes.gdal.image import is_data
from satstudio.scenes.source import Source

MOST_BLOCK_BYTES = 32 * 2**20
"""How many bytes of a file's blocks may be touched, more or less."""

MOST_VALUES = 16 * 65536
"""How many values over all bands a sample may have."""


def sample_source(source: Source, count: int, seed: int, bands: Sequence[int]) -> Pixels:
    """Return (bands, 1, n) valid pixels, n <= count, the same for the same seed.

    Where a pixel has data in some bands only, the others are NaN there, and integers become
    float32. Small images are read whole. Large ones are read in small windows, each inside one
    block of the file; where blocks are whole lines, some lines are read.
    """
    size = source.grid.size
    count = min(count, max(MOST_VALUES // len(bands), 4096))
    rng = np.random.default_rng(seed)
    if size.pixels <= 4 * count:
        pixels, valid = source.read(Window.whole(size), size, bands)
        return _blanked(source, _chosen(pixels[:, valid], count, rng), bands)
    parts: list[Pixels] = []
    found = 0
    for _ in range(2):  # the second time where much has no data
        for window, shape in _plan(source, count, len(bands), rng):
            pixels, valid = source.read(window, shape, bands)
            parts.append(pixels[:, valid])
            found += parts[-1].shape[1]
        if found >= count:
            break
    return _blanked(source, _chosen(np.concatenate(parts, axis=1), count, rng), bands)


def _chosen(pixels: Pixels, count: int, rng: np.random.Generator) -> Pixels:
    """Return (bands, 1, n) of (bands, n) pixels."""
    have = pixels.shape[1]
    if have > count:
        pixels = pixels[:, np.sort(rng.choice(have, count, replace=False))]
    return pixels[:, np.newaxis]


def _blanked(source: Source, pixels: Pixels, bands: Sequence[int]) -> Pixels:
    """Put NaN where a band has its nodata value."""
    known: Sequence[float | None] = getattr(source, "nodata", (None,) * len(source.bands))
    good = np.stack(
        [is_data(plane, known[band]) for plane, band in zip(pixels, bands, strict=True)]
    )
    if good.all():
        return pixels
    kind = np.result_type(pixels.dtype, np.float32)
    return np.where(good, pixels, np.nan).astype(kind)


def _plan(
    source: Source, count: int, bands: int, rng: np.random.Generator
) -> list[tuple[Window, Size]]:
    """Return windows that cover the scene evenly, one at a random place in each cell of a grid."""
    size = source.grid.size
    block = getattr(source, "block", (256, 256))
    each = np.dtype(np.complex64 if source.is_complex else np.float32).itemsize
    block_bytes = min(block[0], size.rows) * min(block[1], size.cols) * bands * each
    places = min(max(MOST_BLOCK_BYTES // block_bytes, 16), 256)
    pixels = math.ceil(count / places)
    if block[1] >= size.cols > 512:
        return _rows(size, places, pixels, rng)
    return _patches(size, places, pixels, rng)


def _rows(
    size: Size, places: int, pixels: int, rng: np.random.Generator
) -> list[tuple[Window, Size]]:
    edges = np.linspace(0, size.rows, places + 1)
    rows = np.unique(rng.uniform(edges[:-1], edges[1:]).astype(int))
    shape = Size(1, min(pixels, size.cols))
    return [(Window(int(row), 0, 1, size.cols), shape) for row in rows]


def _patches(
    size: Size, places: int, pixels: int, rng: np.random.Generator
) -> list[tuple[Window, Size]]:
    down = max(round(math.sqrt(places * size.rows / size.cols)), 1)
    across = math.ceil(places / down)
    rows = min(math.ceil(math.sqrt(pixels)), size.rows)
    cols = min(math.ceil(pixels / rows), size.cols)
    windows = []
    for cell in range(down * across):
        row = (cell // across + rng.uniform()) / down * (size.rows - rows)
        col = (cell % across + rng.uniform()) / across * (size.cols - cols)
        window = Window(int(row), int(col), rows, cols)
        windows.append((window, window.size))
    return windows

"""Folders of small images in many formats, for tests of the importer."""

import warnings

import numpy as np
import rasterio
from PIL import Image
from rasterio.errors import NotGeoreferencedWarning


def pixels_of(seed, rows=40, cols=40, bands=3, dtype=np.uint8):
    """Smooth pictures (bands, rows, cols) over the whole range of a type; no two are alike."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[0:rows, 0:cols]
    limits = np.iinfo(dtype) if np.dtype(dtype).kind in "iu" else None
    planes = []
    for _ in range(bands):
        down, across, turn = rng.uniform(0.05, 0.3), rng.uniform(0.05, 0.3), rng.uniform(0, 6)
        planes.append(0.5 + 0.5 * np.sin(down * row + across * col + turn))
    values = np.stack(planes)
    if limits is None:
        return values.astype(dtype)
    return np.rint(limits.min + values * (float(limits.max) - limits.min)).astype(dtype)


def picture(path, seed, *, bands=3, rows=40, cols=40):
    """Write a PNG or JPEG of 1, 2 (grey, alpha), 3 or 4 (RGBA) bands of 8 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = pixels_of(seed, rows, cols, bands)
    if bands in (2, 4):
        values[-1] = 255
    image = values[0] if bands == 1 else np.moveaxis(values, 0, -1)
    Image.fromarray(np.ascontiguousarray(image)).save(path)
    return path


def tiff(path, values, **profile):
    """Write values (bands, rows, cols) as TIFF, or by another driver."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = values.shape
    shape = {"count": count, "height": height, "width": width}
    profile = {"driver": "GTiff"} | profile
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # images have no place on Earth
        with rasterio.open(path, "w", **shape, dtype=values.dtype, **profile) as file:
            file.write(values)
    return path


def palette_picture(path, table, values):
    """Write a PNG whose pixels `values` (rows, cols) are numbers of colours of a table (n, 3)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values.astype(np.uint8), "P")
    image.putpalette(np.asarray(table, np.uint8).ravel().tolist())
    image.save(path)
    return path

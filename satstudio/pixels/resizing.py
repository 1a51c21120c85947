"""resized: images at another size, without aliasing; pixels without data do not spread."""

from typing import Any

import numpy as np
import numpy.typing as npt

CUBIC, LINEAR = 3, 1
HALF = 0.5


def resized(
    pixels: npt.NDArray[Any], valid: npt.NDArray[np.bool_], size: tuple[int, int]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return real images at another size, smaller or larger.

    Smaller: a Gaussian takes out what the new pixels cannot hold, then linear. Larger: cubic. No
    value leaves the range that the image has.

    Parameters
    ----------
    pixels : (bands, rows, cols), real
    valid : (rows, cols); a new pixel has data where at least half of what it is made of has
    size : rows, cols

    Returns
    -------
    (bands, rows, cols) float32, 0 without data; (rows, cols) bool
    """
    if pixels.shape[1:] == size:
        return np.where(valid, pixels, 0).astype(np.float32), valid
    if valid.all():
        return np.stack([_resized(band, size) for band in pixels]), np.ones(size, bool)
    weight = _resized(valid, size)
    has_data = weight >= HALF
    bands = [_resized(np.where(valid, band, 0), size) for band in pixels]
    means = np.stack(bands) / np.where(has_data, weight, 1)
    return np.where(has_data, means, 0).astype(np.float32), has_data


def _resized(band: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    from skimage.transform import resize  # lazy: half a second

    rows, cols = band.shape
    is_larger = size[0] > rows or size[1] > cols
    found = resize(  # type: ignore[no-untyped-call] # scikit-image has no types
        band.astype(np.float32),
        size,
        order=CUBIC if is_larger else LINEAR,
        mode="edge",
        anti_aliasing=size[0] < rows or size[1] < cols,
        preserve_range=True,
    )
    return np.asarray(found, np.float32)

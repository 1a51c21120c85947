"""Wasserstein distance of values; sliced, of small patches or of features."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.metrics.empirical import share_gap
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
QUANTILES = 512


@metric(
    better="lower",
    source="integral of |F_a - F_b| (Vallender 1974) over all values, in standard deviations of "
    "the first set; complex: real and imaginary parts are values alike",
    span=(0, math.inf),
    masks="values not finite do not count",
)
def value_w1(first: Pixels, second: Pixels) -> float:
    """Wasserstein distance of the distributions of single values.

    Parameters
    ----------
    first, second : arrays of any shape, both complex or both real

    Returns
    -------
    float
        In standard deviations of `first`; NaN if either side is empty or `first` is constant.
    """
    one, other = _sorted_values(first), _sorted_values(second)
    if not (one.size and other.size):
        return math.nan
    std = float(one.std())
    steps, gap = share_gap(one, other)
    return float(np.abs(gap[:-1]) @ np.diff(steps)) / std if std > 0 else math.nan


def _sorted_values(values: Pixels) -> Reals:
    parts = (values.real, values.imag) if np.iscomplexobj(values) else (values,)
    flat = np.concatenate([np.ravel(part) for part in parts]).astype(np.float64)
    return np.sort(flat[np.isfinite(flat)])


@metric(
    better="lower",
    source="mean over seeded random directions of the 1-D Wasserstein distance of patch_px x "
    "patch_px patches (per_image at random places of each image), in standard deviations of the "
    "first set's bands (after Karras 2018, Rabin 2011); complex: real and imaginary part are bands",
    span=(0, math.inf),
    window="patch_px x patch_px px",
    masks="patches with a value that is not finite do not count",
    suits=Suits(usual="training"),
)
def swd(
    first: Pixels,
    second: Pixels,
    *,
    patch_px: int = 7,
    per_image: int = 64,
    directions: int = 128,
    seed: int = 0,
) -> float:
    """Sliced Wasserstein distance of two sets of images.

    Parameters
    ----------
    first, second : (n, bands, rows, cols) or (n, rows, cols) images, or (n, d) features as they are
    """
    rng = np.random.default_rng(seed)
    one, other = (_rows(images, patch_px, per_image, seed) for images in (first, second))
    if one.shape[1:] != other.shape[1:]:
        raise InputError("The two sets differ in bands or features and cannot be compared.")
    if not (len(one) and len(other)):
        return math.nan
    mean = one.mean(axis=(0, 2), keepdims=True)
    std = one.std(axis=(0, 2), keepdims=True)
    std = np.where(std > 0, std, 1)
    a, b = (((rows - mean) / std).reshape(len(rows), -1) for rows in (one, other))
    ways = rng.standard_normal((a.shape[1], directions))
    ways /= np.linalg.norm(ways, axis=0)
    return float(np.abs(_ordered(ways.T @ a.T) - _ordered(ways.T @ b.T)).mean())


def _rows(images: Pixels, patch_px: int, per_image: int, seed: int) -> Reals:
    """Return (n, bands, values): small patches of images, or features with one band each."""
    if images.ndim == 2:
        rows = np.asarray(images, np.float64)[:, :, np.newaxis]
    else:
        bands = images[:, np.newaxis] if images.ndim == 3 else images
        if np.iscomplexobj(bands):
            bands = np.concatenate([bands.real, bands.imag], axis=1)
        rows = _patches(np.asarray(bands, np.float64), patch_px, per_image, seed)
    return rows[np.isfinite(rows).all(axis=(1, 2))]


def _patches(images: Reals, patch_px: int, per_image: int, seed: int) -> Reals:
    n, bands, rows, cols = images.shape
    if min(rows, cols) < patch_px:
        raise InputError(f"Images of {rows} x {cols} px are smaller than patches of {patch_px} px.")
    rng = np.random.default_rng([seed, 1])
    bounds = rows - patch_px + 1, cols - patch_px + 1
    places = np.array([[rng.integers(0, most, per_image) for most in bounds] for _ in range(n)])
    tops, lefts = places.reshape(n, 2, per_image).transpose(1, 0, 2)
    windows = np.lib.stride_tricks.sliding_window_view(images, (patch_px,) * 2, axis=(2, 3))
    found = windows[np.arange(n)[:, None], :, tops, lefts]
    return np.asarray(found).reshape(n * per_image, bands, patch_px**2)


def _ordered(projected: Reals) -> Reals:
    """Quantiles of each row, so that sets of any two sizes can be compared."""
    ordered = np.sort(projected, axis=1)
    count = ordered.shape[1]
    at = (np.arange(QUANTILES) + 0.5) / QUANTILES * count - 0.5
    low = np.clip(np.floor(at).astype(int), 0, count - 1)
    high = np.minimum(low + 1, count - 1)
    share = np.clip(at - low, 0, 1)
    return np.asarray(ordered[:, low] * (1 - share) + ordered[:, high] * share)

"""SSIM and its kin, correlation of details, edge preservation."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import NanPolicy, real_images
from satstudio.metrics.quality import quality_index
from satstudio.metrics.score import metric
from satstudio.metrics.similarity import SsimWindow, band_similarity, check_range, mean_ssim
from satstudio.metrics.windows import box_sum, whole_windows

Pixels = npt.NDArray[Any]
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales (Wang 2003)."""

WHOLE = "mask True = valid; only windows of valid pixels alone count"


@metric(
    better="higher",
    source="Wang 2004, K = (0.01, 0.03), population moments, valid windows only, mean over "
    "windows then bands; 'gaussian 11' has sigma 1.5",
    span=(-1, 1),
    window="11 x 11 px Gaussian, sigma 1.5, stride 1",
    masks=WHOLE,
)
def ssim(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    window: str = "gaussian 11",
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Structural similarity of (bands, rows, cols) images.

    Parameters
    ----------
    window : "gaussian N", "uniform N", or "uniform N sample" for covariances with ddof 1

    Raises
    ------
    InputError
        If an image is smaller than the window.
    """
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return mean_ssim(*images.pair, images.valid, data_range, SsimWindow.named(window))


@metric(
    better="higher",
    source="Wang 2003: contrast-structure at 5 scales, luminance at the last, exponents .0448 "
    ".2856 .3001 .2363 .1333, 2 x 2 mean between scales, mean over bands; negative terms count as "
    "0",
    span=(0, 1),
    window="11 x 11 px Gaussian, sigma 1.5, at each of 5 scales",
    masks="mask True = valid; only windows, and 2 x 2 means, of valid pixels alone count",
)
def ms_ssim(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Multi-scale structural similarity.

    Raises
    ------
    InputError
        If a side is under 176 px: the last scale must hold one window.
    """
    check_range(data_range)
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    least = 11 * 2 ** (len(SCALE_WEIGHTS) - 1)
    if min(images.valid.shape) < least:
        raise InputError(f"MS-SSIM needs images of at least {least} px a side.")
    return float(np.mean([_ms_ssim(*pair, images.valid, data_range) for pair in images.bands]))


def _ms_ssim(first: Pixels, second: Pixels, valid: Mask, data_range: float) -> float:
    result = 1.0
    for scale, weight in enumerate(SCALE_WEIGHTS, 1):
        found = band_similarity(first, second, valid, data_range)
        if not found.windows:
            return math.nan
        is_last = scale == len(SCALE_WEIGHTS)
        term = (found.ssim if is_last else found.contrast) / found.windows
        result *= max(term, 0.0) ** weight
        first, second = _halved(first), _halved(second)
        valid = _halved(valid.astype(float)) == 1
    return result


def _halved(band: Pixels) -> Pixels:
    rows, cols = band.shape[0] // 2, band.shape[1] // 2
    blocks = band[: 2 * rows, : 2 * cols].reshape(rows, 2, cols, 2)
    return np.asarray(blocks.mean(axis=(1, 3)))


@metric(
    better="higher",
    source="4 cov mx my / ((vx + vy)(mx^2 + my^2)) (Wang and Bovik 2002), mean over windows then "
    "bands; two constant windows have 2 mx my / (mx^2 + my^2), two of zeros have 1",
    span=(-1, 1),
    window="block x block px, uniform",
    masks=WHOLE,
)
def uqi(
    reference: Pixels,
    estimate: Pixels,
    *,
    block: int = 8,
    stride: int = 1,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Universal quality index of (bands, rows, cols) images."""
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    found = [quality_index(*pair, images.valid, block, stride) for pair in images.bands]
    return float(np.mean(found))


@metric(
    better="higher",
    source="correlation of 3 x 3 Laplacian-filtered bands (Zhou 1998) in windows, mean over "
    "windows then bands; border mirrored for the filter, 0 beyond it for the windows; windows "
    "without detail have 0",
    span=(-1, 1),
    window="window x window px around each pixel",
    masks="mask True = valid; only windows whose pixels and neighbours are all valid count",
)
def scc(
    reference: Pixels,
    estimate: Pixels,
    *,
    window: int = 8,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Spatial correlation coefficient of (bands, rows, cols) images."""
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    before, after = window // 2, window - 1 - window // 2
    near = whole_windows(np.pad(images.valid, 1, constant_values=True), 3)
    counted = whole_windows(np.pad(near, (before, after), constant_values=True), window)
    if not counted.any():
        return math.nan
    details = [_laplacian_8(image) for image in images.filled]
    pads = ((0, 0), (before, after), (before, after))
    x, y = (np.pad(detail, pads) for detail in details)
    mean_x, mean_y, square_x, square_y, product = (
        box_sum(plane, window) / window**2 for plane in (x, y, x * x, y * y, x * y)
    )
    spread = np.sqrt(
        np.clip(square_x - mean_x**2, 0, None) * np.clip(square_y - mean_y**2, 0, None)
    )
    is_flat = spread <= 1e-14 * (square_x + square_y)
    cell = np.where(is_flat, 0, (product - mean_x * mean_y) / np.where(is_flat, 1, spread))
    return float(cell[:, counted].mean())


def _laplacian_8(bands: Pixels) -> Pixels:
    """Sum how far each pixel is above its 8 neighbours: exactly 0 where flat; mirrored border."""
    padded = np.pad(bands, ((0, 0), (1, 1), (1, 1)), mode="symmetric")
    rows, cols = bands.shape[1:]
    apart = np.zeros_like(bands)
    for down in range(3):
        for right in range(3):
            apart += bands - padded[:, down : down + rows, right : right + cols]
    return apart


@metric(
    better="higher",
    source="sum of |horizontal| and |vertical| differences, filtered / noisy; also rewards noise "
    "that was left, so read it with enl",
    span=(0, math.inf),
    window="neighbours in rows and columns",
    masks="mask True = valid; only differences of two valid pixels count",
)
def epi_ratio(
    noisy: Pixels, filtered: Pixels, *, mask: Mask | None = None, nan_policy: NanPolicy = "raise"
) -> float:
    """Edge preservation index of a filtered image; NaN where the noisy one is constant."""
    images = real_images(noisy, filtered, mask=mask, nan_policy=nan_policy)
    before, after = (_variation(image, images.valid) for image in images.filled)
    return after / before if before > 0 else math.nan


def _variation(bands: Pixels, valid: Mask) -> float:
    down = np.abs(np.diff(bands, axis=1))[:, valid[1:] & valid[:-1]]
    across = np.abs(np.diff(bands, axis=2))[:, valid[:, 1:] & valid[:, :-1]]
    return float(down.sum() + across.sum())


@metric(
    better="higher",
    source="correlation of the 4-neighbour Laplacians, inside the border (Sattar 1997); the "
    "reference is the clean image where there is one, else the noisy one; mean over bands",
    span=(-1, 1),
    window="a pixel and its 4 neighbours",
    masks="mask True = valid; only pixels with 4 valid neighbours count",
)
def epi_corr(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Edge correlation; NaN where an image has no edges."""
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    valid = images.valid
    whole = np.logical_and.reduce([part[0] for part in _cross(valid[np.newaxis])])
    if not whole.any():
        return math.nan
    edges = [_laplacian_4(image)[:, whole] for image in images.filled]
    return float(np.mean([_correlation(*pair) for pair in zip(*edges, strict=True)]))


def _cross(bands: Pixels) -> tuple[Pixels, ...]:
    """Return the inner pixels, and their upper, lower, left and right neighbours."""
    inner = bands[:, 1:-1, 1:-1]
    down = bands[:, :-2, 1:-1], bands[:, 2:, 1:-1]
    return inner, *down, bands[:, 1:-1, :-2], bands[:, 1:-1, 2:]


def _laplacian_4(bands: Pixels) -> Pixels:
    inner, up, down, left, right = _cross(bands)
    return 4 * inner - up - down - left - right


def _correlation(x: Pixels, y: Pixels) -> float:
    x, y = x - x.mean(), y - y.mean()
    spread = math.sqrt(float((x * x).sum()) * float((y * y).sum()))
    return float((x * y).sum()) / spread if spread > 0 else math.nan

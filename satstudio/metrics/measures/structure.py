"""SSIM and its kin, correlation of details, edge preservation."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.core.raster import Mask
from satstudio.metrics.images import Images, NanPolicy, real_images
from satstudio.metrics.quality import quality_sum
from satstudio.metrics.score import metric
from satstudio.metrics.similarity import SsimWindow, band_similarity, check_range
from satstudio.metrics.suits import Suits
from satstudio.metrics.tiled import TILE_MULTIPLE, Known, Sums, Tiled
from satstudio.metrics.windows import box_sum, whole_windows

Pixels = npt.NDArray[Any]
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales (Wang 2003)."""

WHOLE = "mask True = valid; only windows of valid pixels alone count"


def _check_ssim(size: Size, known: Known) -> None:
    check_range(known["data_range"])
    side = SsimWindow.named(known["window"]).side_px
    if min(size.rows, size.cols) < side:
        raise InputError(
            f"An image of {size.rows} x {size.cols} px is smaller than the SSIM window of "
            f"{side} px."
        )


def _ssim_sums(images: Images, core: Size, known: Known) -> Sums:
    """Sum over all windows that lie in the images; they start in the core."""
    window = SsimWindow.named(known["window"])
    if min(images.valid.shape) < window.side_px:
        return {"ssim": np.zeros(len(images.arrays[0])), "windows": 0}
    bands = [
        band_similarity(*pair, images.valid, known["data_range"], window) for pair in images.bands
    ]
    return {"ssim": np.array([band.ssim for band in bands]), "windows": bands[0].windows}


def _mean_ssim(sums: Sums, known: Known) -> float:
    return float(np.mean(sums["ssim"] / sums["windows"])) if sums["windows"] else math.nan


def _check_blocks(size: Size, known: Known) -> None:
    if min(size.rows, size.cols) < known["block"]:
        raise InputError(
            f"An image of {size.rows} x {size.cols} px is smaller than the window of "
            f"{known['block']} px."
        )


def _quality_sums(images: Images, core: Size, known: Known) -> Sums:
    """Sum over all windows that lie in the images; they start in the core."""
    block, stride = known["block"], known["stride"]
    if min(images.valid.shape) < block:
        return {"quality": np.zeros(len(images.arrays[0])), "n": 0}
    found = [quality_sum(*pair, images.valid, block, stride) for pair in images.bands]
    return {"quality": np.array([total for total, _ in found]), "n": found[0][1]}


def _mean_quality(sums: Sums, known: Known) -> float:
    return float(np.mean(sums["quality"] / sums["n"])) if sums["n"] else math.nan


def _variation_sums(images: Images, core: Size, known: Known) -> Sums:
    before, after = (_variation(image, images.valid, core) for image in images.filled)
    return {"before": before, "after": after}


def _variation(bands: Pixels, valid: Mask, core: Size) -> float:
    """Sum the differences of the core's pixels and their lower and right neighbours."""
    own = np.s_[: core.rows, : core.cols]
    below = np.abs(np.diff(bands, axis=1))[:, *own][:, (valid[1:] & valid[:-1])[own]]
    beside = np.abs(np.diff(bands, axis=2))[:, *own][:, (valid[:, 1:] & valid[:, :-1])[own]]
    return float(below.sum() + beside.sum())


def _edges_kept(sums: Sums, known: Known) -> float:
    return sums["after"] / sums["before"] if sums["before"] > 0 else math.nan


def _edge_sums(images: Images, core: Size, known: Known) -> Sums:
    """Sum products of the Laplacians of all pixels inside the images; a tile reads 2 px more."""
    bands = len(images.arrays[0])
    if min(images.valid.shape) < 3:
        return {"sums": np.zeros((bands, 5)), "n": 0}
    valid = np.logical_and.reduce([part[0] for part in _cross(images.valid[np.newaxis])])
    x, y = (_laplacian_4(image)[:, valid] for image in images.filled)
    products = [part.sum(axis=1) for part in (x, y, x * x, y * y, x * y)]
    return {"sums": np.stack(products, axis=1), "n": int(valid.sum())}


def _edge_correlation(sums: Sums, known: Known) -> float:
    if not sums["n"]:
        return math.nan
    x, y, xx, yy, xy = (sums["sums"] / sums["n"]).T
    stds = np.sqrt(_without_rounding(xx, x * x) * _without_rounding(yy, y * y))
    has_edges = stds > 0
    return float(np.mean(np.where(has_edges, (xy - x * y) / np.where(has_edges, stds, 1), np.nan)))


def _cross(bands: Pixels) -> tuple[Pixels, ...]:
    """Return the inner pixels, and their upper, lower, left and right neighbours."""
    inner = bands[:, 1:-1, 1:-1]
    down = bands[:, :-2, 1:-1], bands[:, 2:, 1:-1]
    return inner, *down, bands[:, 1:-1, :-2], bands[:, 1:-1, 2:]


def _laplacian_4(bands: Pixels) -> Pixels:
    inner, up, down, left, right = _cross(bands)
    return 4 * inner - up - down - left - right


def _without_rounding(square: Pixels, mean_square: Pixels) -> Pixels:
    """Return a variance; 0 where only rounding errors would be left of it."""
    variance = square - mean_square
    return np.where(variance > 1e-14 * square, variance, 0.0)


def _strides_meet(known: Known) -> bool:
    """Tell whether windows start where tiles do."""
    return TILE_MULTIPLE % int(known["stride"]) == 0


_OF_SSIM = Tiled(
    real_images,
    _ssim_sums,
    _mean_ssim,
    reach_px=lambda known: SsimWindow.named(known["window"]).side_px - 1,
    check=_check_ssim,
)
_OF_UQI = Tiled(
    real_images,
    _quality_sums,
    _mean_quality,
    reach_px=lambda known: int(known["block"]) - 1,
    check=_check_blocks,
    fits=_strides_meet,
)
_OF_EDGES = Tiled(real_images, _variation_sums, _edges_kept, reach_px=lambda known: 1)
_OF_EDGE_CORRELATION = Tiled(real_images, _edge_sums, _edge_correlation, reach_px=lambda known: 2)


@metric(
    better="higher",
    source="Wang 2004, K = (0.01, 0.03), population moments, valid windows only, mean over "
    "windows then bands; 'gaussian 11' has sigma 1.5",
    span=(-1, 1),
    window="11 x 11 px Gaussian, sigma 1.5, stride 1",
    masks=WHOLE,
    tiled=_OF_SSIM,
    suits=Suits(place=80, usual="real", least_px=11),
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
    return float(_OF_SSIM.whole(images, {"data_range": data_range, "window": window}))


@metric(
    better="higher",
    source="Wang 2003: contrast-structure at 5 scales, luminance at the last, exponents .0448 "
    ".2856 .3001 .2363 .1333, 2 x 2 mean between scales, mean over bands; negative terms count as "
    "0",
    span=(0, 1),
    window="11 x 11 px Gaussian, sigma 1.5, at each of 5 scales",
    masks="mask True = valid; only windows, and 2 x 2 means, of valid pixels alone count",
    suits=Suits(place=90),
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
    tiled=_OF_UQI,
    suits=Suits(place=120),
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
    return float(_OF_UQI.whole(images, {"block": block, "stride": stride}))


@metric(
    better="higher",
    source="correlation of 3 x 3 Laplacian-filtered bands (Zhou 1998) in windows, mean over "
    "windows then bands; border mirrored for the filter, 0 beyond it for the windows; windows "
    "without detail have 0",
    span=(-1, 1),
    window="window x window px around each pixel",
    masks="mask True = valid; only windows whose pixels and neighbours are all valid count",
    suits=Suits(place=140),
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
    stds = np.sqrt(np.clip(square_x - mean_x**2, 0, None) * np.clip(square_y - mean_y**2, 0, None))
    is_flat = stds <= 1e-14 * (square_x + square_y)
    cell = np.where(is_flat, 0, (product - mean_x * mean_y) / np.where(is_flat, 1, stds))
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
    tiled=_OF_EDGES,
    suits=Suits(place=40, usual="radar", holds="radar", sees_power=True),
)
def epi_ratio(
    noisy: Pixels, filtered: Pixels, *, mask: Mask | None = None, nan_policy: NanPolicy = "raise"
) -> float:
    """Edge preservation index of a filtered image; NaN where the noisy one is constant."""
    images = real_images(noisy, filtered, mask=mask, nan_policy=nan_policy)
    return float(_OF_EDGES.whole(images, {}))


@metric(
    better="higher",
    source="correlation of the 4-neighbour Laplacians, inside the border (Sattar 1997); the "
    "reference is the clean image where there is one, else the noisy one; mean over bands",
    span=(-1, 1),
    window="a pixel and its 4 neighbours",
    masks="mask True = valid; only pixels with 4 valid neighbours count",
    tiled=_OF_EDGE_CORRELATION,
    suits=Suits(place=50, holds="radar"),
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
    return float(_OF_EDGE_CORRELATION.whole(images, {}))

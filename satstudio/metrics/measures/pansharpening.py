"""Q2n, spectral and spatial distortion without a reference, QNR."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.hypercomplex import block_quality
from satstudio.metrics.images import NanPolicy, Reals, real_images
from satstudio.metrics.quality import quality_index
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits

Pixels = npt.NDArray[Any]
OF_FUSED = "mask of the fused image, True = valid; only blocks of valid pixels alone count"


@metric(
    better="higher",
    source="hypercomplex Q on blocks (Alparone 2004, Garzelli and Nencini 2009), each block as "
    "(x - mean) / sd + 1 of the reference, bands filled up with zeros to 2^n, border mirrored to "
    "whole blocks",
    span=(0, 1),
    window="block x block px, side by side",
    masks="mask True = valid; only blocks of valid pixels alone count",
    suits=Suits(place=130, least_bands=2),
)
def q2n(
    reference: Pixels,
    estimate: Pixels,
    *,
    block: int = 32,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Quality of a multispectral image as one hypercomplex number a pixel (Q4, Q8, Q2n)."""
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    rows, cols = images.valid.shape
    more = ((0, -rows % block), (0, -cols % block))
    valid = np.pad(images.valid, more, mode="symmetric")
    first, second = (np.pad(one, ((0, 0), *more), mode="symmetric") for one in images.filled)
    found = []
    for row in range(0, rows, block):
        for col in range(0, cols, block):
            part = slice(row, row + block), slice(col, col + block)
            if valid[part].all():
                cut = [one[:, *part].reshape(len(one), -1) for one in (first, second)]
                found.append(block_quality(*cut))
    return float(np.mean(found)) if found else math.nan


@metric(
    better="lower",
    source="(mean over pairs of bands of |Q(F_i, F_j) - Q(M_i, M_j)|^p)^(1/p) (Alparone 2008), Q "
    "on blocks side by side that cover the same ground in the fused image F and in the "
    "low-resolution M",
    span=(0, 1),
    window="block_fused and block_ms px, side by side",
    masks=OF_FUSED,
)
def d_lambda(
    multispectral: Pixels,
    fused: Pixels,
    *,
    block_fused: int = 32,
    block_ms: int | None = None,
    p: float = 1,
    mask: Mask | None = None,
) -> float:
    """Spectral distortion of a fused image (bands, rows, cols), without a reference.

    Parameters
    ----------
    block_ms : block of the low-resolution image; None: block_fused over the ratio of the sizes
    """
    coarse, fine = real_images(multispectral), real_images(fused, mask=mask)
    low, high = coarse.arrays[0], fine.arrays[0]
    count = len(low)
    if count != len(high) or count < 2:
        raise InputError("D_lambda needs two images of the same bands, at least 2.")
    block_ms = _block_of(block_fused, low, high) if block_ms is None else block_ms
    low_valid = _coarse_mask(fine.valid, coarse.valid)
    gaps = [
        abs(
            quality_index(high[i], high[j], fine.valid, block_fused, block_fused)
            - quality_index(low[i], low[j], low_valid, block_ms, block_ms)
        )
        for i in range(count)
        for j in range(i)
    ]
    return float(np.mean(np.power(gaps, p)) ** (1 / p))


@metric(
    better="lower",
    source="(mean over bands of |Q(F_i, P) - Q(M_i, P_low)|^q)^(1/q) (Alparone 2008); P_low is "
    "given, not made here",
    span=(0, 1),
    window="block_fused and block_ms px, side by side",
    masks=OF_FUSED,
)
def d_s(  # noqa: PLR0913 - four images, and what the paper lets one choose
    pan: Pixels,
    pan_low: Pixels,
    multispectral: Pixels,
    fused: Pixels,
    *,
    block_fused: int = 32,
    block_ms: int | None = None,
    q: float = 1,
    mask: Mask | None = None,
) -> float:
    """Spatial distortion of a fused image, without a reference.

    Parameters
    ----------
    pan, pan_low : (rows, cols) or (1, rows, cols), on the fused and the low-resolution grid
    """
    fine, coarse = real_images(fused, mask=mask), real_images(multispectral)
    low, high = coarse.arrays[0], fine.arrays[0]
    sharp, blunt = real_images(pan).arrays[0][0], real_images(pan_low).arrays[0][0]
    _check_same(sharp, high, "pan and fused")
    _check_same(blunt, low, "pan_low and multispectral")
    block_ms = _block_of(block_fused, low, high) if block_ms is None else block_ms
    low_valid = _coarse_mask(fine.valid, coarse.valid)
    gaps = [
        abs(
            quality_index(fine_band, sharp, fine.valid, block_fused, block_fused)
            - quality_index(band, blunt, low_valid, block_ms, block_ms)
        )
        for band, fine_band in zip(low, high, strict=True)
    ]
    return float(np.mean(np.power(gaps, q)) ** (1 / q))


@metric(
    better="higher",
    source="(1 - D_lambda)^alpha (1 - D_s)^beta (Alparone 2008)",
    span=(0, 1),
    window="block_fused and block_ms px, side by side",
    masks=OF_FUSED,
)
def qnr(  # noqa: PLR0913 - four images, and what the paper lets one choose
    pan: Pixels,
    pan_low: Pixels,
    multispectral: Pixels,
    fused: Pixels,
    *,
    block_fused: int = 32,
    block_ms: int | None = None,
    p: float = 1,
    q: float = 1,
    alpha: float = 1,
    beta: float = 1,
    mask: Mask | None = None,
) -> float:
    """Quality of a fused image with no reference."""
    spectral = d_lambda(
        multispectral, fused, block_fused=block_fused, block_ms=block_ms, p=p, mask=mask
    )
    spatial = d_s(
        pan, pan_low, multispectral, fused,
        block_fused=block_fused, block_ms=block_ms, q=q, mask=mask,
    )  # fmt: skip
    return float((1 - spectral) ** alpha * (1 - spatial) ** beta)


def _block_of(block_fused: int, low: Pixels, high: Pixels) -> int:
    """Return the block that covers the same ground at low resolution."""
    ratio: float = high.shape[1] / low.shape[1]
    block = round(block_fused / ratio)
    if block < 2 or block * ratio != block_fused:
        raise InputError(
            f"A block of {block_fused} px does not fit a ratio of {ratio:g}; give block_ms."
        )
    return block


def _coarse_mask(fine: Mask, coarse: Mask) -> Mask:
    """Return where low-resolution pixels cover valid fine ones alone."""
    if fine.all():
        return coarse
    rows, cols = coarse.shape
    down, across = fine.shape[0] // rows, fine.shape[1] // cols
    blocks = fine[: rows * down, : cols * across].reshape(rows, down, cols, across)
    return np.asarray(coarse & blocks.all(axis=(1, 3)))


def _check_same(first: Reals, second: Reals, names: str) -> None:
    if first.shape[-2:] != second.shape[-2:]:
        raise InputError(f"{names} differ in size: {first.shape[-2:]} and {second.shape[-2:]}.")

"""The protocol of PROBA-V super-resolution: clear pixels, brightness bias, small shifts allowed."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import Reals, real_images
from satstudio.metrics.score import metric
from satstudio.metrics.shifts import Shifts, best_square
from satstudio.metrics.similarity import mean_ssim

Pixels = npt.NDArray[Any]
PROTOCOL = (
    "estimate without its border against every crop of the reference, clear pixels of the "
    "reference, brightness bias removed"
)
MASKS = "mask of the reference, True = clear, moves with it; estimate_mask stays"


@metric(
    unit="dB",
    better="higher",
    source=f"10 log10(L^2 / cMSE), smallest cMSE of all shifts; {PROTOCOL}; L = 65535 in the "
    "published table",
    window="shifts up to +-border px",
    masks=MASKS,
)
def cpsnr(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    border: int = 3,
    mask: Mask | None = None,
    estimate_mask: Mask | None = None,
) -> float:
    """Clear PSNR of PROBA-V, mean over bands; +inf if nothing but the bias differs."""
    squares = [
        best_square(shifts) for shifts in _bands(reference, estimate, border, mask, estimate_mask)
    ]
    return float(np.mean([_decibel(square, data_range) for square in squares]))


@metric(
    better="lower",
    source=f"baseline cPSNR / cPSNR (Kelvins); {PROTOCOL}; below 1 is better than the baseline",
    span=(0, math.inf),
    window="shifts up to +-border px",
    masks=MASKS,
)
def probav_score(  # noqa: PLR0913 - the protocol's choices
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    baseline_cpsnr: float,
    border: int = 3,
    mask: Mask | None = None,
    estimate_mask: Mask | None = None,
) -> float:
    """Score of one scene in the PROBA-V competition; its baseline is in norm.csv."""
    found = cpsnr(
        reference, estimate,
        data_range=data_range, border=border, mask=mask, estimate_mask=estimate_mask,
    )  # fmt: skip
    return baseline_cpsnr / found


@metric(
    better="higher",
    source=f"largest SSIM (Wang 2004) of all shifts, both images 0 where not clear; {PROTOCOL}; "
    "clear_only: (SSIM - 1) n_clear / n + 1",
    span=(-1, 1),
    window="11 x 11 px Gaussian, sigma 1.5; shifts up to +-border px",
    masks=MASKS,
)
def cssim(  # noqa: PLR0913 - the protocol's choices
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    border: int = 3,
    clear_only: bool = False,
    mask: Mask | None = None,
    estimate_mask: Mask | None = None,
) -> float:
    """Clear SSIM of PROBA-V (RAMS), mean over bands."""
    found = []
    for shifts in _bands(reference, estimate, border, mask, estimate_mask):
        values = [
            _clear_ssim(*cut, data_range, clear_only) for cut in shifts.cuts() if cut[2].any()
        ]
        found.append(max(values) if values else math.nan)
    return float(np.mean(found))


def _clear_ssim(high: Reals, low: Reals, clear: Mask, data_range: float, clear_only: bool) -> float:
    bias = float((high - low)[clear].mean())
    both = np.where(clear, high, 0)[np.newaxis], np.where(clear, low + bias, 0)[np.newaxis]
    value = mean_ssim(*both, np.ones_like(clear), data_range)
    return (value - 1) * float(clear.mean()) + 1 if clear_only else value


def _bands(
    reference: Pixels, estimate: Pixels, border: int, mask: Mask | None, estimate_mask: Mask | None
) -> Iterator[Shifts]:
    fine = real_images(reference, mask=mask)
    made = real_images(estimate, mask=estimate_mask)
    first, second = (_finite(images.arrays[0]) for images in (fine, made))
    _check(first, second, border)
    for high, low in zip(first, second, strict=True):
        yield Shifts(high, low, fine.valid, made.valid, border)


def _check(first: Reals, second: Reals, border: int) -> None:
    if first.shape != second.shape:
        raise InputError(f"Images of {first.shape} and {second.shape} cannot be compared.")
    if border < 1 or min(first.shape[1:]) <= 4 * border:
        raise InputError(
            f"A border of {border} px is no border, or the images are too small for it."
        )


def _finite(image: Reals) -> Reals:
    """Return an image with 0 where a value, which then does not count, is not finite."""
    return image if math.isfinite(image.sum()) else np.where(np.isfinite(image), image, 0)


def _decibel(square: float, data_range: float) -> float:
    return math.inf if square == 0 else 10 * math.log10(data_range**2 / square)

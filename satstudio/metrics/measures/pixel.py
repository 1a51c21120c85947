"""Mean squared error, PSNR, spectral angle, ERGAS."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import NanPolicy, Reals, complex_images, real_images
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]


@metric(
    better="lower",
    source="mean of |reference - estimate|^2, valid pixels and bands",
    span=(0, math.inf),
)
def mse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Mean squared error of (bands, rows, cols) images; NaN if no pixel is valid."""
    squares = _band_squares(reference, estimate, mask, nan_policy)
    return float(np.mean(squares))


@metric(
    unit="dB",
    better="higher",
    source="10 log10(L^2 / MSE), over valid pixels and bands",
    span=(-math.inf, math.inf),
)
def psnr(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Peak signal-to-noise ratio; +inf for identical images, NaN if no pixel is valid."""
    squares = _band_squares(reference, estimate, mask, nan_policy)
    return _psnr(float(np.mean(squares)), data_range)


@metric(
    unit="dB",
    better="higher",
    source="10 log10(L^2 / MSE) of each band for itself; the value is their mean",
    span=(-math.inf, math.inf),
)
def psnr_per_band(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> list[float]:
    """Peak signal-to-noise ratio of each band; not the PSNR of all bands together."""
    squares = _band_squares(reference, estimate, mask, nan_policy)
    return [_psnr(float(square), data_range) for square in squares]


def zero_spectra(reference: Pixels, estimate: Pixels, mask: Mask | None = None) -> int:
    """Count the valid pixels that `sam` leaves out, for one of their spectra is all zeros."""
    first, second = real_images(reference, estimate, mask=mask, nan_policy="omit").values
    return int((~(first.any(axis=0) & second.any(axis=0))).sum())


@metric(
    unit="deg",
    better="lower",
    source="mean over pixels of the angle between spectra (Kruse 1993, Yuhas 1992), as "
    "2 atan2(|u - v|, |u + v|) of unit spectra; pixels with a spectrum of zeros do not count",
    span=(0, 180),
    left_out=zero_spectra,
)
def sam(
    reference: Pixels,
    estimate: Pixels,
    *,
    unit: Literal["deg", "rad"] = "deg",
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Spectral angle of (bands, rows, cols) images; for physical reflectance, not after offsets.

    Raises
    ------
    InputError
        If there are fewer than two bands: one band has no angle.
    """
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    first, second = images.values
    if len(first) < 2:
        raise InputError("The spectral angle needs at least 2 bands.")
    norms = np.sqrt((first**2).sum(axis=0)), np.sqrt((second**2).sum(axis=0))
    counted = (norms[0] > 0) & (norms[1] > 0)
    if not counted.any():
        return math.nan
    u, v = first[:, counted] / norms[0][counted], second[:, counted] / norms[1][counted]
    apart, along = np.sqrt(((u - v) ** 2).sum(axis=0)), np.sqrt(((u + v) ** 2).sum(axis=0))
    angle = float(2 * np.arctan2(apart, along).mean())
    return math.degrees(angle) if unit == "deg" else angle


@metric(
    better="lower",
    source="100 (h/l) sqrt(mean over bands of RMSE_b^2 / mu_b^2), mu of the reference "
    "(Wald 2000); h/l is the ratio of pixel sizes, 1/4 for a factor of 4, 1 for equal ones",
    span=(0, math.inf),
)
def ergas(
    reference: Pixels,
    estimate: Pixels,
    *,
    ratio_h_over_l: float,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Relative global error in synthesis; for reflectance, +inf where a band has mean 0.

    Raises
    ------
    InputError
        If the ratio is not in (0, 1], or a band of the reference has a negative mean.
    """
    if not 0 < ratio_h_over_l <= 1:
        raise InputError(f"ratio_h_over_l is {ratio_h_over_l}; it is high over low, at most 1.")
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    if not images.has_any:
        return math.nan
    first, second = images.values
    means = first.mean(axis=1)
    if (means < 0).any():
        raise InputError("ERGAS is for non-negative reflectance; a band has a negative mean.")
    squares = ((first - second) ** 2).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(squares == 0, 0.0, squares / means**2)
    return float(100 * ratio_h_over_l * np.sqrt(relative.mean()))


def _band_squares(
    reference: Pixels, estimate: Pixels, mask: Mask | None, nan_policy: NanPolicy
) -> Reals:
    """Mean |difference|^2 of each band; NaN if no pixel is valid."""
    is_complex = np.iscomplexobj(reference) or np.iscomplexobj(estimate)
    opened = complex_images if is_complex else real_images
    images = opened(reference, estimate, mask=mask, nan_policy=nan_policy)
    first, second = images.values
    if not images.has_any:
        return np.full(len(first), np.nan)
    return np.asarray(np.square(np.abs(first - second)).mean(axis=1))


def _psnr(square: float, data_range: float) -> float:
    if not (math.isfinite(data_range) and data_range > 0):
        raise InputError(f"data_range is {data_range}; give the largest value that is possible.")
    return math.inf if square == 0 else 10 * math.log10(data_range**2 / square)

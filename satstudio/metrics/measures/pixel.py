"""Mean squared error, PSNR, spectral angle, ERGAS."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.core.raster import Mask
from satstudio.metrics.images import Images, NanPolicy, Reals, complex_images, real_images
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits
from satstudio.metrics.tiled import Known, Sums, Tiled

Pixels = npt.NDArray[Any]


def _any_images(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> Images:
    """Open real images, or complex ones where one is."""
    is_complex = np.iscomplexobj(reference) or np.iscomplexobj(estimate)
    opened = complex_images if is_complex else real_images
    return opened(reference, estimate, mask=mask, nan_policy=nan_policy)


def _square_sums(images: Images, core: Size, known: Known) -> Sums:
    """Sum |difference|^2 of each band."""
    first, second = images.inner(core).values
    return {"squares": np.square(np.abs(first - second)).sum(axis=1), "n": first.shape[1]}


def _band_squares(sums: Sums) -> Reals:
    """Mean |difference|^2 of each band; NaN if no pixel is valid."""
    squares, n = sums["squares"], sums["n"]
    return np.asarray(squares / n if n else np.full(len(squares), np.nan))


def _psnr_of_bands(sums: Sums, known: Known) -> list[float]:
    return [_psnr(float(square), known["data_range"]) for square in _band_squares(sums)]


def _psnr(square: float, data_range: float) -> float:
    if not (math.isfinite(data_range) and data_range > 0):
        raise InputError(f"data_range is {data_range}; give the largest value that is possible.")
    return math.inf if square == 0 else 10 * math.log10(data_range**2 / square)


def _angle_sums(images: Images, core: Size, known: Known) -> Sums:
    first, second = images.inner(core).values
    if len(first) < 2:
        raise InputError("The spectral angle needs at least 2 bands.")
    norms = np.sqrt((first**2).sum(axis=0)), np.sqrt((second**2).sum(axis=0))
    counted = (norms[0] > 0) & (norms[1] > 0)
    u, v = first[:, counted] / norms[0][counted], second[:, counted] / norms[1][counted]
    apart, along = np.sqrt(((u - v) ** 2).sum(axis=0)), np.sqrt(((u + v) ** 2).sum(axis=0))
    return {"angles": float(np.arctan2(apart, along).sum()), "n": int(counted.sum())}


def _angle(sums: Sums, known: Known) -> float:
    if not sums["n"]:
        return math.nan
    angle = 2 * sums["angles"] / sums["n"]
    return math.degrees(angle) if known["unit"] == "deg" else float(angle)


def _check_ratio(size: Size, known: Known) -> None:
    ratio = known["ratio_h_over_l"]
    if not 0 < ratio <= 1:
        raise InputError(f"ratio_h_over_l is {ratio}; it is high over low, at most 1.")


def _relative_sums(images: Images, core: Size, known: Known) -> Sums:
    first, _ = images.inner(core).values
    return {**_square_sums(images, core, known), "total": first.sum(axis=1)}


def _relative(sums: Sums, known: Known) -> float:
    if not sums["n"]:
        return math.nan
    means, squares = sums["total"] / sums["n"], _band_squares(sums)
    if (means < 0).any():
        raise InputError("ERGAS is for non-negative reflectance; a band has a negative mean.")
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(squares == 0, 0.0, squares / means**2)
    return float(100 * known["ratio_h_over_l"] * np.sqrt(relative.mean()))


_OF_MSE = Tiled(_any_images, _square_sums, lambda sums, known: float(np.mean(_band_squares(sums))))
_OF_PSNR = Tiled(
    _any_images,
    _square_sums,
    lambda sums, known: _psnr(float(np.mean(_band_squares(sums))), known["data_range"]),
)
_OF_PSNR_PER_BAND = Tiled(_any_images, _square_sums, _psnr_of_bands)
_OF_SAM = Tiled(real_images, _angle_sums, _angle)
_OF_ERGAS = Tiled(real_images, _relative_sums, _relative, check=_check_ratio)


@metric(
    better="lower",
    source="mean of |reference - estimate|^2, valid pixels and bands",
    span=(0, math.inf),
    tiled=_OF_MSE,
    suits=Suits(place=60, usual="real"),
)
def mse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Mean squared error of (bands, rows, cols) images; NaN if no pixel is valid."""
    images = _any_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return float(_OF_MSE.whole(images, {}))


@metric(
    unit="dB",
    better="higher",
    source="10 log10(L^2 / MSE), over valid pixels and bands",
    span=(-math.inf, math.inf),
    tiled=_OF_PSNR,
    suits=Suits(place=70, usual="real"),
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
    images = _any_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return float(_OF_PSNR.whole(images, {"data_range": data_range}))


@metric(
    unit="dB",
    better="higher",
    source="10 log10(L^2 / MSE) of each band for itself; the value is their mean",
    span=(-math.inf, math.inf),
    tiled=_OF_PSNR_PER_BAND,
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
    images = _any_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    found: list[float] = _OF_PSNR_PER_BAND.whole(images, {"data_range": data_range})
    return found


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
    tiled=_OF_SAM,
    suits=Suits(place=100, usual="spectra", holds="optical", least_bands=2),
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
    return float(_OF_SAM.whole(images, {"unit": unit}))


@metric(
    better="lower",
    source="100 (h/l) sqrt(mean over bands of RMSE_b^2 / mu_b^2), mu of the reference "
    "(Wald 2000); h/l is the ratio of pixel sizes, 1/4 for a factor of 4, 1 for equal ones",
    span=(0, math.inf),
    tiled=_OF_ERGAS,
    suits=Suits(place=110, usual="spectra", holds="optical"),
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
    images = real_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return float(_OF_ERGAS.whole(images, {"ratio_h_over_l": ratio_h_over_l}))

"""Coherence, complex correlation, phase and log-amplitude error, radiometric bias."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.images import NanPolicy, Reals, complex_images
from satstudio.metrics.score import metric
from satstudio.metrics.windows import box_sum, whole_windows

Pixels = npt.NDArray[Any]


@metric(
    better="higher",
    source="mean over windows of |sum a b*| / sqrt(sum |a|^2 sum |b|^2), mean over bands; biased: "
    "independent speckle gives about sqrt(pi / 4) / window, see coherence_bias; windows without "
    "power do not count",
    span=(0, 1),
    window="window x window px, stride 1",
    masks="mask True = valid; only windows of valid pixels alone count",
)
def coherence(
    reference: Pixels,
    estimate: Pixels,
    *,
    window: int = 5,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Coherence of two complex images (bands, rows, cols).

    Raises
    ------
    InputError
        If no window fits into the images.
    """
    images = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    if min(images.valid.shape) < window:
        raise InputError(f"The images are smaller than the coherence window of {window} px.")
    counted = whole_windows(images.valid, window)
    bands = [_coherence(*pair, window)[counted] for pair in images.bands]
    found = [float(np.mean(band[np.isfinite(band)])) for band in bands if np.isfinite(band).any()]
    return float(np.mean(found)) if found else math.nan


def coherence_bias(window: int) -> float:
    """Return what `coherence` is, on average, of independent speckle: sqrt(pi / 4) / window."""
    return math.sqrt(math.pi / 4) / window


def _coherence(a: Pixels, b: Pixels, window: int) -> Reals:
    """Coherence of each window; NaN where one has no power."""
    powers = np.stack([_power(a), _power(b)])
    has_power = box_sum((powers > 0).astype(np.int32), window).all(axis=0)
    together = box_sum(a * np.conj(b), window)
    power = box_sum(powers, window)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.abs(together) / np.sqrt(power[0] * power[1])
    return np.where(has_power, np.minimum(found, 1.0), np.nan)


def _power(z: Pixels) -> Reals:
    return np.asarray(z.real**2 + z.imag**2)


@metric(
    better="higher",
    source="abs and angle of <a, b> / (norm a norm b), sum of a b* over the whole image and all "
    "bands; a constant phase added to b alone shows as a negative phase",
    span=(0, 1),
    window="the whole image",
    main="magnitude",
)
def complex_correlation(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> dict[str, float]:
    """Correlation of two complex images: magnitude (the value) and phase in rad."""
    a, b = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy).values
    powers = float(_power(a).sum()), float(_power(b).sum())
    if not (powers[0] > 0 and powers[1] > 0):
        return {"magnitude": math.nan, "phase": math.nan}
    together = complex((a * np.conj(b)).sum())
    magnitude = min(abs(together) / (math.sqrt(powers[0]) * math.sqrt(powers[1])), 1.0)
    return {"magnitude": magnitude, "phase": float(np.angle(together))}


def dark_pixels(reference: Pixels, estimate: Pixels, mask: Mask | None = None) -> int:
    """Count the valid samples that phase and log-amplitude errors leave out (amplitude 0)."""
    a, b = complex_images(reference, estimate, mask=mask, nan_policy="omit").values
    return int(((a == 0) | (b == 0)).sum())


@metric(
    unit="rad",
    better="lower",
    source="sqrt(mean of arg(a b*)^2), wrapped; pixels of amplitude 0 do not count; random phase "
    "gives pi / sqrt(3) = 1.814",
    span=(0, math.pi),
    left_out=dark_pixels,
)
def phase_rmse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Root mean square of the phase difference of two complex images."""
    a, b = _lit(reference, estimate, mask, nan_policy)
    return float(np.sqrt(np.mean(np.angle(a * np.conj(b)) ** 2))) if a.size else math.nan


@metric(
    unit="dB",
    better="lower",
    source="rms of 20 log10(|a| / |b|); pixels of amplitude 0 do not count",
    span=(0, math.inf),
    left_out=dark_pixels,
)
def amplitude_log_rmse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Root mean square of the ratio of amplitudes in dB."""
    a, b = _lit(reference, estimate, mask, nan_policy)
    ratio_db = 20 * (np.log10(np.abs(a)) - np.log10(np.abs(b)))
    return float(np.sqrt(np.mean(ratio_db**2))) if a.size else math.nan


@metric(
    unit="dB",
    better="zero",
    source="10 log10(mean power of the estimate / that of the reference), all valid pixels and "
    "bands; power is |z|^2, or the value itself of kind 'intensity'",
)
def radiometric_bias_db(
    reference: Pixels,
    estimate: Pixels,
    *,
    kind: Literal["complex", "amplitude", "intensity"] = "complex",
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Mean power kept: that of the estimate over that of the reference; -inf if it has none."""
    images = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    if not images.has_any:
        return math.nan
    powers = [one.real if kind == "intensity" else _power(one) for one in images.values]
    before, after = (float(power.mean()) for power in powers)
    if before <= 0 or after <= 0:
        return math.nan if before <= 0 and after <= 0 else math.copysign(math.inf, after - before)
    return 10 * math.log10(after / before)


def _lit(
    reference: Pixels, estimate: Pixels, mask: Mask | None, nan_policy: NanPolicy
) -> tuple[Pixels, Pixels]:
    """Return the valid samples where neither amplitude is 0."""
    a, b = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy).values
    lit = (a != 0) & (b != 0)
    return a[lit], b[lit]

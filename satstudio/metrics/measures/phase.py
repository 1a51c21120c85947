"""Coherence, complex correlation, phase and log-amplitude error, radiometric bias."""

import math
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.core.raster import Mask
from satstudio.metrics.images import Images, NanPolicy, Reals, complex_images
from satstudio.metrics.score import metric
from satstudio.metrics.suits import Suits
from satstudio.metrics.tiled import Known, Sums, Tiled
from satstudio.metrics.windows import box_sum, whole_windows

Pixels = npt.NDArray[Any]


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


def _check_window(size: Size, known: Known) -> None:
    if min(size.rows, size.cols) < known["window"]:
        raise InputError(
            f"The images are smaller than the coherence window of {known['window']} px."
        )


def _coherence_sums(images: Images, core: Size, known: Known) -> Sums:
    """Sum the coherence of all windows that lie in the images; they start in the core."""
    window = known["window"]
    if min(images.valid.shape) < window:
        return {"sum": np.zeros(len(images.arrays[0])), "n": np.zeros(len(images.arrays[0]))}
    inside = whole_windows(images.valid, window)
    bands = [_coherence(*pair, window)[inside] for pair in images.bands]
    told = [band[np.isfinite(band)] for band in bands]
    return {
        "sum": np.array([band.sum() for band in told]),
        "n": np.array([float(band.size) for band in told]),
    }


def _mean_coherence(sums: Sums, known: Known) -> float:
    told = sums["n"] > 0
    return float(np.mean(sums["sum"][told] / sums["n"][told])) if told.any() else math.nan


def _correlation_sums(images: Images, core: Size, known: Known) -> Sums:
    a, b = images.inner(core).values
    return {
        "together": complex((a * np.conj(b)).sum()),
        "powers": np.array([_power(a).sum(), _power(b).sum()]),
    }


def _correlation(sums: Sums, known: Known) -> dict[str, float]:
    first, second = (float(power) for power in sums["powers"])
    if not (first > 0 and second > 0):
        return {"magnitude": math.nan, "phase": math.nan}
    together = sums["together"]
    magnitude = min(abs(together) / (math.sqrt(first) * math.sqrt(second)), 1.0)
    return {"magnitude": magnitude, "phase": float(np.angle(together))}


def _lit(images: Images, core: Size) -> tuple[Pixels, Pixels]:
    """Return the valid samples where neither amplitude is 0."""
    a, b = images.inner(core).values
    lit = (a != 0) & (b != 0)
    return a[lit], b[lit]


def _phase_sums(images: Images, core: Size, known: Known) -> Sums:
    a, b = _lit(images, core)
    return {"squares": float((np.angle(a * np.conj(b)) ** 2).sum()), "n": a.size}


def _amplitude_sums(images: Images, core: Size, known: Known) -> Sums:
    a, b = _lit(images, core)
    ratio_db = 20 * (np.log10(np.abs(a)) - np.log10(np.abs(b)))
    return {"squares": float((ratio_db**2).sum()), "n": a.size}


def _root_mean(sums: Sums, known: Known) -> float:
    return math.sqrt(sums["squares"] / sums["n"]) if sums["n"] else math.nan


def _power_sums(images: Images, core: Size, known: Known) -> Sums:
    first, second = (
        one.real if known["kind"] == "intensity" else _power(one)
        for one in images.inner(core).values
    )
    return {"powers": np.array([first.sum(), second.sum()]), "n": first.size}


def _bias_db(sums: Sums, known: Known) -> float:
    if not sums["n"]:
        return math.nan
    before, after = (float(power) / sums["n"] for power in sums["powers"])
    if before <= 0 or after <= 0:
        return math.nan if before <= 0 and after <= 0 else math.copysign(math.inf, after - before)
    return 10 * math.log10(after / before)


_OF_COHERENCE = Tiled(
    complex_images,
    _coherence_sums,
    _mean_coherence,
    reach_px=lambda known: int(known["window"]) - 1,
    check=_check_window,
)
_OF_CORRELATION = Tiled(complex_images, _correlation_sums, _correlation)
_OF_PHASE = Tiled(complex_images, _phase_sums, _root_mean)
_OF_AMPLITUDE = Tiled(complex_images, _amplitude_sums, _root_mean)
_OF_BIAS = Tiled(complex_images, _power_sums, _bias_db)


@metric(
    better="higher",
    source="mean over windows of |sum a b*| / sqrt(sum |a|^2 sum |b|^2), mean over bands; biased: "
    "independent speckle gives about sqrt(pi / 4) / window, see coherence_bias; windows without "
    "power do not count",
    span=(0, 1),
    window="window x window px, stride 1",
    masks="mask True = valid; only windows of valid pixels alone count",
    tiled=_OF_COHERENCE,
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
    return float(_OF_COHERENCE.whole(images, {"window": window}))


def coherence_bias(window: int) -> float:
    """Return what `coherence` is, on average, of independent speckle: sqrt(pi / 4) / window."""
    return math.sqrt(math.pi / 4) / window


@metric(
    better="higher",
    source="abs and angle of <a, b> / (norm a norm b), sum of a b* over the whole image and all "
    "bands; a constant phase added to b alone shows as a negative phase",
    span=(0, 1),
    window="the whole image",
    main="magnitude",
    tiled=_OF_CORRELATION,
)
def complex_correlation(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> dict[str, float]:
    """Correlation of two complex images: magnitude (the value) and phase in rad."""
    images = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    found: dict[str, float] = _OF_CORRELATION.whole(images, {})
    return found


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
    tiled=_OF_PHASE,
)
def phase_rmse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Root mean square of the phase difference of two complex images."""
    images = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return float(_OF_PHASE.whole(images, {}))


@metric(
    unit="dB",
    better="lower",
    source="rms of 20 log10(|a| / |b|); pixels of amplitude 0 do not count",
    span=(0, math.inf),
    left_out=dark_pixels,
    tiled=_OF_AMPLITUDE,
)
def amplitude_log_rmse(
    reference: Pixels,
    estimate: Pixels,
    *,
    mask: Mask | None = None,
    nan_policy: NanPolicy = "raise",
) -> float:
    """Root mean square of the ratio of amplitudes in dB."""
    images = complex_images(reference, estimate, mask=mask, nan_policy=nan_policy)
    return float(_OF_AMPLITUDE.whole(images, {}))


@metric(
    unit="dB",
    better="zero",
    source="10 log10(mean power of the estimate / that of the reference), all valid pixels and "
    "bands; power is |z|^2, or the value itself of kind 'intensity'",
    tiled=_OF_BIAS,
    suits=Suits(place=20, usual="radar", sees_power=True),
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
    return float(_OF_BIAS.whole(images, {"kind": kind}))

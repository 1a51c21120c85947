"""Handcrafted features: what one would look at oneself, a few numbers an image.

Real images, n bands: mean, standard deviation, skewness and excess kurtosis of each band;
correlation of each pair of bands; mean gradient of each band; share of the power in eight rings
of spatial frequency (logarithm, mean over bands). 34 numbers of four bands.

Complex images, each band: the first four cumulants of log amplitude; mean phasor of the phase
step between neighbours in azimuth and in range; share of the power in eight bins of azimuth and
of range frequency (logarithm); correlation of amplitudes one and two pixels apart in azimuth and
in range. Each pair of bands: their complex correlation. 28 numbers of one band.
"""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.restore.features.extractor import (
    EXTRACTORS,
    Extractor,
    ExtractorInfo,
    Floats,
    ImageKind,
)

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
BINS = 8
LEAST_PX = 2 * BINS
LEAST_SHARE = 1e-12
"""Of power; a ring without any has this much, so that its logarithm exists."""

DARK = 1e-2
"""Of the mean amplitude; darker pixels (zeros of whole numbers) count as this bright in logs."""


def real_features(images: Pixels) -> Floats:
    """Return (n, 5 bands + pairs + 8) numbers of real images (n, bands, rows, cols)."""
    values = images.astype(np.float64)
    mean = values.mean(axis=(2, 3))
    centred = values - mean[..., None, None]
    std = np.sqrt((centred**2).mean(axis=(2, 3)))
    unit = centred / _divisor(std)[..., None, None]
    down, across = np.diff(values, axis=2)[..., :-1], np.diff(values, axis=3)[:, :, :-1]
    gradient = np.sqrt(down**2 + across**2).mean(axis=(2, 3))
    parts = [mean, std, *_shape(unit), *_correlations(unit), gradient, _rings(centred)]
    return _table(parts)


def complex_features(images: Pixels) -> Floats:
    """Return (n, 28 bands + 2 pairs) numbers of complex images (n, bands, rows, cols)."""
    z = images.astype(np.complex128)
    amplitude = np.abs(z)
    floor = DARK * amplitude.mean(axis=(2, 3), keepdims=True)
    logs = np.log(np.maximum(amplitude, np.where(floor > 0, floor, 1)))
    parts = [*_cumulants(logs)]
    for axis in (2, 3):
        parts += [*_phase_step(z, axis), *_bins(z, axis), *_two_lags(amplitude, axis)]
    return _table(parts + _coherences(z, amplitude))


def _table(parts: list[Reals]) -> Floats:
    return np.concatenate(
        [part[:, None] if part.ndim == 1 else part for part in parts], axis=1, dtype=np.float32
    )


def _divisor(values: Reals) -> Reals:
    """Return values to divide by; where one is 0, what is divided is 0 too."""
    return np.where(values > 0, values, 1)


def _shape(unit: Reals) -> tuple[Reals, Reals]:
    """Skewness and excess kurtosis (n, bands); a constant band has 0 of both."""
    fourth = (unit**4).mean(axis=(2, 3))
    return (unit**3).mean(axis=(2, 3)), np.where(fourth > 0, fourth - 3, 0)


def _correlations(unit: Reals) -> list[Reals]:
    pairs = combinations(range(unit.shape[1]), 2)
    return [(unit[:, one] * unit[:, other]).mean(axis=(1, 2)) for one, other in pairs]


def _rings(centred: Reals) -> Reals:
    """Log share of the power in rings of 1/16 cycles a pixel, (n, 8); a Hann window before."""
    rows, cols = centred.shape[2:]
    window = np.hanning(rows + 2)[1:-1, None] * np.hanning(cols + 2)[1:-1]
    power = np.abs(np.fft.rfft2(centred * window)) ** 2
    radius = np.hypot(np.fft.fftfreq(rows)[:, None], np.fft.rfftfreq(cols))
    ring = np.minimum((radius * 2 * BINS).astype(int), BINS)  # beyond 0.5 only corners lie
    twice = np.where(
        (np.arange(power.shape[-1]) > 0) & (np.arange(power.shape[-1]) * 2 < cols), 2, 1
    )
    inside = [(power * twice * (ring == index)).sum(axis=(2, 3)) for index in range(BINS)]
    return np.asarray(_log_shares(np.stack(inside, axis=-1)).mean(axis=1))


def _log_shares(power: Reals) -> Reals:
    """Log share of each of the last axis' bins; equal shares where there is no power."""
    total = power.sum(axis=-1, keepdims=True)
    shares = np.where(total > 0, power / _divisor(total), 1 / power.shape[-1])
    return np.log(np.maximum(shares, LEAST_SHARE))


def _cumulants(logs: Reals) -> list[Reals]:
    """First four cumulants of log amplitude, each (n, bands)."""
    mean = logs.mean(axis=(2, 3))
    centred = logs - mean[..., None, None]
    second, third, fourth = ((centred**power).mean(axis=(2, 3)) for power in (2, 3, 4))
    return [mean, second, third, fourth - 3 * second**2]


def _phase_step(z: Pixels, axis: int) -> list[Reals]:
    """Real and imaginary part of the mean phasor between neighbours, each (n, bands)."""
    lines = np.moveaxis(z, axis, -1)
    product = lines[..., 1:] * np.conj(lines[..., :-1])
    phasor = (product / _divisor(np.abs(product))).mean(axis=(2, 3))
    return [phasor.real, phasor.imag]


def _bins(z: Pixels, axis: int) -> list[Reals]:
    """Log share of the power in eight bins of frequency along an axis, each (n, bands)."""
    length = z.shape[axis]
    spectrum = np.fft.fft(z, axis=axis)
    other = 5 - axis
    power = (spectrum.real**2 + spectrum.imag**2).sum(axis=other)
    place = ((np.fft.fftfreq(length) + 0.5) * BINS).astype(int)
    inside = [power[..., place == index].sum(axis=-1) for index in range(BINS)]
    shares = _log_shares(np.stack(inside, axis=-1))
    return [shares[..., index] for index in range(BINS)]


def _two_lags(amplitude: Reals, axis: int) -> list[Reals]:
    """Correlation of amplitudes one and two pixels apart, each (n, bands)."""
    centred = amplitude - amplitude.mean(axis=(2, 3), keepdims=True)
    lines = np.moveaxis(centred, axis, -1)
    power = _divisor((lines**2).mean(axis=(2, 3)))
    return [(lines[..., lag:] * lines[..., :-lag]).mean(axis=(2, 3)) / power for lag in (1, 2)]


def _coherences(z: Pixels, amplitude: Reals) -> list[Reals]:
    norm = _divisor(np.sqrt((amplitude**2).mean(axis=(2, 3))))
    found = []
    for one, other in combinations(range(z.shape[1]), 2):
        cross = (z[:, one] * np.conj(z[:, other])).mean(axis=(1, 2))
        cross = cross / (norm[:, one] * norm[:, other])
        found += [cross.real, cross.imag]
    return found


def _make(kind: ImageKind) -> Extractor:
    pairs = kind.bands * (kind.bands - 1) // 2
    count = 28 * kind.bands + 2 * pairs if kind.is_complex else 5 * kind.bands + pairs + BINS
    return Extractor(
        family="handcrafted",
        name=f"handcrafted 1 ({kind}, {count} numbers)",
        kind=kind,
        n_features=count,
        preprocess="none",
        measure=complex_features if kind.is_complex else real_features,
        is_relative=True,
        least_px=LEAST_PX,
    )


EXTRACTORS.add(
    "handcrafted",
    ExtractorInfo(
        title="Handcrafted features",
        source="Real bands: moments, correlations, gradients, radial spectrum. Complex bands: "
        "cumulants of log amplitude, phase steps, azimuth and range spectrum, two-lag correlation.",
        make=_make,
    ),
)

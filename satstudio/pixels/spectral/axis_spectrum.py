"""AxisSpectrum: the power spectrum along one axis, estimated from blocks of a complex scene.

What `whitening` flattens and `points` takes the point response from. Each line of a block counts
with its own power divided out, so that a bright point or a town says no more than a dark field.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]

BINS = 512
"""Frequencies at which a spectrum is kept."""

OCCUPIED = 0.05
"""Power, as a share of the largest, from which on a frequency belongs to the occupied band.

Flattening raises fainter ones more than what is known of them bears: tails of strong points, which
lie at the edges of the band, became streaks of 6 dB with 0.02.
"""

UNSEEN = 0.003
"""The same share below which a frequency has no part in the response to a point."""

STEPS = 16
"""The occupied band is a whole number of sixteenths of the sampling rate."""

FULL = 0.94
"""From this share on the whole sampling rate counts as occupied."""

LEAST_MOMENT = 0.03
"""First circular moment, as a share of the power, below which a spectrum has no centre."""

FLAT = 0.6
"""Of the weakest frequencies over the strongest: from here on a spectrum is white."""

MANY = 9
"""Blocks from which on the median of their spectra counts, not the mean."""

SHORTEST = 16
"""Lines of fewer samples tell no spectrum."""

LEAST_FILLED = 0.5
"""Share of samples of a line that must have power."""


@dataclass(frozen=True, slots=True, eq=False)
class AxisSpectrum:
    """Power spectrum along one axis.

    Attributes
    ----------
    centre : cycles a pixel, (-0.5, 0.5]
    power : (BINS,) float64, by frequency from the centre in the order of
        `numpy.fft.fftfreq`; mean 1
    kept : sixteenths of the sampling rate that are occupied, 1..16
    """

    centre: float
    power: Reals
    kept: int

    @property
    def is_white(self) -> bool:
        """Tell whether all frequencies have the same power."""
        return bool(np.ptp(self.power) == 0)

    def at(self, frequency: Reals) -> Reals:
        """Return the power at frequencies (cycles a pixel) from the centre, by linear rule."""
        place = (frequency % 1.0) * BINS
        first = np.floor(place).astype(int)
        share = place - first
        low, high = self.power[first % BINS], self.power[(first + 1) % BINS]
        return np.asarray(low + share * (high - low), np.float64)

    def response(self, finest: int, reach: int) -> npt.NDArray[np.complex128]:
        """Return the response to a point, peak 1, at -reach..reach px in steps of 1 / finest px.

        The point passes the filter that shaped the speckle: its spectrum is the root of the
        power, around the centre.

        Returns
        -------
        (2 * reach * finest + 1,) complex128
        """
        root = np.sqrt(np.where(self.power >= UNSEEN * self.power.max(), self.power, 0))
        steps = np.arange(-reach * finest, reach * finest + 1)
        length = BINS * finest
        finer = np.zeros(length)  # zeros beyond the spectrum: its transform in finer steps
        finer[: BINS // 2], finer[-(BINS // 2) :] = root[: BINS // 2], root[BINS // 2 :]
        shape = np.fft.ifft(finer)[steps % length] * (length / root.sum())
        return np.asarray(shape * np.exp(2j * np.pi * self.centre * steps / finest), np.complex128)


def estimate_spectrum(blocks: Sequence[Samples], axis: int) -> AxisSpectrum:
    """Estimate from blocks (rows, cols) of a scene, 0 where there is no data.

    Welch's method with Hann's window, half overlapped, on lines of at most 512 samples. White,
    with centre 0, where no line has power, and where it fills the sampling rate: nothing tells
    where it begins.
    """
    each = np.array([_of_lines(np.moveaxis(block, axis, -1)) for block in blocks])
    sums = each.sum(1)
    total = _middle(each[sums > 0] / sums[sums > 0][:, None])
    if not total.sum() > 0:
        return AxisSpectrum(0.0, np.ones(BINS), STEPS)
    turns = np.exp(2j * np.pi * np.arange(BINS) / BINS)
    moment = complex((total * turns).sum() / total.sum())
    centre = math.atan2(moment.imag, moment.real) / (2 * math.pi)
    centre = centre if abs(moment) > LEAST_MOMENT else 0.0
    power = _moved(total, centre)
    power = power / power.mean()
    low, high = np.quantile(power, (0.05, 0.95))
    if low > FLAT * high:
        return AxisSpectrum(0.0, np.ones(BINS), STEPS)
    return AxisSpectrum(centre, power, _kept(power))


def _middle(spectra: Reals) -> Reals:
    """Return the mean of a few spectra, of many the median: a seam of bursts does not count."""
    if len(spectra) == 0:
        return np.zeros(BINS)
    middle = np.median(spectra, axis=0) if len(spectra) >= MANY else spectra.mean(0)
    return np.asarray(middle, np.float64)


def _of_lines(lines: Samples) -> Reals:
    """Return the summed spectra (BINS,) of lines (n, length), each of power 1."""
    total = np.zeros(BINS)
    length = min(BINS, lines.shape[-1])
    if length < SHORTEST:
        return total
    window = np.hanning(length + 1)[:length]
    for start in range(0, lines.shape[-1] - length + 1, max(length // 2, 1)):
        piece = lines[:, start : start + length]
        has_power = (np.abs(piece) > 0).mean(1) > LEAST_FILLED
        spectra = np.abs(np.fft.fft(piece[has_power] * window, BINS, axis=1)) ** 2
        total += (spectra / spectra.sum(1, keepdims=True)).sum(0)
    return total


def _moved(power: Reals, centre: float) -> Reals:
    """Return the spectrum counted from a centre, smoothed over about three bins."""
    place = np.arange(BINS) + centre * BINS
    first = np.floor(place).astype(int)
    share = place - first
    moved = (1 - share) * power[first % BINS] + share * power[(first + 1) % BINS]
    smooth: Reals = (np.roll(moved, 1) + 2 * moved + np.roll(moved, -1)) / 4
    return smooth


def _kept(power: Reals) -> int:
    frequency = np.abs(np.fft.fftfreq(BINS))
    edge = 2 * float(frequency[power >= OCCUPIED * power.max()].max())
    return STEPS if edge >= FULL else min(STEPS, math.ceil(edge * STEPS))

"""Whitening: samples whose spectrum is centred, flat and fills the sampling rate, and the way back.

Speckle filters and MERLIN's loss (Dalsasso, Denis, Tupin 2021, section II) want independent
samples: the real part of one may tell nothing of the imaginary part of its neighbours. A focused
scene has a weighted spectrum that fills a part of the sampling rate. Divided by the root of its
power and cut to the occupied band it is white, on a coarser grid: pixel k of it lies at
k * 16 / kept of the scene's pixels.

Blocks lie on fixed places of the scene, so that the answer does not depend on who asks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from satstudio.core.grid import Size, Window
from satstudio.pixels.spectral.axis_spectrum import OCCUPIED, STEPS, AxisSpectrum

Complexes = npt.NDArray[np.complex64]
Reals = npt.NDArray[np.float64]
Intensity = npt.NDArray[np.float32]
TAPS = 3
"""Lobes of Lanczos' kernel on the way back."""

LEVEL_CELLS = 5
"""Side, in cells of 16 px, of what a local level is measured on."""

LEAST = 1e-3
"""Power, as a share of a cell's mean, below which a sample says nothing of its level."""

LIKE = 1.0
"""Logarithm of a ratio of levels at which one cell says little of another: e, 4 dB."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """What is done along both axes of one band."""

    azimuth: AxisSpectrum
    range_: AxisSpectrum

    @property
    def kept(self) -> tuple[int, int]:
        """Sixteenths of the sampling rate that stay, along rows and columns."""
        return self.azimuth.kept, self.range_.kept

    def coarse(self, size: Size) -> Size:
        """Return the size of the white scene."""
        rows, cols = (
            -(-length * kept // STEPS)
            for length, kept in zip((size.rows, size.cols), self.kept, strict=True)
        )
        return Size(rows, cols)

    def apply(self, block: npt.NDArray[Any], row: int, col: int) -> Complexes:
        """Return the white samples of a block whose corner lies at row, col of the scene.

        Parameters
        ----------
        block : (rows, cols) complex; sides, row and col are multiples of 16

        Returns
        -------
        (rows * kept / 16, cols * kept / 16) complex64
            Of the mean power of a uniform surface in the block. The block counts as periodic: a
            margin of some pixels is to be dropped.
        """
        white = _one_axis(np.asarray(block, np.complex64), 0, self.azimuth, row)
        return _one_axis(white, 1, self.range_, col)


def _one_axis(block: Complexes, axis: int, spectrum: AxisSpectrum, start: int) -> Complexes:
    length = block.shape[axis]
    shape = (length, 1) if axis == 0 else (1, length)
    places = np.arange(start, start + length)
    turns = np.exp(-2j * np.pi * (places * spectrum.centre % 1.0)).astype(np.complex64)
    bins = fft.fft(block * turns.reshape(shape), axis=axis)
    count = length * spectrum.kept // STEPS
    kept = np.r_[0 : (count + 1) // 2, length - count // 2 : length]
    gain = _gain(spectrum, length, kept)
    chosen = np.take(bins, kept, axis) * gain.reshape((count, 1) if axis == 0 else (1, count))
    white: Complexes = fft.ifft(chosen, axis=axis, overwrite_x=True)
    return white


def _gain(spectrum: AxisSpectrum, length: int, kept: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return what the kept bins are multiplied by; the power of a uniform surface stays."""
    every = spectrum.at(np.asarray(np.fft.fftfreq(length), np.float64))
    power = every[kept]
    gain = 1 / np.sqrt(np.maximum(power, OCCUPIED * every.max()))
    scale = len(kept) / length * every.mean() / np.mean(gain**2 * power)
    return np.asarray(gain * np.sqrt(scale), np.float32)


def levelled(white: npt.NDArray[Any], scene: npt.NDArray[Any]) -> Complexes:
    """Return white samples with the local level of the scene's.

    Where noise fills the band in another way than the signal does (still water), flattening the
    signal's spectrum raises it, by 3 dB over Sentinel-1's sea. The mean of the logarithm over
    LEVEL_CELLS x 16 px brings each place back; it is not led by what is bright beside it.

    Parameters
    ----------
    white : (rows * kept / 16, cols * kept / 16) complex, of `Whitening.apply`
    scene : (rows, cols) complex, the samples that it was made of; sides are multiples of 16
    """
    cells = (scene.shape[0] // STEPS, scene.shape[1] // STEPS)
    wanted, found = _levels(scene, cells), _levels(white, cells)
    step = _smooth(wanted - found, wanted) / 2
    for axis, side in enumerate(white.shape):
        middles = (np.arange(cells[axis]) + 0.5) * side / cells[axis]
        step = _between(step, axis, middles, np.arange(side) + 0.5)
    return np.asarray(white * np.exp(step).astype(np.float32), np.complex64)


def on_coarse(flags: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return flags (rows, cols) of the scene's grid on the white one: the nearest."""
    rows, cols = (
        np.minimum(np.round(np.arange(few) * many / few).astype(int), many - 1)
        for few, many in zip(shape, flags.shape, strict=True)
    )
    found: npt.NDArray[np.bool_] = flags[np.ix_(rows, cols)]
    return found


def nearest_filled(power: npt.NDArray[Any]) -> Intensity:
    """Return power (rows, cols) with the nearest known value where it is 0 or not finite."""
    unknown = ~(np.isfinite(power) & (power > 0))
    if not unknown.any() or unknown.all():
        return np.asarray(np.nan_to_num(power), np.float32)
    from scipy.ndimage import distance_transform_edt  # lazy: scenes with holes only

    rows, cols = distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(power[rows, cols], np.float32)


def _levels(samples: npt.NDArray[Any], cells: tuple[int, int]) -> Reals:
    """Return the mean logarithm of the power in each of (rows, cols) cells; NaN without power."""
    power = samples.real**2 + samples.imag**2
    down, across = power.shape[0] // cells[0], power.shape[1] // cells[1]
    boxes = power.reshape(cells[0], down, cells[1], across)
    has_power = boxes > 0
    count = has_power.sum((1, 3))
    mean = boxes.sum((1, 3)) / np.maximum(count, 1)
    seen = np.maximum(boxes, LEAST * mean[:, None, :, None])
    logs = np.log(seen, where=has_power, out=np.zeros_like(boxes))
    total = logs.sum((1, 3), dtype=np.float64)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _smooth(values: Reals, level: Reals) -> Reals:
    """Average over LEVEL_CELLS x LEVEL_CELLS cells of a like level; what is NaN does not count."""
    half = LEVEL_CELLS // 2
    total, weight = np.zeros(values.shape), np.zeros(values.shape)
    wide, around = (np.pad(each, half, constant_values=np.nan) for each in (values, level))
    for row in range(LEVEL_CELLS):
        for col in range(LEVEL_CELLS):
            part = np.s_[row : row + values.shape[0], col : col + values.shape[1]]
            share = np.exp(-0.5 * ((around[part] - level) / LIKE) ** 2)
            share = np.where(np.isfinite(wide[part]), np.nan_to_num(share), 0.0)
            total += share * np.nan_to_num(wide[part])
            weight += share
    return np.where(weight > 0, total / np.maximum(weight, 1e-12), 0.0)


def _between(values: Reals, axis: int, known: Reals, wanted: Reals) -> Reals:
    """Return values at other places along an axis, by linear rule, level beyond the ends."""
    place = np.clip(np.interp(wanted, known, np.arange(len(known))), 0, len(known) - 1)
    first = np.minimum(place.astype(int), max(len(known) - 2, 0))
    share = (place - first).reshape((-1, 1) if axis == 0 else (1, -1))
    low = np.take(values, first, axis)
    high = np.take(values, np.minimum(first + 1, len(known) - 1), axis)
    return np.asarray(low + share * (high - low), np.float64)


def back(
    intensity: Intensity, kept: tuple[int, int], first: tuple[int, int], window: Window
) -> Intensity:
    """Return intensities of the white grid on a window of the scene's grid.

    Lanczos' kernel of three lobes on the square root, held between the least and the largest of
    the four nearest, so that an edge does not ring.

    Parameters
    ----------
    intensity : (rows, cols) of the white grid
    first : row and column of its first pixel in the white grid
    """
    values = np.sqrt(intensity)
    for axis in (0, 1):
        start, length = ((window.row, window.rows), (window.col, window.cols))[axis]
        places = start + np.arange(length)
        if kept[axis] != STEPS:
            values = _lanczos(values, axis, places * kept[axis] / STEPS - first[axis])
        else:
            values = np.take(values, places - first[axis], axis)
    return np.square(values)


def _lanczos(values: npt.NDArray[Any], axis: int, places: Reals) -> npt.NDArray[Any]:
    last = values.shape[axis] - 1
    first = np.floor(places).astype(int)
    shape = (-1, 1) if axis == 0 else (1, -1)
    total: npt.NDArray[Any] | float = 0.0
    weight = np.zeros(len(places))
    for step in range(1 - TAPS, TAPS + 1):
        away = places - (first + step)
        share = np.sinc(away) * np.sinc(away / TAPS)
        taken = np.take(values, np.clip(first + step, 0, last), axis)
        total = total + taken * share.reshape(shape).astype(values.dtype)
        weight += share
    one = np.take(values, np.clip(first, 0, last), axis)
    two = np.take(values, np.clip(first + 1, 0, last), axis)
    mean = total / weight.reshape(shape).astype(values.dtype)
    return np.clip(mean, np.minimum(one, two), np.maximum(one, two))

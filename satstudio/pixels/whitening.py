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

from satstudio.core.grid import Size
from satstudio.pixels.axis_spectrum import OCCUPIED, STEPS, AxisSpectrum

Complexes = npt.NDArray[np.complex64]
Reals = npt.NDArray[np.float64]
Intensity = npt.NDArray[np.float32]
TAPS = 3
"""Lobes of Lanczos' kernel on the way back."""


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


def back(
    intensity: Intensity, kept: tuple[int, int], corner: tuple[int, int], size: Size
) -> Intensity:
    """Return intensities of the white grid on a window of the scene's grid.

    Lanczos' kernel of three lobes on the square root, held between the least and the largest of
    the four nearest, so that an edge does not ring.

    Parameters
    ----------
    intensity : (rows, cols) of the white grid
    corner : row and column in the scene, counted from the first pixel of `intensity`
    """
    values = np.sqrt(intensity)
    for axis in (0, 1):
        length = size.rows if axis == 0 else size.cols
        if kept[axis] != STEPS:
            places = (corner[axis] + np.arange(length)) * kept[axis] / STEPS
            values = _lanczos(values, axis, places)
        else:
            values = np.take(values, corner[axis] + np.arange(length), axis)
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

"""Block means of power or of values: sums and counts of valid pixels, level by level.

Complex samples are squared before they are averaged: the phase of speckle is random, so the mean
of n samples has only 1/n of their power. Amplitudes and decibels are averaged as the power that
they stand for, and the mean is an amplitude, or decibels, again.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size, Window
from satstudio.core.quantity import Averaging, from_power, to_power
from satstudio.core.raster import Mask
from satstudio.scenes.pyramid.levels import Factors, level_size

Floats32 = npt.NDArray[np.float32]
CHUNK_PX = 32768
"""Pixels squared at a time, so that what lies between stays in the L2 cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Rows of a level: sums over its blocks, and how many pixels each sum has.

    Attributes
    ----------
    sums : (rows, cols) float32
    counts : (rows, cols) float32, or None where every pixel of the scene is valid
    smallest, largest : of the valid pixels themselves
    """

    sums: Floats32
    counts: Floats32 | None
    smallest: float
    largest: float


def fold(values: npt.NDArray[Any], factors: Factors) -> Floats32:
    """Add neighbours: blocks of 1 or 2 rows by 1 or 2 columns; what lies outside adds nothing."""
    if factors[0] == 2:
        rows = values[0::2].astype(np.float32)
        rows[: len(values) // 2] += values[1::2]
        values = rows
    if factors[1] == 2:
        cols = values[:, 0::2].astype(np.float32)
        cols[:, : values.shape[1] // 2] += values[:, 1::2]
        values = cols
    return values.astype(np.float32, copy=False)


def first_sums(
    pixels: npt.NDArray[Any], valid: Mask, factors: Factors, averaging: Averaging = "value"
) -> Sums:
    """Reduce full-resolution pixels (rows, cols) to their first level.

    Complex samples give sums of |z|^2, real ones of what is averaged. What is not finite is
    invalid, whatever `valid` says; 0 as decibels (-inf) is valid and has no power.
    """
    step = max(2, CHUNK_PX // pixels.shape[1] // 2 * 2)
    parts, ends = [], [(np.inf, -np.inf)]
    is_whole = bool(valid.all())
    valid = valid if is_whole else valid.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(pixels), step):
            values = _values(pixels[start : start + step], averaging)
            low, high = values.min(), values.max()
            if not (is_whole and np.isfinite(low) and np.isfinite(high)):
                good = valid[start : start + step] & np.isfinite(values)
                if is_whole:
                    is_whole, valid = False, valid.copy()
                valid[start : start + step] = good
                values = np.where(good, values, np.float32(0))
                low, high = _ends(values[good])
            ends.append((float(low), float(high)))
            parts.append(fold(values, factors))
    counts = None if is_whole else fold(valid, factors)
    lows, highs = zip(*ends, strict=True)
    return Sums(np.concatenate(parts), counts, min(lows), max(highs))


def full_counts(size: Size, factors: Factors, window: Window) -> tuple[Floats32, Floats32]:
    """Return how many rows and columns of a scene lie in the blocks of a window of a level."""
    whole = level_size(size, factors)
    rows = np.full(whole.rows, factors[0], np.float32)
    cols = np.full(whole.cols, factors[1], np.float32)
    rows[-1] = size.rows - (whole.rows - 1) * factors[0]
    cols[-1] = size.cols - (whole.cols - 1) * factors[1]
    row_slice, col_slice = window.slices
    return rows[row_slice], cols[col_slice]


def means(part: Sums, rows: Floats32, cols: Floats32) -> tuple[Floats32, Mask | None]:
    """Divide sums by counts; also which means exist (None: all).

    Parameters
    ----------
    rows, cols : how many rows and columns of the scene each block has, see `full_counts`
    """
    if part.counts is None:
        mean: Floats32 = part.sums * (np.float32(1) / rows)[:, np.newaxis]
        mean *= np.float32(1) / cols
        return mean, None
    valid: Mask = part.counts > 0
    mean = np.zeros_like(part.sums)
    np.divide(part.sums, part.counts, out=mean, where=valid)
    return mean, valid


def averaged_as(mean: Floats32, averaging: Averaging) -> Floats32:
    """Return means of power as what the scene holds: amplitudes, decibels; others as they are."""
    if averaging in ("amplitude", "db"):
        return from_power(mean, averaging)
    return mean


def _values(pixels: npt.NDArray[Any], averaging: Averaging) -> Floats32:
    """Return |z|^2 of complex samples, real ones as float32 in which means are right."""
    if not np.iscomplexobj(pixels):
        values = pixels.astype(np.float32)
        return to_power(values, averaging) if averaging in ("amplitude", "db") else values
    pairs = np.ascontiguousarray(pixels, np.complex64).view(np.float32)
    squares = pairs * pairs
    power: Floats32 = squares[:, 0::2] + squares[:, 1::2]
    return power


def _ends(values: Floats32) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if len(values) else (np.inf, -np.inf)

"""Exactly reproducible patterns: uniform numbers, smooth noise, waves, parcels.

The random numbers are the raw words of PCG64 (whose stream numpy keeps for ever), and everything
after them is +, -, *, / and comparison of float64, which IEEE 754 rounds in one way only. No power,
no sine, no sum over an axis, whose last digit depends on the machine.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size

Reals = npt.NDArray[np.float64]


class Dice:
    """Uniform numbers whose bits depend on seed and stream only."""

    def __init__(self, seed: int, stream: int) -> None:
        self._words = np.random.PCG64(np.random.SeedSequence([seed, stream]))

    def uniform(self, *shape: int) -> Reals:
        """Return float64 in [0, 1): the upper 53 bits of each raw word."""
        count = 1
        for side in shape:
            count *= side
        words = np.asarray(self._words.random_raw(count), np.uint64) >> np.uint64(11)
        return words.reshape(shape).astype(np.float64) * 2.0**-53


def value_noise(size: Size, cell: int, dice: Dice) -> Reals:
    """Smooth noise 0..1: random values every `cell` pixels, between them a cubic."""
    lattice = dice.uniform(size.rows // cell + 2, size.cols // cell + 2)
    top, down = _place(size.rows, cell)
    left, across = _place(size.cols, cell)
    rows = lattice[top] + (lattice[top + 1] - lattice[top]) * down[:, None]
    return rows[:, left] + (rows[:, left + 1] - rows[:, left]) * across[None, :]


def _place(length: int, cell: int) -> tuple[npt.NDArray[np.int64], Reals]:
    index = np.arange(length)
    part = (index % cell) / cell
    return index // cell, part * part * (3 - 2 * part)


def fractal(size: Size, cell: int, octaves: int, dice: Dice) -> Reals:
    """Noise about 0..1 with detail down to cell / 2^(octaves - 1) pixels."""
    total, weight = np.zeros((size.rows, size.cols)), 0.5
    for octave in range(octaves):
        total = total + weight * value_noise(size, max(cell >> octave, 2), dice)
        weight = weight / 2
    return total / (1 - 2 * weight)


def wave(turns: Any) -> Reals:  # noqa: ANN401 - array or number
    """Return a wave -1..1 much like a cosine, of a triangle and a cubic."""
    part: Reals = turns - np.floor(turns)
    ramp = np.abs(2 * part - 1)
    return np.asarray(2 * (ramp * ramp * (3 - 2 * ramp)) - 1, np.float64)


def parcels(
    rows: int, cols: int, least: int, dice: Dice
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Split a rectangle again and again; number the pieces and mark their borders.

    Returns
    -------
    (rows, cols) int32 number of the piece; (rows, cols) uint8: 1 border, 2 border of a large piece
    """
    number = np.zeros((rows, cols), np.int32)
    border = np.zeros((rows, cols), np.uint8)
    waiting, count = [(0, 0, rows, cols)], 0
    while waiting:
        row, col, down, across = waiting.pop()
        where, stop = dice.uniform(2)
        longest = max(down, across)
        if longest < 2 * least or (longest < 4 * least and stop < 0.35):
            number[row : row + down, col : col + across] = count
            count += 1
            continue
        cut = max(int(longest * (0.32 + 0.36 * where)), 1)
        kind, half = (2, 2) if longest > 9 * least else (1, 1)
        if down >= across:
            border[row + cut - half : row + cut + half, col : col + across] = kind
            waiting += [(row, col, cut, across), (row + cut, col, down - cut, across)]
        else:
            border[row : row + down, col + cut - half : col + cut + half] = kind
            waiting += [(row, col, down, cut), (row, col + cut, down, across - cut)]
    return number, border

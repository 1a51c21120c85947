"""Phases of sets of complex patches: from pixel to pixel in azimuth and range, and of pixels."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.metrics.empirical import share_gap
from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
KUIPER = (
    "Kuiper's statistic max(F_a - F_b) + max(F_b - F_a) (Kuiper 1960), which like the circle has "
    "no first value"
)
DARK = "values not finite and pixels of amplitude 0 have no phase and do not count"


@metric(
    better="lower",
    source=f"{KUIPER}, of arg(z[i + 1] conj(z[i])) of all neighbours along an axis; independent "
    "neighbours give 0 against each other, a spectrum moved by half the sampling rate up to 1",
    span=(0, 1),
    masks=DARK,
)
def phase_step_distance(first: Pixels, second: Pixels, *, axis: int) -> float:
    """Largest surplus and deficit between the distributions of neighbours' phase differences.

    Parameters
    ----------
    first, second : (..., rows, cols) complex arrays
    axis : 0 azimuth (rows), 1 range (columns)

    Returns
    -------
    float
        0 (equal distributions) .. 1; NaN if either side has no pair of neighbours.
    """
    return _apart(phase_steps(first, axis), phase_steps(second, axis))


@metric(
    better="lower",
    source=f"{KUIPER}, of arg z of all pixels; single-look samples have every phase alike often, "
    "so that what is generated must too",
    span=(0, 1),
    masks=DARK,
)
def phase_distance(first: Pixels, second: Pixels) -> float:
    """Largest surplus and deficit between the distributions of the phase.

    Parameters
    ----------
    first, second : complex arrays of any shape

    Returns
    -------
    float
        0 (equal distributions) .. 1; NaN if either side is empty.
    """
    return _apart(phases(first), phases(second))


@metric(
    better="lower",
    source="Kuiper's statistic (Kuiper 1960) of arg z of all pixels against the uniform "
    "distribution on the circle",
    span=(0, 1),
    masks=DARK,
)
def phase_nonuniformity(image: Pixels) -> float:
    """Largest surplus and deficit of the distribution of the phase against a uniform one.

    Parameters
    ----------
    image : complex array of any shape

    Returns
    -------
    float
        0 (every phase alike often) .. 1 (one phase only); NaN if no pixel has a phase.
    """
    found = phases(image)
    if not found.size:
        return float("nan")
    uniform = (found + np.pi) / (2 * np.pi)
    count = np.arange(found.size + 1) / found.size
    return float((count[1:] - uniform).max() + (uniform - count[:-1]).max())


def phase_steps(z: Pixels, axis: int) -> Reals:
    """Return arg(z[i + 1] conj(z[i])) of all neighbours along an axis, in order."""
    lines = np.moveaxis(np.asarray(z, np.complex128), axis - 2, -1)
    return phases(lines[..., 1:] * np.conj(lines[..., :-1]))


def phases(z: Pixels) -> Reals:
    """Return the phases of all pixels that have one, in order, in (-pi, pi]."""
    wide = np.asarray(z, np.complex128)
    found: Reals = np.angle(wide[np.isfinite(wide) & (wide != 0)])
    found[found == -np.pi] = np.pi  # what -1 - 0j has; the same direction
    found.sort()
    return found


def _apart(one: Reals, other: Reals) -> float:
    if not (one.size and other.size):
        return float("nan")
    gap = share_gap(one, other)[1]
    return float(max(gap.max(), 0) + max(-gap.min(), 0))

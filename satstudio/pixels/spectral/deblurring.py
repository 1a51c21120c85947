"""without_leakage: power of white samples without what leaks from bright ground beside it.

A white sample's response is a sinc: its power is the reflectivity blurred by sinc^2, of which a
tenth lies beside the main lobe on each axis. Dark ground beside bright ground so seems brighter, a
road by some dB. Two steps of Richardson's and Lucy's multiplicative deconvolution (1972, 1974) on
restored power take most of that back; what they would change by less than 3 % is noise and stays.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.spectral.axis_spectrum import STEPS

Power = npt.NDArray[np.float32]
STEPS_TAKEN = 2
KERNEL_PX = 6
REACH_PX = 2 * STEPS_TAKEN * KERNEL_PX
"""How far (white px) a result depends on the power around."""

LEAST_CHANGE = 0.03
"""Of the logarithm."""


def without_leakage(power: npt.NDArray[Any], kept: tuple[int, int]) -> Power:
    """Return linear power (rows, cols) float32, above 0, of the white grid without leakage.

    Parameters
    ----------
    power : restored, above 0
    kept : sixteenths of each axis' band that are occupied; an axis with all 16 stays
    """
    from scipy.ndimage import convolve1d  # lazy: white scenes only

    axes = [axis for axis in (0, 1) if kept[axis] < STEPS]
    seen = np.asarray(power, np.float32)
    if not axes:
        return seen

    def blurred(image: Power) -> Power:
        for axis in axes:
            image = convolve1d(image, _kernel(), axis=axis, mode="nearest")
        return image

    found = seen
    for _ in range(STEPS_TAKEN):
        change = np.log(blurred(seen / blurred(found)))
        found = found * np.exp(change - np.clip(change, -LEAST_CHANGE, LEAST_CHANGE))
    return found


@cache
def _kernel() -> Power:
    """Return the share of a pixel's power that lies in pixels -KERNEL_PX..KERNEL_PX."""
    from scipy.special import sici  # lazy: white scenes only

    edges = np.pi * (np.arange(-KERNEL_PX, KERNEL_PX + 2) - 0.5)
    integral = (sici(2 * edges)[0] - np.sin(edges) ** 2 / edges) / np.pi  # of sinc^2
    kernel = np.diff(integral)
    return np.asarray(kernel / kernel.sum(), np.float32)

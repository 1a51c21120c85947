"""Fréchet and kernel distance of features, Kolmogorov-Smirnov."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.metrics.score import metric

Pixels = npt.NDArray[Any]


@metric(
    unit="",
    better="lower",
    source="two-sample Kolmogorov-Smirnov statistic of |z| over all pixels, scaling inverted",
)
def ks_modulus(first: Pixels, second: Pixels) -> float:
    """Largest gap between the empirical distributions of the modulus.

    Parameters
    ----------
    first, second : arrays of any shape, complex or real; values not finite do not count

    Returns
    -------
    float
        0 (equal distributions) .. 1; NaN if either side is empty.
    """
    one, other = _sorted_modulus(first), _sorted_modulus(second)
    if not (one.size and other.size):
        return float("nan")
    steps = np.concatenate((one, other))
    gap = _share_up_to(one, steps) - _share_up_to(other, steps)
    return float(np.abs(gap).max())


def _sorted_modulus(values: Pixels) -> Pixels:
    finite = values[np.isfinite(values)]
    return np.sort(np.abs(finite), axis=None)


def _share_up_to(ordered: Pixels, steps: Pixels) -> Pixels:
    return np.searchsorted(ordered, steps, side="right") / ordered.size

"""Hypercomplex numbers of 2^n parts and the quality of a block of them (Q2n)."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[Any]


def product(a: Pixels, b: Pixels) -> Pixels:
    """Multiply numbers (2^n, ...) after Cayley and Dickson: (a, b)(c, d) = (ac - d*b, da + bc*)."""
    parts = len(a)
    if parts == 1:
        return np.asarray(a * b)
    half = parts // 2
    a0, a1, b0, b1 = a[:half], a[half:], b[:half], b[half:]
    return np.concatenate(
        [
            product(a0, b0) - product(conjugate(b1), a1),
            product(b1, a0) + product(a1, conjugate(b0)),
        ]
    )


def conjugate(a: Pixels) -> Pixels:
    """Return the number with all parts but the first negated."""
    return np.concatenate([a[:1], -a[1:]])


def block_quality(reference: Pixels, estimate: Pixels) -> float:
    """Q2n of one block: 4 |cov| |m1| |m2| / ((v1 + v2)(|m1|^2 + |m2|^2)).

    Both are (x - mean) / sd + 1 with the mean and sd of the reference's band; two blocks without
    variance have 2 |m1| |m2| / (|m1|^2 + |m2|^2).

    Parameters
    ----------
    reference, estimate : (bands, n) float64
    """
    parts = 2 ** math.ceil(math.log2(max(len(reference), 1)))
    zeros = np.zeros((parts - len(reference), reference.shape[1]))
    x, y = _normalised(np.concatenate([reference, zeros]), np.concatenate([estimate, zeros]))
    unbiased = x.shape[1] / (x.shape[1] - 1)
    mean_x, mean_y = x.mean(axis=1), y.mean(axis=1)
    power_x, power_y = float(mean_x @ mean_x), float(mean_y @ mean_y)
    variances = unbiased * (
        float((x * x).sum(axis=0).mean()) - power_x + float((y * y).sum(axis=0).mean()) - power_y
    )
    level = math.sqrt(power_x * power_y) / (power_x + power_y)
    if variances <= 1e-13 * (power_x + power_y):
        return 2 * level
    together = product(x, conjugate(y)).mean(axis=1)
    apart = product(mean_x[:, np.newaxis], conjugate(mean_y)[:, np.newaxis])[:, 0]
    covariance = unbiased * (together - apart)
    return float(4 * np.sqrt(covariance @ covariance) * level / variances)


def _normalised(reference: Pixels, estimate: Pixels) -> tuple[Pixels, Pixels]:
    """Shift and scale both by each band's mean and standard deviation (ddof 1) of the reference."""
    is_flat = np.ptp(reference, axis=1, keepdims=True) == 0
    centre = np.where(is_flat, reference[:, :1], reference.mean(axis=1, keepdims=True))
    std = reference.std(axis=1, ddof=1, keepdims=True)
    std = np.where(is_flat, np.finfo(float).eps, std)
    return (reference - centre) / std + 1, (estimate - centre) / std + 1

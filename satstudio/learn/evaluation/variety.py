"""VarietyMeter: how different generated images are from each other, beside real ones."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.scaling import Scaling
from satstudio.learn.method import Values
from satstudio.metrics.measures.wasserstein import value_w1
from satstudio.pixels.scaling import scaled

MOST_IMAGES = 64
MOST_SIDE = 64
"""Rows and columns of which single values are compared; of larger images every so many."""

Reals = npt.NDArray[np.float64]


class VarietyMeter:
    """Compares images as networks see them; complex values are pairs of real ones.

    Parameters
    ----------
    real : (n, bands, rows, cols), scaled
    """

    def __init__(self, real: Values, scaling: Scaling) -> None:
        self._scaling = scaling
        self._real = real[:MOST_IMAGES]
        self._mean_distance = mean_distance(self._real)
        self._rank = effective_rank(self._real)

    def of(self, generated: Values) -> dict[str, float | None]:
        """Measure images (n, bands, rows, cols), unscaled; None where a figure cannot be had.

        Returns
        -------
        dict
            `diversity` and `effective_rank` are about 1 where images differ as much as real ones,
            and in as many ways; `value_w1`: Wasserstein distance of single values, in standard
            deviations of real ones.
        """
        seen = scaled(generated[:MOST_IMAGES], self._scaling)
        few = seen[: len(self._real)]
        return {
            "diversity": _over(mean_distance(seen), self._mean_distance),
            "effective_rank": _over(effective_rank(few), self._rank),
            "value_w1": _finite(value_w1(_thinned(self._real), _thinned(seen))),
        }


def mean_distance(images: Values) -> float:
    """Return the mean Euclidean distance between two of the images (n, ...); 0 for fewer."""
    if len(images) < 2:
        return 0.0
    flat = _centred(images)
    power = np.square(flat).sum(axis=1)
    squares = power[:, None] + power[None] - 2 * flat @ flat.T
    return float(np.sqrt(np.maximum(squares, 0))[np.triu_indices(len(flat), 1)].mean())


def effective_rank(images: Values) -> float:
    """Return in how many directions the images (n, ...) differ: 0 for fewer than two or equal ones.

    (sum l)^2 / sum l^2 of the eigenvalues l of their covariance, which the matrix of the inner
    products has too: between 1 (all on one line) and n - 1.
    """
    if len(images) < 2:
        return 0.0
    flat = _centred(images)
    inner = flat @ flat.T
    power = float(np.square(inner).sum())
    return float(np.trace(inner)) ** 2 / power if power > 0 else 0.0


def _centred(images: Values) -> Reals:
    """Return (n, values): real and imaginary parts less their mean over the images."""
    flat: npt.NDArray[Any] = images.reshape(len(images), -1)
    if np.iscomplexobj(flat):
        flat = np.concatenate([flat.real, flat.imag], axis=1)
    return np.asarray(flat.astype(np.float64) - flat.mean(axis=0, dtype=np.float64))


def _thinned(images: Values) -> Values:
    step = -(-max(images.shape[-2:]) // MOST_SIDE)
    return images[..., ::step, ::step]


def _over(found: float, of_real: float) -> float | None:
    return _finite(found / of_real) if of_real > 0 else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

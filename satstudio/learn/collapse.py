"""CollapseWatch: notices a generator that makes nearly the same image from every noise."""

import numpy as np

from satstudio.learn.batches import Batches
from satstudio.learn.method import Values
from satstudio.pixels.scaling import Scaling, scaled

LEAST_DIVERSITY = 0.25
"""Healthy generators reach 0.4 early and 0.6 later; collapsed ones stay at or below this."""

LOW_CHECKS = 3
"""Comparisons in a row below it that make a warning."""

EARLY_SHARE = 0.05
EARLY_CHECKS = 10
"""What does not count: the first share of a training, or where it has no end so many checks."""

MOST_IMAGES = 64


class CollapseWatch:
    """Compares how different generated images are with how different real ones are.

    Parameters
    ----------
    real : gives the patches to compare with
    """

    def __init__(self, real: Batches, scaling: Scaling) -> None:
        self._scaling = scaling
        self._real = spread(real.values(1)[:MOST_IMAGES])
        self._low = 0
        self._checks = 0

    def diversity(self, made: Values) -> float | None:
        """Return mean distance of generated images over that of real ones, as networks see them.

        Parameters
        ----------
        made : (n, bands, rows, cols), unscaled

        Returns
        -------
        float or None
            About 1 where they differ as much; None where fewer than two or equal patches are
            compared.
        """
        if self._real <= 0 or len(made) < 2:
            return None
        found = spread(scaled(made[:MOST_IMAGES], self._scaling)) / self._real
        return found if np.isfinite(found) else None

    def is_collapsed(self, diversity: float | None, share: float) -> bool:
        """Count one comparison; tell whether the last few of them were all too low.

        Parameters
        ----------
        share : of the training that is done; 0 where it has no end
        """
        self._checks += 1
        is_early = share < EARLY_SHARE and (share > 0 or self._checks <= EARLY_CHECKS)
        if diversity is None or is_early or diversity >= LEAST_DIVERSITY:
            self._low = 0
            return False
        self._low += 1
        return self._low >= LOW_CHECKS


def spread(images: Values) -> float:
    """Return the mean Euclidean distance between two of the images (n, ...); 0 for fewer."""
    if len(images) < 2:
        return 0.0
    flat = images.reshape(len(images), -1)
    if np.iscomplexobj(flat):
        flat = np.concatenate([flat.real, flat.imag], axis=1)
    flat = flat.astype(np.float64) - flat.mean(axis=0, dtype=np.float64)
    power = np.square(flat).sum(axis=1)
    squares = power[:, None] + power[None] - 2 * flat @ flat.T
    return float(np.sqrt(np.maximum(squares, 0))[np.triu_indices(len(flat), 1)].mean())

"""share_gap: how far two empirical distributions are apart at each of their values."""

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]


def share_gap(one: Values, other: Values) -> tuple[Values, Reals]:
    """Return all values of both sets in order, and F_one - F_other at each of them.

    Parameters
    ----------
    one, other : (n,) and (m,) real values in order, not empty; F is the share up to a value
    """
    steps = np.sort(np.concatenate((one, other)), kind="stable")  # merges what is in order
    return steps, _share_up_to(one, steps) - _share_up_to(other, steps)


def _share_up_to(ordered: Values, steps: Values) -> Reals:
    return np.asarray(np.searchsorted(ordered, steps, side="right") / ordered.size)

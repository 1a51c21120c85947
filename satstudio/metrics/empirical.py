"""share_gap: how far two empirical distributions are apart at each of their values."""

from typing import Any

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]


def share_gap(one: Values, other: Values) -> tuple[Values, Reals]:
    """Return the distinct values of both sets in order, and F_one - F_other at each of them.

    Parameters
    ----------
    one, other : (n,) and (m,) real values in order, not empty; F is the share up to a value
    """
    both = np.concatenate((one, other))
    order = np.argsort(both, kind="stable")  # merges what is in order
    steps = both[order]
    of_one = np.cumsum(order < one.size)
    of_other = np.arange(1, both.size + 1) - of_one
    is_last = np.append(steps[1:] != steps[:-1], True)
    return steps[is_last], (of_one / one.size - of_other / other.size)[is_last]

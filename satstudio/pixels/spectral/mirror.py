"""mirrored: places beyond an image, as those inside that they are mirrored to."""

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]


def mirrored(first: int, end: int, count: int) -> Indices:
    """Return first..end - 1 with what lies outside 0..count - 1 mirrored (edge not repeated)."""
    index = np.arange(first, end)
    if count == 1:
        return np.zeros_like(index)
    index = np.abs(index) % (2 * (count - 1))
    return np.minimum(index, 2 * (count - 1) - index)

"""grey: the luminance of a colour image."""

from typing import Any

import numpy as np
import numpy.typing as npt

WEIGHTS = (0.299, 0.587, 0.114)
"""Red, green, blue: ITU-R BT.601, which most programs make grey pictures by."""


def grey(colour: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return the luminance of images.

    Parameters
    ----------
    colour : (..., 3, rows, cols), red, green and blue, in any unit

    Returns
    -------
    (..., 1, rows, cols) float32, in the same unit; NaN where a band is NaN
    """
    total = np.einsum("...bij,b->...ij", colour, np.asarray(WEIGHTS), dtype=np.float64)
    return np.asarray(total[..., np.newaxis, :, :], np.float32)

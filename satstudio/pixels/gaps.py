"""gap_widths, nearest, harmonic, filled: how wide holes are, and how plain rules fill them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.compositing import Composite

Image = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

STEPS = 400
"""Of the relaxation: enough for holes of about 40 px."""

FILL_HALO_PX = 64
"""What is filled depends on what lies around it; this far away nothing tells any more."""

CLASSES: Mapping[str, tuple[int, float]] = {
    "gaps_to_4px": (1, 4),
    "gaps_to_16px": (5, 16),
    "gaps_wider": (17, np.inf),
}
"""Widths of gaps that figures are given for: from, to."""


def gap_widths(valid: Mask) -> npt.NDArray[np.int64]:
    """Return the width of the hole that each pixel without data lies in, 0 where there is data.

    The side of the largest square that fits into a hole, about: twice the largest distance to a
    pixel with data, less 1. A lost line is as narrow as it is, however long.

    Parameters
    ----------
    valid : (rows, cols)
    """
    from scipy.ndimage import distance_transform_cdt, label, maximum  # lazy: few need it

    if not valid.any():
        return np.full(valid.shape, max(valid.shape), np.int64)
    holes, count = label(~valid, np.ones((3, 3)))
    deep = maximum(distance_transform_cdt(~valid), holes, np.arange(count + 1))
    widths: npt.NDArray[np.int64] = 2 * np.asarray(deep, np.int64) - 1
    widths[0] = 0
    found: npt.NDArray[np.int64] = widths[holes]
    return found


def in_classes(widths: npt.NDArray[np.int64]) -> dict[str, Mask]:
    """Return where gaps of each class of width lie."""
    return {name: (widths >= least) & (widths <= most) for name, (least, most) in CLASSES.items()}


def filled(made: Composite, reach_px: int) -> Composite:
    """Return an image whose pixels that nothing shows are as smooth as can be, from around.

    Parameters
    ----------
    reach_px : `seen` of the result is False further from every pixel that is seen
    """
    from scipy.ndimage import distance_transform_edt  # lazy, as above

    if made.seen.all() or not made.seen.any():
        return made
    near: Mask = distance_transform_edt(~made.seen) <= reach_px
    return Composite(harmonic(made.values, made.seen).astype(np.float32), near)


def nearest(image: Image, valid: Mask) -> Image:
    """Return an image whose holes have the value of the nearest pixel with data.

    Parameters
    ----------
    image : (bands, rows, cols), real or complex; what has no data is not looked at
    valid : (rows, cols); where none is, all is 0
    """
    from scipy.ndimage import distance_transform_edt  # lazy, as above

    if not valid.any():
        return np.zeros_like(image)
    rows, cols = distance_transform_edt(~valid, return_distances=False, return_indices=True)
    return image[:, rows, cols]


def harmonic(image: Image, valid: Mask) -> Image:
    """Return an image whose holes are as smooth as can be: Laplace's equation, by relaxation.

    Each pixel without data becomes the mean of its four neighbours, again and again, from the
    nearest value on (Bertalmio et al. 2000 call it the simplest inpainting).

    Parameters
    ----------
    as `nearest`
    """
    here = nearest(image, valid)
    if valid.all():
        return here
    for _ in range(STEPS):
        wide = np.pad(here, ((0, 0), (1, 1), (1, 1)), mode="edge")
        sides = (wide[:, :-2, 1:-1], wide[:, 2:, 1:-1], wide[:, 1:-1, :-2], wide[:, 1:-1, 2:])
        here = np.where(valid, here, sum(sides) / 4)
    return here

"""gap_widths, nearest, harmonic, filled: how wide holes are, and how plain rules fill them."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.compositing import Composite

Image = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

SAME, NEARLY_SAME = 9, 5
"""So many reaches away from where an image ends, a hole is filled alike whatever lies beyond.

Laplace's equation is solved as deep as the reach R into a hole, where a difference dies away along
the edge as exp(-pi d / 2R), from R within the end on: to 4e-6, and to 2e-3. It goes further only
where single pixels far from each other are all that is known.
"""

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
    return Composite(harmonic(made.values, made.seen, near).astype(np.float32), near)


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


def harmonic(image: Image, valid: Mask, near: Mask | None = None) -> Image:
    """Return an image whose holes are as smooth as can be: Laplace's equation, solved.

    Each pixel without data is the mean of its neighbours (Bertalmio et al. 2000 call it the
    simplest inpainting); at the edges of the image there are fewer.

    Parameters
    ----------
    image, valid : as of `nearest`
    near : (rows, cols) which of the others are solved for, as `within_reach` gives them: beyond is
        nothing, as beyond the edges, and the nearest value stays there; None: all
    """
    here = nearest(image, valid)
    if valid.all() or not valid.any():
        return here
    unknown = ~valid if near is None else ~valid & near
    wanted, solve = _laplace(image, valid, unknown)
    made = here.copy()
    if np.iscomplexobj(image):
        made[:, unknown] = (solve(wanted.real) + 1j * solve(wanted.imag)).T
    else:
        made[:, unknown] = solve(wanted).T
    return made


def _laplace(image: Image, valid: Mask, unknown: Mask) -> tuple[Image, Callable[[Image], Image]]:
    """Return what known neighbours give unknown pixels (n, bands), and the solver of the rest."""
    from scipy.sparse import coo_array  # lazy, as above
    from scipy.sparse.linalg import splu

    count, counted = int(unknown.sum()), valid | unknown
    number = np.full(valid.shape, -1)
    number[unknown] = np.arange(count)
    wanted = np.zeros((count, len(image)), np.result_type(image.dtype, np.float64))
    degree, pairs = np.zeros(count), []
    for axis in (0, 1):
        low, high = (_side(axis, end) for end in (slice(None, -1), slice(1, None)))
        for own, other in ((low, high), (high, low)):
            both = unknown[own] & counted[other]
            mine, theirs = number[own][both], number[other][both]
            degree += np.bincount(mine, minlength=count)
            is_known = theirs < 0
            wanted[mine[is_known]] += image[:, *other][:, both][:, is_known].T
            pairs.append(np.stack([mine[~is_known], theirs[~is_known]]))
    rows, cols = np.concatenate(pairs, axis=1)
    places = np.arange(count)
    values = np.concatenate([degree, np.full(len(rows), -1.0)])
    where = np.concatenate([places, rows]), np.concatenate([places, cols])
    return wanted, splu(coo_array((values, where), shape=(count, count)).tocsc()).solve


def _side(axis: int, end: slice) -> tuple[slice, slice]:
    return (end, slice(None)) if axis == 0 else (slice(None), end)


def within_reach(known: Mask, reach_px: int) -> Mask:
    """Return which pixels (rows, cols) are at most so far from a known one; none if none is."""
    if not known.any():
        return known
    from scipy.ndimage import distance_transform_edt  # lazy: few need it

    near: Mask = distance_transform_edt(~known) <= reach_px
    return near


def grown(mask: Mask, reach_px: int) -> Mask:
    """Return where (rows, cols) a square of so many pixels around a pixel holds one of a mask."""
    if not reach_px or mask.all():
        return mask
    from scipy.ndimage import maximum_filter  # lazy: few need it

    wider: Mask = maximum_filter(mask, 2 * reach_px + 1, mode="constant", cval=0)
    return wider

"""walk_images: images on the way from one seed to the next, in noise or between the images."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[Any]
Way = Literal["slerp", "linear", "blend"]
PARALLEL = 1e-6
"""Below this angle (rad) an arc is a straight line."""


def shares_of(steps: int) -> npt.NDArray[np.float64]:
    """Return how far each of `steps` images is on the way, both ends included."""
    return np.linspace(0.0, 1.0, steps)


def between(first: Values, second: Values, steps: int, way: Way) -> Values:
    """Return `steps` values on the way from one array to another of its shape.

    A straight line between two normal vectors passes nearer to 0 than such vectors lie, where a
    generator was never trained; an arc (`slerp`) keeps their length. Complex numbers count as
    pairs of real ones.

    Returns
    -------
    (steps, ...) of the dtype of `first`; the ends are exactly the two.
    """
    shares = shares_of(steps).reshape(-1, *(1,) * first.ndim)
    here, there = 1 - shares, shares
    if way == "slerp":
        angle = _angle(first, second)
        if angle > PARALLEL:
            here, there = (np.sin(share * angle) / np.sin(angle) for share in (here, there))
    made = (here * first + there * second).astype(first.dtype)
    made[0], made[-1] = first, second
    return made


def walk_images(latents: Values, make: Callable[[Values], Values], steps: int, way: Way) -> Values:
    """Return the images of the walks from each row of `latents` to the next.

    Parameters
    ----------
    latents : (seeds, dim)
    make : noise (n, dim) -> images (n, ...)
    way : `blend` mixes the two images themselves, number by number

    Returns
    -------
    ((seeds - 1) * steps, ...) one walk after the other, both ends included.
    """
    ends = make(latents) if way == "blend" else latents
    ways = [between(ends[at], ends[at + 1], steps, way) for at in range(len(ends) - 1)]
    return np.concatenate(ways if way == "blend" else [make(each) for each in ways])


def _angle(first: Values, second: Values) -> float:
    """Return the angle between two vectors; that of opposite ones is a little less than pi."""
    product = float(np.vdot(first, second).real)
    length = float(np.linalg.norm(first) * np.linalg.norm(second))
    cosine = np.clip(product / length, PARALLEL - 1, 1) if length else 1.0
    return float(np.arccos(cosine))

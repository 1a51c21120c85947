"""holes: gaps of several sizes and shapes, as images have them, from seeds."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.random_fields import Rng, distance_to_line, open_field, places

Flags = npt.NDArray[np.bool_]


def holes(size: Size, seed: int, largest_share: float = 0.4) -> Flags:
    """Return where an image has no data, (rows, cols) bool.

    One pixel at least has some; of images of more than one pixel, one at least has none.

    One or two kinds are laid over each other: single pixels (defects), blocks (lost packets), lost
    lines, parallel wedges (as Landsat 7 has them without its line corrector), clouds, a strip.

    Parameters
    ----------
    largest_share : of the image, about, for each kind
    """
    rng = np.random.default_rng([seed, 7107])
    found = np.zeros((size.rows, size.cols), bool)
    for kind in rng.choice(len(KINDS), int(rng.integers(1, 3)), replace=False):
        found |= list(KINDS.values())[kind](size, float(rng.uniform(0, largest_share)), rng)
    if found.all() or (not found.any() and found.size > 1):
        place = int(rng.integers(size.rows)), int(rng.integers(size.cols))
        found[place] = not found[place]
    return found


def _pixels(size: Size, share: float, rng: Rng) -> Flags:
    return np.asarray(rng.random((size.rows, size.cols)) < 0.3 * share)


def _blocks(size: Size, share: float, rng: Rng) -> Flags:
    found = np.zeros((size.rows, size.cols), bool)
    while found.mean() < share:
        side = np.exp(rng.uniform(0, np.log(max(size.rows, size.cols) / 3 + 2), 2))
        rows, cols = np.maximum(side, 1).astype(int)
        row, col = rng.integers(1 - rows, size.rows), rng.integers(1 - cols, size.cols)
        found[max(row, 0) : row + rows, max(col, 0) : col + cols] = True
    return found


def _lines(size: Size, share: float, rng: Rng) -> Flags:
    is_lost = np.repeat(rng.random(size.rows) < share / 2, 1 + int(rng.integers(0, 3)))
    return np.broadcast_to(is_lost[: size.rows, None], (size.rows, size.cols)).copy()


def _wedges(size: Size, share: float, rng: Rng) -> Flags:
    row, col = places(size)
    slant, period = rng.uniform(-0.3, 0.3), rng.uniform(12, 34)
    width = period * share * (0.4 + 1.2 * col / size.cols)
    return np.asarray((row + slant * col + rng.uniform(0, period)) % period < width)


def _clouds(size: Size, share: float, rng: Rng) -> Flags:
    field = open_field(size, rng, rng.uniform(1.3, 2.2))
    return np.asarray(field > np.quantile(field, 1 - share))


def _track(size: Size, share: float, rng: Rng) -> Flags:
    """Lose a strip from side to side."""
    half = 0.5 * share * min(size.rows, size.cols)
    return np.asarray(distance_to_line(size, rng, 0.0) < half)


KINDS: Mapping[str, Callable[[Size, float, Rng], Flags]] = {
    "pixels": _pixels,
    "blocks": _blocks,
    "lines": _lines,
    "wedges": _wedges,
    "clouds": _clouds,
    "track": _track,
}
"""By name: (size, share, rng) -> where there is no data."""

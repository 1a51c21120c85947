"""Tiled, Moments: how a metric is added up over the tiles of a scene that is read once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.metrics.images import Images

TILE_MULTIPLE = 64
"""Tiles start at multiples of it, so that windows of many strides start with them."""

Doubles = npt.NDArray[np.float64]
Sums = dict[str, Any]
"""What is known of a tile, by name; `+` of two values is that of both tiles."""

Known = Mapping[str, Any]


def _nothing_around(known: Known) -> int:
    return 0


def _any_size(size: Size, known: Known) -> None:
    return


def _always(known: Known) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Tiled:
    """A metric in two steps: what is gathered of each tile, and what follows from all together.

    Attributes
    ----------
    open : the measure's own door, `real_images` or `complex_images`
    gather : (images, core, known) -> Sums; `core` are the rows and columns from the upper-left
        corner that this tile is responsible for, what lies beyond them is the next tile's
    finish : (Sums, known) -> what the metric's function returns
    reach_px : how far right of and below its core a tile must be read
    check : refuses an image that is too small, or a parameter that cannot be
    fits : tells whether these parameters can be measured by tiles
    """

    open: Callable[..., Images]
    gather: Callable[[Images, Size, Known], Sums]
    finish: Callable[[Sums, Known], Any]
    reach_px: Callable[[Known], int] = _nothing_around
    check: Callable[[Size, Known], None] = _any_size
    fits: Callable[[Known], bool] = _always

    def whole(self, images: Images, known: Known) -> Any:  # noqa: ANN401 - a number or several
        """Measure images in one piece: what the metric's function returns."""
        rows, cols = images.valid.shape
        self.check(Size(rows, cols), known)
        return self.finish(self.gather(images, Size(rows, cols), known), known)


def added(one: Sums | None, other: Sums) -> Sums:
    """Return the sums of two tiles together."""
    return other if one is None else {name: one[name] + value for name, value in other.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Counts, means and sums of squared differences from the mean, one a band.

    Two are merged without loss of digits (Chan, Golub and LeVeque 1983, "Algorithms for computing
    the sample variance", The American Statistician 37).
    """

    n: Doubles
    mean: Doubles
    apart: Doubles

    @classmethod
    def of(cls, bands: list[Doubles]) -> "Moments":
        """Return those of the values (n,) of each band."""
        means = [float(band.mean()) if band.size else 0.0 for band in bands]
        apart = [
            float(np.square(band - mean).sum()) for band, mean in zip(bands, means, strict=True)
        ]
        return cls(np.array([float(band.size) for band in bands]), np.array(means), np.array(apart))

    def __add__(self, other: "Moments") -> "Moments":
        n = self.n + other.n
        share = other.n / np.maximum(n, 1)
        gap = other.mean - self.mean
        apart = self.apart + other.apart + np.square(gap) * self.n * share
        return Moments(n, self.mean + gap * share, apart)

    def variance(self, ddof: int) -> Doubles:
        """Return the variance of each band; NaN for too few values."""
        free = self.n - ddof
        return np.where(free > 0, self.apart / np.maximum(free, 1), np.nan)

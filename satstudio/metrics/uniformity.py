"""BlockMeans, Uniformity: whether an area varies no more than speckle alone allows."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtri

from satstudio.core.raster import Mask

Doubles = npt.NDArray[np.float64]
SIDES = (16, 8, 4)
"""Sides of the blocks whose means are compared (px): the first of which there are enough."""

ENOUGH_BLOCKS, LEAST_BLOCKS = 16, 4
CONFIDENCE = 0.999
NEIGHBOURS = 1.8
"""How much correlated neighbours of band-limited speckle may raise the ratio of the variances."""

MEDIAN_OF_THREE = 0.7887
"""Median over mean of a variance with three degrees of freedom; a median, so that a bright point
or an edge does not widen what is allowed."""

LARGEST_TEXTURE = 0.05
"""Coefficient of variation of the ground that is not told from none: 400 looks at most."""


@dataclass(frozen=True, slots=True)
class Uniformity:
    """What an area's coefficients of variation say of it.

    Attributes
    ----------
    variation, allowed : of the means of blocks, and the largest that speckle alone lets expect
    pixel_variation, pixel_allowed : of the pixels; infinity allowed where the looks are not known
    block_px, blocks : side of a block and how many were wholly valid
    """

    variation: float
    allowed: float
    pixel_variation: float
    pixel_allowed: float
    block_px: int
    blocks: int

    @property
    def is_uniform(self) -> bool:
        """Tell whether speckle alone explains the area; False where it is too small to tell."""
        return self.variation <= self.allowed and self.pixel_variation <= self.pixel_allowed

    @property
    def remark(self) -> str:
        """Why no number of looks can be told; empty where the area is uniform."""
        if self.is_uniform:
            return ""
        side = self.block_px
        what, found, allowed = (
            (f"means of {side} x {side} pixels", self.variation, self.allowed)
            if not self.variation <= self.allowed
            else ("pixels", self.pixel_variation, self.pixel_allowed)
        )
        if not math.isfinite(found):
            return "mixed area, or too small to tell: fewer than 4 whole blocks of 4 x 4 pixels"
        return (
            f"mixed area: the coefficient of variation of {what} is {found:.3g}, speckle alone "
            f"allows {allowed:.3g}; equivalent looks are those of a uniform area"
        )


@dataclass(frozen=True, slots=True, eq=False)
class BlockMeans:
    """What `uniformity` needs of an area; parts of one area, read one by one, are added up.

    Attributes
    ----------
    quarters : side of the blocks -> (blocks, 4) means of the quarters of each whole block
    n, total, squares : valid pixels, sums of their power and of its square
    """

    quarters: dict[int, Doubles]
    n: int
    total: float
    squares: float

    @classmethod
    def of(cls, power: npt.NDArray[np.floating], valid: Mask) -> "BlockMeans":
        """Return those of one part; blocks start at its upper-left corner.

        Parameters
        ----------
        power : (bands, rows, cols) linear power of noisy samples; the first band counts
        valid : (rows, cols), True = counts
        """
        band = np.where(valid, power[0], np.nan).astype(np.float64)
        good = band[np.isfinite(band)]
        quarters = {side: _quarters(band, side) for side in SIDES}
        return cls(quarters, good.size, float(good.sum()), float((good * good).sum()))

    def __add__(self, other: "BlockMeans") -> "BlockMeans":
        """Return those of two parts together; smaller blocks go where there are enough larger."""
        quarters: dict[int, Doubles] = {}
        is_enough = False
        for side in SIDES:
            both = [self.quarters[side], other.quarters[side]]
            quarters[side] = np.empty((0, 4)) if is_enough else np.concatenate(both)
            is_enough |= len(quarters[side]) >= ENOUGH_BLOCKS
        sums = (self.n + other.n, self.total + other.total, self.squares + other.squares)
        return BlockMeans(quarters, *sums)

    def uniformity(self, looks: float | None = None) -> Uniformity:
        """Compare the coefficients of variation with what speckle alone lets expect.

        Of the means of blocks, by a nested analysis of variance: were the reflectivity the same
        everywhere, four times the variance of the means would be that of quarters around their
        block's mean, whatever the looks. The ratio may reach the quantile 0.999 of Fisher's F,
        widened by `NEIGHBOURS`, and a texture of 5 %. Of the pixels, where the looks are known:
        1 / sqrt(looks) (Lee and Pottier 2009, "Polarimetric Radar Imaging", section 5.1), and
        three standard errors of its square, neighbours correlated.
        """
        pixels = self._pixel_variation()
        largest = math.inf
        if looks is not None and self.n:
            largest = math.sqrt((1 + 3 * 2 * NEIGHBOURS / math.sqrt(self.n)) / looks)
        side = next((s for s in SIDES if len(self.quarters[s]) >= ENOUGH_BLOCKS), SIDES[-1])
        quarters = self.quarters[side]
        count = len(quarters)
        mean = float(quarters.mean()) if count else 0.0
        if count < LEAST_BLOCKS or mean <= 0:
            return Uniformity(math.nan, 0.0, pixels, largest, side, count)
        within = float(np.median(quarters.var(axis=1, ddof=1))) / MEDIAN_OF_THREE / 4
        limit = float(fdtri(count - 1, 3 * count, CONFIDENCE))
        allowed = math.sqrt(NEIGHBOURS * limit * within / mean**2 + LARGEST_TEXTURE**2)
        variation = float(quarters.mean(axis=1).std(ddof=1)) / mean
        return Uniformity(variation, allowed, pixels, largest, side, count)

    def _pixel_variation(self) -> float:
        if not self.n or self.total <= 0:
            return math.nan
        mean = self.total / self.n
        return math.sqrt(max(self.squares / self.n - mean**2, 0.0)) / mean


def _quarters(band: Doubles, side: int) -> Doubles:
    """Return the means (blocks, 4) of the quarters of each block without a hole."""
    rows, cols = (count // side for count in band.shape)
    half = side // 2
    parts = band[: rows * side, : cols * side].reshape(rows, 2, half, cols, 2, half)
    means = parts.mean(axis=(2, 5)).transpose(0, 2, 1, 3).reshape(-1, 4)
    return np.asarray(means[np.isfinite(means).all(axis=1)])

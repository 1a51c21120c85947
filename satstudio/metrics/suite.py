"""four(reference, estimate): PSNR, SSIM, SAM and ERGAS in one pass, for thousands of pairs.

The definitions are those of the measures of these names; what is shared is the reading of the
pixels. float32 images are worked on in float32 with each band's mean taken off, which keeps the
values within 1e-6 (dB, SSIM, ERGAS) and 1e-5 degrees of float64.
"""

import math
import threading
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.raster import Mask
from satstudio.metrics.measures.pixel import ergas, psnr, sam
from satstudio.metrics.measures.structure import ssim
from satstudio.metrics.similarity import GAUSSIAN_11, K1, K2, check_range
from satstudio.metrics.windows import filter_cols, filter_rows

Pixels = npt.NDArray[Any]
Single = np.float32
TAPS = GAUSSIAN_11.taps
LESS = len(TAPS) - 1
STRIP = 256
"""Rows of windows that are worked on at once; fewer cost more calls than the cache saves."""

PARALLEL = 1e-2
"""Below this sin^2 between a spectrum and its error, float32 sums have lost too many digits."""


class Four(NamedTuple):
    """The four values: dB, -1..1, degrees, relative error."""

    psnr: float
    ssim: float
    sam: float
    ergas: float


def four(
    reference: Pixels,
    estimate: Pixels,
    *,
    data_range: float,
    ratio_h_over_l: float,
    mask: Mask | None = None,
) -> Four:
    """Return PSNR, SSIM, SAM and ERGAS of two images (bands, rows, cols), at least two bands.

    With a mask, or other pixels than float32, the measures are called one by one.
    """
    check_range(data_range)
    if reference.shape != estimate.shape or reference.ndim != 3:
        raise InputError(f"Images of {reference.shape} and {estimate.shape} cannot be compared.")
    is_fast = mask is None and reference.dtype == estimate.dtype == np.float32
    if not is_fast or len(reference) < 2 or min(reference.shape[1:]) < len(TAPS):
        return Four(
            psnr(reference, estimate, data_range=data_range, mask=mask),
            ssim(reference, estimate, data_range=data_range, mask=mask),
            sam(reference, estimate, mask=mask),
            ergas(reference, estimate, ratio_h_over_l=ratio_h_over_l, mask=mask),
        )
    return _work(*reference.shape[1:]).measure(reference, estimate, data_range, ratio_h_over_l)


_OWN = threading.local()


def _work(rows: int, cols: int) -> "_Work":
    """Return this thread's buffers for one size of image; the last size is kept."""
    kept: _Work | None = getattr(_OWN, "work", None)
    if kept is None or kept.size != (rows, cols):
        kept = _Work(rows, cols)
        _OWN.work = kept
    return kept


class _Work:
    """Buffers for pairs of one size."""

    def __init__(self, rows: int, cols: int) -> None:
        self.size = rows, cols
        strip = min(STRIP, rows - LESS)
        self.planes = np.empty((4, strip + LESS, cols), np.float32)
        self.down = np.empty((4, strip, cols), np.float32)
        self.both = np.empty((4 * strip, cols - LESS), np.float32)
        self.some = np.empty((strip, cols - LESS), np.float32)
        self.difference = np.empty((rows, cols), np.float32)
        self.spare = np.empty((rows, cols), np.float32)
        self.sums = np.empty((3, rows, cols), np.float32)

    def measure(
        self, reference: Pixels, estimate: Pixels, data_range: float, ratio_h_over_l: float
    ) -> Four:
        """Measure a pair of float32 images."""
        bands = len(reference)
        pixels = self.size[0] * self.size[1]
        squares, means = np.empty(bands), np.empty(bands)
        similarity = 0.0
        self.sums[:] = 0
        for band, (x, y) in enumerate(zip(reference, estimate, strict=True)):
            squares[band], means[band] = self._pixelwise(x, y)
            similarity += self._similarity(x, y, np.float32(means[band]), data_range)
        if not np.isfinite(squares).all():
            raise InputError("Some pixels are not finite; give a mask without them.")
        windows = (self.size[0] - LESS) * (self.size[1] - LESS)
        square = float(squares.mean()) / pixels
        return Four(
            math.inf if square == 0 else 10 * math.log10(data_range**2 / square),
            similarity / (bands * windows),
            self._angle_deg(reference, estimate),
            _ergas(squares / pixels, means, ratio_h_over_l),
        )

    def _pixelwise(self, x: Pixels, y: Pixels) -> tuple[float, float]:
        """Add a band to the sums of the spectra; return its squared error and mean."""
        difference, spare = self.difference, self.spare
        np.subtract(y, x, out=difference)
        products = (x, x), (x, difference), (difference, difference)
        for at, (a, b) in enumerate(products):
            np.multiply(a, b, out=spare)
            self.sums[at] += spare
        rows = np.vecdot(difference, difference)  # one line of memory each: few digits are lost
        return float(rows.sum(dtype=np.float64)), float(x.mean(dtype=np.float64))

    def _similarity(self, x: Pixels, y: Pixels, offset: Single, data_range: float) -> float:
        """Sum SSIM over the windows of a band, strip by strip."""
        c1, c2 = np.float32((K1 * data_range) ** 2), np.float32((K2 * data_range) ** 2)
        total, last = 0.0, self.size[0] - LESS
        for row in range(0, last, STRIP):
            count = min(STRIP, last - row)
            rows = slice(row, row + count + LESS)
            moments = self._moments(x[rows], y[rows], offset, count)
            total += _sum_of_ssim(moments, self.some[:count], offset, (c1, c2))
        return total

    def _moments(self, x: Pixels, y: Pixels, offset: Single, count: int) -> Pixels:
        """Filter x, y, x^2 + y^2 and x y of a strip; the offset is taken off first."""
        planes, down = self.planes[:, : count + LESS], self.down[:, :count]
        np.subtract(x, offset, out=planes[0])
        np.subtract(y, offset, out=planes[1])
        np.multiply(planes[0], planes[0], out=planes[2])
        np.multiply(planes[1], planes[1], out=planes[3])
        planes[2] += planes[3]
        np.multiply(planes[0], planes[1], out=planes[3])
        filter_rows(planes, TAPS, down)
        both = self.both[: 4 * count]
        filter_cols(down.reshape(4 * count, -1), TAPS, both)
        return both.reshape(4, count, -1)

    def _angle_deg(self, reference: Pixels, estimate: Pixels) -> float:
        """Mean spectral angle from |r|^2, r d and |d|^2 with d the difference.

        sin^2 of the angle is (|r|^2 |d|^2 - (r d)^2) / (|r|^2 |t|^2): exact for small angles too.
        Where the difference is nearly parallel to the spectrum, float64 spectra are used.
        """
        square, along, apart = self.sums.reshape(3, -1)
        both = square * apart
        cross = both - along * along
        angle = np.arctan2(np.sqrt(np.maximum(cross, 0)), square + along)
        is_doubtful = (cross < PARALLEL * both) | (square == 0)
        sure = float(angle[~is_doubtful].sum(dtype=np.float64))
        count = int(angle.size - is_doubtful.sum())
        if is_doubtful.any():
            pair = (one.reshape(len(one), -1)[:, is_doubtful] for one in (reference, estimate))
            more, other = _sum_of_angles(*pair)
            sure, count = sure + more, count + other
        return math.degrees(sure / count) if count else math.nan


def _sum_of_angles(first: Pixels, second: Pixels) -> tuple[float, int]:
    """Sum the angles of spectra (bands, n) in float64; return how many have one, too."""
    x, y = first.astype(np.float64), second.astype(np.float64)
    norms = np.sqrt((x * x).sum(axis=0)), np.sqrt((y * y).sum(axis=0))
    lit = (norms[0] > 0) & (norms[1] > 0)
    u, v = x[:, lit] / norms[0][lit], y[:, lit] / norms[1][lit]
    apart, along = np.linalg.norm(u - v, axis=0), np.linalg.norm(u + v, axis=0)
    return float(2 * np.arctan2(apart, along).sum()), int(lit.sum())


def _sum_of_ssim(
    moments: Pixels, some: Pixels, offset: Single, constants: tuple[Single, Single]
) -> float:
    """Sum SSIM over windows from their moments, which are overwritten."""
    mean_x, mean_y, square, product = moments
    c1, c2 = constants
    np.multiply(mean_x, mean_y, out=some)
    product -= some
    product *= 2
    product += c2
    for mean in (mean_x, mean_y):
        np.multiply(mean, mean, out=some)
        square -= some
    mean_x += offset
    mean_y += offset
    square += c2
    np.multiply(mean_x, mean_y, out=some)
    some *= 2
    some += c1
    product *= some
    mean_x *= mean_x
    mean_y *= mean_y
    mean_x += mean_y
    mean_x += c1
    square *= mean_x
    product /= square
    return float(product.sum(dtype=np.float64))


def _ergas(squares: Pixels, means: Pixels, ratio_h_over_l: float) -> float:
    if not 0 < ratio_h_over_l <= 1:
        raise InputError(f"ratio_h_over_l is {ratio_h_over_l}; it is high over low, at most 1.")
    if (means < 0).any():
        raise InputError("ERGAS is for non-negative reflectance; a band has a negative mean.")
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(squares == 0, 0.0, squares / means**2)
    return float(100 * ratio_h_over_l * np.sqrt(relative.mean()))

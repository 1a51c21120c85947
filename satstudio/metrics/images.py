"""The door of the measures: bands in float64, the pixels that count, what is refused."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size
from satstudio.core.raster import Mask

Pixels = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]
NanPolicy = Literal["raise", "omit"]
"""What becomes of a pixel inside the mask with a value that is not finite, in any band."""


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """Images of one size and the pixels that count in all of them.

    Attributes
    ----------
    arrays : each (bands, rows, cols) float64, or complex128 where complex is allowed; what lies
        outside `valid` may be anything, also NaN
    valid : (rows, cols) bool
    """

    arrays: tuple[Pixels, ...]
    valid: Mask

    def inner(self, core: Size) -> "Images":
        """Return the first rows and columns of all images."""
        if core == Size(*self.valid.shape):
            return self
        rows, cols = slice(core.rows), slice(core.cols)
        return Images(tuple(one[:, rows, cols] for one in self.arrays), self.valid[rows, cols])

    @property
    def has_any(self) -> bool:
        """Tell whether a pixel counts at all."""
        return bool(self.valid.any())

    @property
    def pair(self) -> tuple[Pixels, Pixels]:
        """The first two images as they are."""
        return self.arrays[0], self.arrays[1]

    @property
    def bands(self) -> list[tuple[Pixels, Pixels]]:
        """Each band of the first two images, (rows, cols), 0 where a pixel does not count."""
        filled = self.filled
        return list(zip(filled[0], filled[1], strict=True))

    @property
    def values(self) -> tuple[Pixels, ...]:
        """Each image as (bands, n): the n pixels that count."""
        if self.valid.all():
            return tuple(array.reshape(len(array), -1) for array in self.arrays)
        return tuple(array[:, self.valid] for array in self.arrays)

    @property
    def filled(self) -> tuple[Pixels, ...]:
        """Each image with 0 where a pixel does not count."""
        if self.valid.all():
            return self.arrays
        return tuple(np.where(self.valid, array, 0) for array in self.arrays)


def real_images(
    *images: Pixels, mask: Mask | None = None, nan_policy: NanPolicy = "raise"
) -> Images:
    """Return real images as float64 with the pixels that count.

    Parameters
    ----------
    images : (bands, rows, cols) or (rows, cols) arrays of one shape
    mask : (rows, cols) bool, True = valid; None: all
    nan_policy : "omit" leaves out a pixel that is not finite in any band of any image

    Raises
    ------
    InputError
        If shapes differ, an image is complex, or a value that is not finite counts ("raise").
    """
    for image in images:
        if np.iscomplexobj(image):
            raise InputError("This metric is for real images; compare amplitudes or intensities.")
    return _images([np.asarray(image, np.float64) for image in images], mask, nan_policy)


def complex_images(
    *images: Pixels, mask: Mask | None = None, nan_policy: NanPolicy = "raise"
) -> Images:
    """Return images as complex128 with the pixels that count; as `real_images`."""
    return _images([np.asarray(image, np.complex128) for image in images], mask, nan_policy)


def _images(images: list[Pixels], mask: Mask | None, nan_policy: NanPolicy) -> Images:
    arrays = tuple(image[np.newaxis] if image.ndim == 2 else image for image in images)
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1 or arrays[0].ndim != 3:
        shown = " and ".join(str(array.shape) for array in arrays)
        raise InputError(f"Images of (bands, rows, cols) {shown} cannot be compared.")
    finite: Mask = np.asarray(np.isfinite(arrays[0]).all(axis=0))
    for array in arrays[1:]:
        finite = np.asarray(finite & np.isfinite(array).all(axis=0))
    return Images(arrays, _valid(finite, mask, nan_policy))


def _valid(finite: Mask, mask: Mask | None, nan_policy: NanPolicy) -> Mask:
    if nan_policy not in {"raise", "omit"}:
        raise InputError(f"There is no nan_policy '{nan_policy}'; it is raise or omit.")
    wanted = np.ones_like(finite) if mask is None else np.asarray(mask).astype(bool)
    if wanted.shape != finite.shape:
        raise InputError(f"The mask has {wanted.shape} pixels, the images have {finite.shape}.")
    if finite.all():
        return wanted
    count = int((wanted & ~finite).sum())
    if nan_policy == "raise" and count:
        raise InputError(
            f"{count} pixels are not finite; give a mask without them, or nan_policy 'omit'."
        )
    return wanted & finite

"""windows_of: which parts of an image become patches; range_of: what its values can be."""

from collections.abc import Iterable, Sequence

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.scaling import Scaling
from satstudio.patches.folder.folder_recipe import Fit, FolderRecipe
from satstudio.patches.folder.image_files import ImageFile
from satstudio.scenes.gdal.process import reader_kept

ASPECT_TOLERANCE = 0.02
"""Sides of partners that are resized may differ in their ratio by so much: a pixel in fifty."""


def windows_of(size: Size, fit: Fit, side: int) -> list[Window]:
    """Return the windows of an image that become patches of `side`; none where it is too small."""
    shorter = min(size.rows, size.cols)
    if fit == "resize":
        return [_middle(size, shorter)]
    if shorter < side:
        return []
    if fit == "crop":
        return [_middle(size, side)]
    return [
        Window(row, col, side, side)
        for row in range(0, size.rows - side + 1, side)
        for col in range(0, size.cols - side + 1, side)
    ]


def partner_windows(one: ImageFile, other: ImageFile, recipe: FolderRecipe) -> list[Window]:
    """Return the windows of a target that show what those of its input show.

    Raises
    ------
    InputError
        If the two do not show the same ground at this ratio.
    """
    size, theirs, ratio, fit = one.size, other.size, recipe.ratio, recipe.fit
    if fit == "resize":
        skew = (theirs.rows * size.cols) / (theirs.cols * size.rows)
        if abs(np.log(skew)) > ASPECT_TOLERANCE:
            raise InputError(
                f"{other.path} has {_sides(theirs)} px and {one.path.name} {_sides(size)}: their "
                "sides have another ratio, so they do not show the same; crop them alike."
            )
        return windows_of(theirs, fit, recipe.size_px * ratio)
    if (theirs.rows, theirs.cols) != (ratio * size.rows, ratio * size.cols):
        raise InputError(
            f"{other.path} has {_sides(theirs)} px, but {ratio} times {_sides(size)} px of "
            f"{one.path.name} are wanted; give another ratio, or resize."
        )
    return [
        Window(ratio * w.row, ratio * w.col, ratio * w.rows, ratio * w.cols)
        for w in windows_of(size, fit, recipe.size_px)
    ]


def range_scaling(low: float, high: float) -> Scaling:
    """Return the scaling that makes low..high -1..1; of one value alone, 0 of it."""
    if high <= low:
        return Scaling(kind="range", gain=1, offset=-low)
    return Scaling.of_range(low, high)


def type_range(dtype: str) -> tuple[float, float] | None:
    """Return the least and the greatest value of whole numbers of a type; None of real ones."""
    kind = np.dtype(dtype)
    if kind.kind not in "iu":
        return None
    limits = np.iinfo(kind)
    return float(limits.min), float(limits.max)


def data_range(images: Iterable[tuple[ImageFile, Sequence[Window]]]) -> tuple[float, float]:
    """Return the least and the greatest value with data; 0, 0 where nothing has data."""
    low, high = np.inf, -np.inf
    with reader_kept():
        for image, windows in images:
            for pixels, valid in image.read(windows):
                values = pixels[:, valid]
                if values.size:
                    low, high = min(low, float(values.min())), max(high, float(values.max()))
    return (low, high) if low <= high else (0.0, 0.0)


def _middle(size: Size, side: int) -> Window:
    return Window((size.rows - side) // 2, (size.cols - side) // 2, side, side)


def _sides(size: Size) -> str:
    return f"{size.rows} x {size.cols}"

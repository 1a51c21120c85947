"""frame_masks, valid_of: where frames show the ground, and where a result of them has data."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from satstudio.core.errors import ModelError
from satstudio.core.grid import Window
from satstudio.core.port import Role
from satstudio.core.raster import Mask
from satstudio.pixels.gaps import grown
from satstudio.restore.blocks import Samples
from satstudio.restore.inputs import InputImages, on_grid
from satstudio.scenes.geometry.rescaled import scaled_window

Found = Mapping[Role, Sequence[Samples]]
"""What was read of the frames of each role."""


def frame_masks(
    inputs: Sequence[InputImages], each: InputImages, found: Found, window: Window
) -> list[Mask]:
    """Return a mask a frame of the port that `each` is the mask of, on its own pixels.

    Parameters
    ----------
    window : of the first port's pixels, that was read

    Raises
    ------
    ModelError
        If there are masks for some frames only.
    """
    of = next(other for other in inputs if other.port.role == each.port.mask_of)
    ratio = of.port.scale / each.port.scale
    there, wanted = of.window(window), each.window(window)
    masks = [
        on_grid(all_bands(samples.good), ratio, there, wanted) for samples in found[of.port.role]
    ]
    own = found[each.port.role]
    if own and len(own) != len(masks):
        raise ModelError(
            f"There are {len(own)} masks '{each.port.role}' for {len(masks)} images "
            f"'{of.port.role}'; give one for each, or none."
        )
    given = [all_bands(sample.good & (sample.values != 0)) for sample in own]
    return [mask & more for mask, more in zip(masks, given or masks, strict=True)]


def valid_of(
    inputs: Sequence[InputImages],
    found: Found,
    windows: tuple[Window, Window],
    ratio: Fraction,
    *,
    fills_px: int | None = None,
) -> Mask:
    """Return where a result has data: where each input has; of frames with masks, where any has.

    Parameters
    ----------
    windows : what was read, and what is kept of it, of the first port's pixels
    ratio : pixels of the result for one of the first port
    fills_px : what masks tell is filled: of masks that are given, where any frame has data; else
        where an image without a mask has some, or as far from data as this: what a network sees

    Returns
    -------
    (rows, cols) of the kept window on the result's grid
    """
    read, wanted = windows[0], scaled_window(windows[1], ratio)
    valid: Mask = np.ones((wanted.rows, wanted.cols), bool)
    masked = {each.port.mask_of: each for each in inputs if each.port.mask_of}
    images = [each for each in inputs if each.port.mask_of is None and each.frames]
    has_others = any(each.port.role not in masked for each in images)
    for each in images:
        port, samples = each.port, found[each.port.role]
        planes: list[Mask] = [all_bands(sample.good) for sample in samples]
        seen, is_filled = each, fills_px is not None and port.role in masked
        if fills_px is not None and is_filled and not masked[port.role].frames:
            if has_others:
                continue
            planes = [grown(np.logical_or.reduce(planes), int(fills_px * port.scale))]
        if port.role in masked and not is_filled:
            seen = masked[port.role]
            planes = frame_masks(inputs, seen, found, read)
        together = np.logical_or if port.role in masked else np.logical_and
        scale = seen.port.scale / ratio
        valid &= on_grid(together.reduce(planes), scale, seen.window(read), wanted)
    return valid


def all_bands(good: Mask) -> Mask:
    """Return where (rows, cols) every band (bands, rows, cols) has data."""
    together: Mask = np.logical_and.reduce(good)
    return together

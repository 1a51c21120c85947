"""registered_mean, shift_and_add: frames of one ground moved onto each other, to finer pixels."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from satstudio.pixels.compositing import Composite, Frames, Good, frame_mean
from satstudio.pixels.resampling import bicubic, scaled_length

Shifts = Sequence[tuple[float, float]]
"""(rows, cols) of each frame, in its own pixels, that bring it onto the first."""

PLACES = 6
"""Decimals of a place in fine pixels: an edge is the same one whatever tile it lies in."""


def registered_mean(
    frames: Frames, good: Good, shifts: Shifts, ratio: Fraction | float = 1
) -> Composite:
    """Return the mean of all frames, each made finer by cubic convolution where it belongs.

    Parameters
    ----------
    frames : (frames, bands, rows, cols), real; what is not good is not looked at
    good : (frames, rows, cols) bool
    shifts : as `pixels.registration.frame_shifts` finds them, or the true ones
    ratio : pixels of the result for one of the frames, along an axis
    """
    moved = [
        bicubic(frame, clear, ratio, shift)
        for frame, clear, shift in zip(frames, good, shifts, strict=True)
    ]
    return frame_mean(np.stack([values for values, _ in moved]), np.stack([m for _, m in moved]))


def shift_and_add(
    frames: Frames, good: Good, shifts: Shifts, ratio: Fraction | float = 1
) -> Composite:
    """Return the mean of the pixels of all frames that fall onto a fine pixel.

    Each pixel goes, whole, to the fine pixel in which its centre lies (Farsiu et al. 2004, the
    zero-order shift and add, with the mean in place of the median: there are few frames). Fine
    pixels onto which none falls get the registered mean.

    Parameters
    ----------
    as `registered_mean`
    """
    rows, cols = (scaled_length(side, ratio) for side in frames.shape[2:])
    total = np.zeros((frames.shape[1], rows * cols))
    count = np.zeros(rows * cols)
    for frame, clear, shift in zip(frames, good, shifts, strict=True):
        down, across = (
            np.floor(np.round((np.arange(side) + 0.5 + move) * float(ratio), PLACES)).astype(int)
            for side, move in zip(clear.shape, shift, strict=True)
        )
        inside = ((down >= 0) & (down < rows))[:, None] & ((across >= 0) & (across < cols))
        taken = inside & clear
        places = (down[:, None] * cols + across)[taken]
        count += np.bincount(places, minlength=rows * cols)
        for band, plane in enumerate(frame):
            total[band] += np.bincount(places, plane[taken], rows * cols)
    hit = (count > 0).reshape(rows, cols)
    mean = (total / np.maximum(count, 1)).reshape(-1, rows, cols)
    smooth = registered_mean(frames, good, shifts, ratio)
    values = np.where(hit, mean, smooth.values).astype(np.float32)
    return Composite(values, hit | smooth.seen)

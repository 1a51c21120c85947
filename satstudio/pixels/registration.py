"""frame_shifts: by how many pixels, and parts of one, images of one ground are moved.

Whole pixels by masked normalised cross-correlation (Padfield 2012), parts of one by the upsampled
cross-correlation of Guizar-Sicairos et al. 2008, as scikit-image has both, refined until what is
left is small: a window at the edges and masks pull each single estimate towards 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.pixels.resampling import bicubic

Plane = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
FINER = 100
"""Steps of a pixel that a shift is told in."""

MOST_ROUNDS, SMALL_PX = 5, 0.005
LEAST_SIDE_PX = 8
LEAST_SHARE = 0.1
"""Of the pixels that both images must show, else nothing is estimated."""


@dataclass(frozen=True, slots=True)
class Shift:
    """How an image is moved onto another.

    Attributes
    ----------
    rows, cols : what it shows is to be moved by, down and right, to lie on the other one
    correlation : of both then, over what both show; 0 where nothing could be estimated
    """

    rows: float = 0.0
    cols: float = 0.0
    correlation: float = 0.0


def shift_between(
    fixed: npt.NDArray[Any], moving: npt.NDArray[Any], fixed_good: Mask, moving_good: Mask
) -> Shift:
    """Return the shift that brings `moving` onto `fixed`, in pixels.

    Parameters
    ----------
    fixed, moving : (rows, cols), real, of one size; what is not good is not looked at
    fixed_good, moving_good : (rows, cols) bool

    Returns
    -------
    Shift
        Nothing (correlation 0) where the images are constant, less than 8 px a side, or hardly show
        the same ground.
    """
    both = fixed_good & moving_good
    if min(both.shape) < LEAST_SIDE_PX or both.mean() < LEAST_SHARE:
        return Shift()
    if not (_varies(fixed, fixed_good) and _varies(moving, moving_good)):
        return Shift()
    rows, cols = (0.0, 0.0) if both.all() else _whole_pixels(fixed, moving, fixed_good, moving_good)
    best = Shift()
    for _ in range(MOST_ROUNDS):
        moved, there = bicubic(moving[None], moving_good, 1, (rows, cols))
        common = fixed_good & there
        if common.mean() < LEAST_SHARE:
            return best
        one, two = _windowed(fixed, common), _windowed(moved[0], common)
        found = Shift(rows, cols, _correlation(fixed, moved[0], common))
        best = max(best, found, key=lambda shift: shift.correlation)
        step = _parts_of_pixels(one, two)
        if np.abs(step).max() < SMALL_PX:
            break
        rows, cols = rows + float(step[0]), cols + float(step[1])
        if abs(rows) > both.shape[0] / 2 or abs(cols) > both.shape[1] / 2:
            break
    return best


def frame_shifts(frames: npt.NDArray[Any], good: npt.NDArray[np.bool_]) -> tuple[Shift, ...]:
    """Return the shift of each frame onto the first one, whose own is 0.

    Parameters
    ----------
    frames : (frames, bands, rows, cols), real; the mean of the bands is looked at
    good : (frames, rows, cols) bool
    """
    planes = np.where(good[:, None], frames, 0).mean(axis=1, dtype=np.float64)
    others = [
        shift_between(planes[0], plane, good[0], clear)
        for plane, clear in zip(planes[1:], good[1:], strict=True)
    ]
    return (Shift(0.0, 0.0, 1.0), *others)


def _whole_pixels(
    fixed: npt.NDArray[Any], moving: npt.NDArray[Any], fixed_good: Mask, moving_good: Mask
) -> tuple[float, float]:
    from skimage.registration import phase_cross_correlation  # lazy: half a second

    found = phase_cross_correlation(  # type: ignore[no-untyped-call] # scikit-image has no types
        np.where(fixed_good, fixed, 0),
        np.where(moving_good, moving, 0),
        reference_mask=fixed_good,
        moving_mask=moving_good,
        overlap_ratio=0.5,
    )[0]
    return float(found[0]), float(found[1])


def _parts_of_pixels(fixed: Plane, moving: Plane) -> Plane:
    from skimage.registration import phase_cross_correlation  # lazy, as above

    found = phase_cross_correlation(  # type: ignore[no-untyped-call] # as above
        fixed, moving, upsample_factor=FINER, normalization=None
    )[0]
    return np.asarray(found, np.float64)


def _windowed(plane: npt.NDArray[Any], good: Mask) -> Plane:
    """Return a plane without its mean, fading out at the edges; 0 where it is not good."""
    fade = [np.hanning(length + 2)[1:-1] for length in plane.shape]
    centred = np.where(good, plane - plane[good].mean(dtype=np.float64), 0)
    windowed: Plane = centred * fade[0][:, None] * fade[1]
    return windowed


def _correlation(fixed: npt.NDArray[Any], moving: npt.NDArray[Any], common: Mask) -> float:
    one, two = (np.asarray(plane[common], np.float64) for plane in (fixed, moving))
    one, two = one - one.mean(), two - two.mean()
    power = float(np.sqrt(np.square(one).sum() * np.square(two).sum()))
    return float((one * two).sum() / power) if power > 0 else 0.0


def _varies(plane: npt.NDArray[Any], good: Mask) -> bool:
    values = plane[good]
    return bool(values.max() > values.min())

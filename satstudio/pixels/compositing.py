"""Several images of one ground to one: mean, median, least cloudy, mosaic, interpolation in time.

All take `frames` (frames, bands, rows, cols), real, and `good` (frames, rows, cols) bool: where a
frame shows the ground clearly. What a frame holds elsewhere, NaN too, is not looked at, but by
the fallback of those that have one: the frame that is clear most often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Frames = npt.NDArray[Any]
Good = npt.NDArray[np.bool_]
Image = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """One image made of several.

    Attributes
    ----------
    values : (bands, rows, cols) float32, finite
    seen : (rows, cols) bool; False where no frame that was used shows the ground: what stands
        there is the fallback, or 0
    """

    values: Image
    seen: Good


def frame_mean(frames: Frames, good: Good) -> Composite:
    """Return the mean of the frames that show a pixel; 0 where none does."""
    count = good.sum(axis=0)
    total = np.where(good[:, None], frames, 0).sum(axis=0, dtype=np.float64)
    return Composite((total / np.maximum(count, 1)).astype(np.float32), count > 0)


def frame_median(frames: Frames, good: Good) -> Composite:
    """Return the median of the frames that show a pixel, of two the mean; 0 where none does."""
    count = good.sum(axis=0)
    ordered = np.sort(np.where(good[:, None], frames, np.inf), axis=0)
    middle = [np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(frames) - 1)]
    low, high = (np.take_along_axis(ordered, place[None, None], axis=0)[0] for place in middle)
    seen = count > 0
    half = np.where(seen, low, 0) / 2.0 + np.where(seen, high, 0) / 2.0
    return Composite(half.astype(np.float32), seen)


def clearest(good: Good) -> int:
    """Return which frame is clear most often, of equal ones the first."""
    return int(good.reshape(len(good), -1).sum(axis=1).argmax())


def least_cloudy(frames: Frames, good: Good, which: int | None = None) -> Composite:
    """Return the frame that is clear most often as it is, clouds and all.

    The usual weakest rival of cloud removal (Ebel et al. 2022, Zhou et al. 2024).

    Parameters
    ----------
    which : frame that was chosen for a whole scene; None: the clearest of these
    """
    which = clearest(good) if which is None else which
    return Composite(_finite(frames[which]), good[which])


def mosaic(frames: Frames, good: Good, which: int | None = None) -> Composite:
    """Return the mean of the frames that show a pixel; where none does, the clearest frame.

    Ebel et al. 2022 (SEN12MS-CR-TS) put a grey there instead; a frame's haze is nearer.

    Parameters
    ----------
    which : frame of the fallback; None: the clearest of these
    """
    return _with_fallback(frame_mean(frames, good), frames, good, which)


def temporal_interpolation(
    frames: Frames,
    good: Good,
    days: Sequence[float],
    day: float,
    which: int | None = None,
) -> Composite:
    """Return each pixel at a day, linear between the clear frames before and after it.

    Where clear frames lie on one side alone, the nearest of them; where there is none, the clearest
    frame as it is (`seen` is False). Linear gap filling of time series, as in Inglada et al. 2017.

    Parameters
    ----------
    days : of each frame, in any unit
    day : that is wanted

    Raises
    ------
    InputError
        If there is not one day a frame.
    """
    if len(days) != len(frames):
        raise InputError(
            f"There are {len(frames)} frames and {len(days)} dates; give one for each."
        )
    when = np.asarray(days, np.float64) - day
    before, gap_before = _nearest(frames, good & (when <= 0)[:, None, None], -when)
    after, gap_after = _nearest(frames, good & (when >= 0)[:, None, None], when)
    both = np.isfinite(gap_before) & np.isfinite(gap_after)
    whole = np.where(both, gap_before + gap_after, 1)
    share = np.where(both & (whole > 0), gap_before / np.where(whole > 0, whole, 1), 0)
    share = np.where(both, share, np.isfinite(gap_after))
    values = np.where(share < 1, before * (1 - share), 0) + np.where(share > 0, after * share, 0)
    seen = np.isfinite(gap_before) | np.isfinite(gap_after)
    made = Composite(values.astype(np.float32), seen)
    return _with_fallback(made, frames, good, which)


def _nearest(
    frames: Frames, usable: Good, gap: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return values of the usable frame of the smallest gap, and that gap; inf where none is."""
    gaps = np.where(usable, gap[:, None, None], np.inf)
    chosen = gaps.argmin(axis=0)
    least = np.take_along_axis(gaps, chosen[None], axis=0)[0]
    values = np.take_along_axis(frames, chosen[None, None], axis=0)[0]
    return np.where(np.isfinite(least), values, 0).astype(np.float64), least


def _with_fallback(made: Composite, frames: Frames, good: Good, which: int | None) -> Composite:
    if made.seen.all():
        return made
    other = _finite(frames[clearest(good) if which is None else which])
    return Composite(np.where(made.seen, made.values, other), made.seen)


def _finite(image: Frames) -> Image:
    return np.where(np.isfinite(image), image, 0).astype(np.float32)

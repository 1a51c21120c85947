"""Several frames to one, of finer pixels where one wants: mean, median, registered mean."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from pydantic import Field

from satstudio.core.port import Port, Ratio
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite, Frames, Good, frame_mean, frame_median
from satstudio.pixels.frame_fusion import registered_mean, shift_and_add
from satstudio.pixels.registration import Shift, frame_shifts
from satstudio.pixels.resampling import bicubic, reach_px
from satstudio.pixels.role_images import Fitted, Places, RoleImages
from satstudio.restore.baselines import BASELINES, Baseline

LOW = Port(role="low", dtype="float32", frames=(2, None))
CLEAR = Port(role="low_mask", dtype="bool", frames=(2, None), mask_of="low")
SURE = 0.3
"""A shift at which images correlate less is not believed."""

APART_PX = 0.5
"""Shifts found on several places of a scene that differ by more tell of more than a shift."""


class Options(Recipe):
    """How much finer the result is."""

    factor: Ratio = Field(
        "1", title="Pixels for one", description="Of the result, along an axis: 3, 5/2, ..."
    )


class FinerOptions(Options):
    """The same, for what is made to be finer."""

    factor: Ratio = Field(
        "3", title="Pixels for one", description="Of the result, along an axis: 3, 5/2, ..."
    )


def fit_shifts(places: Places, own: Recipe) -> Fitted:
    """Return the median shift of each frame over all places where it is sure."""
    role = places[0].first
    found = [frame_shifts(place.images[role], place.good[role]) for place in places]
    by_frame = [_agreed(shifts) for shifts in zip(*found, strict=True)]
    shifts = tuple(shift for shift, _ in by_frame)
    lost = [number for number, (_, text) in enumerate(by_frame, 1) if text == "lost"]
    apart = [number for number, (_, text) in enumerate(by_frame, 1) if text == "apart"]
    remarks = []
    if lost:
        remarks.append(
            f"No shift was found for image {_listed(lost)} of '{role}', which shows nothing that "
            "the first one shows: it is used as it lies."
        )
    if apart:
        remarks.append(
            f"Image {_listed(apart)} of '{role}' is moved differently over the scene, by more than "
            f"{APART_PX:g} px: one shift does not bring it onto the first."
        )
    reach = int(np.ceil(max(abs(move) for shift in shifts for move in shift)))
    said = {"shifts_px": [[round(move, 3) for move in shift] for shift in shifts]}
    return Fitted(shifts, said, reach, " ".join(remarks))


def _agreed(shifts: Sequence[Shift]) -> tuple[tuple[float, float], str]:
    """Return the median of the sure shifts, and what is wrong with them: lost, apart or nothing."""
    sure = [(shift.rows, shift.cols) for shift in shifts if shift.correlation >= SURE]
    if not sure:
        return (0.0, 0.0), "lost"
    middle = np.median(sure, axis=0)
    is_apart = len(sure) > 1 and np.median(np.abs(np.array(sure) - middle).max(axis=1)) > APART_PX
    return (float(middle[0]), float(middle[1])), "apart" if is_apart else ""


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _finer(made: Composite, own: Options) -> Composite:
    factor = Fraction(own.factor)
    return made if factor == 1 else Composite(*bicubic(made.values, made.seen, factor))


def _plain(function: Callable[[Frames, Good], Composite]) -> Callable[..., Composite]:
    def apply(given: RoleImages, own: Options) -> Composite:
        return _finer(function(given.images["low"], given.good["low"]), own)

    return apply


def _moved(function: Callable[..., Composite]) -> Callable[..., Composite]:
    def apply(given: RoleImages, own: Options) -> Composite:
        frames, good = given.images["low"], given.good["low"]
        return function(frames, good, given.fitted.values, Fraction(own.factor))

    return apply


def _factor(own: Options) -> Fraction:
    return Fraction(own.factor)


def _reach(own: Options) -> int:
    return reach_px(Fraction(own.factor))


BASELINES.add(
    "frame_mean",
    Baseline(
        title="Mean of frames",
        source="Mean of the frames that show a pixel, made finer by cubic convolution (Keys 1981).",
        function=_plain(frame_mean),
        halo_px=_reach,
        own=Options,
        inputs=(LOW, CLEAR),
        ratio=_factor,
        in_power=True,
    ),
)
BASELINES.add(
    "frame_median",
    Baseline(
        title="Median of frames",
        source="Median of the frames that show a pixel, made finer by cubic convolution.",
        function=_plain(frame_median),
        halo_px=_reach,
        own=Options,
        inputs=(LOW, CLEAR),
        ratio=_factor,
        in_power=True,
    ),
)
BASELINES.add(
    "registered_mean",
    Baseline(
        title="Registered mean",
        source="Shifts by cross-correlation (Guizar-Sicairos et al. 2008), once a scene; mean of "
        "the frames where they belong, by cubic convolution.",
        function=_moved(registered_mean),
        halo_px=_reach,
        own=Options,
        inputs=(LOW, CLEAR),
        ratio=_factor,
        fit=fit_shifts,
    ),
)
BASELINES.add(
    "shift_and_add",
    Baseline(
        title="Shift and add",
        source="Farsiu et al. 2004: each pixel goes to the fine one in which its centre lies, by "
        "shifts that are found once a scene; where none goes, the registered mean.",
        function=_moved(shift_and_add),
        halo_px=_reach,
        own=FinerOptions,
        inputs=(LOW, CLEAR),
        ratio=_factor,
        fit=fit_shifts,
    ),
)

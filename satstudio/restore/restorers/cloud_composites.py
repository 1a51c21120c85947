"""Dates with clouds to one without: what learned cloud removal is measured against."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import Field

from satstudio.core.errors import InputError
from satstudio.core.port import Port, Role
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite, least_cloudy, mosaic, temporal_interpolation
from satstudio.pixels.gaps import NEARLY_SAME, filled
from satstudio.pixels.role_images import Fitted, Places, RoleImages, day_of
from satstudio.restore.baselines import BASELINES, Baseline

ROLE: Role = "optical"
OPTICAL = Port(role=ROLE, dtype="float32", frames=(2, None))
CLEAR = Port(role="optical_mask", dtype="bool", frames=(2, None), mask_of=ROLE)


REACH_PX = Field(
    32,
    ge=1,
    le=32,
    title="Reach (px)",
    description="Pixels further from every pixel that a date shows stay without data",
)


class Options(Recipe):
    """Nothing to choose."""


class DateOptions(Recipe):
    """Dates, where the scenes do not say theirs."""

    dates: tuple[str, ...] = Field(
        (),
        title="Dates",
        description="Of the images in their order, the scene first, as 2024-05-31; empty: as the "
        "scenes say",
    )
    day: str = Field(
        "",
        title="Wanted date",
        description="That the result shows, as 2024-05-31; empty: that of the scene",
    )


def fit_clearest(places: Places, own: Recipe) -> Fitted:
    """Return the frame that is clear most often over all places; of equal ones the first."""
    shares = np.mean([place.good[ROLE].mean(axis=(1, 2)) for place in places], axis=0)
    which = int(shares.argmax())
    clear = [round(float(share), 4) for share in shares]
    return Fitted(which, {"clear_share": clear, "clearest": which + 1})


def fit_dates(places: Places, own: DateOptions) -> Fitted:
    """Return days of the frames and the day that is wanted; the clearest frame beside them.

    Raises
    ------
    InputError
        If a date is not known or is none, or the wanted one.
    """
    clearest = fit_clearest(places, own)
    dates, count = places[0].dates.get(ROLE, ()), len(places[0].images[ROLE])
    if own.dates:
        if len(own.dates) != count:
            raise InputError(
                f"There are {count} images '{ROLE}' and {len(own.dates)} dates; give one for each."
            )
        dates = own.dates
    missing = [number for number in range(count) if number >= len(dates) or not dates[number]]
    if missing:
        example = json.dumps([f"2024-05-{day:02}" for day in range(1, count + 1)])
        raise InputError(
            f"Image {missing[0] + 1} of '{ROLE}' does not say its date, which interpolation in "
            f"time needs; give the dates of all, the scene first (--set 'dates={example}')."
        )
    days = [day_of(date) for date in dates]
    wanted = day_of(own.day) if own.day else days[0]
    said = {**clearest.said, "dates": list(dates), "day": own.day or dates[0]}
    remark = ""
    if not min(days) <= wanted <= max(days):
        remark = (
            f"The wanted date {own.day} lies outside the images' dates: pixels are those of the "
            "nearest clear date."
        )
    return Fitted((days, wanted, clearest.values), said, remark=remark)


class FilledOptions(Recipe):
    """How far what no date shows is filled."""

    reach_px: int = REACH_PX


class FilledDateOptions(DateOptions):
    """Dates, and how far what none of them shows is filled."""

    reach_px: int = REACH_PX


def _filled(
    function: Callable[[RoleImages, Any], Composite],
) -> Callable[[RoleImages, Any], Composite]:
    def apply(given: RoleImages, own: Any) -> Composite:  # noqa: ANN401 - has reach_px
        return filled(function(given, own), own.reach_px)

    return apply


def _least_cloudy(given: RoleImages, own: Recipe) -> Composite:
    return least_cloudy(given.images[ROLE], given.good[ROLE], given.fitted.values)


def _mosaic(given: RoleImages, own: Recipe) -> Composite:
    return mosaic(given.images[ROLE], given.good[ROLE], given.fitted.values)


def _interpolated(given: RoleImages, own: Recipe) -> Composite:
    days, wanted, which = given.fitted.values
    return temporal_interpolation(given.images[ROLE], given.good[ROLE], days, wanted, which)


BASELINES.add(
    "least_cloudy",
    Baseline(
        title="Least cloudy date",
        source="The date that is clear most often over the scene, its clear pixels as they are.",
        function=_least_cloudy,
        halo_px=lambda own: 0,
        own=Options,
        inputs=(OPTICAL, CLEAR),
        fit=fit_clearest,
    ),
)
BASELINES.add(
    "mosaic",
    Baseline(
        title="Mosaic of clear pixels",
        source="Mean of the dates that show a pixel clearly (Ebel et al. 2022); no data where none "
        "does.",
        function=_mosaic,
        halo_px=lambda own: 0,
        own=Options,
        inputs=(OPTICAL, CLEAR),
        fit=fit_clearest,
        in_power=True,
    ),
)
BASELINES.add(
    "temporal_interpolation",
    Baseline(
        title="Interpolation in time",
        source="Linear between the clear dates before and after the wanted one (Inglada et al. "
        "2017), the nearest where all lie on one side; no data where none is clear.",
        function=_interpolated,
        halo_px=lambda own: 0,
        own=DateOptions,
        inputs=(OPTICAL, CLEAR),
        fit=fit_dates,
        in_power=True,
    ),
)
BASELINES.add(
    "filled_mosaic",
    Baseline(
        title="Mosaic, filled",
        source="The mosaic of clear pixels; what no date shows is as smooth as can be from around "
        "(Laplace's equation).",
        function=_filled(_mosaic),
        halo_px=lambda own: NEARLY_SAME * own.reach_px,
        own=FilledOptions,
        inputs=(OPTICAL, CLEAR),
        fit=fit_clearest,
        in_power=True,
        fills_gaps=True,
    ),
)
BASELINES.add(
    "filled_interpolation",
    Baseline(
        title="Interpolation in time, filled",
        source="Interpolation in time; what no date shows is as smooth as can be from around.",
        function=_filled(_interpolated),
        halo_px=lambda own: NEARLY_SAME * own.reach_px,
        own=FilledDateOptions,
        inputs=(OPTICAL, CLEAR),
        fit=fit_dates,
        in_power=True,
        fills_gaps=True,
    ),
)

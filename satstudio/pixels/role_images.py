"""RoleImages, Fitted: what a baseline of several images is given, and what it fits once a scene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.port import Role
from satstudio.core.raster import Mask

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was estimated on the images of a whole scene, whatever part of it is restored.

    Attributes
    ----------
    values : for the function of the baseline
    said : what the result records, as JSON knows it
    reach_px : how far the function looks around a pixel, more than it does in any case
    remark : what the user should know; empty where all is well
    """

    values: Any = None
    said: Mapping[str, Any] = field(default_factory=dict)
    reach_px: int = 0
    remark: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class RoleImages:
    """Images of one ground, by role.

    Attributes
    ----------
    images : (frames, bands, rows, cols) float32; where `good` is False anything finite
    good : (frames, rows, cols) bool, where a frame shows the ground clearly
    dates : of the frames, ISO texts; "" where nobody says it
    fitted : on the whole scene
    """

    images: Mapping[Role, npt.NDArray[Any]]
    good: Mapping[Role, Mask]
    dates: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    fitted: Fitted = Fitted()

    @property
    def first(self) -> Role:
        """The role that the others are measured by."""
        return next(iter(self.images))


Places = Sequence[RoleImages]
"""Parts of a scene, spread over it, that something is fitted on."""


def joined(places: Places, role: Role) -> npt.NDArray[np.float64]:
    """Return the clear values of the first frame of all places: (bands, n)."""
    return np.concatenate(
        [place.images[role][0][:, place.good[role][0]] for place in places], axis=1
    ).astype(np.float64)


def day_of(date: str) -> float:
    """Return days since 1970 of an ISO date, with or without a time; raises InputError."""
    try:
        moment = datetime.fromisoformat(date.strip())
    except ValueError:
        raise InputError(f"'{date}' is no date; give it as 2024-05-31.") from None
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds() / DAY_S

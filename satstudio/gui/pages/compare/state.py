"""CompareState: which scenes the Compare page compares, and how."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from satstudio.core.grid import Window

NAME = "compare"
CompareMode = Literal["side", "swipe", "flicker", "difference", "ratio", "gain"]
RadarView = Literal["amplitude", "intensity", "db"]


@dataclass(frozen=True, slots=True)
class CompareState:
    """How scenes are compared.

    Attributes
    ----------
    reference : address of the scene that the others are compared with; empty: found by itself
    hidden : addresses that are left out
    chosen : address of the result of the swipe; empty: the first
    view : how radar scenes are shown
    limits : (black, white) in the unit of the view; None: those of the reference
    area : where figures are measured; None: what is in view
    area_on : address of the scene whose rows and columns `area` counts; empty: the reference
    data_range : largest possible value of scenes that are no radar scenes; None: of bytes 255, of
        others the largest value of the reference
    mode : the arrangement
    figures_at : where figures stand on their pictures: shares of the free room, across and down
    """

    reference: str = ""
    hidden: tuple[str, ...] = ()
    chosen: str = ""
    view: RadarView = "db"
    limits: tuple[float, float] | None = None
    area: Window | None = None
    area_on: str = ""
    data_range: float | None = None
    mode: CompareMode = "side"
    figures_at: tuple[float, float] = (0.0, 0.0)

    def changed(self, **values: Any) -> "CompareState":  # noqa: ANN401 - any field's value
        """Return the same with other fields."""
        return replace(self, **values)

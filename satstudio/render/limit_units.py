"""LimitUnit: limits of a style in the unit in which people read and type them."""

import math
from dataclasses import dataclass

from satstudio.render.style import DisplayStyle
from satstudio.render.views import VIEWS, View

SQUARED = "\N{SUPERSCRIPT TWO}"


@dataclass(frozen=True, slots=True)
class LimitUnit:
    """The unit of the limits of a view, and the way there and back.

    The view of phase and magnitude keeps its limits as log(1 + scale |z|); they are shown in dB.

    Attributes
    ----------
    unit : empty where nobody says it
    view : what a histogram of the same values shows
    """

    unit: str
    view: View
    is_log: bool = False
    scale: float = 1.0

    def shown(self, limit: float) -> float:
        """Return a limit of the style as it is shown; minus infinity for no power at all."""
        if not self.is_log:
            return limit
        length = math.expm1(min(max(limit, 0.0), 300.0)) / self.scale
        return 20 * math.log10(length) if length > 0 else -math.inf

    def kept(self, shown: float) -> float:
        """Return a limit as the style keeps it."""
        if not self.is_log:
            return shown
        return math.log1p(self.scale * 10.0 ** (min(shown, 2000.0) / 20))


def limit_unit(style: DisplayStyle, unit: str = "") -> LimitUnit:
    """Return the unit of a style's limits.

    Parameters
    ----------
    unit : of the scene's own values
    """
    view = style.view
    if view == "hsv":
        return LimitUnit("dB", "db", is_log=True, scale=style.scale)
    if view == "intensity":
        return LimitUnit(f"{unit}{SQUARED}" if unit else "", view)
    own = VIEWS[view].unit or unit
    return LimitUnit(own, "band" if view == "rgb" else view)

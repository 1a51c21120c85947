"""compare_style: the one stretch of all compared scenes; styles of difference and ratio."""

from functools import lru_cache

from satstudio.bench.compare import ratio_style
from satstudio.core.quantity import Quantity, is_radar
from satstudio.gui.pages.compare.state import CompareState, RadarView
from satstudio.render.style import DisplayStyle, Statistics, style_for
from satstudio.scenes.geometry.pair import PairKind

DIFFERENCE_DB = 12.0


def compare_style(
    quantity: Quantity, statistics: Statistics, own: DisplayStyle, state: CompareState
) -> DisplayStyle:
    """Return how all scenes of a comparison are shown.

    Radar scenes, complex or not, are shown by their power, in the view and with the limits that
    the user chose, else with those of the reference's statistics; others as the reference is.

    Parameters
    ----------
    own : how the reference is shown on the View page
    """
    if not is_radar(quantity):
        return own
    style = _automatic(state.view, statistics, own.bands[:1])
    if state.limits is None:
        return style
    return style.changed(low=state.limits[0], high=state.limits[1])


@lru_cache(maxsize=8)
def _automatic(view: RadarView, statistics: Statistics, bands: tuple[int, ...]) -> DisplayStyle:
    return style_for(view, statistics, bands)


def pair_style(
    kind: PairKind, quantity: Quantity, statistics: Statistics, bands: tuple[int, ...]
) -> DisplayStyle:
    """Return how differences (blue below, orange above 0) and ratios (1 is grey) are shown."""
    if kind == "ratio":
        return ratio_style(bands)
    end = DIFFERENCE_DB
    if not is_radar(quantity):
        low, high = statistics.limits("band", bands[:1])
        end = max(float(_first(high)) - float(_first(low)), 1e-9) / 4
    return DisplayStyle(view="band", bands=bands[:1], low=-end, high=end, colours="blue_orange")


def _first(limit: float | tuple[float, ...]) -> float:
    return limit[0] if isinstance(limit, tuple) else limit

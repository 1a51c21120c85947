"""Histogram: how often which value occurs in a scene's sample; counted, reach of the axis."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from satstudio.render.statistics import Statistics
from satstudio.render.views import View

BINS = 128
PERCENT = (0.1, 99.9)
BEYOND = 0.4
"""Share of the span between these percentiles that is counted on each side of them."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts between edges; `edges` has one number more, `total` counts all samples."""

    counts: Floats
    edges: Floats
    total: int = 0

    def share_at(self, value: float) -> tuple[float, float, float] | None:
        """Return (from, to, share of all samples) of the bar at a value; None beside all bars."""
        number = int(np.searchsorted(self.edges, value, "right")) - 1
        if not 0 <= number < len(self.counts):
            return None
        whole = max(self.total, 1)
        ends = float(self.edges[number]), float(self.edges[number + 1])
        return *ends, float(self.counts[number]) / whole


def counted(statistics: Statistics, view: View, band: int, scale: float = 1.0) -> Histogram | None:
    """Count the sample of a band as a view shows it; the farthest outliers have no bar."""
    values = statistics.values(view, band, scale)
    if len(values) == 0:
        return None
    edges = _edges(values)
    counts, edges = np.histogram(values, edges)
    return Histogram(counts.astype(np.float64), edges, len(values))


def _edges(values: Floats) -> Floats:
    """Return the edges of the bars; whole numbers have as many in each bar."""
    low, high = (float(end) for end in np.percentile(values, PERCENT))
    more = BEYOND * (high - low)
    first = max(low - more, float(values.min()))
    last = min(high + more, float(values.max()))
    span = last - first
    if span <= 0:
        return np.array([first - 0.5, first + 0.5])
    if span <= 8 * BINS and bool(np.all(values == np.rint(values))):
        step = max(round(span / BINS), 1)
        return np.arange(np.floor(first), np.floor(last) + step + 1, step) - 0.5
    return np.linspace(first, last, BINS + 1)

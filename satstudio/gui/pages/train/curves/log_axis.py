"""LogAxis: a logarithmic axis whose numbers never lie on each other."""

import math
from collections.abc import Sequence
from itertools import product

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF

MANTISSAS = ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""Numbers of a decade, from the most to the fewest."""


class LogAxis(pg.AxisItem):  # type: ignore[misc] # pyqtgraph has no types
    """Has as many ticks as there is room for, all with a number."""

    def logTickValues(  # noqa: N802 - pyqtgraph's name
        self,
        minVal: float,  # noqa: N803 - pyqtgraph's name
        maxVal: float,  # noqa: N803 - pyqtgraph's name
        size: float,
        stdTicks: object,  # noqa: N803 - pyqtgraph's name
    ) -> list[tuple[None, list[float]]]:
        """Return the ticks between two powers of ten on an axis of `size` px."""
        line = 1.15 * QFontMetricsF(self.font()).height()
        return [(None, log_ticks(minVal, maxVal, max(int(size / line), 2)))]

    def logTickStrings(  # noqa: N802 - pyqtgraph's name
        self, values: Sequence[float], scale: float, spacing: object
    ) -> list[str]:
        """Return the numbers beside ticks at powers of ten."""
        return [number_of(value) for value in values]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most `most` ticks between two powers of ten, as powers of ten, in order."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    for mantissas in MANTISSAS:
        ticks = [decade + math.log10(mantissa) for decade, mantissa in product(decades, mantissas)]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= most:
            return inside
    return inside[:: -(-len(inside) // most)]


def number_of(power: float) -> str:
    """Return ten to a power as text: 0.002, 30, 1e-5."""
    value = 10.0**power
    if 1e-3 <= value < 9.9e4:
        return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"

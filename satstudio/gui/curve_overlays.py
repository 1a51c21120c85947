"""CurveOverlays: curves of other runs, thinner, in the plots of the chosen one."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyqtgraph as pg

from satstudio.gui.curve_points import CurvePoints, thinned

COLOURS = ("#0f8b8d", "#d1348b", "#9a6b1f", "#7a7a7a")
"""Told apart from each other and from the run's own, in both themes."""

WIDTH = 1.1
MOST_RUNS = len(COLOURS)
Lines = Iterable[Mapping[str, Any]]


class CurveOverlays:
    """Lines of other runs.

    Parameters
    ----------
    places : plot and dash of each curve, by key
    """

    def __init__(self, places: Mapping[str, tuple[Any, Any]]) -> None:
        self._places = dict(places)
        self._drawn: list[tuple[Any, Any]] = []
        self._points: list[CurvePoints] = []

    def show(self, runs: Sequence[tuple[str, Lines]], ratio: float) -> str:
        """Draw the logs of runs (name, lines) instead of those before; returns their legend.

        Parameters
        ----------
        ratio : device pixels per pixel
        """
        for plot, line in self._drawn:
            plot.removeItem(line)
        self._drawn, self._points, names = [], [], []
        for (name, lines), colour in zip(runs, COLOURS, strict=False):
            points = CurvePoints(self._places)
            for line in lines:
                points.take(line)
            self._points.append(points)
            self._draw(points, colour, ratio)
            names.append(f'<span style="color:{colour}">\N{EM DASH} {html.escape(name)}</span>')
        return " &nbsp; ".join(names)

    def points(self, run: int, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve of a run, by its place."""
        return self._points[run].of(key)

    def _draw(self, points: CurvePoints, colour: str, ratio: float) -> None:
        for key, (plot, dash) in self._places.items():
            steps, values = thinned(*points.of(key))
            if steps:
                pen = pg.mkPen(colour, width=WIDTH * ratio, style=dash)
                line = pg.PlotDataItem(steps, values, pen=pen, connect="finite")
                line.setZValue(-1)
                plot.addItem(line)
                self._drawn.append((plot, line))

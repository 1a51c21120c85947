"""CurveOverlays: curves of other runs, thinner, in the plots of the chosen one."""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyqtgraph as pg

from satstudio.gui.pages.train.curves.chart_parts import Curve
from satstudio.gui.pages.train.curves.curve_points import CurvePoints, thinned
from satstudio.gui.pages.train.curves.smoothing import nearest

COLOURS = ("#0f8b8d", "#d1348b", "#9a6b1f", "#7a7a7a")
"""Told apart from each other and from the run's own, in both themes."""

WIDTH = 1.1
MOST_RUNS = len(COLOURS)
Lines = Iterable[Mapping[str, Any]]


class CurveOverlays:
    """Lines of other runs.

    Parameters
    ----------
    places : key, plot and dash of each curve; a key may be drawn in several plots
    """

    def __init__(self, places: Sequence[tuple[str, Any, Any]]) -> None:
        self._places = tuple(places)
        self._keys = tuple(dict.fromkeys(key for key, _, _ in self._places))
        self._drawn: list[tuple[Any, Any]] = []
        self._points: list[CurvePoints] = []
        self.names: tuple[str, ...] = ()

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
            points = CurvePoints(self._keys)
            for line in lines:
                points.take(line)
            self._points.append(points)
            self._draw(points, colour, ratio)
            names.append(f'<span style="color:{colour}">\N{EM DASH} {html.escape(name)}</span>')
        self.names = tuple(name for name, _ in runs[:MOST_RUNS])
        return " &nbsp; ".join(names)

    def points(self, run: int, key: str) -> tuple[list[float], list[float]]:
        """Return steps and values of a curve of a run, by its place."""
        return self._points[run].of(key)

    def values_at(self, curves: Sequence[Curve], step: float) -> list[tuple[str, float, str]]:
        """Return name, value and colour of each run's curves at a step."""
        found = []
        for name, colour, points in zip(self.names, COLOURS, self._points, strict=False):
            for curve in curves:
                value = nearest(*points.of(curve.key), step)
                if value is not None:
                    title = f"{name}, {curve.name}" if len(curves) > 1 else name
                    found.append((title, value, colour))
        return found

    def _draw(self, points: CurvePoints, colour: str, ratio: float) -> None:
        for key, plot, dash in self._places:
            steps, values = thinned(*points.of(key))
            if steps:
                pen = pg.mkPen(colour, width=WIDTH * ratio, style=dash)
                line = pg.PlotDataItem(steps, values, pen=pen, connect="finite")
                line.setZValue(-1)
                plot.addItem(line)
                self._drawn.append((plot, line))

"""TileScore: one metric over a scene that is read tile by tile; the same figure as in one piece."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Raster
from satstudio.metrics.card import FIRST, Metric, Score, figures
from satstudio.metrics.score import (
    METRICS,
    Counts,
    check_pair,
    counted,
    of_kind,
    said_of,
    with_left_out,
)
from satstudio.metrics.tiled import Sums, Tiled, added


def why_whole(name: str, known: Mapping[str, Any]) -> str:
    """Return why a metric needs all pixels at once, "" where tiles do; checks its parameters."""
    one = METRICS[name]
    one.check_known(known, None)
    if one.tiled is None:
        return f"{name} is not calculated by tiles"
    if not one.tiled.fits(one.chosen(known)):
        return f"{name} is not calculated by tiles with these parameters"
    return ""


def reach_px(name: str, known: Mapping[str, Any]) -> int:
    """Return how far right of and below a tile this metric looks."""
    one = METRICS[name]
    return 0 if one.tiled is None else one.tiled.reach_px(one.chosen(known))


class TileScore:
    """Adds up one metric; the figures of `score`, but for rounding."""

    def __init__(self, name: str, size: Size, known: Mapping[str, Any]) -> None:
        """Raise InputError where the metric does not go by tiles, or the image is too small.

        Parameters
        ----------
        size : of the whole image
        known : parameters as `score` takes them, but for `mask`
        """
        self._metric: Metric = METRICS[name]
        reason = why_whole(name, known)
        if reason or self._metric.tiled is None:
            raise InputError(f"Metric {reason}.")
        self._tiled: Tiled = self._metric.tiled
        self._size = size
        self._known = dict(known)
        self._sums: Sums | None = None
        self._counts = Counts()
        self._left_out = 0

    def add(
        self, reference: Raster, estimate: Raster, core: Size, mask: Mask | None = None
    ) -> None:
        """Add a tile that was read at least `reach_px` further right and down than its core.

        Raises
        ------
        GridMismatchError, InputError
            What `score` raises.
        """
        check_pair(reference, estimate)
        self._known = of_kind(self._metric, reference, self._known)
        parameters = self._metric.chosen(self._known)
        self._tiled.check(self._size, parameters)
        good, broken = counted(reference, estimate, {**self._known, "mask": mask})
        rows, cols = Window.whole(core).slices
        own = good[rows, cols]
        self._counts += Counts(own.size, int(own.sum()), int(broken[rows, cols].sum()))
        reach = self._tiled.reach_px(parameters)
        seen = np.s_[: core.rows + reach, : core.cols + reach]
        if good[seen].any():
            given = (reference if name in FIRST else estimate for name in self._metric.images)
            parts = (raster.pixels[:, *seen] for raster in given)
            images = self._tiled.open(*parts, mask=good[seen], nan_policy="omit")
            self._sums = added(self._sums, self._tiled.gather(images, core, parameters))
        if self._metric.left_out is not None:
            pair = (raster.pixels[:, rows, cols] for raster in (reference, estimate))
            self._left_out += self._metric.left_out(*pair, own)

    def score(self) -> Score:
        """Return the figure of all tiles together."""
        values = {}
        if self._counts.n and self._sums is not None:
            values = figures(self._tiled.finish(self._sums, self._metric.chosen(self._known)))
        found = self._metric.score(values, self._counts.n, self._known)
        note = said_of(self._counts, self._known)
        return replace(found, note=with_left_out(note, self._left_out))

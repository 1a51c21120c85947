"""super_resolution_figures: consistency with the input, what was gained, left out or made up."""

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import numpy as np

from satstudio.bench.gain_scene import SHARES, GainScene, ratio_of
from satstudio.bench.scene_figures import plan
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.metrics.card import Score
from satstudio.metrics.measures.super_resolution import lr_consistency
from satstudio.metrics.score import METRICS
from satstudio.pixels.phasor import as_reals
from satstudio.pixels.resampling import bicubic
from satstudio.scenes.geometry.rescaled import scaled_window
from satstudio.scenes.scene import Scene

CONSISTENCY = "lr_consistency"
LOW_SIDE_PX = 256
"""Of the input's blocks that are read at once."""


def consistency_figure(low: Scene, estimate: Scene, progress: Progress) -> Score:
    """Return `lr_consistency` of two scenes of any size, block by block: the mean over its pixels.

    By a fraction the result is brought back by a stretched cubic kernel instead of the box mean.
    Of complex scenes both parts are compared, as bands.

    Raises
    ------
    GridMismatchError
        If they do not show one ground.
    """
    ratio = ratio_of(low, estimate)
    total: dict[str, float] = {}
    count = 0
    for window in progress.over(list(_blocks(low, ratio)), f"Bringing {estimate.name} back"):
        fine = scaled_window(window, ratio).clipped(estimate.grid.size)
        first, second = low.read(window), estimate.read(fine)
        coarse, good = _degraded(second, ratio, window.size)
        good &= first.valid
        degrade = partial(_same, as_reals(coarse))
        found = lr_consistency(
            as_reals(first.pixels), second.pixels, degrade=degrade, mask=good, nan_policy="omit"
        )
        n = int(good.sum())
        if n and math.isfinite(found["mae"]):
            count += n
            for name, value in found.items():
                total[name] = total.get(name, 0.0) + n * value
    means = {name: value / count for name, value in total.items()} or {"mae": math.nan}
    return METRICS[CONSISTENCY].score(means, count, {})


def super_resolution_figures(
    reference: Scene, estimate: Scene, low: Scene, progress: Progress, least_change: float = 0.0
) -> dict[str, Score]:
    """Return consistency with the input, and the mean shares over the pixels that count.

    Parameters
    ----------
    reference : of the fine pixels
    low : the input that was super-resolved, on the same ground
    least_change : pixels where the reference differs from the input by no more do not count

    Raises
    ------
    GridMismatchError
        If the three do not show one ground with the same bands.
    """
    gain = GainScene(reference, estimate, low, least_change)
    sums, count = np.zeros(len(SHARES)), 0
    tiles = list(plan(reference.grid.size, len(reference.bands)))
    part = progress.part(0.0, 0.7)
    for tile in part.over(tiles, f"Measuring what {estimate.name} gained"):
        raster = gain.read(tile)
        sums += raster.pixels[:, raster.valid].sum(axis=1, dtype=np.float64)
        count += int(raster.valid.sum())
    shares = sums / count if count else np.full(len(SHARES), math.nan)
    known = {"least_change": least_change}
    found = {
        name: METRICS[name].score({"": float(share)}, count, known)
        for name, share in zip(SHARES, shares, strict=True)
    }
    return {CONSISTENCY: consistency_figure(low, estimate, progress.part(0.7, 1.0)), **found}


def _degraded(fine: Raster, ratio: Fraction, size: Size) -> tuple[Pixels, Mask]:
    """Return a result on the input's grid and where all that it is made of has data."""
    valid = fine.valid & np.isfinite(fine.pixels).all(axis=0)
    values = np.where(valid, fine.pixels, 0)
    if ratio.denominator > 1:
        return bicubic(values, valid, 1 / ratio, size=(size.rows, size.cols))
    step = int(ratio)
    shape = (-1, size.rows, step, size.cols, step)
    wide = np.complex128 if np.iscomplexobj(values) else np.float64
    means = values.reshape(shape).mean(axis=(2, 4), dtype=wide)
    good: Mask = np.logical_and.reduce(valid.reshape(shape[1:]), axis=(1, 3))
    return means, good


def _same(coarse: Pixels, _image: Pixels) -> Pixels:
    return coarse


def _blocks(low: Scene, ratio: Fraction) -> Iterator[Window]:
    size, side = low.grid.size, LOW_SIDE_PX // ratio.denominator * ratio.denominator
    for row in range(0, size.rows, side):
        for col in range(0, size.cols, side):
            yield Window(row, col, side, side).clipped(size)

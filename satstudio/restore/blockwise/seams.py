"""check_seams: a scene in tiles against the same in one pass, on some crops where tiles meet."""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import QUANTITIES, RADAR, to_power
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.restore.blending import seam_score
from satstudio.restore.blockwise.block_runs import restored_window
from satstudio.restore.blockwise.seam_advice import DB, SPREAD, SeamFigures, SeamReport, Unit
from satstudio.restore.blockwise.seam_reference import (
    ONE_PASS,
    PASS,
    Reference,
    Seams,
    reference_of,
    seams_of,
)
from satstudio.restore.blockwise.sized_engine import SizedEngine
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import Result
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.write import write_raster

CROPS = 3
LEAST_VALID = 0.1
"""Share of a crop that must hold data."""

MOST_CROP_PX = 1024
SEAM_PX = 4
"""What lies nearer to a seam is at it."""

FLOOR = 1e-3
"""Of the median power: added to both before decibels, so that zeros differ by nothing."""

Distances = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Crop:
    """A crop in tiles, and what it is compared with; seams in pixels of the crop."""

    tiled: Raster
    other: Reference
    seams: Seams
    window: Window


def check_seams(
    scene: str | Path,
    model: str | Path,
    recipe: RestoreRecipe,
    progress: Progress,
    out: Path | None = None,
) -> dict[str, Any]:
    """Tell whether tiles show in a restored scene, where from, and what helps.

    Crops at which four tiles meet, spread over the scene, are restored as the whole scene would be
    and in one pass; by a network that takes one size of tile only, in tiles that start half a step
    earlier. Their difference is told in decibels for what has a power, else in spreads (standard
    deviations) of the crop in one pass.

    Parameters
    ----------
    out : a GeoTIFF for the map of the difference, tiled less one pass, of the worst crop

    Returns
    -------
    dict
        `SeamReport.described`.

    Raises
    ------
    ModelError
        If the model does not fit the scene, or blends tiles of the only size that it takes.
    InputError
        If there are no data where tiles meet.
    OutOfMemoryError
        If there is not the memory for one pass.
    """
    with closing(open_scene(scene)) as opened, ExitStack() as stack:
        opening = progress.part(0.0, 0.2)
        sized = stack.enter_context(closing(SizedEngine(model, opened, recipe, opening)))
        window = Result.plan(opened, sized.engine, recipe, "").window
        step = _first_seam(sized, window)
        if step is None:
            return SeamReport.of_none(sized.engine).described()
        corners = _corners(window, sized, step)
        found: list[tuple[SeamFigures, Raster]] = []
        kind = ONE_PASS
        for number, corner in enumerate(corners):
            part = progress.part(
                0.2 + 0.8 * number / len(corners), 0.2 + 0.8 * (number + 1) / len(corners)
            )
            crop = _restored(opened, model, recipe, sized, corner, part)
            if crop is not None and crop.other.restored.valid.mean() >= LEAST_VALID:
                found.append(_measured(crop, step))
                kind = crop.other.kind
        if not found:
            raise InputError(
                f"{opened.name} has no data where tiles meet, or no room for tiles that start "
                "elsewhere; choose another --window."
            )
        report = SeamReport.of(sized.engine, [figures for figures, _ in found], kind)
        if out is not None:
            worst = max(found, key=lambda each: each[0].at_seams)[1]
            write_raster(worst, out, tags={"SATSTUDIO_SEAMS": report.advice})
    return report.described()


def _first_seam(sized: SizedEngine, window: Window) -> int | None:
    """Return how far from its corner a window has the first seam; None where it is one tile."""
    most = Window(
        window.row, window.col, min(sized.side, window.rows), min(sized.side, window.cols)
    )
    rows, cols = sized.engine.seams(most)
    first = max(
        rows[0] - window.row if rows else sized.side, cols[0] - window.col if cols else sized.side
    )
    return first if first < max(window.rows, window.cols) else None


def _corners(window: Window, sized: SizedEngine, step: int) -> list[Window]:
    """Return crops that hold a seam a side, from one corner of a window to the other."""
    side = max(min(2 * step, MOST_CROP_PX), step + 2 * SEAM_PX)
    is_blended = sized.engine.tiles.blended is not None
    rows, cols = (
        _blended_starts(first, length, step, side)
        if is_blended
        else _starts(first, length, sized.side, step, side)
        for first, length in ((window.row, window.rows), (window.col, window.cols))
    )
    places = dict.fromkeys(zip(rows, cols, strict=True))
    return [
        Window(row, col, min(side, window.end_row - row), min(side, window.end_col - col))
        for row, col in places
    ]


def _starts(first: int, length: int, block: int, step: int, side: int) -> list[int]:
    """Return a start for each crop along one side: where blocks begin, or tiles in few blocks."""
    unit = block if length - side >= (CROPS - 1) * block else step
    last = max(length - side, 0) // unit
    return [first + round(share * last) * unit for share in np.linspace(0, 1, CROPS)]


def _blended_starts(first: int, length: int, step: int, side: int) -> list[int]:
    """Return starts of crops that lie amid a tile of PASS steps, as blended tiles stand fixed."""
    last = first + length - side
    amid = [start for start in range(step, last + 1, PASS * step) if start >= first]
    if not amid:
        return [first] * CROPS
    return [amid[round(share * (len(amid) - 1))] for share in np.linspace(0, 1, CROPS)]


def _restored(
    scene: Scene,
    model: str | Path,
    recipe: RestoreRecipe,
    sized: SizedEngine,
    window: Window,
    progress: Progress,
) -> _Crop | None:
    """Restore a crop in tiles and without their seams; None where the latter cannot be."""
    other = reference_of(scene, model, recipe, sized, window, progress.part(0.0, 0.6))
    if other is None:
        return None
    own = recipe.changed(window=window)
    tiled = restored_window(scene, sized.engine, own, sized.side, progress.part(0.6, 1.0))
    return _Crop(tiled, other, seams_of(sized, window), window)


def _measured(crop: _Crop, step: int) -> tuple[SeamFigures, Raster]:
    """Return figures of a crop, and the map of the difference.

    What lies half a tile within the crop's own edges does not count: there tiles end too. Nor does
    what lies nearer to a seam of shifted tiles than to one of the crop.
    """
    reference = crop.other.restored
    tiled, whole, unit = _comparable(crop.tiled, reference)
    valid = reference.valid & np.isfinite(tiled).all(axis=0) & np.isfinite(whole).all(axis=0)
    known = valid.copy()
    valid &= _amid(crop, step, valid.shape)
    distance = _distances(crop.seams, valid.shape)
    valid &= distance <= _distances(crop.other.seams, valid.shape)
    difference = np.where(valid, tiled - whole, 0)
    if unit == SPREAD:
        spread = float(whole[:, valid].std()) or 1.0
        difference = difference / spread
    square = (difference.astype(np.float64) ** 2).mean(axis=0)
    near = valid & (distance < SEAM_PX)
    far = valid & (distance >= max(SEAM_PX, int(np.median(distance))))
    figures = SeamFigures(
        window=str(crop.window),
        unit=unit,
        at_seams=_root(square[near]),
        inside=_root(square[far]),
        largest=float(np.abs(difference).max()),
        steps=max(seam_score(np.where(known, band, 0), crop.seams) for band in tiled),
        steps_one_pass=max(seam_score(np.where(known, band, 0), crop.seams) for band in whole),
        profile=tuple(_root(square[valid & (distance == at)]) for at in range(distance.max() + 1)),
    )
    shown = Raster(
        difference.astype(np.float32), reference.grid, reference.bands, reference.valid, "dn"
    )
    return figures, shown


def _amid(crop: _Crop, step: int, shape: tuple[int, ...]) -> Mask:
    """Return where (rows, cols) of a crop the nearest end of a tile is a seam inside it."""
    amid = np.ones(shape, bool)
    ratio = shape[0] / crop.window.rows
    for axis, length in enumerate((crop.window.rows, crop.window.cols)):
        before = step // 2
        after = max(before - (2 * step - length), 0)  # a crop that the scene cuts ends with it
        first, end = round(before * ratio), round((length - after) * ratio)
        places = np.arange(shape[axis])
        inside = (places >= first) & (places < end)
        amid &= inside[:, None] if axis == 0 else inside
    return amid


def _comparable(tiled: Raster, whole: Raster) -> tuple[Pixels, Pixels, Unit]:
    """Return two images (bands, rows, cols) whose difference means the same everywhere."""
    quantity = whole.quantity
    if quantity == "db":
        return tiled.pixels, whole.pixels, DB
    if quantity in RADAR:
        with np.errstate(over="ignore"):
            powers = [to_power(each.pixels, quantity).astype(np.float64) for each in (tiled, whole)]
        known = powers[1][np.isfinite(powers[1]) & (powers[1] > 0)]
        floor = FLOOR * float(np.median(known)) if known.size else 1.0
        first, second = (10 * np.log10(np.maximum(power, 0) + floor) for power in powers)
        return first, second, DB
    if QUANTITIES[quantity].family == "complex":
        return np.abs(tiled.pixels), np.abs(whole.pixels), SPREAD
    return tiled.pixels.astype(np.float64), whole.pixels.astype(np.float64), SPREAD


def _distances(seams: tuple[Sequence[int], Sequence[int]], shape: tuple[int, ...]) -> Distances:
    """Return how far (rows, cols) each pixel lies from the nearest seam; 0 on both sides of one."""
    found = np.full(shape, max(shape), np.int64)
    for axis, places in enumerate(seams):
        at = np.arange(shape[axis])
        for place in places:
            line = np.where(at >= place, at - place, place - 1 - at)
            found = np.minimum(found, line[:, None] if axis == 0 else line)
    return found


def _root(squares: npt.NDArray[np.float64]) -> float:
    return float(np.sqrt(squares.mean())) if squares.size else 0.0

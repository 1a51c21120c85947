"""figures_of(reference, result); compare_scenes(addresses, recipe, out, progress)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.bench.figures import short_text, told_of_mixed, without_mixed
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.grid import GeoGrid, Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Raster
from satstudio.core.recipe import Recipe
from satstudio.metrics.score import METRICS, Score, score
from satstudio.render.picture import grid_picture, save_png, scene_picture
from satstudio.render.style import DisplayStyle, first_style, measure, style_for
from satstudio.scenes.pair import RADAR, check_pair, linear_power
from satstudio.scenes.scene import Scene, open_scene

OF_SPECKLE = ("enl", "radiometric_bias_db", "ratio_image_stats", "epi_ratio")
"""Figures of a radar scene and its restored twin: no reference is needed."""

OF_PAIR = ("mse", "psnr", "ssim")
"""Figures of a result and its reference."""

BYTE_RANGE = 255.0
MOST_COLUMNS = 3
MOST_VALUES = 48_000_000
"""Values (pixels x bands) that are scored at once: about 3 GB while it lasts."""

LEAST_SSIM_PX = 11


class CompareRecipe(Recipe):
    """What is compared, and how large the picture is; windows are `ROW,COL,ROWS,COLS`."""

    window: str | None = None
    metrics: tuple[str, ...] = ()
    data_range: float | None = None
    max_px: int = 640

    @property
    def where(self) -> Window | None:
        """The window, None for the whole scene."""
        return Window.parse(self.window) if self.window else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A picture and the figures on it.

    Attributes
    ----------
    path : the PNG
    figures : scene -> metric -> Score; the first scene is the reference, with looks only
    """

    path: Path
    figures: Mapping[str, Mapping[str, Score]]


def as_intensity(raster: Raster) -> Raster:
    """Return linear power of a radar raster (complex, amplitude or power); others as they are."""
    if raster.quantity not in RADAR or raster.quantity == "power":
        return raster
    return replace(raster, pixels=linear_power(raster), quantity="power")


def usual_names(first: Raster, data_range: float | None) -> tuple[str, ...]:
    """Return the figures that suit a scene; PSNR and SSIM need a data range."""
    if first.quantity in RADAR:
        return OF_SPECKLE
    if data_range is None:
        return OF_PAIR[:1]
    return OF_PAIR if min(first.pixels.shape[1:]) >= LEAST_SSIM_PX else OF_PAIR[:2]


def usual_range(raster: Raster) -> float | None:
    """Return 255 for bytes; the range of other pixels is not known from their type."""
    return BYTE_RANGE if raster.pixels.dtype == np.uint8 else None


def figures_of(
    reference: Raster,
    result: Raster,
    names: Sequence[str] = (),
    **known: Any,  # noqa: ANN401 - the parameters of any metric
) -> dict[str, Score]:
    """Score a result against the scene it came from, or against a reference.

    Figures of speckle see linear intensity whatever radar rasters hold, and so do all others where
    the two hold different quantities: a complex scene and its restored intensity fit. A metric of
    one image speaks of the result. Without names, the usual figures of the kind are taken. The
    range of bytes is known, that of others only where `data_range` tells it. Looks of an area that
    is not uniform say so in their note; among the usual figures they have no value.

    Raises
    ------
    GridMismatchError
        If the rasters do not lie on each other.
    InputError
        If a metric is unknown or misses a parameter.
    """
    known = {"data_range": usual_range(reference)} | known
    known = {name: value for name, value in known.items() if value is not None}
    chosen = tuple(names) or usual_names(reference, known.get("data_range"))
    grid = _same_grid(reference, result)
    pair = reference, replace(result, grid=grid)
    power = tuple(as_intensity(raster) for raster in pair)
    found: dict[str, Score] = {}
    for name in chosen:
        is_power = name in OF_SPECKLE or not _are_alike(*pair)
        first, second = power if is_power else pair
        if METRICS[name].images == ("image",):
            first = second
        found |= score(first, second, [name], **known)
    counted = reference.valid & result.valid & known.get("mask", True)
    found = told_of_mixed(found, power[0], counted, _looks(reference))
    return found if names else without_mixed(found)


def compare_scenes(
    addresses: Sequence[str], recipe: CompareRecipe, out: Path, progress: Progress
) -> Comparison:
    """Draw scenes side by side under the stretch of the first, with their figures, as PNG.

    Parameters
    ----------
    addresses : the reference (or the scene that was restored), then one or more results

    Raises
    ------
    InputError
        If there is nothing to compare with, or the window is too large to score at once.
    """
    if len(addresses) < 2:
        raise InputError("Give a scene and at least one result to compare it with.")
    with ExitStack() as stack:
        scenes = [stack.enter_context(closing(open_scene(address))) for address in addresses]
        _check(scenes, recipe.where)
        style = comparison_style(scenes[0])
        reference = scenes[0].read(recipe.where)
        figures: dict[str, Mapping[str, Score]] = {}
        pictures, titles = [], []
        for scene in progress.over(scenes, "Comparing"):
            if scene is scenes[0]:
                found = own_figures(reference)
            else:
                result = scene.read(recipe.where)
                found = without_mixed(
                    figures_of(reference, result, recipe.metrics, data_range=recipe.data_range)
                )
            figures[_free_name(scene.name, figures)] = found
            pictures.append(scene_picture(scene, style, recipe.where, recipe.max_px, square=True))
            titles.append(f"{scene.name}\n{short_text(found)}")
        save_png(grid_picture(pictures, min(len(pictures), MOST_COLUMNS), titles=titles), out)
    return Comparison(out, figures)


def comparison_style(scene: Scene) -> DisplayStyle:
    """Return the one style of a comparison: dB for radar scenes, else the scene's first view."""
    statistics = measure(scene)
    if scene.quantity in RADAR:
        return style_for("db", statistics)
    return first_style(scene, statistics)


def own_figures(raster: Raster) -> dict[str, Score]:
    """Return what can be said of the first scene alone."""
    if raster.quantity not in RADAR:
        return {}
    power = as_intensity(raster)
    found = score(power, power, ["enl"])
    return without_mixed(told_of_mixed(found, power, raster.valid, _looks(raster)))


def _looks(raster: Raster) -> float | None:
    """Return the looks of speckle where they are known: one of complex samples."""
    return 1.0 if raster.is_complex else None


def _are_alike(first: Raster, second: Raster) -> bool:
    """Tell whether two rasters hold one quantity, as far as they say."""
    is_plain = "dn" in (first.quantity, second.quantity)
    is_same = is_plain or first.quantity == second.quantity
    return is_same and first.is_complex == second.is_complex


def _same_grid(first: Raster, second: Raster) -> GeoGrid:
    """Return the grid of the first where the second lies on it; what they know may differ."""
    if first.pixels.shape != second.pixels.shape:
        raise GridMismatchError(
            f"The first has (bands, rows, cols) {first.pixels.shape}, the other "
            f"{second.pixels.shape}; compare scenes on the same grid."
        )
    one, other = first.grid.transform, second.grid.transform
    if one is not None and other is not None and not np.allclose(one, other, rtol=1e-9):
        raise GridMismatchError("The two images lie on different ground; align them first.")
    return first.grid


def _check(scenes: Sequence[Scene], where: Window | None) -> None:
    first = scenes[0]
    for scene in scenes[1:]:
        check_pair(first, scene)
    size = where.size if where is not None else first.grid.size
    if size.pixels * len(first.bands) > MOST_VALUES:
        raise InputError(
            f"{size.rows} x {size.cols} px are too many to score at once (at most "
            f"{MOST_VALUES:,} values); choose a part with --window."
        )


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free

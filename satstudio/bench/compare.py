"""figures_of(reference, result); compare_scenes and draw_ratios (addresses, ..., out)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.bench.figure_files import FigureTable
from satstudio.bench.figures import figure_rows, short_text, told_of_mixed, without_mixed
from satstudio.bench.metric_choice import OF_SPECKLE, check_fit, usual_names, usual_range
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.files import refuse_file, refuse_input
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import are_comparable, is_radar, title_of
from satstudio.core.raster import Raster
from satstudio.core.recipe import Recipe
from satstudio.metrics.score import METRICS, Score, score
from satstudio.render.compose import Picture
from satstudio.render.legend import legend
from satstudio.render.picture import save_png, scene_picture
from satstudio.render.sheet import Cell, figure_sheet, scale_of
from satstudio.render.style import DisplayStyle, first_style, measure, style_for
from satstudio.scenes.pair import PairScene, check_pair, linear_power, place_remark
from satstudio.scenes.scene import Scene, open_scene

EQUAL = {"ratio_h_over_l": 1.0}
"""Pixels of two scenes on one grid are of one size; ERGAS asks, and others may say otherwise."""

MOST_COLUMNS = 3
MOST_VALUES = 48_000_000
"""Values (pixels x bands) that are scored at once: about 3 GB while it lasts."""


class CompareRecipe(Recipe):
    """What is compared, and how large the picture is; windows are `ROW,COL,ROWS,COLS`."""

    window: str | None = None
    metrics: tuple[str, ...] = ()
    data_range: float | None = None
    settings: dict[str, Any] = Field(
        default_factory=dict, description="parameters of metrics; ERGAS takes equal pixels"
    )
    max_px: int = 640
    style: DisplayStyle | None = Field(None, description="of all pictures; empty: the usual one")

    @property
    def where(self) -> Window | None:
        """The window, None for the whole scene."""
        return Window.parse(self.window) if self.window else None

    @property
    def known(self) -> dict[str, Any]:
        """Parameters of metrics; the pixels of two scenes on one grid are of one size."""
        return {**EQUAL, "data_range": self.data_range, **self.settings}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A picture and the figures on it.

    Attributes
    ----------
    path : the PNG
    figures : scene -> metric -> Score; the first scene is the reference, with looks only
    window : what the picture shows and the figures are of
    remarks : sentences for the user, as of scenes that do not say where they lie
    """

    path: Path
    figures: Mapping[str, Mapping[str, Score]]
    window: Window
    remarks: tuple[str, ...] = ()

    @property
    def table(self) -> FigureTable:
        """The figures with all that they need, for files."""
        rows = {name: figure_rows(found) for name, found in self.figures.items()}
        return FigureTable(next(iter(rows)), str(self.window), rows)


def as_intensity(raster: Raster) -> Raster:
    """Return linear power of a radar raster (complex, amplitude or power); others as they are."""
    if not is_radar(raster.quantity) or raster.quantity == "power":
        return raster
    return replace(raster, pixels=linear_power(raster), quantity="power")


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
    range of bytes is known, that of others only where `data_range` tells it. A usual figure that
    cannot be measured has no value, and its note says why. Looks of an area that
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
    chosen = tuple(names) or usual_names(
        reference, known.get("data_range"), known.get("ratio_h_over_l")
    )
    _check_quantities(reference, result)
    _check_shapes(reference, result)
    pair = reference, result
    power = tuple(as_intensity(raster) for raster in pair)
    found: dict[str, Score] = {}
    for name in chosen:
        is_power = name in OF_SPECKLE or not _are_alike(*pair)
        first, second = power if is_power else pair
        if METRICS[name].images == ("image",):
            first = second
        try:
            found |= score(first, second, [name], **known)
        except InputError as error:
            if names:
                raise
            found[name] = replace(METRICS[name].score({}, 0, known), note=str(error))
    counted = reference.valid & result.valid & known.get("mask", True)
    found = told_of_mixed(found, power[0], counted, _looks(reference))
    return found if names else without_mixed(found)


def chosen_figures(
    reference: Raster, result: Raster, names: Sequence[str], data_range: float | None
) -> dict[str, Score]:
    """Return the figures that a user chose; of one that cannot be measured, the reason as note."""
    found: dict[str, Score] = {}
    for name in names:
        known = {**EQUAL, "data_range": data_range}
        try:
            check_fit((name,), reference, "the scene")
            found |= figures_of(reference, result, [name], **known)
        except InputError as error:
            found[name] = replace(METRICS[name].score({}, 0, known), note=str(error))
    return without_mixed(found)


def compare_scenes(
    addresses: Sequence[str],
    recipe: CompareRecipe,
    out: Path,
    progress: Progress,
    overwrite: bool = False,
) -> Comparison:
    """Draw scenes side by side under the stretch of the first, with their figures, as PNG.

    Parameters
    ----------
    addresses : the reference (or the scene that was restored), then one or more results
    overwrite : replace a file that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    InputError
        If there is nothing to compare with, or the window is too large to score at once.
    """
    if len(addresses) < 2:
        raise InputError("Give a scene and at least one result to compare it with.")
    with ExitStack() as stack:
        scenes = [stack.enter_context(closing(open_scene(address))) for address in addresses]
        first, where = scenes[0], recipe.where
        refuse_input(out, *(path for scene in scenes for path in scene.files))
        refuse_file(out, overwrite=overwrite)
        _check(scenes, where)
        check_fit(recipe.metrics, first, first.name)
        style = recipe.style or comparison_style(first)
        reference = first.read(where)
        figures: dict[str, Mapping[str, Score]] = {}
        cells = []
        for scene in progress.over(scenes, "Comparing"):
            found = (
                own_figures(reference) if scene is first else _compared(reference, scene, recipe)
            )
            name = _free_name(scene.name, figures)
            figures[name] = found
            picture = scene_picture(scene, style, where, recipe.max_px, square=True)
            cells.append(Cell(picture, f"{name}\n{short_text(found)}".strip()))
        window = where or Window.whole(first.grid.size)
        save_png(_sheet(cells, first, style, window), out, overwrite=overwrite)
        remarks = tuple(filter(None, (place_remark(first, scene) for scene in scenes[1:])))
    return Comparison(out, figures, window, remarks)


def _compared(reference: Raster, scene: Scene, recipe: CompareRecipe) -> dict[str, Score]:
    found = figures_of(reference, scene.read(recipe.where), recipe.metrics, **recipe.known)
    return without_mixed(found)


def _sheet(
    cells: Sequence[Cell], first: Scene, style: DisplayStyle, where: Window, values: str = ""
) -> Picture:
    """Return the pictures with their window, legend and scale; `values` are not the scene's."""
    band = min(style.bands[0], len(first.bands) - 1)
    bands = f", band {first.bands[band]}" if len(style.bands) == 1 else ""
    heading = (
        f"{first.name}{bands}: rows {where.row} to {where.end_row - 1}, columns {where.col} to "
        f"{where.end_col - 1} ({where.rows} \N{MULTIPLICATION SIGN} {where.cols} px)"
    )
    shown = legend(style, "" if values else first.unit(band))
    shown = replace(shown, title=values or shown.title)
    scale = scale_of(first.grid, where, cells[0].picture.shape[1])
    return figure_sheet(cells, heading, shown, scale, min(len(cells), MOST_COLUMNS))


def draw_ratios(addresses: Sequence[str], window: Window, out: Path, max_px: int = 640) -> Path:
    """Draw the ratio image, noisy over restored, of each result under one stretch around 1.

    Parameters
    ----------
    addresses : the noisy radar scene, then results
    window : what is drawn

    Raises
    ------
    GridMismatchError
        If a result does not lie on the scene.
    """
    with ExitStack() as stack:
        first, *results = [stack.enter_context(closing(open_scene(name))) for name in addresses]
        style = ratio_style()
        cells = []
        for result in results:
            pair = PairScene(first, result, "ratio")
            stats = figures_of(first.read(window), result.read(window), ["ratio_image_stats"])
            picture = scene_picture(pair, style, window, max_px, square=True)
            cells.append(Cell(picture, f"{first.name} / {result.name}\n{short_text(stats)}"))
        save_png(_sheet(cells, first, style, window, "Noisy / restored"), out)
    return out


def ratio_style(bands: Sequence[int] = (0,)) -> DisplayStyle:
    """Return the style of ratio images: grey, 1 in the middle."""
    return DisplayStyle(view="band", bands=tuple(bands[:1]), low=0.0, high=2.0)


def comparison_style(scene: Scene) -> DisplayStyle:
    """Return the one style of a comparison: dB for radar scenes, else the scene's first view."""
    statistics = measure(scene)
    if is_radar(scene.quantity):
        return style_for("db", statistics)
    return first_style(scene, statistics)


def own_figures(raster: Raster) -> dict[str, Score]:
    """Return what can be said of the first scene alone."""
    if not is_radar(raster.quantity):
        return {}
    power = as_intensity(raster)
    found = score(power, power, ["enl"])
    return without_mixed(told_of_mixed(found, power, raster.valid, _looks(raster)))


def _looks(raster: Raster) -> float | None:
    """Return the looks of speckle where they are known: one of complex samples."""
    return 1.0 if raster.is_complex else None


def _check_quantities(reference: Raster, result: Raster) -> None:
    """Refuse values that stay apart as power too, as sigma0 and gamma0."""
    if not are_comparable(reference.quantity, result.quantity):
        raise GridMismatchError(
            f"The reference holds {title_of(reference.quantity)}, the other "
            f"{title_of(result.quantity)}; bring them to one quantity first."
        )


def _are_alike(first: Raster, second: Raster) -> bool:
    """Tell whether two rasters hold one quantity, as far as they say."""
    is_plain = "dn" in (first.quantity, second.quantity)
    is_same = is_plain or first.quantity == second.quantity
    return is_same and first.is_complex == second.is_complex


def _check_shapes(first: Raster, second: Raster) -> None:
    if first.pixels.shape != second.pixels.shape:
        raise GridMismatchError(
            f"The first has (bands, rows, cols) {first.pixels.shape}, the other "
            f"{second.pixels.shape}; compare scenes on the same grid."
        )


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

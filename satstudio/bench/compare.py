"""figures_of(reference, result); compare_scenes and draw_ratios (addresses, ..., out)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import Field

from satstudio.bench.figure_files import FigureTable
from satstudio.bench.figures import figure_rows, short_text, without_mixed
from satstudio.bench.gain_figures import super_resolution_figures
from satstudio.bench.metric_choice import check_fit
from satstudio.bench.pair_figures import EQUAL, chosen_figures, figures_of, own_figures
from satstudio.bench.scene_figures import ScenePair, own_scene_figures, scene_figures
from satstudio.core.errors import InputError
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import is_radar
from satstudio.core.recipe import Recipe
from satstudio.metrics.score import Score
from satstudio.render.compose import Picture
from satstudio.render.legend import legend
from satstudio.render.picture import save_png, scene_picture
from satstudio.render.sheet import Cell, figure_sheet, scale_of
from satstudio.render.style import DisplayStyle, first_style, measure, style_for
from satstudio.scenes.geometry.pair import PairScene, check_pair, place_remark
from satstudio.scenes.scene import Scene, open_scene

__all__ = [
    "EQUAL",
    "CompareRecipe",
    "Comparison",
    "chosen_figures",
    "compare_scenes",
    "comparison_style",
    "draw_ratios",
    "figures_of",
    "own_figures",
    "ratio_style",
]


MOST_COLUMNS = 3


class CompareRecipe(Recipe):
    """What is compared, and how large the picture is; windows are `ROW,COL,ROWS,COLS`."""

    window: str | None = None
    metrics: tuple[str, ...] = ()
    data_range: float | None = None
    settings: dict[str, Any] = Field(
        default_factory=dict, description="parameters of metrics; ERGAS takes equal pixels"
    )
    max_px: int = 640
    low: str = Field(
        "", description="address of the input that results are super-resolved from; else empty"
    )
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
        If there is nothing to compare with, or a metric needs all pixels of a scene that is too
        large for that.
    """
    if len(addresses) < 2:
        raise InputError("Give a scene and at least one result to compare it with.")
    with ExitStack() as stack:
        scenes = [stack.enter_context(closing(open_scene(address))) for address in addresses]
        first, where = scenes[0], recipe.where
        refuse_input(out, *(path for scene in scenes for path in scene.files))
        refuse_file(out, overwrite=overwrite)
        for scene in scenes[1:]:
            check_pair(first, scene)
        check_fit(recipe.metrics, first, first.name)
        style = recipe.style or comparison_style(first)
        low = stack.enter_context(closing(open_scene(recipe.low))) if recipe.low else None
        figures: dict[str, Mapping[str, Score]] = {}
        cells = []
        for done, scene in enumerate(scenes):
            part = progress.part(done / len(scenes), (done + 1) / len(scenes))
            found = (
                own_scene_figures(first, where, part)
                if scene is first
                else _compared(first, scene, recipe, low, part)
            )
            name = _free_name(scene.name, figures)
            figures[name] = found
            picture = scene_picture(scene, style, where, recipe.max_px, square=True)
            cells.append(Cell(picture, f"{name}\n{short_text(found)}".strip()))
        window = where or Window.whole(first.grid.size)
        save_png(_sheet(cells, first, style, window), out, overwrite=overwrite)
        remarks = tuple(filter(None, (place_remark(first, scene) for scene in scenes[1:])))
    return Comparison(out, figures, window, remarks)


def _compared(
    first: Scene, scene: Scene, recipe: CompareRecipe, low: Scene | None, progress: Progress
) -> dict[str, Score]:
    pair = ScenePair(first, scene, recipe.where)
    found = without_mixed(scene_figures(pair, recipe.metrics, progress, **recipe.known))
    if low is not None:
        found |= super_resolution_figures(first, scene, low, progress)
    return found


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
            stats = scene_figures(ScenePair(first, result, window), ["ratio_image_stats"])
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


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name} ({number})", number + 1
    return free

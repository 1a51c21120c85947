"""render: a picture of a scene, equal to what the window shows."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import click

from satstudio.cli.options import check_ending, numbers, out_option
from satstudio.cli.said import as_said, said_options
from satstudio.cli.terminal import json_option, say_error, say_result, working
from satstudio.core.errors import InputError, SceneWriteError
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import has_power, title_of
from satstudio.render.compose import coarse_note
from satstudio.render.picture import save_png, scene_picture
from satstudio.render.style import (
    VIEWS,
    DisplayStyle,
    Statistics,
    View,
    first_style,
    measure,
    style_for,
)
from satstudio.scenes.pyramid.build import build_pyramid, open_pyramid
from satstudio.scenes.scene import Scene, open_scene
from satstudio.session.settings_file import load_settings


@dataclass(frozen=True, slots=True)
class Look:
    """What was asked for on the command line."""

    view: View | None
    bands: tuple[int, ...]
    stretch: tuple[float, ...]
    percent: tuple[float, ...]
    paper: bool

    @property
    def is_first(self) -> bool:
        """Tell whether nothing was asked for that the first picture does not have."""
        return self.view is None and not (self.bands or self.percent or self.paper)


@click.command("render", epilog="Example: satstudio render scene.tif --as hsv --out scene.png")
@click.argument("path")
@click.option("--as", "view", type=click.Choice(list(VIEWS)), help="View; the scene's first one.")
@click.option("--band", type=int, help="Band, counted from 1.")
@click.option("--bands", help="R,G,B: three bands, counted from 1.")
@click.option("--window", help="ROW,COL,ROWS,COLS; the whole scene if left out.")
@click.option(
    "--max-px",
    type=click.IntRange(1, 30000),
    default=1024,
    show_default=True,
    help="Longest side of the picture.",
)
@click.option("--stretch", help="LOW,HIGH in the unit of the view.")
@click.option("--percent", help="P,Q: percentiles that become black and white.  [default: 2,98]")
@click.option("--paper", is_flag=True, help="hsv by the scene's smallest and largest magnitude.")
@said_options
@out_option("FILE.png")
@json_option
def render_command(
    path: str,
    view: View | None,
    band: int | None,
    bands: str | None,
    window: str | None,
    max_px: int,
    stretch: str | None,
    percent: str | None,
    paper: bool,
    quantity: str | None,
    iq: str | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Save a picture of PATH as the window would show it.

    Where the picture is coarser than the scene it shows mean power (complex), means of the power
    that amplitudes and decibels stand for, mean values of others, and the nearest pixels of
    classes and phases; the phase of complex samples exists at full resolution only.
    """
    check_ending(out, ".png")
    refuse_file(out, overwrite=overwrite)
    if sum(map(bool, (stretch, percent, paper))) > 1:
        raise InputError("Give one of --stretch, --percent and --paper.")
    path = as_said(path, quantity, iq)
    with closing(open_scene(path)) as scene, working("Rendering") as progress:
        refuse_input(out, *scene.files)
        where = Window.parse(window) if window else Window.whole(scene.grid.size)
        is_coarse = max(where.rows, where.cols) > max_px
        look = Look(
            view,
            _chosen(scene, band, bands),
            numbers(stretch, 2, "--stretch") if stretch else (),
            _percentiles(percent) if percent else (),
            paper,
        )
        statistics = measure(scene)
        if is_coarse or paper:
            statistics = _with_pyramid(scene, statistics, progress)
        style = _style(scene, statistics, look)
        picture = scene_picture(scene, style, where, max_px, square=True)
        progress.check()
        save_png(picture, out, overwrite=overwrite)
    is_told = is_coarse and scene.has_means
    note = coarse_note(style, "mean" if scene.has_pyramid else "nearest") if is_told else ""
    rows, cols = picture.shape[:2]
    document = {"path": out, "rows": rows, "cols": cols, "note": note}
    document["style"] = style.model_dump(mode="json", exclude={"palette"})
    say_result(document, as_json, str(out))
    say_error(note)


def _with_pyramid(scene: Scene, statistics: Statistics, progress: Progress) -> Statistics:
    """Attach the scene's pyramid, made where the cache has none; exact extremes come with it."""
    if not scene.has_means:
        return statistics
    try:
        room_bytes = int(load_settings().pyramid_cache_gb * 2**30)
        build_pyramid(scene.source, scene.identity, progress, room_bytes)
    except SceneWriteError as error:  # nearest pixels are shown then, and that is said
        say_error(str(error))
        return statistics
    pyramid = open_pyramid(scene.identity)
    if pyramid is None:
        return statistics
    scene.attach_pyramid(pyramid)
    return statistics.with_power_range(pyramid.ranges) if pyramid.is_power else statistics


def _style(scene: Scene, statistics: Statistics, look: Look) -> DisplayStyle:
    first = first_style(scene, statistics)
    if look.is_first:
        return _stretched(first, look.stretch)
    view = look.view or ("hsv" if look.paper else first.view)
    if VIEWS[view].needs_phase and not scene.is_complex:
        raise InputError(f"{scene.name} is not complex: '{view}' needs phase; try --as band.")
    if view in ("db", "amplitude", "intensity") and not has_power(scene.quantity):
        raise InputError(
            f"{scene.name} holds {title_of(scene.quantity)} ({scene.known.source_text}), which has "
            f"no '{view}'; try --as band, or say what it holds with --quantity."
        )
    bands: Sequence[int] = look.bands or (first.bands if view == first.view else (0,))
    if view == "rgb" and len(bands) != 3:
        bands = [min(band, len(scene.bands) - 1) for band in range(3)]
    if view == first.view and not (look.percent or look.paper) and tuple(bands) == first.bands:
        return _stretched(first, look.stretch)
    low, high = look.percent or (2.0, 98.0)
    style = style_for(view, statistics, bands, percent=(low, high), paper=look.paper)
    return _stretched(style, look.stretch)


def _stretched(style: DisplayStyle, stretch: tuple[float, ...]) -> DisplayStyle:
    if not stretch:
        return style
    low, high = stretch
    if not low < high:
        raise InputError(f"--stretch {low:g},{high:g}: the second number must be larger.")
    grey = (low, high) if style.view == "hsv" else style.grey
    return style.changed(low=low, high=high, grey=grey)


def _percentiles(text: str) -> tuple[float, ...]:
    low, high = numbers(text, 2, "--percent")
    if not 0 <= low < high <= 100:
        raise InputError(f"--percent '{text}': give P,Q with 0 <= P < Q <= 100.")
    return low, high


def _chosen(scene: Scene, band: int | None, bands: str | None) -> tuple[int, ...]:
    if band is not None and bands:
        raise InputError("Give --band or --bands, not both.")
    given = (float(band),) if band is not None else numbers(bands, 3, "--bands") if bands else ()
    for number in given:
        if number != int(number) or not 1 <= number <= len(scene.bands):
            raise InputError(f"{scene.name} has bands 1 to {len(scene.bands)}, not {number:g}.")
    return tuple(int(number) - 1 for number in given)

"""info, render, crop: what is in a scene, a picture of it, a part of it."""

from contextlib import closing
from pathlib import Path

import click

from satstudio.cli.describe import as_document, as_text
from satstudio.cli.options import numbers, out_option
from satstudio.cli.terminal import json_option, say, say_json, say_result, working
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.render.picture import save_png, scene_picture
from satstudio.render.style import VIEWS, DisplayStyle, first_style, measure, style_for
from satstudio.scenes.crop import crop_scene, window_of_bbox
from satstudio.scenes.scene import Scene, open_scene


@click.command(epilog="Example: satstudio info scene.tif --json")
@click.argument("path")
@json_option
def info(path: str, as_json: bool) -> None:
    """Say what PATH, or PATH#IMAGE of a product, holds."""
    with closing(open_scene(path)) as scene:
        document = as_document(scene)
    if as_json:
        say_json(document)
    else:
        say(as_text(document))


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
@out_option("FILE.png")
@json_option
def render_command(
    path: str,
    view: str | None,
    band: int | None,
    bands: str | None,
    window: str | None,
    max_px: int,
    stretch: str | None,
    percent: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Save a picture of PATH as the window would show it."""
    if stretch and percent:
        raise InputError("Give --stretch or --percent, not both.")
    with closing(open_scene(path)) as scene, working("Rendering") as progress:
        style = _style(scene, view, _chosen(scene, band, bands), percent)
        if stretch:
            low, high = numbers(stretch, 2, "--stretch")
            style = style.changed(low=low, high=high, grey=(low, high))
        progress.report(0.3, "Rendering")
        where = Window.parse(window) if window else Window.whole(scene.grid.size)
        picture = scene_picture(scene, style, where, max_px)
        progress.check()
        save_png(picture, out)
    rows, cols = picture.shape[:2]
    document = {"path": out, "rows": rows, "cols": cols, "style": style.model_dump(mode="json")}
    say_result(document, as_json, str(out))


@click.command(epilog="Example: satstudio crop scene.tif --window 0,0,64,64 --out part.tif")
@click.argument("path")
@click.option("--window", help="ROW,COL,ROWS,COLS in pixels.")
@click.option("--bbox", help="LON0,LAT0,LON1,LAT1 in degrees.")
@out_option("FILE.tif")
@json_option
def crop(path: str, window: str | None, bbox: str | None, out: Path, as_json: bool) -> None:
    """Save a part of PATH as GeoTIFF that keeps type and geometry."""
    if bool(window) == bool(bbox):
        raise InputError("Give the part as --window or as --bbox, one of them.")
    where = Window.parse(window) if window else _window_of(path, bbox or "")
    with working("Cropping") as progress:
        crop_scene(path, where, out, progress)
    say_result({"path": out, "window": str(where)}, as_json, str(out))


def _window_of(path: str, bbox: str) -> Window:
    corners = numbers(bbox, 4, "--bbox")
    with closing(open_scene(path)) as scene:
        return window_of_bbox(scene, *corners)


def _style(
    scene: Scene, view: str | None, bands: tuple[int, ...], percent: str | None
) -> DisplayStyle:
    statistics = measure(scene)
    first = first_style(scene, statistics)
    is_first = view in (None, first.view) and not bands and percent is None
    if is_first:
        return first
    name = next((known for known in VIEWS if known == view), first.view)
    if VIEWS[name].needs_phase and not scene.is_complex:
        raise InputError(f"{scene.name} is not complex: '{name}' needs phase; try --as band.")
    chosen = bands or (first.bands if name == first.view else (0,))
    if name == "rgb" and len(chosen) != 3:
        chosen = tuple(min(band, len(scene.bands) - 1) for band in range(3))
    low, high = numbers(percent or "2,98", 2, "--percent")
    if not 0 <= low < high <= 100:
        raise InputError(f"'{percent}' are no percentiles: give P,Q with 0 <= P < Q <= 100.")
    return style_for(name, statistics, chosen, percent=(low, high))


def _chosen(scene: Scene, band: int | None, bands: str | None) -> tuple[int, ...]:
    if band is not None and bands:
        raise InputError("Give --band or --bands, not both.")
    given = (float(band),) if band is not None else numbers(bands, 3, "--bands") if bands else ()
    for number in given:
        if number != int(number) or not 1 <= number <= len(scene.bands):
            raise InputError(f"{scene.name} has bands 1 to {len(scene.bands)}, not {number:g}.")
    return tuple(int(number) - 1 for number in given)

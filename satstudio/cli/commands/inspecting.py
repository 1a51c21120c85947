"""info, crop: what is in a scene, and a part of it as a file."""

from contextlib import closing
from pathlib import Path

import click

from satstudio.cli.describe import as_document, as_text
from satstudio.cli.options import check_ending, numbers, out_option
from satstudio.cli.said import as_said, said_options
from satstudio.cli.terminal import json_option, say, say_json, say_result, working
from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.scenes.crop import crop_scene, window_of_bbox
from satstudio.scenes.scene import open_scene


@click.command(epilog="Example: satstudio info scene.tif --json")
@click.argument("path")
@said_options
@json_option
def info(path: str, quantity: str | None, iq: str | None, as_json: bool) -> None:
    """Say what PATH, or PATH#IMAGE of a product, holds."""
    with closing(open_scene(as_said(path, quantity, iq))) as scene:
        document = as_document(scene)
    if as_json:
        say_json(document)
    else:
        say(as_text(document))


@click.command(epilog="Example: satstudio crop scene.tif --window 0,0,64,64 --out part.tif")
@click.argument("path")
@click.option("--window", help="ROW,COL,ROWS,COLS in pixels.")
@click.option("--bbox", help="LON0,LAT0,LON1,LAT1 in degrees.")
@said_options
@out_option("FILE.tif")
@json_option
def crop(
    path: str,
    window: str | None,
    bbox: str | None,
    quantity: str | None,
    iq: str | None,
    out: Path,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Save a part of PATH as GeoTIFF that keeps type and geometry."""
    check_ending(out, ".tif", ".tiff")
    if bool(window) == bool(bbox):
        raise InputError("Give the part as --window or as --bbox, one of them.")
    path = as_said(path, quantity, iq)
    where = Window.parse(window) if window else _window_of(path, bbox or "")
    with working("Cropping") as progress:
        crop_scene(path, where, out, progress, overwrite=overwrite)
    say_result({"path": out, "window": str(where)}, as_json, str(out))


def _window_of(path: str, bbox: str) -> Window:
    corners = numbers(bbox, 4, "--bbox")
    with closing(open_scene(path)) as scene:
        return window_of_bbox(scene, *corners)

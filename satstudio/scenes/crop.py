"""crop_scene: a window as a file that keeps type, geometry, masks, metadata; window_of_bbox."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.tiling import plan_tiles
from satstudio.scenes.locate import Locator
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import QUANTITY_TAGS, create_scene, provenance

T = TypeVar("T")
TILE_PX = 1024


def crop_scene(
    address: str | Path,
    window: Window,
    out: Path,
    progress: Progress,
    bands: Sequence[int] | None = None,
) -> Path:
    """Save a window as GeoTIFF with the same type, geometry, nodata, masks, names and tags.

    Parameters
    ----------
    address : PATH or PATH#IMAGE
    window : inside the scene
    bands : 0-based; all where None

    Raises
    ------
    InputError
        If the window does not lie in the scene, or `out` is the scene itself.
    """
    with closing(open_scene(address)) as scene:
        chosen = _checked(scene, window, out, bands)
        values = [scene.nodata[band] for band in chosen]
        nodata = _common_nodata(values)
        details = _details(scene, window, chosen)
        if nodata is None and any(value is not None for value in values):
            details = replace(details, has_mask=True)  # a GeoTIFF has one nodata value only
        names = [scene.bands[band] for band in chosen]
        grid = scene.grid.cropped(window)
        tiles = [tile.keep for tile in plan_tiles(window.size, TILE_PX)]
        with create_scene(out, grid, names, scene.dtype, nodata=nodata, details=details) as target:
            for tile in progress.over(tiles, "Cropping"):
                there = tile.moved(window.row, window.col)
                pixels, valid = scene.source.read(there, there.size, chosen)
                target.write(pixels, tile, valid)
    return out


def window_of_bbox(scene: Scene, lon0: float, lat0: float, lon1: float, lat1: float) -> Window:
    """Return the smallest window that holds a box of longitudes and latitudes in degrees.

    A box whose `lon0` is larger than `lon1` crosses the antimeridian.

    Raises
    ------
    InputError
        If the scene has no place on the ground, or does not reach into the box.
    """
    text = f"{lon0:g},{lat0:g},{lon1:g},{lat1:g}"
    if lat0 >= lat1 or not all(math.isfinite(value) for value in (lon0, lat0, lon1, lat1)):
        raise InputError(f"Box '{text}' is empty: give LON0,LAT0,LON1,LAT1 with LAT0 below LAT1.")
    place = Locator(scene.grid)
    if not place.is_located:
        raise InputError(f"{scene.name} has no place on the ground; crop it with --window.")
    lons, lats = _outline(lon0, lat0, lon1 if lon1 > lon0 else lon1 + 360, lat1)
    rows, cols = place.rowcols(lons, lats)
    size = scene.grid.size
    good = np.isfinite(rows) & np.isfinite(cols)
    if not good.any():
        raise InputError(f"{scene.name} does not reach into the box {text}.")
    row, end_row = _ends(rows[good], size.rows)
    col, end_col = _ends(cols[good], size.cols)
    if end_row <= row or end_col <= col:
        raise InputError(f"{scene.name} does not reach into the box {text}.")
    return Window(row, col, end_row - row, end_col - col)


def _outline(lon0: float, lat0: float, lon1: float, lat1: float) -> tuple[list[float], list[float]]:
    """Return points along the edges of a box, which may be curved in the image."""
    share = np.linspace(0, 1, 33)
    lons, lats = lon0 + share * (lon1 - lon0), lat0 + share * (lat1 - lat0)
    same = np.ones_like(share)
    return (
        [*lons, *lons, *(lon0 * same), *(lon1 * same)],
        [*(lat0 * same), *(lat1 * same), *lats, *lats],
    )


def _ends(values: npt.NDArray[np.float64], count: int) -> tuple[int, int]:
    """Return whole rows (or columns) around positions, inside the image."""
    slack = 1e-3  # of a pixel: an edge on a pixel's border takes no more pixels
    start = math.floor(min(max(float(values.min()) + slack, 0), count))
    end = math.ceil(max(min(float(values.max()) - slack, count), 0))
    return start, end


def _checked(
    scene: Scene, window: Window, out: Path, bands: Sequence[int] | None
) -> tuple[int, ...]:
    size = scene.grid.size
    if not window.is_inside(size):
        raise InputError(
            f"Window {window} does not lie in {scene.name} of {size.rows} x {size.cols} pixels; "
            "give ROW,COL,ROWS,COLS inside it."
        )
    files = getattr(scene.source, "files", (scene.path,))
    if out.exists() and any(out.samefile(path) for path in files if path.exists()):
        raise InputError(f"{out.name} is the scene itself; give another name.")
    chosen = tuple(range(len(scene.bands))) if bands is None else tuple(bands)
    if not chosen or not all(0 <= band < len(scene.bands) for band in chosen):
        raise InputError(f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {list(chosen)}.")
    return chosen


def _details(scene: Scene, window: Window, bands: Sequence[int]) -> Details:
    known = scene.details
    tags = {
        **known.tags,
        "SATSTUDIO_SOURCE": scene.name,
        "SATSTUDIO_WINDOW": str(window),
        "SATSTUDIO_QUANTITY": QUANTITY_TAGS[scene.quantity],
    }

    def picked(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(values[band] for band in bands) if values else ()

    return replace(
        known,
        tags=provenance(tags),
        band_tags=picked(known.band_tags),
        colours=picked(known.colours),
        scales=picked(known.scales),
        offsets=picked(known.offsets),
    )


def _common_nodata(values: Sequence[float | None]) -> float | None:
    """Return the nodata value of all bands; None where they differ (NaN equals NaN)."""
    return values[0] if len({str(value) for value in values}) == 1 else None

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
from satstudio.core.files.replacing import refuse_file, refuse_input
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import tag_of
from satstudio.core.tiling import plan_tiles
from satstudio.scenes.gdal.checks import check_place
from satstudio.scenes.gdal.grey_mask import GreyMask, is_grey
from satstudio.scenes.gdal.locate import Locator
from satstudio.scenes.line_times import cropped_tags
from satstudio.scenes.scene import Scene, open_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import Layout, provenance, scene_file

T = TypeVar("T")
Box = tuple[float, float, float, float]
Positions = npt.NDArray[np.float64]
TILE_PX = 1024
EDGE_POINTS = 129
SPREAD_POINTS = 9
SAME_DEG = 1e-5


def crop_scene(
    address: str | Path,
    window: Window,
    out: Path,
    progress: Progress,
    bands: Sequence[int] | None = None,
    overwrite: bool = False,
) -> Path:
    """Save a window as GeoTIFF with the same type, geometry, nodata, masks, names and tags.

    Parameters
    ----------
    address : PATH or PATH#IMAGE
    window : inside the scene
    bands : 0-based; all where None
    overwrite : replace a file that has this name already

    Raises
    ------
    ExistsError
        If something has this name, before and after the work.
    InputError
        If the window does not lie in the scene, or `out` is the scene itself.
    SceneReadError
        If the scene cannot be read, or its place on the ground is damaged.
    """
    with closing(open_scene(address)) as scene:
        refuse_input(out, *scene.files)
        refuse_file(out, overwrite=overwrite)
        chosen = _checked(scene, window, bands)
        check_place(scene.grid, scene.name)
        values = [scene.nodata[band] for band in chosen]
        nodata = _common_nodata(values)
        details = _details(scene, window, chosen)
        if nodata is None and any(value is not None for value in values):
            details = replace(details, has_mask=True)  # a GeoTIFF has one nodata value only
        names = tuple(scene.bands[band] for band in chosen)
        tiles = [tile.keep for tile in plan_tiles(window.size, TILE_PX)]
        mask = _grey_mask(scene, window, tiles)
        if mask is not None:
            details = replace(details, has_mask=False)  # it is written whole, at the end
        grid = scene.grid.cropped(window)
        layout = Layout(grid, names, scene.dtype, nodata, details, mask)
        with scene_file(out, layout, overwrite=overwrite) as target:
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
        If the scene has no place on the ground, does not reach into the box, or does not cross
        the antimeridian as the box does.
    """
    text = f"{lon0:g},{lat0:g},{lon1:g},{lat1:g}"
    if (
        lat0 >= lat1
        or lon0 == lon1
        or not all(math.isfinite(value) for value in (lon0, lat0, lon1, lat1))
    ):
        raise InputError(
            f"The box {text} is empty: give west, south, east, north in degrees, south below north."
        )
    place = Locator(scene.grid)
    if not place.is_located:
        raise InputError(f"{scene.name} has no place on the ground; crop it by rows and columns.")
    size = scene.grid.size
    if lon0 > lon1 and not crosses_antimeridian(place, Window.whole(size)):
        raise InputError(
            f"West {lon0:g} lies east of {lon1:g}, and {scene.name} does not cross the "
            "antimeridian (180 degrees): exchange west and east."
        )
    rows, cols = _common_ground(place, size, (lon0, lat0, lon1, lat1))
    if not len(rows):
        raise InputError(f"{scene.name} does not reach into the box {text}.")
    row, end_row = _ends(rows, size.rows)
    col, end_col = _ends(cols, size.cols)
    if end_row <= row or end_col <= col:
        raise InputError(f"{scene.name} does not reach into the box {text}.")
    return Window(row, col, end_row - row, end_col - col)


def bbox_of_window(place: Locator, window: Window) -> Box | None:
    """Return (west, south, east, north) around a window; None where it has no place.

    Across the antimeridian west is larger than east.
    """
    lons, lats = _spread(place, window, 0.0)
    if not np.isfinite(lons).any():
        return None
    if _jumps(lons):
        lons = lons % 360
    west, east = float(np.nanmin(lons)), float(np.nanmax(lons))
    return _turned(west), float(np.nanmin(lats)), _turned(east), float(np.nanmax(lats))


def crosses_antimeridian(place: Locator, window: Window) -> bool:
    """Tell whether a window holds places on both sides of 180 degrees, next to each other."""
    return _jumps(_spread(place, window, 0.5)[0])


def _spread(place: Locator, window: Window, inset: float) -> tuple[Positions, Positions]:
    """Return longitudes and latitudes (rows, cols) of places spread over a window."""
    rows = np.linspace(window.row + inset, window.end_row - inset, SPREAD_POINTS)
    cols = np.linspace(window.col + inset, window.end_col - inset, SPREAD_POINTS)
    grid = np.meshgrid(rows, cols, indexing="ij")
    lons, lats = place.lonlats(grid[0].ravel(), grid[1].ravel())
    return lons.reshape(grid[0].shape), lats.reshape(grid[0].shape)


def _jumps(lons: Positions) -> bool:
    """Tell whether neighbours differ by more than half a turn."""
    steps = (np.abs(np.diff(lons, axis=axis)) for axis in (0, 1))
    return any(bool((step > 180).any()) for step in steps)


def _turned(lon: float) -> float:
    return lon if lon <= 180 else lon - 360


def _common_ground(
    place: Locator, size: Size, box: tuple[float, float, float, float]
) -> tuple[Positions, Positions]:
    """Return positions along the edges of the box, and those of the image's edge inside it."""
    lon0, lat0, lon1, lat1 = box
    width = (lon1 - lon0) % 360 or 360
    lats, lons = _outline(lat0, lon0, lat1, lon0 + width)
    rows, cols = place.rowcols(lons, lats)
    again, lats_again = place.lonlats(rows, cols)
    # far from a projection's or GCPs' own place there is no way back: such points are nonsense
    turned = (again - lons + 180) % 360 - 180
    good = (np.abs(turned) < SAME_DEG) & (np.abs(lats_again - lats) < SAME_DEG)
    edge_rows, edge_cols = _outline(0, 0, size.rows, size.cols)
    edge_lons, edge_lats = place.lonlats(edge_rows, edge_cols)
    inside = ((edge_lons - lon0) % 360 <= width) & (edge_lats >= lat0) & (edge_lats <= lat1)
    return (
        np.concatenate([rows[good], edge_rows[inside]]),
        np.concatenate([cols[good], edge_cols[inside]]),
    )


def _outline(
    first0: float, second0: float, first1: float, second1: float
) -> tuple[Positions, Positions]:
    """Return points along the edges of a rectangle, which may be curved elsewhere."""
    share = np.linspace(0, 1, EDGE_POINTS)
    firsts, seconds = first0 + share * (first1 - first0), second0 + share * (second1 - second0)
    same = np.ones_like(share)
    return (
        np.concatenate([firsts, firsts, first0 * same, first1 * same]),
        np.concatenate([second0 * same, second1 * same, seconds, seconds]),
    )


def _ends(values: Positions, count: int) -> tuple[int, int]:
    """Return whole rows (or columns) around positions, inside the image."""
    slack = 1e-3  # of a pixel: an edge on a pixel's border takes no more pixels
    start = math.floor(min(max(float(values.min()) + slack, 0), count))
    end = math.ceil(max(min(float(values.max()) - slack, count), 0))
    return start, end


def _checked(scene: Scene, window: Window, bands: Sequence[int] | None) -> tuple[int, ...]:
    size = scene.grid.size
    if not window.is_inside(size):
        raise InputError(
            f"Window {window} does not lie in {scene.name} of {size.rows} x {size.cols} pixels; "
            "give ROW,COL,ROWS,COLS inside it."
        )
    chosen = tuple(range(len(scene.bands))) if bands is None else tuple(bands)
    if not chosen or not all(0 <= band < len(scene.bands) for band in chosen):
        raise InputError(f"{scene.name} has bands 0 to {len(scene.bands) - 1}, not {list(chosen)}.")
    return chosen


def _details(scene: Scene, window: Window, bands: Sequence[int]) -> Details:
    known = scene.details
    tags = {
        **cropped_tags(known.tags, window),
        "SATSTUDIO_SOURCE": scene.name,
        "SATSTUDIO_WINDOW": str(window),
        "SATSTUDIO_QUANTITY": tag_of(scene.quantity),
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


def _grey_mask(scene: Scene, window: Window, tiles: Sequence[Window]) -> GreyMask | None:
    """Return the mask of a window where it has values that one bit cannot keep."""
    known = getattr(scene.source, "mask", None)
    if known is None or not scene.details.has_mask:
        return None

    def mask(tile: Window) -> npt.NDArray[np.uint8]:
        found: npt.NDArray[np.uint8] = known(tile.moved(window.row, window.col))
        return found

    return mask if any(is_grey(mask(tile)) for tile in tiles) else None


def _common_nodata(values: Sequence[float | None]) -> float | None:
    """Return the nodata value of all bands; None where they differ (NaN equals NaN)."""
    return values[0] if len({str(value) for value in values}) == 1 else None

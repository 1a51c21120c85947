"""create_scene, scene_files: tiled GeoTIFFs, renamed into place when whole; write_raster."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.transform import Affine

from satstudio.core.errors import SceneReadError, SceneWriteError
from satstudio.core.files.replacing import refuse_file, replacing
from satstudio.core.grid import GeoGrid, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import tag_of
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.core.version import VERSION
from satstudio.scenes.cog import make_cog
from satstudio.scenes.gdal.describe import SPACING_TAG
from satstudio.scenes.gdal.grey_mask import GreyMask, append_mask
from satstudio.scenes.gdal.handles import gdal_env, open_dataset
from satstudio.scenes.gdal.read_errors import GDAL_ERRORS, write_errors
from satstudio.scenes.source import Details

TILE_PX = 256
EFFORT, QUICK = 6, 1
"""Of deflate, for whole numbers and for floating point: its last bits are noise, which no effort
makes smaller; results of models are as small with half the time."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a new GeoTIFF is: everything but its pixels.

    Attributes
    ----------
    dtype : numpy's name, or `complex_int16`
    nodata : one value for all bands; a GeoTIFF has no more
    grey_mask : gives a mask of 8 bits; None: the mask, where there is one, is what `write` is told
    is_cog : cloud-optimised, with overviews: it opens at once however large it is
    """

    grid: GeoGrid
    bands: tuple[str, ...]
    dtype: str
    nodata: float | None = None
    details: Details = field(default_factory=Details)
    grey_mask: GreyMask | None = None
    is_cog: bool = False


class SceneWriter:
    """A GeoTIFF being written, window by window."""

    def __init__(self, dataset: Any, path: Path, layout: Layout) -> None:  # noqa: ANN401 - rasterio
        self._dataset = dataset
        self._path = path
        self._layout = layout

    def write(self, pixels: Pixels, window: Window, valid: Mask | None = None) -> None:
        """Write (bands, rows, cols) pixels of a window; `valid` where the file has a mask.

        Raises
        ------
        SceneWriteError
            If a value does not fit the file's type, or the disk refuses.
        """
        where = ((window.row, window.end_row), (window.col, window.end_col))
        with write_errors(self._path):
            self._dataset.write(fitted(pixels, self._layout.dtype, self._path), window=where)
            if self._layout.details.has_mask and valid is not None:
                self._dataset.write_mask(valid, window=where)


@contextmanager
def create_scene(
    out: Path,
    grid: GeoGrid,
    bands: Sequence[str],
    dtype: str,
    *,
    nodata: float | None = None,
    details: Details | None = None,
) -> Iterator[SceneWriter]:
    """Create a tiled, deflated GeoTIFF; it gets its name when the block ends without an error.

    Parameters
    ----------
    out : of the file; one that exists is replaced at the end
    grid : size, and where the pixels lie (transform or GCPs, RPCs)
    dtype : numpy's name, or `complex_int16`
    details : tags, band tags, colours, palette, whether there is a mask
    """
    layout = Layout(grid, tuple(bands), dtype, nodata, details or Details())
    with scene_file(out, layout, overwrite=True) as writer:
        yield writer


@contextmanager
def scene_file(out: Path, layout: Layout, *, overwrite: bool = False) -> Iterator[SceneWriter]:
    """Do what `create_scene` does; a file that exists is replaced only where that is asked.

    Raises
    ------
    ExistsError
        If `out` exists, before or after the work, and is not to be replaced; or is a folder.
    SceneWriteError
        If the disk refuses.
    """
    with scene_files(((out, layout),), overwrite=overwrite) as (writer,):
        yield writer


@contextmanager
def scene_files(
    wanted: Sequence[tuple[Path, Layout]],
    *,
    overwrite: bool = False,
    reading: Progress | None = None,
) -> Iterator[tuple[SceneWriter, ...]]:
    """Do what `scene_file` does for files that belong together: all get their names, or none does.

    All are closed and read back before the first is moved; the first of `wanted` is moved last.

    Parameters
    ----------
    reading : told how far the reading back is; a stop there leaves no file behind
    """
    reading = reading or Progress()
    count = len(wanted)
    outs = [out for out, _ in wanted]
    refuse_file(*outs, overwrite=overwrite)
    for out in outs:
        with write_errors(out):
            out.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as parts, gdal_env():
        with ExitStack() as opened:
            yield tuple(
                opened.enter_context(
                    _part(
                        parts.enter_context(replacing(out, overwrite=overwrite)),
                        out,
                        layout,
                        reading.part(1 - (number + 1) / count, 1 - number / count),
                    )
                )
                for number, (out, layout) in enumerate(wanted)  # they are closed last to first
            )
        refuse_file(*outs, overwrite=overwrite)


@contextmanager
def _part(part: Path, out: Path, layout: Layout, reading: Progress) -> Iterator[SceneWriter]:
    """Write what will be `out` at `part`; whole at a clean end."""
    with write_errors(out):
        dataset = open_dataset(str(part), mode="w", **_profile(layout))
    try:
        with write_errors(out):
            _describe(dataset, layout)
        yield SceneWriter(dataset, out, layout)
        with write_errors(out):
            dataset.close()
            if layout.grey_mask is not None:
                append_mask(part, layout.grey_mask, layout.grid.size)
    finally:
        dataset.close()
    if layout.is_cog:
        try:
            with write_errors(out):
                if make_cog(part, out, reading.part(0.0, 0.6)):
                    reading.report(1.0, f"Arranging {out.name}")
                    return
        except SceneReadError as error:
            raise _not_taken(out) from error
        reading = reading.part(0.6, 1.0)
    _check_whole(part, out, layout, reading)


def write_raster(
    raster: Raster, out: Path, *, nodata: float | None = None, tags: Mapping[str, str] | None = None
) -> Path:
    """Write a Raster as GeoTIFF; invalid pixels are kept as a mask where there is no nodata."""
    has_mask = nodata is None and not bool(raster.valid.all())
    known = {"SATSTUDIO_QUANTITY": tag_of(raster.quantity), **(tags or {})}
    details = Details(tags=provenance(known), has_mask=has_mask)
    pixels = raster.pixels
    if nodata is not None:
        pixels = np.where(raster.valid, pixels, pixels.dtype.type(nodata))
    grid, dtype = raster.grid, str(pixels.dtype)
    with create_scene(out, grid, raster.bands, dtype, nodata=nodata, details=details) as target:
        target.write(pixels, Window.whole(grid.size), raster.valid)
    return out


def provenance(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags with the program's version added."""
    return {**tags, "SATSTUDIO_VERSION": VERSION}


def fitted(pixels: Pixels, dtype: str, path: Path) -> Pixels:
    """Return pixels as the file's type; complex_int16 is rounded and checked for its range."""
    if dtype != "complex_int16":
        return pixels.astype(dtype, copy=False)
    parts = np.stack([np.rint(pixels.real), np.rint(pixels.imag)])
    limits = np.iinfo(np.int16)
    if not np.all((parts >= limits.min) & (parts <= limits.max)):
        raise SceneWriteError(
            f"Cannot write {path.name} as complex_int16: a value is not finite or beyond 32767; "
            "scale the pixels or choose complex64."
        )
    rounded: Pixels = (parts[0] + 1j * parts[1]).astype(np.complex64)
    return rounded


def _check_whole(part: Path, out: Path, layout: Layout, reading: Progress) -> None:
    """Read a file back: what GDAL cannot write when it closes a file it tells nobody."""
    size = layout.grid.size
    try:
        with closing(open_dataset(str(part))) as dataset:
            corners = list(product(range(0, size.rows, TILE_PX), range(0, size.cols, TILE_PX)))
            text = f"Reading {out.name} back"
            for row, col in reading.over(corners, text):  # a tile each: GDAL's cache is all
                rows, cols = min(row + TILE_PX, size.rows), min(col + TILE_PX, size.cols)
                where = ((row, rows), (col, cols))
                for band in dataset.indexes:
                    dataset.read(band, window=where)
                if layout.details.has_mask or layout.grey_mask is not None:
                    dataset.read_masks(1, window=where)
    except GDAL_ERRORS as error:
        raise _not_taken(out) from error


def _not_taken(out: Path) -> SceneWriteError:
    return SceneWriteError(
        f"Cannot write {out.name}: the disk did not take all of it; check its free space and try "
        "again."
    )


def _profile(layout: Layout) -> dict[str, Any]:
    grid, details = layout.grid, layout.details
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": grid.size.rows,
        "width": grid.size.cols,
        "count": len(layout.bands),
        "dtype": layout.dtype,
        "nodata": layout.nodata,
        "tiled": True,
        "blockxsize": TILE_PX,
        "blockysize": TILE_PX,
        "compress": "deflate",
        "zlevel": EFFORT if "int" in layout.dtype else QUICK,
        "bigtiff": "IF_SAFER",
        "interleave": "pixel" if len(layout.bands) <= 4 else "band",
    }
    if grid.transform is not None:
        profile["transform"] = Affine.from_gdal(*grid.transform)
        profile["crs"] = grid.crs
    elif grid.gcps:
        profile["gcps"] = [
            GroundControlPoint(row=p.row, col=p.col, x=p.x, y=p.y, z=p.z) for p in grid.gcps
        ]
        profile["crs"] = grid.gcp_crs
    else:
        profile["crs"] = grid.crs
    if details.colours[:3] == ("red", "green", "blue"):
        profile["photometric"] = "RGB"
    if "alpha" in details.colours:
        profile["alpha"] = "UNSPECIFIED"
    return profile


def _describe(dataset: Any, layout: Layout) -> None:  # noqa: ANN401 - rasterio has no types
    grid, details = layout.grid, layout.details
    tags = dict(details.tags)
    if grid.transform is None and grid.gcps:
        tags.pop("AREA_OR_POINT", None)  # GDAL would move the points by a pixel; ours are of Area
    if grid.transform is None and grid.spacing_m is not None:
        tags[SPACING_TAG] = f"{grid.spacing_m[0]!r},{grid.spacing_m[1]!r}"
    dataset.update_tags(**tags)
    if grid.rpcs:
        dataset.update_tags(ns="RPC", **dict(grid.rpcs))
    if details.colours:
        dataset.colorinterp = [ColorInterp[name] for name in details.colours]
    if details.palette is not None:
        dataset.write_colormap(1, dict(details.palette))
    _describe_bands(dataset, layout)


def _describe_bands(dataset: Any, layout: Layout) -> None:  # noqa: ANN401 - as above
    details = layout.details
    for index, name in enumerate(layout.bands, 1):
        dataset.set_band_description(index, name)
    for index, tags in enumerate(details.band_tags, 1):
        dataset.update_tags(index, **tags)
    if any(scale != 1 for scale in details.scales):
        dataset.scales = details.scales
    if any(details.offsets):
        dataset.offsets = details.offsets

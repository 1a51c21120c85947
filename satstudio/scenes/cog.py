"""make_cog: a GeoTIFF that was written becomes a cloud-optimised one, with overviews.

Overviews are means as this program's own pyramids have them: of power where values stand for one,
of valid pixels alone. Classes and phases have the nearest pixel; complex samples have none, as
their means lose the power.
"""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.files.replacing import part_of, remove_made
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import averaging_of
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.handles import open_dataset
from satstudio.scenes.gdal.tiff_join import join_tiffs
from satstudio.scenes.pyramid.build import build_levels
from satstudio.scenes.pyramid.level_files import Pyramid
from satstudio.scenes.pyramid.levels import level_size, plan_levels
from satstudio.scenes.scene import Scene, open_scene

TILE_PX = 256
STRIP_PX = 16 * TILE_PX
"""Of an overview's columns; so many are written at a time."""

Strip = tuple[Window, Pixels, Mask]
"""A window of a level, its pixels (bands, rows, cols), and where (rows, cols) they are valid."""


def make_cog(path: Path, final: Path, progress: Progress) -> bool:
    """Arrange a tiled GeoTIFF anew, with overviews down to some hundred pixels; in its place.

    Parameters
    ----------
    final : the name that it will get; what is made on the way lies beside it

    Returns
    -------
    bool
        Whether all pixels were read on the way, so that the disk is known to have them.

    Raises
    ------
    OSError, SceneReadError
        If the disk refuses, or does not give back what was written.
    """
    with ExitStack() as stack:
        folder = part_of(final)
        stack.callback(remove_made, folder)
        folder.mkdir()
        scene = stack.enter_context(closing(open_scene(path)))
        levels = list(_levels(scene, folder, progress.part(0.0, 0.7)))
        joined = folder / path.name
        join_tiffs(path, levels, joined, progress.part(0.7, 1.0))
        scene.close()  # Windows moves nothing over an open file
        joined.replace(path)
        return bool(levels) and averaging_of(scene.quantity) != "none"


def _levels(scene: Scene, folder: Path, progress: Progress) -> Iterator[Path]:
    """Yield a GeoTIFF of each coarser level, the finest first."""
    size, averaging = scene.grid.size, averaging_of(scene.quantity)
    factors = plan_levels(size, scene.grid.aspect)[1:]
    if scene.is_complex or not factors:
        return
    means = None
    if averaging != "none":
        means = build_levels(scene.source, folder / "means", progress.part(0.0, 0.7))
    writing = progress.part(0.7, 1.0)
    for number, each in enumerate(factors):
        level = level_size(size, each)
        path = folder / f"{number}.tif"
        strips = _nearest(scene, level) if means is None else _means(means, number, scene)
        _write(path, level, scene, strips)
        writing.report((number + 1) / len(factors), "Overviews")
        yield path
    shutil.rmtree(folder / "means", ignore_errors=True)


def _means(means: Pyramid, level: int, scene: Scene) -> Iterator[Strip]:
    size = means.level_size(level)
    for row, col in product(range(0, size.rows, TILE_PX), range(0, size.cols, STRIP_PX)):
        window = Window(row, col, TILE_PX, STRIP_PX).clipped(size)
        found = [means.read(band, level, window) for band in range(len(scene.bands))]
        blank = [np.nan if value is None else value for value in scene.nodata]
        is_whole = np.issubdtype(np.dtype(scene.dtype), np.integer)
        planes = [
            np.where(
                valid,
                np.rint(mean) if is_whole else mean,
                0 if np.isnan(empty) and is_whole else empty,
            )
            for (mean, valid), empty in zip(found, blank, strict=True)
        ]
        yield window, np.stack(planes), np.logical_or.reduce([valid for _, valid in found])


def _nearest(scene: Scene, size: Size) -> Iterator[Strip]:
    whole = scene.grid.size
    for row in range(0, size.rows, TILE_PX):
        rows = min(TILE_PX, size.rows - row)
        first, end = row * whole.rows // size.rows, (row + rows) * whole.rows // size.rows
        there = Window(first, 0, end - first, whole.cols)
        raster = scene.read(there, Size(rows, size.cols))
        yield Window(row, 0, rows, size.cols), raster.pixels, raster.valid


def _write(path: Path, size: Size, scene: Scene, strips: Iterator[Strip]) -> None:
    profile: dict[str, Any] = {"driver": "GTiff", "height": size.rows, "width": size.cols}
    profile |= {"count": len(scene.bands), "dtype": scene.dtype, "nodata": scene.nodata[0]}
    profile |= {"tiled": True, "blockxsize": TILE_PX, "blockysize": TILE_PX, "compress": "deflate"}
    profile |= {"zlevel": 1}  # overviews are small
    profile |= {"interleave": "pixel" if len(scene.bands) <= 4 else "band", "bigtiff": "IF_SAFER"}
    with closing(open_dataset(str(path), mode="w", **profile)) as dataset:
        for window, pixels, valid in strips:
            where = ((window.row, window.end_row), (window.col, window.end_col))
            dataset.write(pixels.astype(scene.dtype), window=where)
            if scene.details.has_mask:
                dataset.write_mask(valid, window=where)

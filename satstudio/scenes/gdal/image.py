"""GdalImage: one image that GDAL opens in this process; is_data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.checks import check_raw, is_whole_tiff
from satstudio.scenes.gdal.describe import Description, common_dtype, describe, numpy_type
from satstudio.scenes.gdal.handles import Handle
from satstudio.scenes.gdal.read_errors import read_errors

Rows = tuple[tuple[int, int], tuple[int, int]]
"""A window as rasterio takes it: (first, end) rows and columns."""

RAW_SOURCES = "GDAL_VRT_RAWRASTERBAND_ALLOWED_SOURCE"
"""From 3.12 on, GDAL reads raw files anywhere only with this; set for VRTs of our own."""


class GdalImage:
    """One GDAL dataset of this process; each thread has its own handle.

    Parameters
    ----------
    path : the user's file or folder, for messages
    opened : what GDAL opens
    hint : a name that may tell polarisation and date

    Attributes
    ----------
    known : all metadata
    """

    def __init__(self, path: Path, opened: str, hint: str) -> None:
        self._path = path
        env = {RAW_SOURCES: "ALL"} if opened.startswith("<VRTDataset") else {}
        with read_errors(path, "open"):
            self._handle = Handle(opened, env)
            with self._handle.use() as dataset:
                check_raw(path, dataset)
                self.known: Description = describe(dataset, hint)
                if is_whole_tiff(Path(opened), dataset):
                    env["GTIFF_DIRECT_IO"] = "YES"
            self._handle.close()
            # averaged overviews of complex samples have lost their power: never read them
            options = {"OVERVIEW_LEVEL": "NONE"} if self.known.is_complex else {}
            self._handle = Handle(opened, env, **options)
            self._handle.title = path.name
        self._env = env

    def without_overviews(self) -> None:
        """Take the nearest pixels of full resolution for coarser readings from now on."""
        self._handle.close()
        self._handle = Handle(self._handle.name, self._env, OVERVIEW_LEVEL="NONE")
        self._handle.title = self._path.name

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read bands (0-based) of a window, every n-th pixel where `shape` is smaller."""
        where = ((window.row, window.end_row), (window.col, window.end_col))
        size = (shape.rows, shape.cols)
        with read_errors(self._path, "read"), self._handle.use() as dataset:
            pixels = _read(dataset, [band + 1 for band in bands], where, size)
            if self.known.mask_kind == "mask":
                valid = dataset.read_masks(1, window=where, out_shape=size) > 0
            else:
                valid = np.ones(size, bool)
        return pixels, valid & self._has_data(pixels, bands)

    def mask(self, window: Window) -> npt.NDArray[np.uint8]:
        """Read the mask of a window as it is: 0 is not valid, 255 is, others are partly."""
        where = ((window.row, window.end_row), (window.col, window.end_col))
        with read_errors(self._path, "read"), self._handle.use() as dataset:
            found: npt.NDArray[np.uint8] = dataset.read_masks(1, window=where)
        return found

    def close(self) -> None:
        """Close the handles of all threads."""
        self._handle.close()

    def _has_data(self, pixels: Pixels, bands: Sequence[int]) -> Mask:
        """Tell where there is data: in any band of a real image, in all bands of a complex one."""
        known = self.known
        nodata = [known.nodata[band] if known.mask_kind == "nodata" else None for band in bands]
        good = [is_data(plane, value) for plane, value in zip(pixels, nodata, strict=True)]
        together = np.logical_and if known.is_complex else np.logical_or
        result: Mask = together.reduce(good)
        return result


def _read(dataset: Any, indexes: list[int], where: Rows, size: tuple[int, int]) -> Pixels:  # noqa: ANN401 - rasterio has no types
    """Read bands; those of several types, as a VRT may have, become the common one."""
    dtypes = [dataset.dtypes[index - 1] for index in indexes]
    if len(set(dtypes)) == 1:
        pixels: Pixels = dataset.read(indexes, window=where, out_shape=(len(indexes), *size))
        return pixels
    planes = [dataset.read(index, window=where, out_shape=size) for index in indexes]
    return np.stack(planes).astype(numpy_type(common_dtype(dataset.dtypes)))


def is_data(pixels: Pixels, nodata: float | None) -> Mask:
    """Tell which pixels are neither NaN nor the nodata value; a complex 0 needs both parts 0."""
    kind = pixels.dtype.kind
    good: Mask = ~np.isnan(pixels) if kind in "fc" else np.ones(pixels.shape, bool)
    if nodata is None or np.isnan(nodata):
        return good
    if kind in "iub":
        limits = np.iinfo(pixels.dtype)
        if not (float(nodata).is_integer() and limits.min <= nodata <= limits.max):
            return good
        nodata = int(nodata)
    good &= pixels != pixels.dtype.type(nodata)
    return good

"""GdalSource: one image that GDAL opens, as a Source; fragile files in a process of their own."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.describe import Description
from satstudio.scenes.gdal.fragile import is_fragile
from satstudio.scenes.gdal.image import GdalImage
from satstudio.scenes.gdal.process import ApartImage


class GdalSource:
    """Pixels, grid and metadata of one GDAL dataset; safe between threads.

    Parameters
    ----------
    path : the user's file or folder, for messages
    name : what GDAL opens; the path itself where None
    hint : a name that may tell polarisation and date; that of the file where None
    """

    def __init__(self, path: Path, name: str | None = None, hint: str | None = None) -> None:
        opened = name or str(path)
        kind = ApartImage if is_fragile(path, opened) else GdalImage
        self._image: ApartImage | GdalImage = kind(path, opened, hint or path.stem)
        self._path = path
        self._set(self._image.known)

    def without_averages(self) -> None:
        """Read the nearest full-resolution pixels, where overviews of the file may be means."""
        if self.details.tags.get("OVR_RESAMPLING_ALG", "").upper() in ("NEAREST", "MODE"):
            return
        self._image.without_overviews()

    def _set(self, known: Description) -> None:
        self.grid = known.grid
        self.bands = tuple(info.name for info in known.band_info)
        self.band_info = known.band_info
        self.is_complex = known.is_complex
        self.dtype = known.dtype
        self.nodata = known.nodata
        self.driver = known.driver
        self.details = known.details
        self.block = known.block
        self.files = known.files or (self._path,)

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read bands (0-based) of a window, every n-th pixel where `shape` is smaller."""
        return self._image.read(window, shape, bands)

    def mask(self, window: Window) -> npt.NDArray[np.uint8]:
        """Read the mask beside the pixels as it is; all valid in a file that is read apart."""
        if isinstance(self._image, GdalImage):
            return self._image.mask(window)
        return np.full((window.rows, window.cols), 255, np.uint8)

    def close(self) -> None:
        """Close the handles of all threads."""
        self._image.close()

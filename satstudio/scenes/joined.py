"""JoinedBands: the bands of several sources on one grid, one after the other."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.describe import common_dtype, numpy_type
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.source import Details


class JoinedBands:
    """One band of each source; valid where all that are read are.

    Parameters
    ----------
    sources : of one band each, all real; closed with this one
    names : what the bands are called
    """

    is_complex = False

    def __init__(self, sources: Sequence[GdalSource], names: Sequence[str], title: str) -> None:
        first = sources[0]
        _check(sources, title)
        self._sources = tuple(sources)
        self.grid = first.grid
        self.bands = tuple(names)
        infos = zip(sources, names, strict=True)
        self.band_info = tuple(replace(one.band_info[0], name=name) for one, name in infos)
        self.dtype = common_dtype([source.dtype for source in sources])
        self.nodata = tuple(source.nodata[0] for source in sources)
        self.driver = first.driver
        self.block = first.block
        self.files = tuple(dict.fromkeys(path for one in sources for path in one.files))
        self.details = Details(
            tags=first.details.tags,
            band_tags=tuple(one.details.band_tags[0] for one in sources),
            has_mask=any(one.details.has_mask for one in sources),
        )

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read from each source that is asked for."""
        pixels = np.empty((len(bands), shape.rows, shape.cols), numpy_type(self.dtype))
        valid: Mask = np.ones((shape.rows, shape.cols), bool)
        for index, band in enumerate(bands):
            values, good = self._sources[band].read(window, shape, [0])
            pixels[index] = values[0]
            valid &= good
        return pixels, valid

    def close(self) -> None:
        """Close all sources."""
        for source in self._sources:
            source.close()


def _check(sources: Sequence[GdalSource], title: str) -> None:
    first = sources[0]
    for source in sources:
        is_alike = source.grid.size == first.grid.size and len(source.bands) == 1
        if source.is_complex or not is_alike:
            raise SceneReadError(
                f"{title}: its halves of complex samples are not two real bands of one size; open "
                "one of them under another name."
            )

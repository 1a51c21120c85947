"""Any raster that GDAL opens, real or complex; asked last."""

from pathlib import Path

from satstudio.scenes.gdal_source import GdalSource
from satstudio.scenes.source import READERS, ImageInfo, Reader, Source


def open_any(path: Path, image: str | None) -> Source:
    """Open a file or folder through GDAL."""
    return GdalSource(path)


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List the sub-datasets that are images."""
    return ()


READERS.add(
    "gdal_any",
    Reader(
        accepts=lambda path: True,
        open=open_any,
        images=images_of,
        priority=-100,
        patterns=("*.tif", "*.tiff", "*.png", "*.jpg", "*.jpeg", "*.jp2", "*.vrt", "*.img"),
    ),
)

"""Any raster that GDAL opens, real or complex; asked last."""

from pathlib import Path

from satstudio.scenes.fragile import is_fragile
from satstudio.scenes.gdal_source import GdalSource
from satstudio.scenes.reader_process import listed_apart
from satstudio.scenes.source import READERS, ImageInfo, Reader, Source
from satstudio.scenes.sub_datasets import SubDataset, sub_datasets


def open_any(path: Path, image: str | None) -> Source:
    """Open a file or folder through GDAL, or one image of a container."""
    if image is None:
        return GdalSource(path)
    found = {item.name: item for item in _sub_datasets(path)}
    return GdalSource(path, found[image].gdal_name, image)


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List the images of a container (HDF5, netCDF, TIFF of several pages); empty for others."""
    return tuple(ImageInfo(item.name, item.title) for item in _sub_datasets(path))


def _sub_datasets(path: Path) -> list[SubDataset]:
    return listed_apart(path) if is_fragile(path, str(path)) else sub_datasets(path)


READERS.add(
    "gdal_any",
    Reader(
        accepts=lambda path: True,
        open=open_any,
        images=images_of,
        priority=-100,
        patterns=(
            *("*.tif", "*.tiff", "*.png", "*.jpg", "*.jpeg", "*.jp2", "*.vrt", "*.img", "*.slc"),
            *("*.cos", "*.h5", "*.nc", "*.bin", "*.ntf", "*.nitf", "*.N1"),
        ),
    ),
)

"""Any raster that GDAL opens, real or complex; asked last."""

from collections.abc import Sequence
from pathlib import Path

from satstudio.scenes.gdal.fragile import is_fragile
from satstudio.scenes.gdal.process import listed_apart
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.gdal.sub_datasets import SubDataset, sub_datasets
from satstudio.scenes.iq import half_of, twin_of
from satstudio.scenes.joined import JoinedBands
from satstudio.scenes.source import READERS, ImageInfo, Reader, Source


def open_any(path: Path, image: str | None) -> Source:
    """Open a file or folder through GDAL, or one image of a container.

    Halves of complex samples that lie in two files, or in two images of a container, come as two
    bands.
    """
    if image is None:
        return _with_twin(path)
    found = _images(path)[image]
    if len(found) == 1:
        return GdalSource(path, found[0].gdal_name, image)
    names = [item.name.rpartition("/")[2] for item in found]
    return _joined([(path, item.gdal_name, item.name) for item in found], names, path)


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List the images of a container (HDF5, netCDF, TIFF of several pages); empty for others."""
    return tuple(_info(name, items) for name, items in _images(path).items())


def _info(name: str, items: Sequence[SubDataset]) -> ImageInfo:
    title = items[0].about
    if len(items) > 1:
        title = f"{title}; {' and '.join(item.name.rpartition('/')[2] for item in items)}"
    return ImageInfo(name, title, all(item.is_picture for item in items))


def _images(path: Path) -> dict[str, tuple[SubDataset, ...]]:
    """Return the images by name; halves of complex samples are one, before all others."""
    items = listed_apart(path) if is_fragile(path, str(path)) else sub_datasets(path)
    by_name = {item.name: item for item in items}
    pairs: dict[str, tuple[SubDataset, ...]] = {}
    for item in items:
        folder, slash, name = item.name.rpartition("/")
        half, twin = half_of(name), by_name.get(f"{folder}{slash}{twin_of(name)}")
        if half is None or half.part != "i" or twin is None or twin.shape != item.shape:
            continue
        pairs[f"{item.name}+{twin.name.rpartition('/')[2]}"] = (item, twin)
    taken = {item.name for pair in pairs.values() for item in pair}
    singles = {item.name: (item,) for item in items if item.name not in taken}
    return {**pairs, **singles}


def _with_twin(path: Path) -> Source:
    """Open a file, and the one beside it that holds the other half of its complex samples."""
    half, name = half_of(path.stem), twin_of(path.stem)
    twin = path.with_name(f"{name}{path.suffix}")
    if half is None or not half.is_sure or not twin.is_file():
        return GdalSource(path)
    files = (path, twin) if half.part == "i" else (twin, path)
    return _joined([(file, None, None) for file in files], [file.stem for file in files], path)


def _joined(
    halves: Sequence[tuple[Path, str | None, str | None]], names: Sequence[str], path: Path
) -> Source:
    opened: list[GdalSource] = []
    try:
        for half in halves:
            opened.append(GdalSource(*half))
        return JoinedBands(opened, names, path.name)
    except BaseException:
        for source in opened:
            source.close()
        raise


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

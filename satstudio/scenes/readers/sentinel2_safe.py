"""Sentinel-2 SAFE folders, Level-1C and 2A: each band is an image, the true colours come first.

Source: Sentinel-2 Products Specification Document, issue 14.9, naming of IMG_DATA.
"""

import re
from pathlib import Path

from satstudio.core.errors import SceneReadError
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.source import READERS, ImageInfo, Reader, Source

NAME = re.compile(r"(?P<band>TCI|B\d[\dA]|AOT|WVP|SCL)(?P<size>_\d+m)?\.jp2$")
METADATA = "MTD_MSIL*.xml"


def accepts(path: Path) -> bool:
    """Tell whether a path is a Sentinel-2 product, or its metadata file."""
    folder = _folder(path)
    return folder.is_dir() and any(folder.glob(METADATA)) and (folder / "GRANULE").is_dir()


def open_safe(path: Path, image: str | None) -> Source:
    """Open one band of a product, the first image where none is named."""
    found = _images(path)
    name = image or next(iter(found))
    file = found[name]
    source = GdalSource(path, str(file), file.stem)
    source.driver = "SAFE"
    return source


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List the bands whose pixels are there, fine ones first."""
    found = _images(path)
    if not found:
        raise SceneReadError(
            f"Cannot open {path.name}: the product holds no images in GRANULE; "
            "copy or download it again."
        )
    return tuple(ImageInfo(name, name.replace("_", " ")) for name in found)


def _folder(path: Path) -> Path:
    return path.parent if path.match(METADATA) else path


def _images(path: Path) -> dict[str, Path]:
    """Return image name -> file; a granule's number is added where there are several."""
    granules = sorted((_folder(path) / "GRANULE").glob("*/IMG_DATA"))
    found: list[tuple[bool, int, str, Path]] = []
    for number, folder in enumerate(granules, 1):
        for file in folder.rglob("*.jp2"):
            match = NAME.search(file.name)
            if match is None:
                continue
            size = match["size"] or ""
            name = match["band"] + size + (f"/{number}" if len(granules) > 1 else "")
            metres = int(re.sub(r"\D", "", size) or 0)
            found.append((match["band"] != "TCI", metres, name, file))
    return {name: file for _, _, name, file in sorted(found)}


READERS.add(
    "sentinel2_safe",
    Reader(accepts, open_safe, images_of, patterns=(METADATA,)),
)

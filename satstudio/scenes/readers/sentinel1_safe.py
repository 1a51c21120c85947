"""Sentinel-1 SAFE folders and zips, SLC and GRD: measurement and annotation, no more."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt
from rasterio.crs import CRS

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Gcp, Size, Window
from satstudio.core.raster import Mask, Pixels, Quantity
from satstudio.scenes.gdal.handles import gdal_env
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.line_times import line_tags
from satstudio.scenes.sentinel1_annotation import Annotation, Lines, parse_annotation
from satstudio.scenes.source import READERS, BandInfo, ImageInfo, Reader, Source

NAME = re.compile(
    r"s1[a-d]-(?P<swath>[a-z0-9]+)-(?P<kind>[a-z0-9]+)-(?P<pol>[hv]{2})-"
    r".*-(?P<number>\d{3})(-cog)?\.(tiff|xml)$"
)
TIE = 1e-6
MOST_XML_BYTES = 2**28


@dataclass(frozen=True, slots=True)
class _Product:
    """A SAFE folder or zip; `measured` and `annotated`: image name -> path inside `root`."""

    path: Path
    root: str
    measured: Mapping[str, str]
    annotated: Mapping[str, str]

    def gdal_name(self, image: str) -> str:
        """Return what GDAL opens for an image."""
        inside = f"{self.root}{self.measured[image]}"
        return f"/vsizip/{{{self.path}}}/{inside}" if self.is_zip else str(self.path / inside)

    def annotation(self, image: str) -> Annotation | None:
        """Parse the annotation of an image; None where the product has none."""
        if image not in self.annotated:
            return None
        inside = f"{self.root}{self.annotated[image]}"
        if not self.is_zip:
            return parse_annotation((self.path / inside).read_bytes(), self.path.name)
        with zipfile.ZipFile(self.path) as archive:
            if archive.getinfo(inside).file_size > MOST_XML_BYTES:
                raise SceneReadError(
                    f"Cannot open {self.path.name}: its annotation claims an impossible size; "
                    "copy or download it again."
                )
            return parse_annotation(archive.read(inside), self.path.name)

    def files(self, image: str) -> tuple[Path, ...]:
        """Return the files that an image stands on."""
        if self.is_zip:
            return (self.path,)
        inside = [self.measured[image], self.annotated.get(image)]
        return tuple(self.path / name for name in inside if name)

    @property
    def is_zip(self) -> bool:
        """Tell whether the product is packed."""
        return self.path.is_file()


class SafeSource:
    """One swath and polarisation; seams between bursts and borders are not valid."""

    def __init__(self, product: _Product, image: str) -> None:
        known = product.annotation(image)
        inner = GdalSource(product.path, product.gdal_name(image))
        self._inner = inner
        self._first, self._last = _limits(known, inner.grid.size)
        self._is_zero_invalid = inner.is_complex and self._first is None
        polarisation = image.split("/")[1].upper()
        self.grid = inner.grid
        self.bands: tuple[str, ...] = (polarisation,)
        self.band_info = (BandInfo(polarisation, polarisation),)
        self.is_complex = inner.is_complex
        self.dtype = inner.dtype
        self.quantity: Quantity = "complex" if inner.is_complex else "amplitude"
        self.nodata = inner.nodata
        self.driver = "SAFE"
        self.block = inner.block
        self.files = product.files(image)
        self.details = replace(inner.details, has_mask=True)
        if known is not None:
            self._annotate(known)

    def _annotate(self, known: Annotation) -> None:
        polarisation = known.polarisation or self.bands[0]
        self.bands = (polarisation,)
        self.band_info = (BandInfo(polarisation, polarisation, known.date or None),)
        self.details = replace(
            self.details, tags={**self.details.tags, **known.tags, **self._line_tags(known)}
        )
        gcps: tuple[Gcp, ...] = known.gcps or self.grid.gcps
        self.grid = replace(
            self.grid,
            crs=None,
            gcps=gcps,
            gcp_crs=_earth() if known.gcps else self.grid.gcp_crs,
            spacing_m=known.spacing_m or self.grid.spacing_m,
        )

    def _line_tags(self, known: Annotation) -> Mapping[str, str]:
        """Return the times of the lines, where the image has all lines that are annotated."""
        rows = self.grid.size.rows
        if not known.runs or known.interval_s is None or known.rows != rows:
            return {}
        return line_tags(known.runs, known.interval_s, rows)

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read as GDAL does, and tell which pixels lie inside a burst."""
        pixels, valid = self._inner.read(window, shape, bands)
        if self._is_zero_invalid:
            return pixels, valid & (pixels[0] != 0)
        if self._first is None or self._last is None:
            return pixels, valid
        valid = valid.copy()
        for side in (-TIE, TIE):
            rows = _nearest(window.row, window.rows, shape.rows, side)
            cols = _nearest(window.col, window.cols, shape.cols, side)
            first, last = self._first[rows, np.newaxis], self._last[rows, np.newaxis]
            valid &= (first >= 0) & (cols >= first) & (cols <= last)
        return pixels, valid

    def close(self) -> None:
        """Close the handles of all threads."""
        self._inner.close()


def _earth() -> str:
    with gdal_env():
        wkt: str = CRS.from_epsg(4326).to_wkt()
    return wkt


def _limits(known: Annotation | None, size: Size) -> tuple[Lines | None, Lines | None]:
    if known is None or known.first is None or known.last is None:
        return None, None
    if len(known.first) != size.rows or len(known.last) != size.rows:
        return None, None
    return known.first, known.last


def _nearest(start: int, length: int, count: int, side: float) -> npt.NDArray[np.int64]:
    """Return the rows (or columns) that a decimated reading takes, as GDAL picks them.

    Between two pixels GDAL takes either, depending on the file; `side` says which.
    """
    places = (np.arange(count) + 0.5) * length / count + side
    return start + places.astype(np.int64)


def _product(path: Path) -> _Product:
    if path.is_file():
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        manifests = [name for name in names if name.endswith("manifest.safe")]
        root = manifests[0].removesuffix("manifest.safe")
        inside = [name.removeprefix(root) for name in names if name.startswith(root)]
    else:
        root = ""
        inside = [f"{part.parent.name}/{part.name}" for part in path.glob("*/*")]
    measured = _named(inside, "measurement", ".tiff")
    annotated = _named(inside, "annotation", ".xml")
    return _Product(path, root, measured, annotated)


def _named(inside: Sequence[str], folder: str, suffix: str) -> dict[str, str]:
    """Return image name -> path; a number is added where a swath has several images."""
    found: list[tuple[str, str, str]] = []
    for name in inside:
        place = PurePosixPath(name)
        match = NAME.match(place.name.lower())
        if str(place.parent) == folder and match and place.suffix.lower() == suffix:
            found.append((f"{match['swath']}/{match['pol']}", match["number"], name))
    short = [key for key, _, _ in found]
    return {
        key if short.count(key) == 1 else f"{key}/{number}": name
        for key, number, name in sorted(found)
    }


def accepts(path: Path) -> bool:
    """Tell whether a path is a Sentinel-1 product."""
    if path.is_dir():
        has_parts = (path / "measurement").is_dir() or (path / "annotation").is_dir()
        return has_parts and (path / "manifest.safe").is_file()
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    is_safe = any(name.endswith(".SAFE/manifest.safe") for name in names)
    return is_safe and any("/measurement/s1" in name for name in names)


def open_safe(path: Path, image: str | None) -> Source:
    """Open one image of a product, the first where none is named."""
    product = _product(path)
    return SafeSource(product, image or next(iter(product.measured)))


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List swaths and polarisations whose pixels are there."""
    names = _product(path).measured
    if not names:
        raise SceneReadError(
            f"Cannot open {path.name}: the product holds no measurement images; "
            "copy or download it again."
        )
    return tuple(ImageInfo(name, name.upper().replace("/", " ")) for name in names)


READERS.add(
    "sentinel1_safe",
    Reader(accepts, open_safe, images_of, patterns=("manifest.safe", "S1*.zip")),
)

"""sub_datasets: the images inside a container that GDAL opens (HDF5, netCDF, pages of a TIFF)."""

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import SceneReadError
from satstudio.scenes.gdal.checks import check_whole
from satstudio.scenes.gdal.handles import with_handle
from satstudio.scenes.gdal.read_errors import read_errors

PAGES = "GTiff"
"""Of this driver, sub-datasets are pages beside the first; of others they are all there is."""

LEAST_SIDE_PX = 8
"""An array of fewer rows or columns is a table: orbits, quaternions, samples that are valid."""


@dataclass(frozen=True, slots=True)
class SubDataset:
    """One image inside a container: GDAL's name and description, and ours."""

    gdal_name: str
    title: str
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the sides that the description names, as `[2x10x10]`; pages have none."""
        found = re.match(r"\[(\d+(?:x\d+)*)\]", self.title)
        return tuple(int(side) for side in found[1].split("x")) if found else ()

    @property
    def is_image(self) -> bool:
        """Tell whether the last two sides make an image."""
        return not self.shape or (len(self.shape) >= 2 and min(self.shape[-2:]) > 1)

    @property
    def is_picture(self) -> bool:
        """Tell whether somebody would look at it: neither metadata nor a table of few columns."""
        is_table = bool(self.shape) and min(self.shape[-2:]) < LEAST_SIDE_PX
        return not is_table and "metadata" not in self.name.split("/")

    @property
    def about(self) -> str:
        """Size and type in words, as `2 x 10 x 10, 64-bit floating-point`; without the name."""
        kind = re.search(r"\(([^()]*)\)\s*$", self.title)
        if not self.shape:
            return self.title
        sides = " \N{MULTIPLICATION SIGN} ".join(map(str, self.shape))
        return f"{sides}, {kind[1]}" if kind else sides

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sort key: images before metadata, complex before real, large before small."""
        is_real = "complex" not in self.title
        return "metadata" in self.name.split("/"), is_real, -math.prod(self.shape)


def sub_datasets(path: Path) -> list[SubDataset]:
    """List the images of a container, the most likely one first; empty for a file that is one.

    Raises
    ------
    SceneReadError
        If GDAL cannot open the path, or nothing in it is an image.
    """
    if path.is_file():
        check_whole(path)
    with read_errors(path, "open"), with_handle(str(path)) as dataset:
        items = [item for item in _named(path, dataset) if item.is_image]
        if dataset.count == 0:
            if items:
                return sorted(items, key=lambda item: item.rank)
            raise SceneReadError(
                f"Cannot open {path.name}: there is no two-dimensional image in it; "
                "choose another file."
            )
        return items if dataset.driver == PAGES and len(items) > 1 else []


def _named(path: Path, dataset: Any) -> list[SubDataset]:  # noqa: ANN401 - rasterio has no types
    tags = dataset.tags(ns="SUBDATASETS")
    names = [key for key in tags if key.endswith("_NAME")]
    return [
        SubDataset(tags[key], tags.get(key.replace("_NAME", "_DESC"), ""), _short(path, tags[key]))
        for key in names
    ]


def _short(path: Path, gdal_name: str) -> str:
    """Return the part of GDAL's name that is not driver and path."""
    page = re.match(r"GTIFF_DIR:(\d+):", gdal_name)
    if page:
        return page[1]
    rest = gdal_name.replace(f'"{path}"', "").replace(str(path), "")
    return re.sub(r"^\w+:+", "", rest).strip(":/")

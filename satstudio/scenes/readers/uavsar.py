"""UAVSAR single-look complex files (.slc) with their annotation (.ann) beside them.

Source: annotation files of the repeat-pass (RPI) and SLC stack products of NASA/JPL.
"""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size
from satstudio.scenes.gdal.raw import RawLayout, check_raw_size, raw_name
from satstudio.scenes.gdal.source import GdalSource
from satstudio.scenes.source import READERS, BandInfo, ImageInfo, Reader, Source

LINE = re.compile(r"^\s*(?P<key>[^=;]+?)\s*(?:\((?P<unit>[^()]*)\))?\s*=\s*(?P<value>[^;]*)")
SEGMENT = re.compile(r"_s(\d+)_(\d+x\d+)\.slc$", re.IGNORECASE)
DATA_KEY = "Single Look Complex Data of Pass"


def parse_annotation(text: str) -> dict[str, str]:
    """Return key -> value of an annotation; comments and units are left out."""
    found = (LINE.match(line) for line in text.splitlines())
    return {match["key"].strip(): match["value"].strip() for match in found if match}


def layout_of(path: Path, values: dict[str, str]) -> RawLayout:
    """Return the layout of a .slc file.

    Raises
    ------
    SceneReadError
        If the annotation does not say how large the image is.
    """
    segment = SEGMENT.search(path.name)
    rows_key, cols_key = "slc_mag.set_rows", "slc_mag.set_cols"
    if segment:
        rows_key = f"slc_{segment[1]}_{segment[2]} Rows"
        cols_key = f"slc_{segment[1]}_{segment[2]} Columns"
    try:
        size = Size(int(values[rows_key]), int(values[cols_key]))
    except (KeyError, ValueError):
        raise SceneReadError(
            f"Cannot open {path.name}: its annotation gives no '{rows_key}' and '{cols_key}'; "
            "choose the .ann file that came with it."
        ) from None
    is_big = "BIG" in values.get("val_endi", "LITTLE ENDIAN").upper()
    return RawLayout(size, "CFloat32", "MSB" if is_big else "LSB")


def _open(path: Path, image: str | None) -> Source:
    annotation = _annotation_of(path)
    if annotation is None:
        raise SceneReadError(f"Cannot open {path.name}: there is no annotation (.ann) beside it.")
    values = parse_annotation(annotation.read_text("utf-8", "replace"))
    data = path if path.suffix.lower() == ".slc" else _data_of(path, values)
    layout = layout_of(data, values)
    check_raw_size(data, layout)
    source = GdalSource(data, raw_name(data, layout), data.stem)
    spacing = _spacing(values)
    source.grid = replace(source.grid, spacing_m=spacing or source.grid.spacing_m)
    polarisation = values.get("Polarization")
    name = polarisation or source.bands[0]
    source.bands = (name,)
    source.band_info = (BandInfo(name, polarisation, _date(data, values)),)
    source.driver = "UAVSAR"
    source.files = (data, annotation)
    source.details = replace(source.details, tags={**source.details.tags, **values})
    return source


def _annotation_of(path: Path) -> Path | None:
    if path.suffix.lower() == ".ann":
        return path
    if path.suffix.lower() != ".slc":
        return None
    beside = sorted(path.parent.glob("*.ann"))
    named = [found for found in beside if path.name in found.read_text("utf-8", "replace")]
    stem = SEGMENT.sub("", path.name)
    alike = [found for found in beside if path.name.startswith(found.stem) or found.stem == stem]
    return next(iter(named + alike), None)


def _data_of(annotation: Path, values: dict[str, str]) -> Path:
    named = [values[key] for key in values if key.startswith(DATA_KEY)]
    there = [annotation.with_name(name) for name in named if annotation.with_name(name).is_file()]
    if not there:
        wanted = " or ".join(named) or ".slc file"
        raise SceneReadError(f"Cannot open {annotation.name}: beside it lies no {wanted}.")
    return there[0]


def _spacing(values: dict[str, str]) -> tuple[float, float] | None:
    """Return (azimuth, slant range) spacing in metres."""
    for row_key, col_key in (
        ("slc_mag.row_mult", "slc_mag.col_mult"),
        ("1x1 SLC Azimuth Pixel Spacing", "1x1 SLC Range Pixel Spacing"),
    ):
        if row_key in values and col_key in values:
            return float(values[row_key]), float(values[col_key])
    return None


def _date(data: Path, values: dict[str, str]) -> str | None:
    named = [key for key in values if key.startswith(DATA_KEY) and values[key] == data.name]
    number = named[0][-1] if named else "1"
    text = values.get(f"Start Time of Acquisition for Pass {number}", "")
    try:
        return datetime.strptime(text.removesuffix(" UTC"), "%d-%b-%Y %H:%M:%S").isoformat()
    except ValueError:
        return None


def _no_images(path: Path) -> tuple[ImageInfo, ...]:
    return ()


READERS.add(
    "uavsar",
    Reader(
        accepts=lambda path: path.is_file() and _annotation_of(path) is not None,
        open=_open,
        images=_no_images,
        patterns=("*.slc", "*.ann"),
    ),
)

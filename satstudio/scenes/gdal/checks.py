"""check_whole, check_raw, is_whole_tiff, check_place: does a file hold what its header says."""

import math
import os
import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import GeoGrid

RAW_DRIVERS = ("ENVI", "EHdr", "ISCE", "ROI_PAC", "GenBin", "RRASTER")
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
HDF5_END_AT = {0: 40, 1: 44, 2: 28, 3: 28}
"""Version of the superblock -> where it says at which byte the file ends."""

MOST_BLOCKS = 100_000


_SIDES = ("LINE", "SAMP", "LAT", "LONG", "HEIGHT")
RPC_KEYS = {
    *(f"{side}_{what}" for side in _SIDES for what in ("OFF", "SCALE")),
    *(f"{side}_{part}_COEFF" for side in _SIDES[:2] for part in ("NUM", "DEN")),
}


def check_place(grid: GeoGrid, name: str) -> None:
    """Refuse a place on the ground that a new file of the same grid could not carry on."""
    if grid.transform is None and grid.gcps and grid.gcp_crs is None:
        raise SceneReadError(
            f"The ground control points of {name} have no coordinate system; give it one first, "
            "for example with gdal_edit.py -a_srs EPSG:4326."
        )
    for key, value in grid.rpcs:
        if key in RPC_KEYS and not _are_numbers(value):
            raise SceneReadError(
                f"The rational polynomials of {name} are damaged ({key} is '{value[:40]}', no "
                "number); correct or remove them first."
            )


def _are_numbers(text: str) -> bool:
    try:
        values = [float(part) for part in text.split()]
    except ValueError:
        return False
    return bool(values) and all(math.isfinite(value) for value in values)


def check_whole(path: Path) -> None:
    """Refuse a truncated HDF5 file, of which the library would complain on the terminal."""
    with path.open("rb") as stream:
        start = stream.read(64)
    if not start.startswith(HDF5_MAGIC) or len(start) < 64 or start[8] not in HDF5_END_AT:
        return
    is_usual = (start[13] if start[8] < 2 else start[9]) == 8
    (end,) = struct.unpack_from("<Q", start, HDF5_END_AT[start[8]])
    have = path.stat().st_size
    if is_usual and end > have:
        raise SceneReadError(
            f"Cannot open {path.name}: the HDF5 file is cut short ({have} of {end} bytes); "
            "copy or download it again."
        )


def check_raw(path: Path, dataset: Any) -> None:  # noqa: ANN401 - rasterio has no types
    """Refuse a raw file or PNG shorter than it says; GDAL would read zeros without an error."""
    if dataset.driver == "VRT":
        _check_vrt(path, dataset)
    if dataset.driver == "PNG" and path.is_file():
        _check_png(path)
    if dataset.driver not in RAW_DRIVERS or not path.is_file():
        return
    header = dataset.tags(ns="ENVI")
    is_packed = header.get("file_compression", "0") == "1"
    if is_packed or {"NBITS", "COMPRESSION"} & set(dataset.tags(ns="IMAGE_STRUCTURE")):
        return
    dtype = dataset.dtypes[0]
    each = 4 if dtype == "complex_int16" else np.dtype(dtype).itemsize
    need = dataset.count * dataset.height * dataset.width * each
    need += int(header.get("header_offset", "0") or 0)
    _check_size(path, need)


def _check_png(path: Path) -> None:
    """Refuse a PNG that ends before its last chunk (PNG specification, 5.3: length, type, CRC)."""
    have = path.stat().st_size
    with path.open("rb") as stream:
        if stream.read(len(PNG_MAGIC)) != PNG_MAGIC:
            return
        while len(head := stream.read(8)) == 8:
            length, kind = struct.unpack(">I4s", head)
            end = stream.seek(length + 4, os.SEEK_CUR)
            if kind == b"IEND" and end <= have:
                return
    raise SceneReadError(
        f"Cannot open {path.name}: the PNG file is cut short; copy or download it again."
    )


def _check_vrt(path: Path, dataset: Any) -> None:  # noqa: ANN401 - as above
    """Refuse a VRT one of whose raw files is too short."""
    text = dataset.tags(ns="xml:VRT").get("xml:VRT", "")
    if "VRTRawRasterBand" not in text:
        return
    for band in ET.fromstring(text).iter("VRTRasterBand"):  # noqa: S314 - GDAL wrote it
        source = band.findtext("SourceFilename")
        if band.get("subClass") != "VRTRawRasterBand" or not source:
            continue
        pixel, line = (int(band.findtext(f"{of}Offset") or 0) for of in ("Pixel", "Line"))
        need = int(band.findtext("ImageOffset") or 0)
        need += (dataset.height - 1) * line + dataset.width * pixel
        found = path.parent / source
        if found.is_file():
            _check_size(found, need)


def _check_size(path: Path, need: int) -> None:
    have = path.stat().st_size
    if have < need:
        raise SceneReadError(
            f"Cannot open {path.name}: it is shorter than its header says ({have} of {need} "
            "bytes); copy or download it again, or correct the header."
        )


def is_whole_tiff(path: Path, dataset: Any) -> bool:  # noqa: ANN401 - rasterio has no types
    """Tell whether an uncompressed TIFF holds all of its blocks, at most 0.1 s for a large one.

    GDAL's direct reading of such files is several times faster, but gives zeros for what is
    missing, without an error; so it is used only where this is True.
    """
    if dataset.driver != "GTiff" or "COMPRESSION" in dataset.tags(ns="IMAGE_STRUCTURE"):
        return False
    rows, cols = dataset.block_shapes[0]
    down, across = -(-dataset.height // rows), -(-dataset.width // cols)
    if not path.is_file() or dataset.count * down * across > MOST_BLOCKS:
        return False
    have = path.stat().st_size
    return all(
        _block_end(dataset, band, row, col) <= have
        for band in dataset.indexes
        for row in range(down)
        for col in range(across)
    )


def _block_end(dataset: Any, band: int, row: int, col: int) -> int:  # noqa: ANN401 - as above
    """Return the byte after a block; 0 for one that was never written."""
    offset = dataset.get_tag_item(f"BLOCK_OFFSET_{col}_{row}", "TIFF", band)
    size = dataset.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", band)
    return int(offset or 0) + int(size or 0)

"""append_mask: an 8-bit mask inside a GeoTIFF; GDAL writes masks of one bit alone."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size, Window
from satstudio.core.tiling import plan_tiles
from satstudio.scenes.gdal.handles import open_dataset

TILE_PX = 256
GreyMask = Callable[[Window], npt.NDArray[np.uint8]]
"""Returns the (rows, cols) mask of a window: 0 is not valid, 255 is, others are partly."""

BOTH = (0, 255)
KIND, COLOURS = 254, 262
"""Tags NewSubfileType and PhotometricInterpretation of TIFF 6.0."""

MASK = 4
"""The value of both that says that an image is the mask of another."""

LONG, SHORT = 4, 3
BIG = 43
"""The number at the head of a BigTIFF."""


def is_grey(mask: npt.NDArray[np.uint8]) -> bool:
    """Tell whether a mask has values that one bit cannot keep."""
    return not bool(np.isin(mask, BOTH).all())


def append_mask(path: Path, mask: GreyMask, size: Size) -> None:
    """Write a mask as the second image of a GeoTIFF of one image, tile by tile.

    What rasterio raises passes through.
    """
    profile = {"driver": "GTiff", "height": size.rows, "width": size.cols, "count": 1}
    profile |= {"dtype": "uint8", "tiled": True, "blockxsize": TILE_PX, "blockysize": TILE_PX}
    profile |= {"compress": "deflate", "append_subdataset": "YES"}
    with open_dataset(str(path), mode="w", **profile) as dataset:
        for tile in plan_tiles(size, TILE_PX):
            window = tile.keep
            where = ((window.row, window.end_row), (window.col, window.end_col))
            dataset.write(mask(window), 1, window=where)
    with path.open("r+b") as stream:
        _mark_second(stream)


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are laid out in a TIFF: `order` of bytes, classic or big."""

    order: str
    is_big: bool

    @property
    def offset(self) -> str:
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def count(self) -> str:
        return f"{self.order}{'Q' if self.is_big else 'H'}"

    @property
    def entry(self) -> int:
        return 20 if self.is_big else 12

    def number(self, tag: int, kind: int, value: int) -> bytes:
        """Return the entry of a tag that holds one whole number."""
        head = struct.pack(f"{self.order}HH", tag, kind) + struct.pack(self.offset, 1)
        code = "I" if kind == LONG else "H"
        size = 8 if self.is_big else 4
        return head + struct.pack(f"{self.order}{code}", value).ljust(size, b"\0")


def _mark_second(stream: BinaryIO) -> None:
    """Give the second image new entries that say that it is the mask of the first."""
    head = stream.read(16)
    order = "<" if head[:2] == b"II" else ">"
    form = _Form(order, is_big=struct.unpack_from(f"{order}H", head, 2)[0] == BIG)
    first = struct.unpack_from(form.offset, head, 8 if form.is_big else 4)[0]
    _, link = _entries(stream, form, first)
    second = _number(stream, form.offset, link)
    entries, last = _entries(stream, form, second)
    after = _number(stream, form.offset, last)
    kept = [one for one in entries if _tag(one, form) not in (KIND, COLOURS)]
    kept += [form.number(KIND, LONG, MASK), form.number(COLOURS, SHORT, MASK)]
    kept.sort(key=lambda one: _tag(one, form))
    place = stream.seek(0, 2)
    place += stream.write(b"\0" * (place % 2))
    stream.write(struct.pack(form.count, len(kept)) + b"".join(kept))
    stream.write(struct.pack(form.offset, after))
    stream.seek(link)
    stream.write(struct.pack(form.offset, place))


def _entries(stream: BinaryIO, form: _Form, place: int) -> tuple[list[bytes], int]:
    """Return the entries of the image at a place, and where the place of the next one stands."""
    count = _number(stream, form.count, place)
    entries = [stream.read(form.entry) for _ in range(count)]
    return entries, stream.tell()


def _number(stream: BinaryIO, code: str, place: int) -> int:
    stream.seek(place)
    found: int = struct.unpack(code, stream.read(struct.calcsize(code)))[0]
    return found


def _tag(entry: bytes, form: _Form) -> int:
    tag: int = struct.unpack_from(f"{form.order}H", entry)[0]
    return tag

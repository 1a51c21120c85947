"""join_tiffs: an image and its coarser levels, each a TIFF of its own, as one cloud-optimised file.

A cloud-optimised GeoTIFF begins with the directories of all images; then come the pixels, the
coarsest level first. Tiles are copied as they are, so that nothing is compressed twice. Source:
OGC 21-026 (Cloud Optimized GeoTIFF 1.0); the ghost area is GDAL's (drivers/raster/cog).
"""

import errno
import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from satstudio.core.progress import Progress

BIG = 43
KIND = 254
OFFSETS, COUNTS = 324, 325
REDUCED, MASK = 1, 4
"""Bits of the tag KIND: a coarser copy, a mask."""

OF_LEVELS = {254, 256, 257, 258, 259, 262, 277, 284, 317, 322, 323, 324, 325, 338, 339, 42113}
"""What a coarser level says of itself; all else is the first image's."""

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
SIZES |= {16: 8, 17: 8, 18: 8}
LONG, LONG8 = 4, 16
CODES = {3: "H", LONG: "I", LONG8: "Q"}
GHOST = (
    b"LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n"
    b"BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n "
)
"""What readers may rely on; a program that edits the file turns NO into YES."""

FRAME = 4
"""Bytes before a tile, its length, and behind it, its last ones again."""

MOST_CLASSIC = 2**32 - 2**20


@dataclass(slots=True)
class _Entry:
    """A tag: its kind of number, how many, and their bytes."""

    tag: int
    kind: int
    count: int
    data: bytes


@dataclass(slots=True)
class _Image:
    """A directory, and the file whose tiles it tells of."""

    stream: BinaryIO
    entries: dict[int, _Entry]
    order: str
    starts: list[int] = field(default_factory=list)

    def numbers(self, tag: int) -> list[int]:
        """Return the whole numbers of a tag."""
        entry = self.entries[tag]
        return list(struct.unpack(f"{self.order}{entry.count}{CODES[entry.kind]}", entry.data))

    def put(self, tag: int, kind: int, values: Sequence[int]) -> None:
        """Set a tag to whole numbers."""
        data = struct.pack(f"{self.order}{len(values)}{CODES[kind]}", *values)
        self.entries[tag] = _Entry(tag, kind, len(values), data)


def join_tiffs(finest: Path, levels: Sequence[Path], out: Path, progress: Progress) -> None:
    """Write a cloud-optimised TIFF of tiled ones.

    Parameters
    ----------
    finest : with all tags; may hold a mask as its second image
    levels : the same image coarser, finest first, each with a mask where `finest` has one

    Raises
    ------
    OSError
        If the disk refuses; what is at `out` then is not whole.
    """
    with ExitStack() as files:
        images: list[_Image] = []
        for path in (finest, *levels):
            stream = files.enter_context(path.open("rb"))
            found = _images(stream)
            if path is not finest:
                _mark_level(found)
            images += found
        target = files.enter_context(out.open("wb"))
        _write(target, images, progress)


def _mark_level(images: Sequence[_Image]) -> None:
    """Leave a coarser level what it says of itself, and say that it is one."""
    for image in images:
        is_mask = KIND in image.entries and bool(image.numbers(KIND)[0] & MASK)
        image.entries = {tag: one for tag, one in image.entries.items() if tag in OF_LEVELS}
        image.put(KIND, LONG, [REDUCED | (MASK if is_mask else 0)])


def _images(stream: BinaryIO) -> list[_Image]:
    """Read all directories of a TIFF."""
    head = stream.read(16)
    order = "<" if head[:2] == b"II" else ">"
    is_big = struct.unpack_from(f"{order}H", head, 2)[0] == BIG
    (place,) = struct.unpack_from(f"{order}{'Q' if is_big else 'I'}", head, 8 if is_big else 4)
    images = []
    while place:
        image, place = _directory(stream, order, place, is_big=is_big)
        images.append(image)
    return images


def _directory(stream: BinaryIO, order: str, place: int, *, is_big: bool) -> tuple[_Image, int]:
    """Return a directory, and where the next one lies; 0: it is the last."""
    number, many = ("Q", "Q") if is_big else ("I", "H")
    stream.seek(place)
    (count,) = struct.unpack(f"{order}{many}", stream.read(struct.calcsize(f"={many}")))
    room = 8 if is_big else 4
    raw = [stream.read(12 + 2 * (room - 4)) for _ in range(count)]
    (following,) = struct.unpack(f"{order}{number}", stream.read(room))
    entries = {}
    for each in raw:
        tag, kind = struct.unpack_from(f"{order}HH", each)
        (values,) = struct.unpack_from(f"{order}{number}", each, 4)
        length = SIZES[kind] * values
        data = each[4 + room : 4 + room + length]
        if length > room:
            stream.seek(struct.unpack_from(f"{order}{number}", each, 4 + room)[0])
            data = stream.read(length)
        entries[tag] = _Entry(tag, kind, values, data)
    return _Image(stream, entries, order), following


def _write(target: BinaryIO, images: Sequence[_Image], progress: Progress) -> None:
    order = images[0].order
    counts = [length for image in images for length in image.numbers(COUNTS)]
    total = sum(counts)
    for image in images:
        image.starts = image.numbers(OFFSETS)
    is_big = total + 2 * FRAME * len(counts) > MOST_CLASSIC
    ghost = f"GDAL_STRUCTURAL_METADATA_SIZE={len(GHOST):06d} bytes\n".encode() + GHOST
    first = (16 if is_big else 8) + len(ghost)
    first += first % 2
    _place_tiles(images, first + sum(_length(image, is_big=is_big) for image in images), is_big)
    version = (
        struct.pack(f"{order}HHHQ", BIG, 8, 0, first)
        if is_big
        else struct.pack(f"{order}HI", BIG - 1, first)
    )
    head = (b"II" if order == "<" else b"MM") + version + ghost
    target.write(head.ljust(first, b"\0"))
    for number, image in enumerate(images):
        target.write(_bytes(image, target.tell(), is_big=is_big, is_last=number + 1 == len(images)))
    done = 0
    for image in reversed(images):
        for start, length in zip(image.starts, image.numbers(COUNTS), strict=True):
            image.stream.seek(start)
            data = image.stream.read(length)
            if len(data) != length:
                raise OSError(errno.EIO, "the disk does not give back what was written")
            if data:
                target.write(struct.pack(f"{order}I", length) + data + data[-FRAME:])
            done += length
            progress.report(done / max(total, 1), "Arranging the file")


def _place_tiles(images: Sequence[_Image], place: int, is_big: bool) -> None:
    """Say where the tiles will lie: the coarsest image first; those that are empty nowhere."""
    for image in reversed(images):
        offsets = []
        for length in image.numbers(COUNTS):
            offsets.append(place + FRAME if length else 0)
            place += length + 2 * FRAME if length else 0
        image.put(OFFSETS, LONG8 if is_big else LONG, offsets)


def _length(image: _Image, *, is_big: bool) -> int:
    """Return how many bytes a directory takes with what its tags point at."""
    room, entry, frame = (8, 20, 16) if is_big else (4, 12, 6)
    wide = {OFFSETS: 8 if is_big else 4}
    length = frame + entry * len(image.entries)
    for one in image.entries.values():
        size = wide.get(one.tag, SIZES[one.kind]) * one.count
        length += size + size % 2 if size > room else 0
    return length


def _bytes(image: _Image, place: int, *, is_big: bool, is_last: bool) -> bytes:
    """Return a directory that stands at a place, followed by what its tags point at."""
    room, number, many, entry = (8, "Q", "Q", 20) if is_big else (4, "I", "H", 12)
    order, count = image.order, len(image.entries)
    behind = place + struct.calcsize(f"={many}") + count * entry + room
    rows, more = [], b""
    for tag in sorted(image.entries):
        one = image.entries[tag]
        value = one.data
        if len(value) > room:
            value = struct.pack(f"{order}{number}", behind + len(more))
            more += one.data + b"\0" * (len(one.data) % 2)
        row = struct.pack(f"{order}HH{number}", tag, one.kind, one.count)
        rows.append(row + value.ljust(room, b"\0"))
    following = 0 if is_last else behind + len(more)
    head = struct.pack(f"{order}{many}", count)
    return head + b"".join(rows) + struct.pack(f"{order}{number}", following) + more

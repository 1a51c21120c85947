"""is_sound_tiff: does the structure of a TIFF hold together, told without a library.

Source: TIFF Revision 6.0 (1992), sections 2 and 8; BigTIFF of LibTIFF 4.
"""

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

MOST_TIMES = 200
"""How many times larger than its file an image may be; damaged sizes are far beyond."""

LITTLE_BITS = 8 * 64 * 2**20
"""An image, or a block, of no more bits is read at once, whatever its file's length."""

MOST_ENTRIES = 4096
MOST_DIRECTORIES = 1000
TYPE_BYTES = dict(
    zip([*range(1, 14), 16, 17, 18], [1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 8], strict=True)
)
INTEGERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
COLS, ROWS, BITS, CODEC, STRIP_ROWS, SAMPLES, PLANES = 256, 257, 258, 259, 278, 277, 284
TILE_COLS, TILE_ROWS, SUB_DIRECTORIES = 322, 323, 330
OFFSETS, COUNTS = (273, 324), (279, 325)
PLAIN_CODECS = {1, 5, 7, 8, 32773, 32946, 50000}
"""None, LZW, JPEG, deflate, packbits and Zstandard: their libraries withstand any bytes."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers lie in the file: byte order, and whether it is a BigTIFF."""

    order: str
    is_big: bool

    @property
    def entry(self) -> str:
        """Tag, type, count and the value or its place."""
        return f"{self.order}HHQ8s" if self.is_big else f"{self.order}HHI4s"

    @property
    def place(self) -> str:
        """A position in the file."""
        return f"{self.order}{'Q' if self.is_big else 'I'}"

    @property
    def number(self) -> str:
        """How many entries a directory has."""
        return f"{self.order}{'Q' if self.is_big else 'H'}"


class _Field(NamedTuple):
    """How many values an entry has, and the first of them; none where they are no integers."""

    length: int = 0
    values: tuple[int, ...] = ()


Directory = Mapping[int, _Field]
"""Tag -> its values."""


def is_sound_tiff(path: Path) -> bool:
    """Tell whether sizes, places and counts of all directories fit each other and the file."""
    try:
        with path.open("rb") as stream:
            length = os.fstat(stream.fileno()).st_size
            return all(_is_sound(directory, length) for directory in _directories(stream, length))
    except (OSError, struct.error, ValueError):
        return False


def _directories(stream: IO[bytes], length: int) -> Iterator[Directory]:
    """Yield all directories; raises ValueError where one does not hold together."""
    start = stream.read(16)
    order = {b"II": "<", b"MM": ">"}[start[:2]]
    form = _Form(order, struct.unpack_from(f"{order}H", start, 2)[0] == 43)
    waiting = [struct.unpack_from(form.place, start, 8 if form.is_big else 4)[0]]
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        if place == 0:
            continue
        if place in seen or len(seen) >= MOST_DIRECTORIES:
            raise ValueError("directories in a circle")
        seen.add(place)
        directory, following = _directory(stream, form, place, length)
        waiting += [following, *directory.get(SUB_DIRECTORIES, _Field()).values]
        yield directory


def _directory(stream: IO[bytes], form: _Form, place: int, length: int) -> tuple[Directory, int]:
    stream.seek(place)
    (number,) = _unpacked(stream, form.number)
    if not 1 <= number <= MOST_ENTRIES:
        raise ValueError("an impossible number of entries")
    size = struct.calcsize(form.entry)
    table = stream.read(number * size)
    (following,) = _unpacked(stream, form.place)
    found: dict[int, _Field] = {}
    last = -1
    for tag, kind, count, held in struct.iter_unpack(form.entry, table):
        if tag <= last:
            raise ValueError("entries out of order")
        last = tag
        found[tag] = _values(stream, form, (kind, count, held), length)
    return found, following


def _values(stream: IO[bytes], form: _Form, entry: tuple[int, int, bytes], length: int) -> _Field:
    """Return the first integers of an entry; raises ValueError where it leaves the file."""
    kind, count, held = entry
    if kind not in TYPE_BYTES:
        raise ValueError("an unknown type")
    size = TYPE_BYTES[kind] * count
    if size > len(held):
        (place,) = struct.unpack(form.place, held)
        if place + size > length:
            raise ValueError("values beyond the end")
        stream.seek(place)
        held = stream.read(min(size, 64))
    if kind not in INTEGERS:
        return _Field(count)
    number = min(count, len(held) // TYPE_BYTES[kind])
    return _Field(count, struct.unpack_from(f"{form.order}{number}{INTEGERS[kind]}", held))


def _unpacked(stream: IO[bytes], layout: str) -> tuple[int, ...]:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))


def _is_sound(directory: Directory, length: int) -> bool:
    def one(tag: int, usual: int = 0) -> int:
        return next(iter(directory.get(tag, _Field()).values), usual)

    rows, cols, samples = one(ROWS), one(COLS), one(SAMPLES, 1)
    is_tiled = TILE_COLS in directory
    block_rows = one(TILE_ROWS) if is_tiled else min(one(STRIP_ROWS, rows), rows)
    block_cols = one(TILE_COLS) if is_tiled else cols
    if 0 in (rows, cols, samples, block_rows, block_cols):
        return False
    is_apart = one(PLANES, 1) == 2
    blocks = -(-rows // block_rows) * -(-cols // block_cols) * (samples if is_apart else 1)
    bits = max(directory.get(BITS, _Field()).values, default=1) * samples
    most = max(8 * MOST_TIMES * length, LITTLE_BITS)
    return (
        one(CODEC, 1) in PLAIN_CODECS
        and max(rows * cols, block_rows * block_cols) * bits <= most
        and all(_count(directory, tags) == blocks for tags in (OFFSETS, COUNTS))
    )


def _count(directory: Directory, tags: tuple[int, int]) -> int:
    return max(directory.get(tag, _Field()).length for tag in tags)

"""IDX files, the format of MNIST: an array of images behind a header of 16 bytes."""

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError

Bytes = npt.NDArray[np.uint8]
UNSIGNED_BYTE, IMAGE_AXES = 0x08, 3
TYPES = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}
HEADER_BYTES = 16
CHUNK_BYTES = 4 * 1024 * 1024
MOST_INFLATED = 1032
"""Deflate makes at most this of one byte."""


@dataclass(frozen=True, slots=True)
class IdxFile:
    """An IDX file of images: what its first 16 bytes say."""

    path: Path
    count: int
    rows: int
    cols: int


def read_header(path: Path) -> IdxFile:
    """Read the start of an IDX file of images, plain or as .gz.

    Raises
    ------
    InputError
        If it cannot be read, is no such file, or is shorter or longer than it says.
    """
    with _opened(path) as stream:
        head = _read(stream, HEADER_BYTES, path)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES:
        raise InputError(
            f"{path} is no IDX file: it starts with {head[:4].hex(' ') or 'nothing'}, not with "
            "00 00 08 03; choose a file of images as MNIST has them."
        )
    if head[3] != IMAGE_AXES:
        what = "labels, not images" if head[3] == 1 else f"an array of {head[3]} axes, not of 3"
        raise InputError(f"{path} holds {what}; choose its idx3 file of images.")
    if head[2] != UNSIGNED_BYTE:
        raise InputError(f"{path} holds {TYPES[head[2]]}; images of unsigned bytes are read only.")
    if len(head) < HEADER_BYTES:
        raise InputError(f"{path} is cut short: it ends within its header; fetch it again.")
    found = IdxFile(path, *struct.unpack(">3I", head[4:]))
    _check_size(found)
    return found


def _check_size(file: IdxFile) -> None:
    """Compare what the header says with the file's size; of a .gz only what cannot be."""
    if 0 in (file.count, file.rows, file.cols):
        raise InputError(f"{file.path} holds {_shape(file)}; there is nothing to read.")
    wanted = HEADER_BYTES + file.count * file.rows * file.cols
    size = file.path.stat().st_size
    is_packed = _is_packed(file.path)
    if wanted > size * (MOST_INFLATED if is_packed else 1):
        raise InputError(
            f"{file.path} is cut short: its header says {_shape(file)}, but it has "
            f"{size} bytes; fetch it again."
        )
    if not is_packed and wanted < size:
        raise InputError(_too_long(file))


def images_of(file: IdxFile, wanted: npt.NDArray[np.bool_]) -> Iterator[tuple[int, Bytes]]:
    """Yield (number, image (rows, cols)) of the images wanted, reading a few MB at a time.

    Raises
    ------
    InputError
        If the file ends too early or goes on, or its packing is damaged.
    """
    each = file.rows * file.cols
    step = max(1, CHUNK_BYTES // each)
    with _opened(file.path) as stream:
        _read(stream, HEADER_BYTES, file.path)
        for first in range(0, file.count, step):
            number = min(step, file.count - first)
            data = _read(stream, number * each, file.path)
            if len(data) < number * each:
                raise InputError(
                    f"{file.path} is cut short: it ends in image {first + len(data) // each + 1} "
                    f"of {file.count}; fetch it again."
                )
            images = np.frombuffer(data, np.uint8).reshape(number, file.rows, file.cols)
            for index in np.flatnonzero(wanted[first : first + number]):
                yield first + int(index), images[index]
        if _read(stream, 1, file.path):
            raise InputError(_too_long(file))


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    """Give what the file holds, unpacked."""
    try:
        plain = path.open("rb")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    with plain, gzip.GzipFile(fileobj=plain) if _is_packed(path) else plain as stream:
        yield stream


def _read(stream: BufferedIOBase, size: int, path: Path) -> bytes:
    """Read `size` bytes, fewer at the end."""
    try:
        return stream.read(size)
    except gzip.BadGzipFile as error:
        raise InputError(f"{path} is no gzip file, or a damaged one ({error}).") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path} is damaged or cut short ({error}); fetch it again.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _shape(file: IdxFile) -> str:
    return f"{file.count} images of {file.rows} x {file.cols} px"


def _too_long(file: IdxFile) -> str:
    return f"{file.path} goes on after its {_shape(file)}; it is damaged: fetch it again."

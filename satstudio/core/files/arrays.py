"""load_npy, load_npz: arrays from files, however damaged; they run no code and stay in proportion.

numpy raises what its parsers raise on a damaged header, and makes room for what the header claims
before it looks at the file.
"""

import math
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.lib.format as npy
import numpy.typing as npt

Array = npt.NDArray[Any]
DAMAGED = (
    *(OSError, ValueError, EOFError, OverflowError, TypeError, MemoryError, RecursionError),
    *(SyntaxError, KeyError, tokenize.TokenError, zipfile.BadZipFile, zlib.error),
)


def load_npy(path: Path) -> Array:
    """Map a .npy file, read only; its pixels are read when they are used.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged, shorter than its header says, or holds objects.
    """
    try:
        return np.lib.format.open_memmap(path, mode="r")
    except FileNotFoundError:
        raise
    except DAMAGED as error:
        raise ValueError(_reason(error)) from error


def load_npz(path: Path) -> dict[str, Array]:
    """Read all arrays of a .npz file.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged, an array is not as long as its header says, or holds objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                entry.filename.removesuffix(".npy"): _entry(archive, entry)
                for entry in archive.infolist()
            }
    except FileNotFoundError:
        raise
    except DAMAGED as error:
        raise ValueError(_reason(error)) from error


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    with archive.open(entry) as stream:
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, _, dtype = read[npy.read_magic(stream)](stream)
        if math.prod(shape) * dtype.itemsize != entry.file_size - stream.tell():
            raise ValueError("it is not as long as its header says")
    if entry.file_size > entry.compress_size * 1100 + 2**20:  # deflate packs 1032 to 1 at most
        raise ValueError("its header claims an impossible size")
    with archive.open(entry) as stream:
        array: Array = npy.read_array(stream, allow_pickle=False)
    return array


def _reason(error: BaseException) -> str:
    """Return one clause on what is wrong; numpy's own words may be a paragraph."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, ValueError) and len(str(error)) < 120:
        return str(error).strip(" .") or "its header is damaged"
    return "its header is damaged"

"""TileStore: answers of a block's tiles, kept on the disk until the block itself is.

A network may take minutes for the tiles of a block; what is killed in between goes on with the
tile that was not whole. Each answer stands behind a line of JSON with its check sum.
"""

import json
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import SceneWriteError
from satstudio.core.files.replacing import write_sentence

Answer = npt.NDArray[Any]


class TileStore:
    """The tiles of one block, open; what was half-written when a process ended is cut off.

    Parameters
    ----------
    path : of the file; it is made with the first tile
    final : the result, for messages
    """

    def __init__(self, path: Path, final: Path) -> None:
        self._path, self._final = path, final
        self._stream: BinaryIO | None = None
        self._found: dict[tuple[int, int], Answer] = {}
        if path.is_file():
            whole = 0
            with path.open("rb") as stream:
                for place, answer in _whole(stream):
                    self._found[place] = answer
                    whole = stream.tell()
            os.truncate(path, whole)

    def found(self, row: int, col: int) -> Answer | None:
        """Return the answer of the tile at a row and column that an earlier start left, once."""
        return self._found.pop((row, col), None)

    def keep(self, row: int, col: int, answer: Answer) -> None:
        """Keep an answer (channels, rows, cols); it counts when this returns.

        Raises
        ------
        SceneWriteError
            If the disk refuses.
        """
        data = np.ascontiguousarray(answer).data
        line = {
            "at": [row, col],
            "shape": answer.shape,
            "dtype": answer.dtype.str,
            "crc": zlib.crc32(data),
        }
        try:
            if self._stream is None:
                self._stream = self._path.open("ab")
            self._stream.write(json.dumps(line).encode() + b"\n")
            self._stream.write(data)
            self._stream.flush()
        except OSError as error:
            raise SceneWriteError(write_sentence(self._final, error)) from error

    def close(self) -> None:
        """Close the file; it stays."""
        if self._stream is not None:
            with suppress(OSError):  # what could not be written was told of when it was to be
                self._stream.close()


def _whole(stream: BinaryIO) -> Iterator[tuple[tuple[int, int], Answer]]:
    """Yield place and answer of each tile up to the first that is not whole."""
    while line := stream.readline():
        try:
            told = json.loads(line)
        except ValueError:
            return
        kind = np.dtype(told["dtype"])
        data = stream.read(math.prod(told["shape"]) * kind.itemsize)
        if zlib.crc32(data) != told["crc"]:
            return
        row, col = told["at"]
        yield (row, col), np.frombuffer(data, kind).reshape(told["shape"])

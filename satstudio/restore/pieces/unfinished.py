"""Unfinished: blocks of a result that is not whole yet, kept on the disk; a killed start goes on.

Beside the result lies a folder `.NAME.unfinished-KEY`, whose key tells the request: scene, model,
choices. It holds the blocks one behind the other as plain bytes, and a journal of JSON lines in
which a block stands once its bytes are written, with their check sum; and the tiles of the blocks
that are not whole yet (`tile_store.py`). What is not whole when a process is killed or the power
fails does not match its sum and is restored again.
"""

import hashlib
import json
import os
import shutil
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import SatstudioError, SceneReadError, SceneWriteError
from satstudio.core.files.replacing import STEM_BYTES, write_sentence
from satstudio.core.grid import Window
from satstudio.core.raster import Mask
from satstudio.core.system.file_lock import locked
from satstudio.restore.pieces.tile_store import TileStore

BLOCKS, JOURNAL, LOCK, ABOUT, TILES = "blocks", "journal.jsonl", "lock", "about.json", "tiles-"
SYNC_S = 5.0
"""After so long the disk is told to keep what was written."""

Layer = tuple[npt.NDArray[Any], Mask]
"""Pixels (bands, rows, cols) of one file to be, and where (rows, cols) they are valid."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A block that is written: of the scene `keep`, of the result `place`; where its bytes are."""

    keep: Window
    place: Window
    at: int
    bytes: int
    crc: int

    def line(self) -> dict[str, Any]:
        """Return it as a line of the journal."""
        return {
            "keep": _numbers(self.keep),
            "place": _numbers(self.place),
            "at": self.at,
            "bytes": self.bytes,
            "crc": self.crc,
        }

    @classmethod
    def of_line(cls, line: Mapping[str, Any]) -> "Kept":
        """Read a line of the journal."""
        keep, place = Window(*line["keep"]), Window(*line["place"])
        return cls(keep, place, int(line["at"]), int(line["bytes"]), int(line["crc"]))


class Unfinished:
    """The store of one request, open; see `unfinished`.

    Attributes
    ----------
    final : the result
    kinds : dtype and bands of each layer of a block
    kept : blocks that are whole, in their order
    sizes : (tile, block) sides that the last start worked with; None where there was none
    first_side : of the first start's blocks, inside which all others lie
    """

    def __init__(self, final: Path, folder: Path, kinds: Sequence[tuple[str, int]]) -> None:
        self.final = final
        self._folder = folder
        self.kinds = tuple(kinds)
        self.kept: list[Kept] = []
        self.sizes: tuple[int, int] | None = None
        self.first_side: int | None = None
        self._read_journal()
        self._blocks: BinaryIO = (folder / BLOCKS).open("ab")
        self._journal: BinaryIO = (folder / JOURNAL).open("ab")
        self._end = self._blocks.seek(0, os.SEEK_END)
        self._synced_s = time.monotonic()

    def say(self, about: Mapping[str, Any]) -> None:
        """Write down what this is, for whoever finds it; raises SceneWriteError."""
        text = json.dumps({"result": self.final.name, **about})
        try:
            (self._folder / ABOUT).write_text(text, "utf-8")
        except OSError as error:
            raise SceneWriteError(write_sentence(self.final, error)) from error

    def note_sizes(self, sizes: tuple[int, int]) -> None:
        """Write down which tiles and blocks the work goes on with."""
        if sizes != self.sizes:
            self.sizes = sizes
            self.first_side = self.first_side or sizes[1]
            self._note({"sizes": list(sizes)})

    def add(self, keep: Window, place: Window, layers: Sequence[Layer]) -> None:
        """Keep a block; it counts when this returns, whatever happens to the process then.

        Raises
        ------
        SceneWriteError
            If the disk refuses.
        """
        data = b"".join(
            part
            for pixels, valid in layers
            for part in (np.ascontiguousarray(pixels).tobytes(), np.packbits(valid).tobytes())
        )
        try:
            self._blocks.write(data)
            self._blocks.flush()
            kept = Kept(keep, place, self._end, len(data), zlib.crc32(data))
            self._note(kept.line())
            if time.monotonic() - self._synced_s > SYNC_S:
                os.fsync(self._blocks.fileno())
                os.fsync(self._journal.fileno())
                self._synced_s = time.monotonic()
        except OSError as error:
            raise SceneWriteError(write_sentence(self.final, error)) from error
        self._end += len(data)
        self.kept.append(kept)
        for tiles in self._folder.glob(f"{_tiles_of(keep)}*"):
            tiles.unlink(missing_ok=True)

    def tiles(self, keep: Window, tile_px: int) -> TileStore:
        """Open the tiles of a block that is not kept yet."""
        return TileStore(self._folder / f"{_tiles_of(keep)}{tile_px}", self.final)

    def blocks(self) -> Iterator[tuple[Window, list[Layer]]]:
        """Yield each block's place in the result and its layers, from top to bottom."""
        with (self._folder / BLOCKS).open("rb") as stream:
            for kept in sorted(self.kept, key=lambda each: (each.place.row, each.place.col)):
                yield kept.place, self._layers(_bytes_of(stream, kept), kept.place)

    def close(self) -> None:
        """Close the files."""
        for stream in (self._blocks, self._journal):
            try:
                stream.close()
            except OSError:  # what could not be written was told of when it was to be
                continue

    def _note(self, line: Mapping[str, Any]) -> None:
        self._journal.write(json.dumps(line).encode() + b"\n")
        self._journal.flush()

    def _layers(self, data: bytes, place: Window) -> list[Layer]:
        layers: list[Layer] = []
        at, count = 0, place.size.pixels
        for dtype, bands in self.kinds:
            kind = np.dtype(dtype)
            pixels = np.frombuffer(data, kind, bands * count, at)
            at += pixels.nbytes
            bits = np.frombuffer(data, np.uint8, -(-count // 8), at)
            at += bits.nbytes
            valid = np.unpackbits(bits, count=count).astype(bool)
            shape = (place.rows, place.cols)
            layers.append((pixels.reshape(bands, *shape), valid.reshape(shape)))
        return layers

    def _read_journal(self) -> None:
        """Find what an earlier start left whole; what lies behind it is cut off."""
        journal, blocks = self._folder / JOURNAL, self._folder / BLOCKS
        if not (journal.is_file() and blocks.is_file()):
            return
        whole = 0
        with blocks.open("rb") as stream:
            for line in journal.read_bytes().splitlines(keepends=True):
                if not (line.endswith(b"\n") and self._take(line, stream)):
                    break
                whole += len(line)
        os.truncate(journal, whole)
        os.truncate(blocks, max((kept.at + kept.bytes for kept in self.kept), default=0))

    def _take(self, line: bytes, stream: BinaryIO) -> bool:
        """Take a line of the journal; returns whether what it tells of is whole."""
        try:
            told = json.loads(line)
        except ValueError:
            return False
        if "sizes" in told:
            self.sizes = (int(told["sizes"][0]), int(told["sizes"][1]))
            self.first_side = self.first_side or self.sizes[1]
            return True
        kept = Kept.of_line(told)
        is_whole = zlib.crc32(_bytes_of(stream, kept)) == kept.crc
        self.kept += [kept] * is_whole
        return is_whole


@contextmanager
def unfinished(
    final: Path,
    request: Mapping[str, Any],
    kinds: Sequence[tuple[str, int]],
    about: Mapping[str, Any] | None = None,
) -> Iterator[Unfinished]:
    """Open the store of a request, one that a killed process left or a new one.

    It is gone after a clean end, and after an error; one that says that a scene cannot be read
    leaves it, for a disk that comes back.

    Parameters
    ----------
    final : the result
    request : whatever the pixels depend on; another one has another store
    kinds : dtype and bands of each layer of a block
    about : written down beside the blocks for whoever finds them (`left_behind.py`)

    Raises
    ------
    SceneWriteError
        If the disk refuses.
    InputError
        If another process makes the same result.
    """
    text = json.dumps({**request, "kinds": list(map(list, kinds))}, sort_keys=True, default=str)
    folder = store_folder(final, hashlib.sha256(text.encode()).hexdigest()[:16])
    with ExitStack() as stack:
        store = _opened(final, folder, kinds, stack)
        try:
            store.say(about or {})
            yield store
        except SceneReadError as error:
            if not store.kept:
                _remove(folder, stack)
                raise
            raise SceneReadError(
                f"{error} What is restored so far is kept beside {final.name}; begin again in the "
                "same way to go on."
            ) from error
        except Exception:
            _remove(folder, stack)
            raise
        _remove(folder, stack)


def _opened(
    final: Path, folder: Path, kinds: Sequence[tuple[str, int]], stack: ExitStack
) -> Unfinished:
    """Open the store in a folder for this process alone, until the stack is left."""
    busy = f"{final.name} is being restored in the same way by another process; wait for it."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(folder / LOCK, busy))
        store = Unfinished(final, folder, kinds)
    except SatstudioError:
        raise
    except OSError as error:
        raise SceneWriteError(write_sentence(final, error)) from error
    stack.callback(store.close)
    return store


def store_folder(final: Path, key: str) -> Path:
    """Return the name of the folder of a request, beside its result."""
    stem = final.stem.encode("utf-8", "surrogateescape")[:STEM_BYTES].decode("utf-8", "ignore")
    return final.with_name(f".{stem}.unfinished-{key}")


def _remove(folder: Path, files: ExitStack) -> None:
    files.close()
    shutil.rmtree(folder, ignore_errors=True)


def _bytes_of(stream: BinaryIO, kept: Kept) -> bytes:
    stream.seek(kept.at)
    return stream.read(kept.bytes)


def _tiles_of(keep: Window) -> str:
    return f"{TILES}{'-'.join(map(str, _numbers(keep)))}-"


def _numbers(window: Window) -> list[int]:
    return [window.row, window.col, window.rows, window.cols]

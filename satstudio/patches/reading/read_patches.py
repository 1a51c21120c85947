"""PatchReader: windows of a scene, given in their own order, read in the order of its blocks.

A compressed file is decoded block by block. Windows at random places touch each block many times;
so they are read row of blocks by row of blocks, neighbours in one reading, and put together.
"""

import math
import tempfile
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask, Pixels, Raster
from satstudio.scenes.scene import Scene

LEAST_ROWS = 256
"""Rows of blocks lower than this are read several at a time."""

GAP_PX = 1024
"""Windows of one row of blocks that are farther apart are not read together."""

READ_BYTES = 32 * 2**20
STAY_BYTES = 128 * 2**20
"""What is read and waits for its turn stays in memory up to this, else in a file."""

OPEN_BYTES = 64 * 2**20
"""About how much may wait for the next row of blocks."""

STAGE_BYTES = 2**30
"""How much may wait for its turn."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One window's pixels (bands, rows, cols), where they are data, and the share that is."""

    pixels: Pixels
    valid: Mask
    share: float


@dataclass(slots=True)
class _Open:
    """A patch of which some rows are there; `left` tells how many are not."""

    pixels: Pixels
    valid: Mask
    left: int


class _Stage:
    """Patches that wait for their turn: in memory while they fit, then in a file.

    Parameters
    ----------
    shape : (bands, rows, cols) of every patch
    folder : for the file, which is gone after `close`
    """

    def __init__(self, shape: tuple[int, int, int], folder: Path) -> None:
        self._shape = shape
        self._folder = folder
        self._room = STAY_BYTES
        self._here: dict[int, Patch] = {}
        self._away: dict[int, tuple[int, np.dtype[Any], float]] = {}
        self._file: IO[bytes] | None = None

    def put(self, number: int, patch: Patch) -> None:
        self._room -= patch.pixels.nbytes + patch.valid.nbytes
        if self._room >= 0:
            self._here[number] = patch
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - `close` closes it
        self._away[number] = self._file.tell(), patch.pixels.dtype, patch.share
        self._file.write(patch.pixels.tobytes())
        self._file.write(patch.valid.tobytes())

    def pop(self, number: int) -> Patch | None:
        """Return and forget the patch that was put under this number, if any."""
        if self._file is None or number not in self._away:
            return self._here.pop(number, None)
        start, dtype, share = self._away.pop(number)
        self._file.seek(start)
        count = math.prod(self._shape)
        pixels = np.frombuffer(self._file.read(count * dtype.itemsize), dtype)
        valid = np.frombuffer(self._file.read(math.prod(self._shape[1:])), bool)
        return Patch(pixels.reshape(self._shape), valid.reshape(self._shape[1:]), share)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


class PatchReader:
    """Reads windows of one scene.

    Parameters
    ----------
    bands : of the scene, 0-based
    side : rows and columns of every window
    folder : for a file of what does not fit into memory; it is gone afterwards
    """

    def __init__(self, scene: Scene, bands: Sequence[int], side: int, folder: Path) -> None:
        self._scene = scene
        self._bands = tuple(bands)
        self._side = side
        self._folder = folder
        size = scene.grid.size
        rows, cols = getattr(scene.source, "block", (LEAST_ROWS, LEAST_ROWS))
        rows, self._block_cols = min(max(rows, 1), size.rows), min(max(cols, 1), size.cols)
        self._high = -(-LEAST_ROWS // rows) * rows
        self._pixel_bytes = 8 * len(self._bands)

    def most(self, *, is_scattered: bool) -> int:
        """Return how many windows may be read at a time.

        Parameters
        ----------
        is_scattered : they lie anywhere: the more at a time, the less is read twice
        """
        open_share = min((self._high + self._side) / self._scene.grid.size.rows, 1.0)
        limit = min(STAGE_BYTES, OPEN_BYTES / open_share) if is_scattered else STAY_BYTES
        return max(int(limit / (self._side**2 * (self._pixel_bytes + 1))), 1)

    def read(
        self, windows: Sequence[Window], least_valid: float, progress: Progress
    ) -> Generator[Patch | None]:
        """Yield each window's patch, in the order given; None where too little of it is data.

        Parameters
        ----------
        least_valid : share (0..1) of pixels that must be data: valid, and finite in all bands
        """
        shape = len(self._bands), self._side, self._side
        with closing(_Stage(shape, self._folder)) as stage:
            for index, patch in self._finished(windows, progress.part(0, 0.8)):
                if patch.share >= least_valid:
                    stage.put(index, patch)
            title = f"Cutting {self._scene.name}"
            for index in progress.part(0.8, 1).over(range(len(windows)), title):
                yield stage.pop(index)

    def _finished(
        self, windows: Sequence[Window], progress: Progress
    ) -> Iterator[tuple[int, Patch]]:
        """Yield patches as soon as all their rows were read."""
        waiting: dict[int, _Open] = {}
        runs = list(self._runs(windows))
        for window, members in progress.over(runs, f"Cutting {self._scene.name}"):
            raster = self._scene.read(window, None, self._bands)
            good = raster.valid & np.isfinite(raster.pixels).all(axis=0)
            for index in members:
                if index not in waiting:
                    waiting[index] = self._opened(raster)
                patch = waiting[index]
                _put(patch, windows[index], raster.pixels, good, window)
                if patch.left == 0:
                    del waiting[index]
                    yield index, Patch(patch.pixels, patch.valid, float(patch.valid.mean()))

    def _opened(self, raster: Raster) -> _Open:
        shape = self._side, self._side
        pixels = np.empty((len(self._bands), *shape), raster.pixels.dtype)
        return _Open(pixels, np.empty(shape, bool), self._side)

    def _runs(self, windows: Sequence[Window]) -> Iterator[tuple[Window, list[int]]]:
        """Yield what to read, from top to bottom, and of which windows it holds rows."""
        lines: defaultdict[int, list[int]] = defaultdict(list)
        for index, window in enumerate(windows):
            for line in range(window.row // self._high, (window.end_row - 1) // self._high + 1):
                lines[line].append(index)
        for line, members in sorted(lines.items()):
            run: list[int] = []
            end_col = 0
            for index in sorted(members, key=lambda index: windows[index].col):
                window = windows[index]
                if run and self._is_apart(windows[run[0]].col, end_col, window):
                    yield self._around(line, run, windows), run
                    run = []
                run.append(index)
                end_col = window.end_col if len(run) == 1 else max(end_col, window.end_col)
            yield self._around(line, run, windows), run

    def _is_apart(self, first_col: int, end_col: int, window: Window) -> bool:
        """Tell whether a window is not to be read with those that end before `end_col`."""
        has_gap = window.col // self._block_cols > (end_col - 1) // self._block_cols + 1
        is_large = (window.end_col - first_col) * self._high * self._pixel_bytes > READ_BYTES
        return has_gap or is_large or window.col - end_col > GAP_PX

    def _around(self, line: int, run: Sequence[int], windows: Sequence[Window]) -> Window:
        start, end = line * self._high, (line + 1) * self._high
        row = max(min(windows[index].row for index in run), start)
        end_row = min(max(windows[index].end_row for index in run), end)
        col = windows[run[0]].col
        return Window(row, col, end_row - row, max(windows[index].end_col for index in run) - col)


def _put(patch: _Open, window: Window, pixels: Pixels, good: Mask, read: Window) -> None:
    """Copy the rows of a window that were read."""
    row, end_row = max(window.row, read.row), min(window.end_row, read.end_row)
    here = slice(row - window.row, end_row - window.row)
    rows, cols = Window(row - read.row, window.col - read.col, end_row - row, window.cols).slices
    patch.pixels[:, here] = pixels[:, rows, cols]
    patch.valid[here] = good[rows, cols]
    patch.left -= end_row - row

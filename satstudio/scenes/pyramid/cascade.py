"""Cascade: from the sums of the first level to files of all levels, from top to bottom."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satstudio.core.grid import Size, Window
from satstudio.core.quantity import Averaging
from satstudio.scenes.pyramid.level_files import Kind, LevelWriter, level_bytes, level_file
from satstudio.scenes.pyramid.levels import Factors, level_size
from satstudio.scenes.pyramid.means import Sums, averaged_as, fold, full_counts, means

CODES = 65536
ROWS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """What is built: levels with (1, 1) first; `chunk_bytes` are read at a time."""

    size: Size
    levels: tuple[Factors, ...]
    kind: Kind
    bands: int
    averaging: Averaging
    chunk_bytes: int

    @property
    def bytes(self) -> int:
        """Return how much the level files will take."""
        sizes = (level_size(self.size, factors) for factors in self.levels[1:])
        return self.bands * sum(level_bytes(size, self.kind) for size in sizes)

    def step(self, level: int) -> Factors:
        """Return how many rows and columns of a level make one of the next."""
        here, coarser = self.levels[level], self.levels[level + 1]
        return coarser[0] // here[0], coarser[1] // here[1]


class Cascade:
    """Takes the first sums of one band from top to bottom and writes every level."""

    def __init__(self, plan: Plan, band: int, folder: Path, files: ExitStack) -> None:
        self._plan = plan
        self._writers = []
        for level, factors in enumerate(plan.levels[1:]):
            path = level_file(folder, level, band)
            writer = LevelWriter(path, level_size(plan.size, factors), plan.kind)
            files.callback(writer.close)
            self._writers.append(writer)
        self._done = [0] * len(self._writers)
        self._held: list[Sums | None] = [None] * len(self._writers)
        self.histogram = np.zeros(CODES, np.int64)
        self.smallest, self.largest = np.inf, -np.inf

    def push_rows(self, part: Sums) -> None:
        """Do what `push` does, some rows at a time, as it needs several times their memory."""
        for row in range(0, len(part.sums), ROWS_AT_ONCE):
            self.push(_rows(part, row, row + ROWS_AT_ONCE))

    def push(self, part: Sums) -> None:
        """Take the next rows of the first level."""
        self.smallest = min(self.smallest, part.smallest)
        self.largest = max(self.largest, part.largest)
        for level in range(len(self._writers)):
            whole = level_size(self._plan.size, self._plan.levels[level + 1])
            start = self._done[level]
            window = Window(start, 0, len(part.sums), whole.cols)
            rows, cols = full_counts(self._plan.size, self._plan.levels[level + 1], window)
            mean, valid = means(part, rows, cols)
            codes = self._writers[level].append(averaged_as(mean, self._plan.averaging), valid)
            if self._plan.kind == "power" and level == min(1, len(self._writers) - 1):
                self.histogram += np.bincount(codes.ravel(), minlength=CODES)
            self._done[level] = window.end_row
            if level + 1 == len(self._writers):
                return
            following = self._folded(level, part, is_last=window.end_row == whole.rows)
            if following is None:
                return
            part = following

    def finish(self) -> None:
        """Complete the files."""
        for writer in self._writers:
            writer.finish()

    def _folded(self, level: int, part: Sums, *, is_last: bool) -> Sums | None:
        """Join the rows with the one held back, fold them, hold back an odd one."""
        held = self._held[level]
        start = self._done[level] - len(part.sums)
        if held is not None:
            start -= len(held.sums)
            part = self._joined(level, start, held, part)
        step = self._plan.step(level + 1)
        count = len(part.sums) if is_last else len(part.sums) // step[0] * step[0]
        self._held[level] = None if count == len(part.sums) else _rows(part, count, None)
        if count == 0:
            return None
        done = _rows(part, 0, count)
        counts = None if done.counts is None else fold(done.counts, step)
        return Sums(fold(done.sums, step), counts, part.smallest, part.largest)

    def _joined(self, level: int, start: int, first: Sums, second: Sums) -> Sums:
        sums = np.concatenate([first.sums, second.sums])
        counts = None
        if first.counts is not None or second.counts is not None:
            place = Window(start, 0, len(sums), sums.shape[1])
            rows, cols = full_counts(self._plan.size, self._plan.levels[level + 1], place)
            full = np.outer(rows, cols)
            split = len(first.sums)
            upper = full[:split] if first.counts is None else first.counts
            lower = full[split:] if second.counts is None else second.counts
            counts = np.concatenate([upper, lower])
        return Sums(sums, counts, second.smallest, second.largest)


def side_by_side(pieces: Sequence[tuple[Window, Sums]], step: Factors) -> Sums:
    """Join chunks that lie in one row."""
    if len(pieces) == 1:
        return pieces[0][1]
    parts = [part for _, part in pieces]
    counts = None
    if any(part.counts is not None for part in parts):
        filled = [
            np.outer(*full_counts(place.size, step, Window.whole(level_size(place.size, step))))
            if part.counts is None
            else part.counts
            for place, part in pieces
        ]
        counts = np.concatenate(filled, axis=1)
    sums = np.concatenate([part.sums for part in parts], axis=1)
    smallest, largest = min(p.smallest for p in parts), max(p.largest for p in parts)
    return Sums(sums, counts, smallest, largest)


def _rows(part: Sums, start: int, end: int | None) -> Sums:
    counts = None if part.counts is None else part.counts[start:end]
    return Sums(part.sums[start:end], counts, part.smallest, part.largest)

"""Power-averaged overviews in the user's cache: build_pyramid, open_pyramid.

Complex scenes get the mean of |z|^2 of valid pixels, real ones the mean of their values, amplitudes
and decibels that of the power they stand for; classes and phases have no mean and get none. A level
has each band. The scene is read once (real scenes of more than 16 bands: once for each 16), from
top to bottom, in chunks of at most 16 MB, by two threads of low priority. How much lies in the
cache is bounded by what the caller allows and by a tenth of the disk that stays free.
"""

import os
import shutil
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError, SceneWriteError
from satstudio.core.files.replacing import write_text
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import averaging_of
from satstudio.scenes.pyramid.cache import (
    clear_pyramids,
    final_folder,
    make_room,
    part_folder,
    remove_left_over,
    stored_pyramids,
)
from satstudio.scenes.pyramid.cascade import Cascade, Plan, side_by_side
from satstudio.scenes.pyramid.level_files import (
    TILE_PX,
    Pyramid,
    PyramidMeta,
    kind_of,
    load_pyramid,
)
from satstudio.scenes.pyramid.levels import plan_levels
from satstudio.scenes.pyramid.means import Sums, first_sums
from satstudio.scenes.source import Source, known_of

__all__ = [
    "Pyramid",
    "build_levels",
    "build_pyramid",
    "clear_pyramids",
    "lower_priority",
    "open_pyramid",
    "stored_pyramids",
]
CHUNK_BYTES = 16 * 2**20
SMALL_CHUNK_BYTES = 2 * 2**20
"""Of overviews in a file: what restored it needs its memory, too."""

READERS = 2
ROOM_BYTES = 20 * 2**30
"""How much of the disk all pyramids may take where nobody says otherwise."""

BANDS_AT_ONCE = 16


def open_pyramid(identity: str) -> Pyramid | None:
    """Return the finished pyramid of a scene, by `Scene.identity`; None where there is none."""
    pyramid = load_pyramid(final_folder(identity))
    if pyramid is not None:
        try:
            os.utime(pyramid.folder / "meta.json")  # the least recently used go first
        except OSError:  # a read-only cache is as good
            return pyramid
    return pyramid


def build_pyramid(
    source: Source, identity: str, progress: Progress, room_bytes: int = ROOM_BYTES
) -> Path:
    """Average a scene into the cache; returns the folder, at once where it is there already.

    A stop or an error leaves nothing. Runs for seconds: call it on a thread of its own.

    Parameters
    ----------
    room_bytes : what all pyramids may take; the ones used longest ago go first

    Raises
    ------
    SceneWriteError
        If the cache is full or cannot be written; the scene can be shown without a pyramid.
    SceneReadError
        If the scene cannot be read.
    InputError
        If its pixels have no mean: classes, phases.
    """
    averaging = averaging_of(known_of(source).quantity)
    if averaging == "none":
        raise InputError("Classes and phases have no mean; they are shown by their nearest pixels.")
    final = final_folder(identity)
    if open_pyramid(identity) is not None:
        return final
    size = source.grid.size
    levels = plan_levels(size, source.grid.aspect)
    kind = kind_of(getattr(source, "dtype", ""), is_complex=source.is_complex)
    plan = Plan(size, levels, kind, len(source.bands), averaging, CHUNK_BYTES)
    try:
        remove_left_over()
        make_room(plan.bytes, room_bytes)
        part = part_folder(final)
        try:
            ranges = _build(source, plan, part, progress)
            _commit(part, final, plan, ranges, str(getattr(source, "files", ("",))[0]))
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise SceneWriteError(
            f"Cannot keep a pyramid in {final.parent}: {error.strerror or error}. The scene is "
            "shown without it; free disk space or make the folder writable."
        ) from error
    return final


def build_levels(source: Source, folder: Path, progress: Progress) -> Pyramid:
    """Average a scene into a new folder, outside the cache; for overviews inside a file.

    Raises
    ------
    SceneReadError
        If the scene cannot be read.
    InputError
        If its pixels have no mean.
    OSError
        If the disk refuses.
    """
    averaging = averaging_of(known_of(source).quantity)
    if averaging == "none":
        raise InputError("Classes and phases have no mean; they are shown by their nearest pixels.")
    size = source.grid.size
    kind = kind_of(getattr(source, "dtype", ""), is_complex=source.is_complex)
    levels = plan_levels(size, source.grid.aspect)
    plan = Plan(size, levels, kind, len(source.bands), averaging, SMALL_CHUNK_BYTES)
    folder.mkdir()
    ranges = _build(source, plan, folder, progress)
    return Pyramid(folder, _meta(plan, ranges, ""))


def lower_priority() -> None:
    """Let this thread give way to the window's; does nothing where the system cannot."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
    elif sys.platform == "win32":
        import ctypes  # lazy: Windows only

        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), -1)


def _build(
    source: Source, plan: Plan, folder: Path, progress: Progress
) -> list[tuple[float, float] | None]:
    at_once = 1 if source.is_complex else BANDS_AT_ONCE
    groups = [
        range(first, min(first + at_once, plan.bands)) for first in range(0, plan.bands, at_once)
    ]
    cascades: list[Cascade] = []
    for number, bands in enumerate(groups):
        part = progress.part(number / len(groups), (number + 1) / len(groups))
        with ExitStack() as files:
            group = [Cascade(plan, band, folder, files) for band in bands]
            _stream(source, plan, group, bands, part)
            for cascade in group:
                cascade.finish()
        cascades += group
    np.save(folder / "histogram.npy", np.stack([cascade.histogram for cascade in cascades]))
    return [
        (item.smallest, item.largest) if item.smallest <= item.largest else None
        for item in cascades
    ]


def _stream(
    source: Source, plan: Plan, cascades: Sequence[Cascade], bands: range, progress: Progress
) -> None:
    """Read and reduce chunks on two threads, push whole rows of them in order."""
    step = plan.step(0) if len(plan.levels) > 1 else (1, 1)

    def reduce(window: Window) -> list[Sums]:
        pixels, valid = source.read(window, window.size, bands)
        return [first_sums(band, valid, step, plan.averaging) for band in pixels]

    each = len(bands) * (8 if source.is_complex else 4)
    block = getattr(source, "block", (TILE_PX, TILE_PX))
    chunks = deque(_chunks(plan.size, block, plan.chunk_bytes // each))
    total = len(chunks)
    waiting: deque[tuple[Window, Future[list[Sums]]]] = deque()
    row: list[tuple[Window, list[Sums]]] = []
    pool = ThreadPoolExecutor(READERS, "pyramid", initializer=lower_priority)
    try:
        for done in range(total):
            while chunks and len(waiting) <= READERS:
                waiting.append((chunks[0], pool.submit(reduce, chunks.popleft())))
            window, future = waiting.popleft()
            row.append((window, future.result()))
            if window.end_col == plan.size.cols:
                whole = [
                    side_by_side([(place, parts[index]) for place, parts in row], step)
                    for index in range(len(cascades))
                ]
                row = []  # before the next copies: a row of a wide scene takes megabytes
                for cascade in cascades:
                    cascade.push_rows(whole.pop(0))
            progress.report((done + 1) / total, "Averaging")
    finally:
        pool.shutdown(cancel_futures=True)


def _chunks(size: Size, block: tuple[int, int], most_px: int) -> Iterator[Window]:
    """Cover a scene from top to bottom with chunks of whole blocks, an even number of rows.

    A compressed block has to be decoded as a whole for any part of it; so one that is larger
    than a chunk may be, up to 16 times, is a chunk of its own.
    """
    tall, wide = (
        min(side * (1 + side % 2), most) for side, most in zip(block, _even(size), strict=True)
    )
    if tall * wide > 16 * most_px:
        tall, wide = max(2, most_px // wide // 2 * 2), max(2, min(wide, most_px // 2) // 2 * 2)
    elif tall * size.cols <= most_px:
        tall, wide = most_px // size.cols // tall * tall, size.cols
    else:
        wide = max(1, most_px // (tall * wide)) * wide
    for row in range(0, size.rows, tall):
        for col in range(0, size.cols, wide):
            yield Window(row, col, tall, wide).clipped(size)


def _even(size: Size) -> tuple[int, int]:
    return size.rows + size.rows % 2, size.cols + size.cols % 2


def _meta(plan: Plan, ranges: list[tuple[float, float] | None], source: str) -> PyramidMeta:
    return PyramidMeta(
        source=source,
        rows=plan.size.rows,
        cols=plan.size.cols,
        levels=plan.levels[1:],
        bands=plan.bands,
        kind=plan.kind,
        ranges=tuple(ranges),
    )


def _commit(
    part: Path, final: Path, plan: Plan, ranges: list[tuple[float, float] | None], source: str
) -> None:
    meta = _meta(plan, ranges, source)
    for path in part.iterdir():  # before the file that says that they are whole
        with path.open("rb+") as stream:
            os.fsync(stream.fileno())
    write_text(part / "meta.json", meta.model_dump_json(indent=1))
    if load_pyramid(final) is None:  # else another process was quicker
        shutil.rmtree(final, ignore_errors=True)
        try:
            part.replace(final)
        except OSError:
            if load_pyramid(final) is None:
                raise

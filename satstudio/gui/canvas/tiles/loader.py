"""TileLoader: asked for here, read and rendered on another thread."""

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtGui import QImage

from satstudio.core.errors import SatstudioError
from satstudio.core.grid import Window
from satstudio.core.raster import Raster
from satstudio.gui.canvas.tiles.requests import TileImage, TileLook, TileRequest
from satstudio.gui.kit.scenes.tile_cache import RawCache, RawKey
from satstudio.gui.kit.scenes.tile_grid import TILE_PX, Tile
from satstudio.render.compose import render
from satstudio.scenes.scene import Scene

log = logging.getLogger(__name__)
JOIN_S = 2.0
RUN_TILES = 4
"""Neighbours read in one window, which costs less than one by one and keeps threads busy."""

LINE_TILES = 32
"""The same where the file keeps whole lines, which are read whole for any of them."""

OPAQUE = 255
SOLID = QImage.Format.Format_RGB32
CLEAR = QImage.Format.Format_ARGB32_Premultiplied
Place = tuple[str, int, tuple[int, ...], int, int]
Run = tuple[Tile, ...]
"""Tiles side by side that one window of the file holds; empty where nothing is to be read."""


class TileLoader(QObject):
    """Threads that read and render tiles; the newest list of wishes replaces the last."""

    arrived = Signal()
    """`take` has something; one signal stands for many tiles."""

    finished = Signal()
    """`take` has the last tile that was missing in view."""

    def __init__(self, raw: RawCache, threads: int = 2) -> None:
        super().__init__()
        self.raw = raw
        self._turn = threading.Condition()
        self._wanted: deque[TileRequest] = deque()
        self._wishes = 0
        self._needed: set[TileRequest] = set()
        self._working: set[TileRequest] = set()
        self._busy: set[Place] = set()
        self._done: deque[TileImage] = deque()
        self._told = False
        self._is_closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"tiles {number + 1}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def want(self, requests: Sequence[TileRequest], seen: Sequence[TileRequest] = ()) -> None:
        """Replace what is wanted, most urgent first; what is being read now is finished.

        Parameters
        ----------
        seen : all tiles in view, also those that are there; their pixels stay in memory
        """
        self.raw.hold(self, _pixels_for(requests, seen))
        with self._turn:
            done = {TileRequest(image.look, image.tile) for image in self._done}
            self._wanted = deque(request for request in requests if request not in done)
            self._needed = set(self._wanted).intersection(seen)
            self._wishes += 1
            self._turn.notify_all()
            is_finished = bool(done) and not self._needed
        if is_finished:
            self.finished.emit()

    def take(self) -> list[TileImage]:
        """Return what was finished since the last call."""
        with self._turn:
            done, self._told = list(self._done), False
            self._done.clear()
        return done

    @Slot()
    def close(self) -> None:
        """Stop the threads; one that hangs in a read is left to itself after two seconds."""
        with self._turn:
            self._is_closed = True
            self._wanted.clear()
            self._turn.notify_all()
        self.raw.hold(self, ())
        for thread in self._threads:
            thread.join(JOIN_S)
            if thread.is_alive():
                log.warning("A tile is still being read while the window closes.")

    def _run(self) -> None:
        while (found := self._next()) is not None:
            request, run, wishes = found
            image = self._work(request, run)
            with self._turn:
                told = self._finish(request, image, wishes)
                self._busy.difference_update(_place(request.look, tile) for tile in run)
                self._turn.notify_all()
            for signal in told:
                signal.emit()

    def _next(self) -> tuple[TileRequest, Run, int] | None:
        """Wait for the first request that no other thread's work will bring, and what to read."""
        with self._turn:
            while not self._is_closed:
                request = next(filter(self._is_free, self._wanted), None)
                if request is not None:
                    run = self._run_of(request)
                    self._wanted.remove(request)
                    self._working.add(request)
                    self._busy.update(_place(request.look, tile) for tile in run)
                    return request, run, self._wishes
                self._turn.wait()
        return None

    def _is_free(self, request: TileRequest) -> bool:
        if request in self._working:
            return False
        if request not in self._needed and not self._working <= self._needed:
            return False  # one thread reads ahead; the window has the other one's time
        return self._is_read(request) or _place(request.look, request.tile) not in self._busy

    def _is_read(self, request: TileRequest) -> bool:
        return request.look.key(request.tile) in self.raw

    def _run_of(self, request: TileRequest) -> Run:
        """Return the tile and wanted neighbours; by itself where it is made of a base."""
        if self._is_read(request):
            return ()
        look, tile = request.look, request.tile
        if look.base and tile.level >= look.base:
            return (tile,)
        wanted = {one for one in self._wanted if self._is_free(one) and not self._is_read(one)}
        most = LINE_TILES if _has_lines(look.scene) else RUN_TILES
        run = deque([tile])
        for step in (1, -1):
            end = tile._replace(col=tile.col + step)
            while len(run) < most and TileRequest(look, end) in wanted:
                run.append(end) if step > 0 else run.appendleft(end)
                end = end._replace(col=end.col + step)
        return tuple(run)

    def _finish(
        self, request: TileRequest, image: TileImage | None, wishes: int
    ) -> list[SignalInstance]:
        """Note what became of a request; returns what is to be told."""
        self._working.discard(request)
        if image is None:  # one more row of the base is there: on, unless others are wanted now
            if wishes == self._wishes:
                self._wanted.appendleft(request)
            return []
        if request in self._wanted:  # asked for again while it was made
            self._wanted.remove(request)
        self._done.append(image)
        is_last = request in self._needed and len(self._needed) == 1
        self._needed.discard(request)
        is_first, self._told = not self._told, True
        if self._is_closed:
            return []
        return [self.finished] * is_last + [self.arrived] * (is_first and not is_last)

    def _work(self, request: TileRequest, run: Run) -> TileImage | None:
        """Return the finished tile; None where more is to be read for it, in a turn of its own."""
        try:
            raster = self._raster(request, run)
        except Exception as error:  # noqa: BLE001 - the tile is hatched, the thread lives on
            return _failed(request, error, is_unread=True)
        try:
            return None if raster is None else _painted(request, raster)
        except Exception as error:  # noqa: BLE001 - as above
            return _failed(request, error)

    def _raster(self, request: TileRequest, run: Run) -> Raster | None:
        look, tile = request.look, request.tile
        found = self.raw.get(look.key(tile))
        if found is not None:
            return found
        base = look.base
        if not base or tile.level < base:
            return self._read(look, tile, run or (tile,))
        parts = look.grid.descendants(tile, base)
        missing = [part for part in parts if look.key(part) not in self.raw]
        if missing:
            part = missing[0]
            row = [part._replace(col=col) for col in range(look.grid.count(base).cols)]
            found = self._read(look, part, row)
            return found if tile.level == base else None
        return self._thinned(look, tile, parts)

    def _read(self, look: TileLook, tile: Tile, run: Sequence[Tile]) -> Raster:
        """Read tiles that lie side by side in one window; keep each; return `tile`'s."""
        first, last = run[0], run[-1]
        shape = replace(
            look.grid.shape(first),
            cols=(last.col - first.col) * TILE_PX + look.grid.shape(last).cols,
        )
        window = look.grid.span(first, last)
        wide = look.scene.read(window, shape if first.level else None, look.style.bands)
        for part in run:
            self._keep(look, part, _cut(wide, look, part, first))
        return _cut(wide, look, tile, first)

    def _keep(self, look: TileLook, tile: Tile, raster: Raster) -> None:
        size = raster.pixels.nbytes + raster.valid.nbytes
        self.raw.put(look.key(tile), raster, size, keep=tile.level == look.grid.top)

    def _thinned(self, look: TileLook, tile: Tile, parts: list[Tile]) -> Raster | None:
        """Make a coarse tile of every n-th pixel of the base's tiles."""
        rasters = [self.raw.get(look.key(part)) for part in parts]
        whole = [raster for raster in rasters if raster is not None]
        if len(whole) < len(parts):
            return None
        columns = len({part.col for part in parts})
        rows = [whole[start : start + columns] for start in range(0, len(whole), columns)]
        pixels = np.concatenate([np.concatenate([r.pixels for r in row], 2) for row in rows], 1)
        valid = np.concatenate([np.concatenate([r.valid for r in row], 1) for row in rows], 0)
        fine, coarse = look.grid.levels[parts[0].level], look.grid.levels[tile.level]
        steps = coarse[0] // fine[0], coarse[1] // fine[1]
        top = tile.row * TILE_PX * steps[0] - parts[0].row * TILE_PX
        left = tile.col * TILE_PX * steps[1] - parts[0].col * TILE_PX
        shape = look.grid.shape(tile)
        row = _every(top, steps[0], shape.rows, valid.shape[0])
        col = _every(left, steps[1], shape.cols, valid.shape[1])
        thin = replace(whole[0], pixels=pixels[:, row][:, :, col], valid=valid[row][:, col])
        self._keep(look, tile, thin)
        return thin


def _pixels_for(requests: Sequence[TileRequest], seen: Sequence[TileRequest]) -> Iterator[RawKey]:
    """Yield the names of the pixels in view, and of those that coarse tiles are made of."""
    for request in seen:
        yield request.look.key(request.tile)
    for request in requests:
        look, base = request.look, request.look.base
        if base and request.tile.level >= base:
            yield from (look.key(part) for part in look.grid.descendants(request.tile, base))


def _place(look: TileLook, tile: Tile) -> Place:
    """Return what must not be read twice at a time: a row of tiles, or the whole base."""
    base = look.base
    row = tile.row
    if base and tile.level >= base:
        return look.scene.identity, look.epoch, look.style.bands, base, -1
    if not _has_lines(look.scene):
        row = tile.row * 1_000_000 + tile.col
    return look.scene.identity, look.epoch, look.style.bands, tile.level, row


def _has_lines(scene: Scene) -> bool:
    """Tell whether the file keeps whole lines, so that wide windows cost little more."""
    block: tuple[int, int] | None = getattr(scene.source, "block", None)
    return block is not None and block[1] >= scene.grid.size.cols > TILE_PX


def _every(start: int, step: int, count: int, end: int) -> npt.NDArray[np.intp]:
    return np.minimum(start + step // 2 + step * np.arange(count), end - 1)


def _cut(wide: Raster, look: TileLook, tile: Tile, first: Tile) -> Raster:
    shape = look.grid.shape(tile)
    part = Window(0, (tile.col - first.col) * TILE_PX, shape.rows, shape.cols)
    rows, cols = part.slices
    return replace(
        wide,
        pixels=np.ascontiguousarray(wide.pixels[:, rows, cols]),
        valid=np.ascontiguousarray(wide.valid[rows, cols]),
    )


def _painted(request: TileRequest, raster: Raster) -> TileImage:
    style = request.look.style
    local = style.changed(bands=tuple(range(len(style.bands))))  # the raster holds no others
    colours = np.ascontiguousarray(render(raster, local))
    rows, cols, _ = colours.shape
    is_opaque = bool(colours[..., 3].min() == OPAQUE)  # painted in half of the time
    image = QImage(colours.data, cols, rows, 4 * cols, SOLID if is_opaque else CLEAR)
    return TileImage(request.look, request.tile, image, colours, raster.sampling)


def _failed(request: TileRequest, error: Exception, *, is_unread: bool = False) -> TileImage:
    if isinstance(error, SatstudioError):
        why = str(error)
        log.warning("A tile cannot be shown: %s", why)
    else:
        why = f"This part of {request.look.scene.name} cannot be shown: {error}"
        log.error("Tile %s of %s failed", request.tile, request.look.scene.name, exc_info=error)
    return TileImage(request.look, request.tile, None, failure=why, is_unread=is_unread)

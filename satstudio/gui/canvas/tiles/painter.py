"""TilePicture: draws what is cached of a scene and says which tiles are missing."""

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.tiles.read_ahead import Place, tiles_ahead
from satstudio.gui.canvas.tiles.requests import TileImage, TileLook, TileRequest
from satstudio.gui.canvas.tiles.sheet import Seen, TileSheet, paint_seen
from satstudio.gui.kit.scenes.tile_cache import MIB, ByteCache
from satstudio.gui.kit.scenes.tile_grid import TILE_PX, Tile, TileGrid, by_distance
from satstudio.render.style import VIEWS, DisplayStyle
from satstudio.scenes.scene import Scene
from satstudio.session.viewport import Viewport

IMAGE_BYTES = 96 * MIB
TILE_BYTES = TILE_PX * TILE_PX * 4
RETRY_S = 2.0
TRIES = 2
HATCH = QColor(150, 90, 70)
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, slots=True)
class View:
    """What a canvas shows at one moment: where, how large, at how many device pixels a unit."""

    viewport: Viewport
    size: Size
    dpr: float = 1.0

    @property
    def device_px(self) -> tuple[float, float]:
        """Device pixels per image row and column."""
        rows, cols = self.viewport.scales
        return rows * self.dpr, cols * self.dpr

    def rect(self, window: Window) -> QRectF:
        """Return where a window of the scene is on the screen, in screen units."""
        top, left = self.viewport.to_screen(window.row, window.col, self.size)
        rows, cols = self.viewport.scales
        return QRectF(left, top, window.cols * cols, window.rows * rows)

    def snapped(self, window: Window) -> QRectF:
        """Return where a window is, its edges on whole device pixels.

        Neighbours share an edge, wherever the scene's zero lies: Qt rounds .5 away from it, which
        leaves a row or column of ground between two tiles.
        """
        whole = self.rect(window)
        left, right, top, bottom = (
            math.floor(edge * self.dpr + 0.5) / self.dpr
            for edge in (whole.left(), whole.right(), whole.top(), whole.bottom())
        )
        return QRectF(left, top, right - left, bottom - top)

    def shows_only(self, size: Size) -> bool:
        """Tell whether there is nothing in view but an image of this size."""
        top, left = self.viewport.to_image(0, 0, self.size)
        bottom, right = self.viewport.to_image(self.size.rows, self.size.cols, self.size)
        return top >= 0 and left >= 0 and bottom <= size.rows and right <= size.cols

    def place(self, painter: QPainter) -> None:
        """Make the painter's coordinates the scene's: x = column, y = row."""
        rows, cols = self.viewport.scales
        painter.translate(self.size.cols / 2, self.size.rows / 2)
        painter.scale(cols, rows)
        painter.translate(-self.viewport.col, -self.viewport.row)

    def area(self, window: Window) -> QRect:
        """Return the whole units of the screen that a window's colours reach."""
        return self.rect(window).toAlignedRect().adjusted(-1, -1, 1, 1)

    def part(self, area: QRect, size: Size) -> Window:
        """Return the pixels of an image of this size that an area of the screen shows."""
        top, left = self.viewport.to_image(area.top(), area.left(), self.size)
        bottom, right = self.viewport.to_image(area.bottom() + 1, area.right() + 1, self.size)
        row, col = math.floor(top), math.floor(left)
        return Window(row, col, math.ceil(bottom) - row, math.ceil(right) - col).clipped(size)


@dataclass(frozen=True, slots=True)
class Failure:
    """A tile that could not be made: why, how often it was tried, when last.

    Attributes
    ----------
    is_unread : its pixels could not be read; a style with the same bands will not help
    """

    why: str
    tries: int
    time_s: float
    is_unread: bool = False


class Drawn(NamedTuple):
    """What a picture lacks after it was drawn: wishes, most urgent first, and all tiles in view."""

    wanted: list[TileRequest]
    seen: list[TileRequest]


class TilePicture:
    """The tiles of one scene in one style, with what stands in until they are there.

    Parameters
    ----------
    budget : tells how many bytes of pictures may be kept now; those in view always are
    """

    def __init__(self, budget: Callable[[], int] = lambda: IMAGE_BYTES) -> None:
        self.look: TileLook | None = None
        self.images: ByteCache[tuple[int, Tile], TileImage] = ByteCache(IMAGE_BYTES)
        self._budget = budget
        self.failures: dict[Tile, Failure] = {}
        self.missing = 0
        self.level = 0
        self._awaited: frozenset[Tile] = frozenset()
        self._sheet = TileSheet()
        self._last: Viewport | None = None
        self._growth = 1.0
        self.sampling = "full"
        self._older: tuple[int, ...] = ()

    def show(self, scene: Scene | None, style: DisplayStyle | None, epoch: int = 0) -> None:
        """Show a scene; the same scene's older tiles stay until the new ones are there."""
        before = self.look
        if scene is None or style is None:
            self.look, self._older = None, ()
            self.images.drop(lambda _: True)
            self._sheet.clear()
            self.missing, self._awaited = 0, frozenset()
            return
        is_same = before is not None and before.scene is scene
        if before is not None and is_same and (before.style, before.epoch) == (style, epoch):
            return
        if before is not None and is_same:
            self._older = (before.generation, *self._older)[:3]
            is_read_alike = (before.style.bands, before.epoch) == (style.bands, epoch)
            self._forgive(lambda failure: is_read_alike and failure.is_unread)
        else:
            self._older = ()
            self.images.drop(lambda _: True)
            self._sheet.clear()
            self.failures.clear()
        grid = TileGrid(scene.grid.size, scene.levels)
        self.look = TileLook(next(_NUMBERS), scene, epoch, grid, style)
        self.missing = 1

    def put(self, done: TileImage) -> Window | None:
        """Keep a finished tile; returns the part of the scene that looks different with it.

        None where it does not belong to what is shown, or nothing was missing in view there.
        """
        look = self.look
        if look is None or done.look.scene is not look.scene:
            return None
        if done.image is None:
            if done.look is not look:  # what an older style could not show, this one may
                return None
            before = self.failures.get(done.tile)
            tries = before.tries + 1 if before else 1
            now = time.monotonic()
            self.failures[done.tile] = Failure(done.failure, tries, now, done.is_unread)
        elif done.look.generation in (look.generation, *self._older):
            if done.look is look:
                self.failures.pop(done.tile, None)
            is_top = done.tile.level == look.grid.top
            key = (done.look.generation, done.tile)
            self.images.put(key, done, done.image.sizeInBytes(), keep=is_top)
        return look.grid.window(done.tile) if self._awaits(look.grid, done.tile) else None

    def _awaits(self, grid: TileGrid, tile: Tile) -> bool:
        """Tell whether a tile is missing in view, or stands in for one that is."""
        if tile.level <= self.level:
            return tile in self._awaited
        return any(grid.ancestor(one, tile.level) == tile for one in self._awaited)

    def _forgive(self, is_lasting: Callable[[Failure], bool]) -> None:
        kept = {tile: item for tile, item in self.failures.items() if is_lasting(item)}
        self.failures.clear()
        self.failures.update(kept)

    def retry(self, tile: Tile | None = None) -> None:
        """Forget that a tile (or any) failed, so that it is asked for again."""
        if tile is None:
            self.failures.clear()
        else:
            self.failures.pop(tile, None)

    def tile_at(self, row: float, col: float) -> Tile | None:
        """Return the tile of the level in view that covers a place, None outside."""
        look = self.look
        if look is None:
            return None
        size = look.grid.size
        if not (0 <= row < size.rows and 0 <= col < size.cols):
            return None
        return look.grid.covering(self.level, Window(int(row), int(col), 1, 1))[0]

    def draw(
        self,
        painter: QPainter,
        view: View,
        focus: tuple[float, float] | None = None,
        dirty: QRect | None = None,
    ) -> Drawn:
        """Paint the tiles in view.

        Parameters
        ----------
        focus : (row, col) around which tiles are wanted first; the middle of the view if None
        dirty : what of the screen is to be painted; all of it if None
        """
        look = self.look
        if look is None:
            return Drawn([], [])
        self.level = view.viewport.level(look.grid.levels, view.dpr)
        window = view.viewport.visible(look.grid.size, view.size)
        if window.rows < 1 or window.cols < 1:
            self.missing, self._awaited = 0, frozenset()
            return Drawn([], [])
        tiles = look.grid.covering(self.level, window)
        self.images.resize(max(self._budget(), 3 * len(tiles) * TILE_BYTES))
        lacking = [tile for tile in tiles if self._is_lacking(look, tile)]
        self._awaited = frozenset(lacking)
        self.missing = len(lacking)
        shown = window if dirty is None else view.part(dirty, look.grid.size)
        self._paint(painter, view, look, tiles, look.grid.covering(self.level, shown))
        place = focus or (view.viewport.row, view.viewport.col)
        wanted = self._ordered(look, lacking, place)
        self._note_course(view.viewport)
        if not lacking:
            self._complete()
            wanted += self._ahead(look, view, window, place)
        return Drawn(
            [TileRequest(look, tile) for tile in wanted],
            [TileRequest(look, tile) for tile in tiles],
        )

    def _is_lacking(self, look: TileLook, tile: Tile) -> bool:
        """Tell whether something more is to come for a tile."""
        if self.images.get((look.generation, tile)) is not None:
            return False
        failure = self.failures.get(tile)
        return failure is None or _is_due(failure)

    def _paint(
        self, painter: QPainter, view: View, look: TileLook, tiles: list[Tile], dirty: list[Tile]
    ) -> None:
        """Paint the dirty ones of the tiles in view."""
        painter.save()
        seen = partial(self._seen, look)
        is_smooth = self._is_smooth(view, look)
        if not is_smooth:
            for tile in dirty:
                paint_seen(painter, view.snapped(look.grid.window(tile)), seen(tile))
        view.place(painter)
        if is_smooth:
            self._sheet.fill(look.grid, tiles, seen)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._sheet.draw(painter, look.grid)
        for tile in dirty:
            if tile in self.failures and (look.generation, tile) not in self.images:
                _hatch(painter, _target(look.grid, tile))
        painter.restore()

    def _is_smooth(self, view: View, look: TileLook) -> bool:
        """Tell whether neighbouring colours are mixed: never those of phases or classes."""
        is_phase = VIEWS[look.style.view].needs_phase and self.level == 0
        if is_phase or look.style.has_classes:
            return False
        factors = zip(view.device_px, look.grid.levels[self.level], strict=True)
        return min(pixels * factor for pixels, factor in factors) < 0.999

    def _seen(self, look: TileLook, tile: Tile) -> Seen | None:
        """Return a tile's picture, or what stands in: an older style's, or a part of a coarser."""
        for number in (look.generation, *self._older):
            done = self.images.get((number, tile))
            if done is not None and done.image is not None:
                if number == look.generation:
                    self.sampling = done.sampling
                return done, QRectF(done.image.rect())
        for ancestor in look.grid.ancestors(tile):
            for number in (look.generation, *self._older):
                done = self.images.get((number, ancestor))
                if done is not None and done.image is not None:
                    row, col, rows, cols = look.grid.part(tile, ancestor)
                    return done, QRectF(col, row, cols, rows)
        return None

    def _ordered(self, look: TileLook, missing: list[Tile], place: Place) -> list[Tile]:
        wanted = by_distance(missing, look.grid, *place)
        top = look.grid.covering(look.grid.top, Window.whole(look.grid.size))
        lacking = [
            tile
            for tile in top
            if tile not in wanted
            and tile not in self.failures
            and (look.generation, tile) not in self.images
        ]
        return wanted + lacking if look.base else lacking + wanted

    def _ahead(self, look: TileLook, view: View, window: Window, place: Place) -> list[Tile]:
        """Return what will be seen next and is not there."""
        factors = zip(view.device_px, look.grid.levels[self.level], strict=True)
        room = 1 / max(pixels * factor for pixels, factor in factors)
        zoom = max(room, 1.001) if self._growth > 1 else float(self._growth == 1)
        return [
            tile
            for tile in tiles_ahead(look.grid, self.level, window, place, zoom)
            if (look.generation, tile) not in self.images and tile not in self.failures
        ]

    def _note_course(self, viewport: Viewport) -> None:
        if viewport != self._last:
            self._growth = viewport.scale / self._last.scale if self._last else 1.0
            self._last = viewport

    def _complete(self) -> None:
        if self._older and self.look is not None:
            now = self.look.generation
            self._older = ()
            self.images.drop(lambda key: key[0] != now)


def _target(grid: TileGrid, tile: Tile) -> QRectF:
    window = grid.window(tile)
    return QRectF(window.col, window.row, window.cols, window.rows)


def retry_due(failures: dict[Tile, Failure]) -> float | None:
    """Return in how many seconds a failed tile may be tried again, None where none is left."""
    waiting = [item.time_s + RETRY_S for item in failures.values() if item.tries < TRIES]
    return max(0.0, min(waiting) - time.monotonic()) if waiting else None


def _is_due(failure: Failure) -> bool:
    return failure.tries < TRIES and time.monotonic() >= failure.time_s + RETRY_S


def _hatch(painter: QPainter, target: QRectF) -> None:
    brush = QBrush(HATCH, Qt.BrushStyle.BDiagPattern)
    inverse, _ = painter.worldTransform().inverted()
    brush.setTransform(inverse)  # lines of the screen, whatever the zoom
    painter.fillRect(target, brush)

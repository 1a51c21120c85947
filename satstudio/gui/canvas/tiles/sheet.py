"""TileSheet: the tiles in view side by side in one image, so that they are scaled in one go.

Scaling tile by tile costs several times as much, and mixes no colours across their edges.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from satstudio.gui.canvas.tiles.requests import TileImage
from satstudio.gui.kit.scenes.tile_grid import TILE_PX, Tile, TileGrid

GROUND = QColor(30, 30, 30)
MARGIN = 2
Seen = tuple[TileImage, QRectF]
"""What is to be seen of a tile: an image and the part of it."""


class TileSheet:
    """An image that follows what is to be seen of the tiles; only what changed is drawn anew."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything, and let the memory go."""
        self._image = QImage()
        self._corner = Tile(-1, 0, 0)
        self._span = (self._corner, self._corner)
        self._drawn: dict[Tile, TileImage | None] = {}

    def fill(
        self, grid: TileGrid, tiles: Sequence[Tile], seen: Callable[[Tile], Seen | None]
    ) -> None:
        """Follow the tiles of one level, the first one uppermost and leftmost, the last opposite.

        Parameters
        ----------
        seen : tells what is to be seen of a tile; None: only the ground
        """
        self._span = tiles[0], tiles[-1]
        if not self._fits(*self._span):
            self._move(*self._span)
        found = {tile: seen(tile) for tile in tiles}
        changed = [
            tile
            for tile, one in found.items()
            if tile not in self._drawn or self._drawn[tile] is not (one[0] if one else None)
        ]
        if not changed:
            return
        painter = QPainter(self._image)
        for tile in changed:
            one = found[tile]
            self._drawn[tile] = one[0] if one else None
            shape = grid.shape(tile)
            paint_seen(painter, QRectF(*self._place(tile), shape.cols, shape.rows), one)
        painter.end()

    def draw(self, painter: QPainter, grid: TileGrid) -> None:
        """Paint the sheet where it lies in the scene, whose coordinates are the painter's."""
        window = grid.span(*self._span)
        rows, cols = grid.levels[self._corner.level]
        source = QRectF(*self._place(self._span[0]), window.cols / cols, window.rows / rows)
        target = QRectF(window.col, window.row, window.cols, window.rows)
        painter.drawImage(target, self._image, source)

    def _place(self, tile: Tile) -> tuple[int, int]:
        """Return x and y of a tile in the sheet."""
        return (tile.col - self._corner.col) * TILE_PX, (tile.row - self._corner.row) * TILE_PX

    def _fits(self, first: Tile, last: Tile) -> bool:
        left, top = self._place(first)
        right, bottom = self._place(last)
        is_inside = left >= 0 and top >= 0
        is_inside &= right < self._image.width() and bottom < self._image.height()
        return is_inside and first.level == self._corner.level

    def _move(self, first: Tile, last: Tile) -> None:
        """Put these tiles in the middle, with room for the next steps of a pan or a zoom."""
        rows, cols = last.row - first.row + 1, last.col - first.col + 1
        high = max((rows + 2 * MARGIN) * TILE_PX, self._image.height())
        wide = max((cols + 2 * MARGIN) * TILE_PX, self._image.width())
        if (wide, high) != (self._image.width(), self._image.height()):
            self._image = QImage(wide, high, QImage.Format.Format_RGB32)
        up, left = (high // TILE_PX - rows) // 2, (wide // TILE_PX - cols) // 2
        self._corner = Tile(first.level, first.row - up, first.col - left)
        self._drawn = {}


def paint_seen(painter: QPainter, target: QRectF, seen: Seen | None) -> None:
    """Paint what is to be seen of a tile on the ground that shows where there is nothing."""
    image = seen[0].image if seen else None
    if image is None or image.hasAlphaChannel():
        painter.fillRect(target, GROUND)
    if seen is not None and image is not None:
        painter.drawImage(target, image, seen[1])

"""Tile, TileGrid: which tiles cover a window of a scene, and what they cover."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from satstudio.core.grid import Size, Window

TILE_PX = 256
Factors = tuple[int, int]


class Tile(NamedTuple):
    """A tile's level (0 = full resolution) and its place among the tiles of that level."""

    level: int
    row: int
    col: int


@dataclass(frozen=True, slots=True)
class TileGrid:
    """The tiles of a scene, 256 x 256 pixels each, level by level.

    Attributes
    ----------
    size : of the scene at full resolution
    levels : (row, col) factors of each level, finest first; each a multiple of the one before
    """

    size: Size
    levels: tuple[Factors, ...]

    @property
    def top(self) -> int:
        """The coarsest level."""
        return len(self.levels) - 1

    def level_size(self, level: int) -> Size:
        """Return the pixels of a level."""
        rows, cols = self.levels[level]
        return Size(-(-self.size.rows // rows), -(-self.size.cols // cols))

    def count(self, level: int) -> Size:
        """Return how many rows and columns of tiles a level has."""
        size = self.level_size(level)
        return Size(-(-size.rows // TILE_PX), -(-size.cols // TILE_PX))

    def shape(self, tile: Tile) -> Size:
        """Return the pixels of a tile; those at the end of a row or column are smaller."""
        size = self.level_size(tile.level)
        return Size(
            min(TILE_PX, size.rows - tile.row * TILE_PX),
            min(TILE_PX, size.cols - tile.col * TILE_PX),
        )

    def window(self, tile: Tile) -> Window:
        """Return what a tile covers, in pixels of the scene."""
        return self.span(tile, tile)

    def span(self, first: Tile, last: Tile) -> Window:
        """Return what the tiles from `first` to `last` (of one level) cover in the scene."""
        high, wide = (factor * TILE_PX for factor in self.levels[first.level])
        row, col = first.row * high, first.col * wide
        end_row = min((last.row + 1) * high, self.size.rows)
        end_col = min((last.col + 1) * wide, self.size.cols)
        return Window(row, col, end_row - row, end_col - col)

    def covering(self, level: int, window: Window, margin: int = 0) -> list[Tile]:
        """Return the tiles of a level that a window of the scene touches, and `margin` around."""
        rows, cols = (factor * TILE_PX for factor in self.levels[level])
        count = self.count(level)
        first_row = max(window.row // rows - margin, 0)
        first_col = max(window.col // cols - margin, 0)
        end_row = min(-(-window.end_row // rows) + margin, count.rows)
        end_col = min(-(-window.end_col // cols) + margin, count.cols)
        return [
            Tile(level, row, col)
            for row in range(first_row, end_row)
            for col in range(first_col, end_col)
        ]

    def ancestor(self, tile: Tile, level: int) -> Tile:
        """Return the tile of a coarser level that covers this one."""
        fine, coarse = self.levels[tile.level], self.levels[level]
        return Tile(level, tile.row * fine[0] // coarse[0], tile.col * fine[1] // coarse[1])

    def ancestors(self, tile: Tile) -> Iterator[Tile]:
        """Yield the tiles of the coarser levels that cover this one, nearest first."""
        for level in range(tile.level + 1, len(self.levels)):
            yield self.ancestor(tile, level)

    def part(self, tile: Tile, ancestor: Tile) -> tuple[float, float, float, float]:
        """Return (row, col, rows, cols) of a tile inside an ancestor, in the ancestor's pixels."""
        rows, cols = self.levels[ancestor.level]
        window = self.window(tile)
        return (
            window.row / rows - ancestor.row * TILE_PX,
            window.col / cols - ancestor.col * TILE_PX,
            window.rows / rows,
            window.cols / cols,
        )

    def descendants(self, tile: Tile, level: int) -> list[Tile]:
        """Return the tiles of a finer level that this one covers."""
        return self.covering(level, self.window(tile))

    def level_for(self, longest_px: int) -> int:
        """Return the finest level whose longest side has at most so many pixels."""
        for level in range(len(self.levels)):
            size = self.level_size(level)
            if max(size.rows, size.cols) <= longest_px:
                return level
        return self.top


def by_distance(tiles: list[Tile], grid: TileGrid, row: float, col: float) -> list[Tile]:
    """Sort tiles of one level by the distance of their centres from a place in the scene."""
    if not tiles:
        return []
    rows, cols = (factor * TILE_PX for factor in grid.levels[tiles[0].level])
    row_tile, col_tile = row / rows - 0.5, col / cols - 0.5
    return sorted(tiles, key=lambda tile: math.hypot(tile.row - row_tile, tile.col - col_tile))

"""SizedEngine: the engine of a restoration, with tiles and blocks as large as the memory allows."""

import logging
from pathlib import Path

from satstudio.core.errors import ModelError, OutOfMemoryError
from satstudio.core.progress import Progress
from satstudio.restore.blocks import TileGrid, block_side
from satstudio.restore.engines import Engine
from satstudio.restore.open_engine import open_engine
from satstudio.restore.pieces.memory import free_bytes
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.result import bytes_per_pixel
from satstudio.scenes.scene import Scene

log = logging.getLogger(__name__)
SHARE = 0.5
"""What one tile may take of the memory that is free."""

WIDEST_BYTES = 8192
"""More than any network takes for a pixel of a tile; where there is that much, nobody asks."""

BLOCKS_HELD = 32
"""How often the pixels of a block lie in memory: read, prepared, made, written, three at a time."""

LEAST_PX = 16
"""Neither tiles nor blocks keep less a side."""


class SizedEngine:
    """Opens an engine with tiles that fit the memory; `halve` opens it with smaller ones.

    Attributes
    ----------
    engine : that is open now
    side : of blocks, in pixels of the scene
    remark : what the user should know of the tiles; empty where they are those that were wanted
    """

    def __init__(
        self,
        model: str | Path,
        scene: Scene,
        recipe: RestoreRecipe,
        progress: Progress,
    ) -> None:
        self._model, self._scene, self._recipe, self._progress = model, scene, recipe, progress
        self.engine: Engine = open_engine(model, scene, recipe, progress)
        self._wanted_px = self.engine.tiles.tile_px
        free = free_bytes()
        self._open(self._fitting(free))
        self.side = self.engine.side_px or block_side(
            self.engine.grid, bytes_per_pixel(self.engine, recipe), free // BLOCKS_HELD
        )

    @property
    def sizes(self) -> tuple[int, int]:
        """Sides of tiles and blocks in pixels, for `take` of another start."""
        return self.engine.tiles.tile_px, self.side

    def take(self, sizes: tuple[int, int]) -> None:
        """Go on with the tiles and blocks that an earlier start of the same work had."""
        self._open(sizes[0])
        self.side = sizes[1]

    @property
    def remark(self) -> str:
        """What the user should know of this restoration; empty where all is well."""
        return " ".join(filter(None, (self.engine.remark, self._of_tiles)))

    def halve(self) -> None:
        """Go on with tiles and blocks of half the side.

        Raises
        ------
        OutOfMemoryError
            If neither can be smaller.
        """
        before = self.sizes
        if self.side > LEAST_PX:
            self.side //= 2
        self._open(_half(self.engine.tiles))
        if self.sizes == before:
            raise OutOfMemoryError(
                f"The memory does not suffice for {self.engine.name} on {self._scene.name}, not "
                f"even in tiles of {before[0]} px: close other programs, restore a part of the "
                "scene (--window), or take a smaller model."
            )
        log.warning(
            "%s: the memory ran out; tiles of %d px, blocks of %d px from here on.",
            self._scene.name,
            *self.sizes,
        )

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    @property
    def _of_tiles(self) -> str:
        tile = self.engine.tiles.tile_px
        if tile == self._wanted_px:
            return ""
        return f"The memory is short: restored in tiles of {tile} px instead of {self._wanted_px}."

    def _fitting(self, free: int) -> int:
        """Return the side of tiles that the free memory allows."""
        tiles = self.engine.tiles
        while tiles.tile_px**2 * WIDEST_BYTES > SHARE * free:
            smaller = _half(tiles)
            wanted = self.engine.tile_bytes(tiles.tile_px)
            if wanted <= SHARE * free or smaller == tiles.tile_px:
                break
            tiles = TileGrid(smaller, tiles.halo_px, tiles.multiple)
        return tiles.tile_px

    def _open(self, tile_px: int) -> None:
        """Open the engine anew, with tiles of this side where its network takes them."""
        before = self.engine.tiles.tile_px
        if tile_px == before:
            return
        self.engine.close()
        del self.engine  # its memory is needed
        try:
            self.engine = self._opened(tile_px)
        except ModelError:  # a network of one tile size only
            self.engine = self._opened(before)

    def _opened(self, tile_px: int) -> Engine:
        recipe = self._recipe
        if tile_px != self._wanted_px:
            recipe = recipe.changed(tile_px=tile_px)
        return open_engine(self._model, self._scene, recipe, self._progress)


def _half(tiles: TileGrid) -> int:
    """Return half a tile's side as the model takes it; the side itself where that is too small."""
    side = tiles.tile_px // 2 // tiles.multiple * tiles.multiple
    room = (side - 2 * tiles.margin) // tiles.multiple * tiles.multiple
    return side if room >= max(LEAST_PX, tiles.multiple) else tiles.tile_px

"""TileLook, TileRequest, TileImage: how tiles look, one that is wanted, one that is there."""

from dataclasses import dataclass

from PySide6.QtGui import QImage

from satstudio.gui.kit.scenes.tile_cache import RawKey
from satstudio.gui.kit.scenes.tile_grid import Tile, TileGrid
from satstudio.render.compose import Picture
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import Scene

LARGE_PX = 4096 * 4096
BASE_PX = 2048


@dataclass(frozen=True, slots=True, eq=False)
class TileLook:
    """What all tiles of one picture share; another scene or style makes another one.

    Attributes
    ----------
    generation : number of the picture; answers with an older one never replace newer tiles
    epoch : number of the scene's pixels; rises when its pyramid is there
    """

    generation: int
    scene: Scene
    epoch: int
    grid: TileGrid
    style: DisplayStyle

    @property
    def base(self) -> int:
        """Level from which coarser ones are thinned out, 0 where each is read by itself.

        Without a pyramid, every coarse reading of a large scene touches all of the file: so
        it is read once, tile row by tile row, and still coarser tiles come from that.
        """
        if self.scene.has_pyramid or self.grid.size.pixels <= LARGE_PX:
            return 0
        return self.grid.level_for(BASE_PX)

    def key(self, tile: Tile) -> RawKey:
        """Return the name of a tile's pixels; the style has no part in it but its bands."""
        return self.scene.identity, self.epoch if tile.level else 0, self.style.bands, tile


@dataclass(frozen=True, slots=True)
class TileRequest:
    """All that drawing one tile needs, captured on the GUI thread."""

    look: TileLook
    tile: Tile


@dataclass(frozen=True, slots=True, eq=False)
class TileImage:
    """A finished tile; `colours` is the memory that `image` shows.

    `image` is None and `failure` says why where the tile could not be made; `is_unread` tells
    that its pixels could not be read, whatever the style.
    """

    look: TileLook
    tile: Tile
    image: QImage | None
    colours: Picture | None = None
    sampling: str = "full"
    failure: str = ""
    is_unread: bool = False

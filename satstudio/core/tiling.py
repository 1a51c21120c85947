"""plan_tiles: tiles that keep each pixel once and read a halo around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window


@dataclass(frozen=True, slots=True)
class Tile:
    """One step of a tiled pass.

    Attributes
    ----------
    keep : the pixels this tile is responsible for, inside the image
    read : the pixels it reads, `halo_px` more on each side; may reach beyond the image
    """

    keep: Window
    read: Window

    @property
    def inner(self) -> Window:
        """`keep` counted from the corner of `read`."""
        return self.keep.moved(-self.read.row, -self.read.col)


def plan_tiles(size: Size, tile_px: int, halo_px: int = 0) -> Iterator[Tile]:
    """Cover an image with tiles of `tile_px` a side (halo included), row by row.

    Every pixel lies in exactly one `keep`.

    Raises
    ------
    InputError
        If the halo leaves nothing to keep.
    """
    step = tile_px - 2 * halo_px
    if step < 1:
        raise InputError(f"A tile of {tile_px} px has no room inside a halo of {halo_px} px.")
    for row in range(0, size.rows, step):
        for col in range(0, size.cols, step):
            keep = Window(row, col, step, step).clipped(size)
            yield Tile(keep, keep.grown(halo_px))

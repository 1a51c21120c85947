"""TileGrid, plan_blocks, BlockReader: a scene in pieces, each with what lies around it.

A block is read and written at once; a model's tiles lie inside it. Pixels beyond the scene's edge
are mirrored; those of no data are filled with a typical value of the scene, the same for every
tile, so that the answer does not depend on the tiles.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.pixels.spectral.mirror import mirrored
from satstudio.scenes.gdal.image import is_data
from satstudio.scenes.scene import Scene
from satstudio.scenes.write import TILE_PX as FILE_TILE_PX

MOST_SIDE_PX = 1024
MOST_BLOCK_BYTES = 24 * 2**20
REWRITING = 0.08
"""What it costs when blocks share tiles of the file, as a share of the work."""

SMALL_PX = 16
"""Small blocks read more around them than they keep: about this share of a side of 1."""


@dataclass(frozen=True, slots=True)
class TileGrid:
    """Tiles of one size whose corners lie on multiples of `multiple`, counted in the scene.

    A network that halves its image gives other answers when the image starts one pixel later;
    so corners must not depend on window or tile size.

    Attributes
    ----------
    tile_px : side of a tile, halo included
    halo_px : what is read around the pixels that are kept
    is_fixed : tiles at the end are as large as the others
    blended : (rows, cols) of the scene where tiles fade into each other: they then stand on
        multiples of `step`, wherever a block begins, and those that reach into it count too
    """

    tile_px: int
    halo_px: int
    multiple: int = 1
    is_fixed: bool = True
    blended: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.tile_px % self.multiple:
            raise InputError(
                f"A tile of {self.tile_px} px does not fit: the model wants multiples of "
                f"{self.multiple} px."
            )
        if self.step < 1:
            raise InputError(
                f"A tile of {self.tile_px} px has no room inside a halo of {self.margin} px; "
                "choose a larger tile."
            )

    @property
    def margin(self) -> int:
        """The halo, rounded up to the multiple."""
        return -(-self.halo_px // self.multiple) * self.multiple

    @property
    def step(self) -> int:
        """Pixels of a tile that are kept, along one side."""
        return (self.tile_px - 2 * self.margin) // self.multiple * self.multiple

    def starts(self, first: int, end: int, axis: int = 0) -> range:
        """Return the first kept row (or, of axis 1, column) of each tile that covers first..end."""
        if self.blended is not None:
            before = max((first + self.margin - self.tile_px) // self.step + 1, 0)
            after = min(end + self.margin, self.blended[axis])
            return range(before * self.step, after, self.step)
        return range(first // self.multiple * self.multiple, end, self.step)

    def seams(self, first: int, end: int, axis: int = 0) -> tuple[int, ...]:
        """Return the rows (or, of axis 1, columns) in first..end at which another tile begins."""
        return tuple(start for start in self.starts(first, end, axis) if first < start < end)

    def reach(self, first: int, end: int, axis: int = 0) -> tuple[int, int]:
        """Return the first row that tiles over first..end read, and the one after the last."""
        if not self.is_fixed:
            return first - self.margin, end + self.margin
        starts = self.starts(first, end, axis)
        return starts[0] - self.margin, starts[-1] - self.margin + self.tile_px


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a scene: `keep` is written, `read` may reach beyond the scene."""

    keep: Window
    read: Window

    @property
    def inner(self) -> tuple[slice, slice]:
        """`keep` inside an array of `read`."""
        return self.keep.moved(-self.read.row, -self.read.col).slices


def plan_blocks(window: Window, grid: TileGrid, side_px: int) -> Iterator[Block]:
    """Cover a window with blocks of `side_px`, row by row; each pixel is kept once."""
    for row in range(window.row, window.end_row, side_px):
        for col in range(window.col, window.end_col, side_px):
            rows = min(side_px, window.end_row - row)
            cols = min(side_px, window.end_col - col)
            first_row, end_row = grid.reach(row, row + rows)
            first_col, end_col = grid.reach(col, col + cols, 1)
            read = Window(first_row, first_col, end_row - first_row, end_col - first_col)
            yield Block(Window(row, col, rows, cols), read)


def block_side(grid: TileGrid, bytes_per_pixel: int, most_bytes: int = MOST_BLOCK_BYTES) -> int:
    """Return the side of blocks that wastes least: of work in tiles, of writing in the file."""
    room = min(MOST_BLOCK_BYTES, max(most_bytes, 1))
    most = min(MOST_SIDE_PX, int((room / bytes_per_pixel) ** 0.5))
    sides = [
        side
        for unit in (FILE_TILE_PX, grid.step)
        for side in range(unit, max(most, unit) + 1, unit)
    ]

    def waste(side: int) -> float:
        twice = REWRITING if side % FILE_TILE_PX else 0.0
        return -(-side // grid.step) * grid.step / side + twice + SMALL_PX / side

    return min(sides, key=waste)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Pixels of a block.

    Attributes
    ----------
    values : (bands, rows, cols) complex64 or float32
    good : of the same shape; False where there is no data (or beyond it, mirrored)
    """

    values: npt.NDArray[Any]
    good: Mask


class BlockReader:
    """Reads blocks of some bands of a scene."""

    def __init__(self, scene: Scene, bands: Sequence[int]) -> None:
        self._scene = scene
        self._bands = tuple(bands)
        has_mask = scene.details.has_mask
        self._nodata = [None if has_mask else scene.nodata[band] for band in bands]

    def read(self, window: Window) -> Samples:
        """Read a window that may reach beyond the scene; there it is mirrored."""
        there = _mirror_of(window, self._scene.grid.size)
        raster = self._scene.read(there, bands=self._bands)
        kind = np.complex64 if self._scene.is_complex else np.float32
        values = raster.pixels.astype(kind, copy=False)
        good: Mask = np.isfinite(values)
        good &= raster.valid
        for band, nodata in enumerate(self._nodata):
            if nodata is not None and not np.isnan(nodata):
                good[band] &= is_data(raster.pixels[band], nodata)
        size = self._scene.grid.size
        return Samples(*(_beyond(each, there, window, size) for each in (values, good)))

    def filled(self, samples: Samples) -> Pixels:
        """Return the values with a typical one where there is no data."""
        if samples.good.all():
            return samples.values
        return np.where(samples.good, samples.values, self._typical[:, None, None])

    @cached_property
    def _typical(self) -> Pixels:
        """The median of each band; of complex samples, with equal real and imaginary part."""
        sample = self._scene.sample(bands=self._bands).pixels[:, 0]
        if self._scene.is_complex:
            power = sample.real.astype(np.float64) ** 2 + sample.imag.astype(np.float64) ** 2
            return (np.sqrt(_medians(power) / 2) * (1 + 1j)).astype(np.complex64)
        return _medians(sample).astype(np.float32)


def whole_window(size: Size, window: Window | None) -> Window:
    """Return the window, or that of the whole scene; raises InputError where it lies outside."""
    if window is not None and not window.is_inside(size):
        raise InputError(
            f"Window {window} does not lie in the scene of {size.rows} x {size.cols} pixels; "
            "give ROW,COL,ROWS,COLS inside it."
        )
    return window or Window.whole(size)


def _mirror_of(window: Window, size: Size) -> Window:
    """Return what of a scene a window shows that may reach beyond it, where it is mirrored."""
    rows = mirrored(window.row, window.end_row, size.rows)
    cols = mirrored(window.col, window.end_col, size.cols)
    return Window(int(rows.min()), int(cols.min()), int(np.ptp(rows)) + 1, int(np.ptp(cols)) + 1)


def _beyond(
    values: npt.NDArray[Any], there: Window, window: Window, size: Size
) -> npt.NDArray[Any]:
    """Return values (bands, rows, cols) of `there` as those of a window, mirrored."""
    if there == window:
        return values
    rows = there.row - window.row, window.end_row - there.end_row
    cols = there.col - window.col, window.end_col - there.end_col
    is_whole = there == window.clipped(size)  # of a narrow strip more is read than lies in it
    if is_whole and max(rows) < there.rows and max(cols) < there.cols:
        return np.pad(values, ((0, 0), rows, cols), mode="reflect")
    down = mirrored(window.row, window.end_row, size.rows) - there.row
    across = mirrored(window.col, window.end_col, size.cols) - there.col
    taken: npt.NDArray[Any] = values.take(down, axis=1).take(across, axis=2)
    return taken


def _medians(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    known = [band[np.isfinite(band)] for band in values]
    return np.array([np.median(band) if len(band) else 0.0 for band in known])

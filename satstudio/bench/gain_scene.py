"""GainScene: what a super-resolved scene gained, left out or made up, read as a scene of maps."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np

from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.progress import Progress
from satstudio.core.quantity import Quantity
from satstudio.core.raster import Mask, Pixels
from satstudio.core.tiling import plan_tiles
from satstudio.metrics.measures.super_resolution import gain_maps
from satstudio.pixels.phasor import as_reals
from satstudio.pixels.resampling import bicubic, reach_px
from satstudio.scenes.geometry.pair import check_pair
from satstudio.scenes.geometry.rescaled import scaled_grid
from satstudio.scenes.scene import Scene
from satstudio.scenes.source import BandInfo, Details
from satstudio.scenes.write import Layout, provenance, scene_file

SHARES = ("improvement", "omission", "hallucination")
TILE_PX = 512
MOST_PARTS = 64
"""Of a ratio as a fraction."""


def ratio_of(low: Scene, high: Scene) -> Fraction:
    """Return the pixels of a scene for one of a coarser one on the same ground, along an axis.

    Raises
    ------
    GridMismatchError
        If there is no such ratio above 1, or they do not show the same ground with the same bands.
    """
    coarse, fine = low.grid.size, high.grid.size
    ratio = Fraction(fine.rows, coarse.rows).limit_denominator(MOST_PARTS)
    wanted = scaled_grid(low.grid, ratio)
    apart = high.grid.apart(wanted)
    if ratio <= 1 or apart:
        why = apart or "its pixels are not larger"
        raise GridMismatchError(
            f"{low.name} is no coarser image of the ground of {high.name}: {why}."
        )
    if len(low.bands) != len(high.bands):
        raise GridMismatchError(
            f"{low.name} has {len(low.bands)} band(s), {high.name} {len(high.bands)}; give the "
            "image that was super-resolved."
        )
    return ratio


def finer_window(low: Scene, window: Window, ratio: Fraction) -> tuple[Pixels, Mask]:
    """Return a window of a finer grid by cubic convolution of a coarser scene, as in one piece.

    Returns
    -------
    (bands, rows, cols) float32; (rows, cols) where it has data
    """
    size, margin = low.grid.size, reach_px(ratio) + 1
    row = _start(window.row, ratio, margin)
    col = _start(window.col, ratio, margin)
    end_row = min(ceil(window.end_row / ratio) + margin, size.rows)
    end_col = min(ceil(window.end_col / ratio) + margin, size.cols)
    raster = low.read(Window(row, col, end_row - row, end_col - col))
    first = int(row * ratio), int(col * ratio)
    shape = window.end_row - first[0], window.end_col - first[1]
    good = raster.valid & np.isfinite(raster.pixels).all(axis=0)
    values, there = bicubic(raster.pixels, good, ratio, size=shape)
    inner = window.moved(-first[0], -first[1]).slices
    return values[:, *inner], there[inner]


class GainScene(Scene):
    """Shares of improvement, omission and hallucination of each pixel, 0..1 (Aybar et al. 2024).

    Three bands in this order; they add up to 1. Of complex scenes both parts count, as bands.
    Images are taken as they lie: register them, and bring them to one radiometry, before. No data
    where one of the three has none, and where the reference does not differ from the input.
    """

    def __init__(
        self, reference: Scene, result: Scene, low: Scene, least_change: float = 0.0
    ) -> None:
        """Raise GridMismatchError where the three do not show one ground."""
        check_pair(reference, result)
        source = _GainSource(reference, result, low, least_change)
        super().__init__(reference.path, source)


class _GainSource:
    """What a `Scene` reads."""

    is_complex = False
    dtype = "float32"
    quantity: Quantity = "dn"
    bands: tuple[str, ...] = SHARES

    def __init__(self, reference: Scene, result: Scene, low: Scene, least_change: float) -> None:
        self._ratio = ratio_of(low, reference)
        self._scenes = reference, result, low
        self._least_change = least_change
        self.grid: GeoGrid = reference.grid
        self.band_info = tuple(BandInfo(name) for name in SHARES)
        self.title = f"gain of {result.name}"
        self.address = f"gain:{reference.address}|{result.address}|{low.address}"
        self.driver = "gain"

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the pixels come from."""
        return tuple(path for scene in self._scenes for path in scene.files)

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return float32 shares and where they are known; coarser: every n-th pixel."""
        if shape == window.size:
            return self._whole(window, bands)
        rows = window.row + (np.arange(shape.rows) * window.rows) // shape.rows
        cols = (np.arange(shape.cols) * window.cols) // shape.cols
        lines = [self._whole(Window(int(row), window.col, 1, window.cols), bands) for row in rows]
        pixels = np.concatenate([values[:, :, cols] for values, _ in lines], axis=1)
        return pixels, np.concatenate([known[:, cols] for _, known in lines])

    def _whole(self, window: Window, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        reference, result, low = self._scenes
        fine, made = reference.read(window), result.read(window)
        coarse, there = finer_window(low, window, self._ratio)
        good = fine.valid & made.valid & there
        maps = gain_maps(
            *map(as_reals, (fine.pixels, coarse, made.pixels)),
            least_change=self._least_change,
            mask=good,
            nan_policy="omit",
        )
        shares = maps.shares[list(bands)]
        known: Mask = np.logical_and.reduce(np.isfinite(shares))
        return np.where(known, shares, 0).astype(np.float32), known

    def close(self) -> None:
        """Leave the three scenes to who opened them."""


def save_gain_maps(
    reference: Scene,
    result: Scene,
    low: Scene,
    out: Path,
    progress: Progress,
    least_change: float = 0.0,
) -> Path:
    """Write the three shares of each pixel as a GeoTIFF, NaN where they are not known."""
    gain = GainScene(reference, result, low, least_change)
    tags = {
        "SATSTUDIO_REFERENCE": reference.name,
        "SATSTUDIO_RESULT": result.name,
        "SATSTUDIO_LOW": low.name,
        "SATSTUDIO_LEAST_CHANGE": f"{least_change:g}",
    }
    layout = Layout(gain.grid, SHARES, "float32", float("nan"), Details(tags=provenance(tags)))
    tiles = [tile.keep for tile in plan_tiles(gain.grid.size, TILE_PX)]
    with scene_file(out, layout) as target:
        for tile in progress.over(tiles, f"Writing {out.name}"):
            raster = gain.read(tile)
            target.write(np.where(raster.valid, raster.pixels, np.nan), tile)
    return out


def _start(place: int, ratio: Fraction, margin: int) -> int:
    """Return a coarse pixel before a place of the finer grid whose edge is one of that grid."""
    first = max(floor(place / ratio) - margin, 0)
    return first // ratio.denominator * ratio.denominator

"""aligned(scene, grid): a scene resampled onto another grid, read window by window as a scene.

Each pixel of the wanted grid is looked up by its own centre: wanted grid -> longitude and latitude
-> place in the scene. So a window has the same pixels as the whole.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.crs import same_crs
from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import averaging_of, from_power, has_power, to_power
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.locate import Locator, affine_of, ground_spacing, times
from satstudio.scenes.scene import Scene

ALIGNED_TAG = "SATSTUDIO_ALIGNED"
STRIP_PX = 2**18
"""Pixels that are looked up at once."""

PLACES = 6
"""Decimals of a position in pixels: where grids differ by whole pixels, pixels stay as they are."""

MOST_FINER = 16
"""Where a pixel holds more of the scene's along an axis, as many are averaged."""

LATTICE = 33
"""Places along an axis at which it is looked up whether two grids share any ground."""

LANCZOS = 4
"""Half the taps of the kernel for complex samples (Duchon 1979): the spectrum is kept."""

Numbers = npt.NDArray[np.float64]


class AlignedSource:
    """The pixels of a scene on another grid; a `Source`.

    Real values are interpolated linearly between the four nearest, as power where they stand for
    one; complex samples by a Lanczos kernel of 8 x 8 on both parts; classes and phases are those of
    the nearest pixel. Where a pixel holds several of the scene's, their mean is taken, of complex
    samples too. No data where the nearest pixel has none, or lies beyond the scene.
    """

    def __init__(self, scene: Scene, grid: GeoGrid) -> None:
        self._scene = scene
        self.grid = grid
        self.bands = scene.bands
        self.band_info = scene.band_info
        self.is_complex = scene.is_complex
        self.known = scene.known
        self.quantity = scene.quantity
        is_nearest = averaging_of(scene.quantity) == "none"
        self.dtype = scene.dtype if is_nearest else ("complex64" if scene.is_complex else "float32")
        self.nodata: tuple[float | None, ...] = (None,) * len(scene.bands)
        self.driver = "aligned"
        self.title = scene.name
        self.address = scene.address
        self.files = scene.files
        self._is_nearest = is_nearest
        self._from, self._to = Locator(scene.grid), Locator(grid)
        for name, place in ((scene.name, self._from), ("the scene it is brought to", self._to)):
            if not place.is_located:
                raise GridMismatchError(
                    f"{scene.name} cannot be aligned: {name} does not say where it lies."
                )
        self.finer = 1 if is_nearest else _finer(scene.grid, grid)
        tags = {**scene.details.tags, ALIGNED_TAG: self.how}
        self.details = replace(scene.details, tags=tags, has_mask=True)

    @property
    def how(self) -> str:
        """How pixels are made, for people."""
        kind = "nearest" if self._is_nearest else "lanczos" if self.is_complex else "bilinear"
        mean = f", mean of {self.finer} x {self.finer}" if self.finer > 1 else ""
        return f"resampled onto another grid ({kind}{mean})"

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return (bands, rows, cols) pixels and (rows, cols) valid; coarser: the nearest ones."""
        rows = window.row + (np.arange(shape.rows) * window.rows + window.rows // 2) // shape.rows
        cols = window.col + (np.arange(shape.cols) * window.cols + window.cols // 2) // shape.cols
        if shape == window.size:
            rows, cols = (
                np.arange(window.row, window.end_row),
                np.arange(window.col, window.end_col),
            )
        step = max(STRIP_PX // (max(len(cols), 1) * self.finer**2), 1)
        parts = [self._strip(rows[i : i + step], cols, bands) for i in range(0, len(rows), step)]
        pixels = np.concatenate([values for values, _ in parts], axis=1)
        return pixels, np.concatenate([good for _, good in parts])

    def close(self) -> None:
        """Leave the scene to who opened it."""

    def _strip(
        self, rows: npt.NDArray[Any], cols: npt.NDArray[Any], bands: Sequence[int]
    ) -> tuple[Pixels, Mask]:
        inner = (np.arange(self.finer) + 0.5) / self.finer
        fine_rows = (rows[:, None] + inner).ravel()
        fine_cols = (cols[:, None] + inner).ravel()
        down, across = np.meshgrid(fine_rows, fine_cols, indexing="ij")
        places = self._places(down.ravel(), across.ravel())
        down, across = (np.round(each, PLACES).reshape(down.shape) for each in places)
        values, good = self._at(down, across, bands)
        if self.finer == 1:
            return values, good
        return _means(values, good, self.finer)

    def _places(self, rows: Numbers, cols: Numbers) -> tuple[Numbers, Numbers]:
        """Return where in the scene positions of the wanted grid lie."""
        one, two = self.grid, self._scene.grid
        if not (one.transform and two.transform and same_crs(one.crs or "", two.crs or "")):
            return self._from.rowcols(*self._to.lonlats(rows, cols))
        (origin, forward), (other, own) = affine_of(one.transform), affine_of(two.transform)
        back: Numbers = np.linalg.inv(own).astype(np.float64)
        xs, ys = times(forward, cols, rows)
        move = origin - other
        first = times(back, xs + float(move[0]), ys + float(move[1]))
        return first[1], first[0]

    def _at(self, rows: Numbers, cols: Numbers, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return values at positions of the scene, as power where they stand for one."""
        size = self._scene.grid.size
        with np.errstate(invalid="ignore"):
            inside = (rows >= 0) & (rows < size.rows) & (cols >= 0) & (cols < size.cols)
        kind = np.complex64 if self.is_complex else np.float32
        kept = None if self._is_nearest else kind
        if not inside.any():
            empty = np.zeros((len(bands), *rows.shape), kept or np.float32)
            return empty, inside
        down, across = np.where(inside, rows, 0), np.where(inside, cols, 0)
        window = _around(down[inside], across[inside], size)
        raster = self._scene.read(window, bands=bands)
        down, across = down - window.row, across - window.col
        near_row = np.clip(np.floor(down).astype(int), 0, window.rows - 1)
        near_col = np.clip(np.floor(across).astype(int), 0, window.cols - 1)
        good = inside & raster.valid[near_row, near_col]
        if kept is None:
            return np.where(good, raster.pixels[:, near_row, near_col], 0), good
        values = np.where(raster.valid & np.isfinite(raster.pixels), raster.pixels, 0)
        sure = (raster.valid & np.isfinite(raster.pixels).all(axis=0)).astype(np.float32)
        is_power = has_power(self.quantity) and not self.is_complex and self.quantity != "dn"
        if is_power:
            values = np.where(sure > 0, to_power(values, self.quantity), 0)
        good &= sure[near_row, near_col] > 0
        taps = LANCZOS if self.is_complex else 1
        made = _interpolated(values, sure, down, across, taps)
        if is_power:
            made = from_power(np.maximum(made, 0), self.quantity)
        return np.where(good, made, 0).astype(kind), good


def aligned(scene: Scene, grid: GeoGrid) -> Scene:
    """Return a scene resampled onto a grid; it lives as long as `scene` is open.

    Raises
    ------
    GridMismatchError
        If one of the two does not say where it lies.
    """
    return Scene(scene.path, AlignedSource(scene, grid), scene.image, scene.images, scene.choices)


def meets(grid: GeoGrid, wanted: GeoGrid) -> bool:
    """Tell whether some of a grid's ground lies within that of another.

    Looked up at the centres of some pixels of both. True where one does not say where it lies:
    nobody knows then.
    """
    one, two = Locator(grid), Locator(wanted)
    if not (one.is_located and two.is_located):
        return True
    return _some_inside(one, grid.size, two, wanted.size) or _some_inside(
        two, wanted.size, one, grid.size
    )


def _some_inside(own: Locator, size: Size, other: Locator, within: Size) -> bool:
    rows, cols = (np.linspace(0.5, side - 0.5, LATTICE) for side in (size.rows, size.cols))
    down, across = (each.ravel() for each in np.meshgrid(rows, cols, indexing="ij"))
    row, col = other.rowcols(*own.lonlats(down, across))
    with np.errstate(invalid="ignore"):
        inside = (row >= 0) & (row < within.rows) & (col >= 0) & (col < within.cols)
    return bool(inside.any())


def _finer(grid: GeoGrid, wanted: GeoGrid) -> int:
    """Return how many pixels of a grid lie in one of the wanted grid, along an axis."""
    own, other = ground_spacing(grid), ground_spacing(wanted)
    if own is None or other is None:
        return 1
    ratio = max(other[0] / own[0], other[1] / own[1])
    return min(max(math.floor(ratio + 1e-3), 1), MOST_FINER)


def _around(rows: Numbers, cols: Numbers, size: Size) -> Window:
    """Return what interpolation reads around positions."""
    row, col = math.floor(rows.min()) - LANCZOS, math.floor(cols.min()) - LANCZOS
    end_row, end_col = math.ceil(rows.max()) + LANCZOS, math.ceil(cols.max()) + LANCZOS
    return Window(row, col, end_row - row + 1, end_col - col + 1).clipped(size)


def _interpolated(
    values: Pixels, sure: npt.NDArray[np.float32], rows: Numbers, cols: Numbers, taps: int
) -> Pixels:
    """Return the sum of 2 taps x 2 taps pixels around each position over the sum of weights."""
    first_row, first_col = np.floor(rows - 0.5).astype(int), np.floor(cols - 0.5).astype(int)
    down, across = rows - 0.5 - first_row, cols - 0.5 - first_col
    total = np.zeros((len(values), *rows.shape), np.result_type(values.dtype, np.float64))
    weights = np.zeros(rows.shape)
    for i in range(1 - taps, taps + 1):
        row = np.clip(first_row + i, 0, values.shape[1] - 1)
        row_weight = _kernel(down - i, taps)
        for j in range(1 - taps, taps + 1):
            col = np.clip(first_col + j, 0, values.shape[2] - 1)
            weight = row_weight * _kernel(across - j, taps) * sure[row, col]
            total += weight * values[:, row, col]
            weights += weight
    safe = np.where(np.abs(weights) > 1e-6, weights, 1.0)
    made: Pixels = total / safe
    return made


def _kernel(distance: Numbers, taps: int) -> Numbers:
    if taps == 1:
        linear: Numbers = np.maximum(1 - np.abs(distance), 0)
        return linear
    inside = np.abs(distance) < taps
    kernel: Numbers = np.sinc(distance) * np.sinc(distance / taps) * inside
    return kernel


def _means(values: Pixels, good: Mask, finer: int) -> tuple[Pixels, Mask]:
    """Return the mean of the good ones of each square; valid where at least half of it is."""
    bands, rows, cols = len(values), good.shape[0] // finer, good.shape[1] // finer
    squares = good.reshape(rows, finer, cols, finer)
    count = squares.sum(axis=(1, 3))
    kept = np.where(good, values, 0).reshape(bands, rows, finer, cols, finer)
    mean = kept.sum(axis=(2, 4)) / np.maximum(count, 1)
    return mean.astype(values.dtype), 2 * count >= finer**2

"""WhiteSource: a complex scene as a despeckler wants it: white, without coherent points.

Neither changes what lies in the file: the scene is read in blocks of fixed places, each with a
margin; its spectrum is centred (and deramped where Doppler drifts), its points are found and taken
out, the rest is whitened. What a pixel becomes depends on its block alone, not on who asks.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.pixels.spectral.axis_spectrum import STEPS
from satstudio.pixels.spectral.deblurring import REACH_PX
from satstudio.pixels.spectral.drift import measure_drift
from satstudio.pixels.spectral.mirror import mirrored
from satstudio.pixels.spectral.points import Point, Response, find_points, without_points
from satstudio.pixels.spectral.whitening import TAPS, Whitening, levelled, on_coarse
from satstudio.scenes.scene import Scene
from satstudio.scenes.white.scene_spectra import read_samples, spectra_of

Complexes = npt.NDArray[np.complex64]
CORE_PX, MARGIN_PX = 512, 64
"""Side of a block, and what is read around it: the reach of a strong point's side lobes."""

MOST_CORES = 24
"""Blocks that stay in memory: 50 MB."""

EMPTY_PX = 3
"""Zeros in squares of this side are no data; single ones are speckle."""


@dataclass(frozen=True, slots=True, eq=False)
class _Core:
    """A block without its margin.

    Attributes
    ----------
    samples : white ones, or those of the scene less the points
    points : places in pixels of the core, those of the margin too
    residual : (rows, cols) linear power of the scene less the points
    empty : (rows, cols) bool, squares of zeros; None where there are none
    """

    samples: Complexes
    points: tuple[Point, ...]
    residual: npt.NDArray[np.float32]
    empty: Mask | None


class WhiteSource:
    """Reads white samples of a scene; a `Source` on a grid of its own.

    Parameters
    ----------
    whitening, points : what is done

    Raises
    ------
    InputError
        If the samples of the scene are not complex.
    """

    is_complex = True
    is_centred = True

    def __init__(self, scene: Scene, *, whitening: bool, points: bool) -> None:
        if not scene.is_complex:
            raise InputError(
                f"{scene.name} holds {scene.dtype} values; whitening and points need complex "
                "samples."
            )
        self.scene = scene
        self._spectra = spectra_of(scene)
        axes = self._spectra.axes
        self._whitening = Whitening(*axes) if whitening else None
        self._response = Response(*axes) if points else None
        self.kept = self._whitening.kept if self._whitening else (STEPS, STEPS)
        size = scene.grid.size
        coarse = self._whitening.coarse(size) if self._whitening else size
        self.grid = GeoGrid(coarse, spacing_m=_spacing(scene, self.kept))
        self.bands, self.band_info = scene.bands, scene.band_info
        self.driver = scene.driver
        self.title = scene.name
        self.address = scene.address
        self.files = scene.files
        self.block = (CORE_PX, CORE_PX)
        self._cores: OrderedDict[tuple[int, int, int], _Core] = OrderedDict()
        self._found: dict[tuple[int, int, int], tuple[Point, ...]] = {}
        self._lock = threading.RLock()

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return white samples (bands, rows, cols) of a window of the white grid, and valid."""
        pixels = np.zeros((len(bands), window.rows, window.cols), np.complex64)
        for place, inside, part in self._cores_of(window, self.kept):
            for index, band in enumerate(bands):
                pixels[index, *inside] = self._core(band, *place).samples[part]
        valid = self._valid(window, bands)
        if shape != window.size:
            rows, cols = (
                ((np.arange(wanted) + 0.5) * side / wanted).astype(int)
                for wanted, side in zip(
                    (shape.rows, shape.cols), (window.rows, window.cols), strict=True
                )
            )
            pixels, valid = pixels[:, rows[:, None], cols], valid[rows[:, None], cols]
        return pixels, valid

    def close(self) -> None:
        """Leave the scene open: it belongs to whoever opened it."""

    def as_scene(self) -> Scene:
        """Return the white samples as a scene like any other."""
        return Scene(self.scene.path, self, self.scene.image)

    def covering(self, window: Window) -> Window:
        """Return the window of the white grid that a window of the scene needs for the way back."""
        if self._whitening is None:
            return window
        size = self.grid.size
        row, end_row = _reached(*_rows(window), self.kept[0], size.rows)
        col, end_col = _reached(*_cols(window), self.kept[1], size.cols)
        return Window(row, col, end_row - row, end_col - col)

    def on_scene(self, window: Window) -> Window:
        """Return the window of the scene that a window of the white grid lies on."""
        size = self.scene.grid.size
        row, end_row = (min(one * STEPS // self.kept[0], size.rows) for one in _rows(window))
        col, end_col = (min(one * STEPS // self.kept[1], size.cols) for one in _cols(window))
        return Window(row, col, end_row - row, end_col - col)

    def points_power(self, window: Window, band: int) -> npt.NDArray[np.float32]:
        """Return what the points of a window (rows, cols) of the scene send back, linear power."""
        return self._drawn(window, band, lambda point: point)

    def points_mask(self, window: Window, band: int) -> Mask:
        """Return where (rows, cols) points are stronger than the ground around them."""

        def over_ground(point: Point) -> Point:
            return replace(point, amplitude=complex(10 ** (point.contrast_db / 20)))

        return self._drawn(window, band, over_ground) >= 1

    def _drawn(
        self, window: Window, band: int, changed: Callable[[Point], Point]
    ) -> npt.NDArray[np.float32]:
        power = np.zeros((window.rows, window.cols), np.float32)
        if self._response is None:
            return power
        for place, inside, (rows, cols) in self._cores_of(window, (STEPS, STEPS)):
            near = [
                changed(replace(point, row=point.row - rows.start, col=point.col - cols.start))
                for point in self._points(band, *place)
            ]
            if near:
                shape = (rows.stop - rows.start, cols.stop - cols.start)
                drawn = self._response.drawn(near, shape)
                power[inside] = drawn.real**2 + drawn.imag**2
        return power

    def residual(self, window: Window, band: int) -> npt.NDArray[np.float32]:
        """Return the power of the scene (rows, cols) less its points."""
        power = np.zeros((window.rows, window.cols), np.float32)
        for place, inside, part in self._cores_of(window, (STEPS, STEPS)):
            power[inside] = self._core(band, *place).residual[part]
        return power

    def empty(self, window: Window, band: int) -> Mask:
        """Return where (rows, cols) the scene has squares of zeros, which are no data."""
        flags = np.zeros((window.rows, window.cols), bool)
        for place, inside, part in self._cores_of(window, (STEPS, STEPS)):
            found = self._core(band, *place).empty
            if found is not None:
                flags[inside] = found[part]
        return flags

    def _cores_of(
        self, window: Window, kept: tuple[int, int]
    ) -> Iterator[tuple[tuple[int, int], tuple[slice, slice], tuple[slice, slice]]]:
        """Yield each core's number, where it lies in the window, and which part of it that is."""
        sides = tuple(CORE_PX * one // STEPS for one in kept)
        for i in range(window.row // sides[0], (window.end_row - 1) // sides[0] + 1):
            for j in range(window.col // sides[1], (window.end_col - 1) // sides[1] + 1):
                row, col = i * sides[0], j * sides[1]
                top, left = max(window.row, row), max(window.col, col)
                end, right = (
                    min(window.end_row, row + sides[0]),
                    min(window.end_col, col + sides[1]),
                )
                inside = (
                    slice(top - window.row, end - window.row),
                    slice(left - window.col, right - window.col),
                )
                yield (i, j), inside, (slice(top - row, end - row), slice(left - col, right - col))

    def _points(self, band: int, i: int, j: int) -> tuple[Point, ...]:
        with self._lock:
            found = self._found.get((band, i, j))
            return self._core(band, i, j).points if found is None else found

    def _core(self, band: int, i: int, j: int) -> _Core:
        key = (band, i, j)
        with self._lock:
            if key not in self._cores:
                self._cores[key] = core = self._made(band, i, j)
                self._found[key] = core.points
                while len(self._cores) > MOST_CORES:
                    self._cores.popitem(last=False)
            self._cores.move_to_end(key)
            return self._cores[key]

    def _made(self, band: int, i: int, j: int) -> _Core:
        z, is_empty = self._centred(band, i, j)
        points: tuple[Point, ...] = ()
        rest = z
        if self._response is not None:
            points = find_points(z, self._response)
            rest = np.where(is_empty, 0, without_points(z, points, self._response))
        inner = np.s_[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX]
        samples = rest[inner]
        if self._whitening is not None:
            white = self._whitening.apply(rest, 0, 0)
            white = levelled(np.where(on_coarse(is_empty, white.shape), 0, white), rest)
            down, across = (MARGIN_PX * one // STEPS for one in self.kept)
            samples = white[down : white.shape[0] - down, across : white.shape[1] - across]
        near = tuple(replace(p, row=p.row - MARGIN_PX, col=p.col - MARGIN_PX) for p in points)
        power = rest[inner].real ** 2 + rest[inner].imag ** 2
        empty = is_empty[inner] if is_empty[inner].any() else None
        return _Core(np.asarray(samples, np.complex64), near, power, empty)

    def _centred(self, band: int, i: int, j: int) -> tuple[Complexes, Mask]:
        """Return a block with its margin, its spectrum centred, and where it is empty.

        Beyond the scene it is mirrored, which a centred spectrum bears.
        """
        size = self.scene.grid.size
        row, col = i * CORE_PX, j * CORE_PX
        down, across = (
            mirrored(
                start - MARGIN_PX, start + min(CORE_PX, _whole(side - start)) + MARGIN_PX, side
            )
            for start, side in ((row, size.rows), (col, size.cols))
        )
        window = Window(
            int(down.min()), int(across.min()), int(np.ptp(down)) + 1, int(np.ptp(across)) + 1
        )
        z = read_samples(self.scene, window, band)
        is_empty = _empty(z)
        for axis, (drift, start) in enumerate(
            zip(self._spectra.drifts, (window.row, window.col), strict=True)
        ):
            known = drift or measure_drift(z, axis, start)
            turns = known.turns(np.arange(start, start + z.shape[axis]))
            z = z * (turns[:, None] if axis == 0 else turns)
        places = np.ix_(down - window.row, across - window.col)
        return z[places], is_empty[places]

    def _valid(self, window: Window, bands: Sequence[int]) -> Mask:
        """Return which white samples lie on valid pixels."""
        rows, cols = (
            np.minimum(np.round(np.arange(start, end) * STEPS / kept).astype(int), side - 1)
            for start, end, kept, side in (
                (window.row, window.end_row, self.kept[0], self.scene.grid.size.rows),
                (window.col, window.end_col, self.kept[1], self.scene.grid.size.cols),
            )
        )
        there = Window(
            int(rows[0]), int(cols[0]), int(rows[-1] - rows[0]) + 1, int(cols[-1] - cols[0]) + 1
        )
        raster = self.scene.read(there, bands=bands)
        valid = raster.valid & np.isfinite(raster.pixels).all(axis=0)
        found: Mask = valid[np.ix_(rows - rows[0], cols - cols[0])]
        return found


def _empty(z: Complexes) -> Mask:
    """Return where squares of zeros are."""
    from scipy.ndimage import binary_opening  # lazy: only where a scene is whitened

    zeros: Mask = z == 0
    if not zeros.any():
        return zeros
    padded = np.pad(zeros, EMPTY_PX, mode="edge")
    opened: Mask = binary_opening(padded, np.ones((EMPTY_PX, EMPTY_PX), bool))
    found: Mask = opened[EMPTY_PX:-EMPTY_PX, EMPTY_PX:-EMPTY_PX]
    return found


def _rows(window: Window) -> tuple[int, int]:
    return window.row, window.end_row


def _cols(window: Window) -> tuple[int, int]:
    return window.col, window.end_col


def _reached(start: int, end: int, kept: int, count: int) -> tuple[int, int]:
    """Return the first white pixel that start..end needs, and the one after the last."""
    reach = TAPS + (REACH_PX if kept < STEPS else 0)
    first = min(max(start * kept // STEPS - reach, 0), count - 1)
    return first, min(-(-end * kept // STEPS) + reach + 1, count)


def _whole(length: int) -> int:
    return -(-length // STEPS) * STEPS


def _spacing(scene: Scene, kept: tuple[int, int]) -> tuple[float, float] | None:
    known = scene.grid.spacing_m
    return known and (known[0] * STEPS / kept[0], known[1] * STEPS / kept[1])

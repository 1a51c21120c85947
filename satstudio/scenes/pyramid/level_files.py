"""How a pyramid lies in the cache: codes, level files of whole tile rows, meta.json.

`<cache>/pyramids/<key>/` holds `L<level>-b<band>.bin`, `histogram.npy` and `meta.json`, which is
written last. A level file is a row of tiles after the other, each tile in one piece.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from satstudio.core.errors import SceneReadError
from satstudio.core.files.arrays import load_npy
from satstudio.core.grid import Size, Window
from satstudio.core.raster import Mask
from satstudio.core.recipe import Recipe
from satstudio.scenes.pyramid.levels import Factors, level_size

TILE_PX = 256
FORMAT = 1
"""Part of the key: another way to code or to average makes other pyramids."""
MASK_BYTES = TILE_PX * TILE_PX // 8
Floats32 = npt.NDArray[np.float32]
Kind = Literal["power", "float32", "uint8", "int8", "uint16", "int16"]
"""power: uint16 codes, 0 = no data; float32: NaN = no data; integers: a bit mask after it."""


class PyramidMeta(Recipe):
    """What is known of a finished pyramid; its file is the sign that it is whole."""

    format: int = FORMAT
    source: str
    rows: int
    cols: int
    levels: tuple[Factors, ...]
    bands: int
    kind: Kind
    tile_px: int = TILE_PX
    ranges: tuple[tuple[float, float] | None, ...]
    """(smallest, largest) power or value of all valid pixels, one a band; None: no valid one."""


def coded(power: Floats32) -> npt.NDArray[np.uint16]:
    """Return the 16 bits below the sign, rounded: 8 bits of mantissa, at most 0.0085 dB off."""
    bits = power.view(np.uint32) + np.uint32(0x4000)
    bits >>= np.uint32(15)
    codes = bits.astype(np.uint16)
    return np.maximum(codes, np.uint16(1), out=codes)  # 0 is no data


def decoded(codes: npt.NDArray[np.uint16]) -> Floats32:
    """Return the powers of codes."""
    bits = codes.astype(np.uint32)
    bits <<= np.uint32(15)
    return bits.view(np.float32)


class LevelWriter:
    """Appends rows of one level of one band to its file, tile row by tile row."""

    def __init__(self, path: Path, size: Size, kind: Kind) -> None:
        self._stream = path.open("wb")
        self._cols = size.cols
        self._kind = kind
        wide = -(-size.cols // TILE_PX) * TILE_PX
        self._codes = np.zeros((TILE_PX, wide), _dtype(kind))
        self._valid = np.zeros((TILE_PX, wide), bool) if _has_mask(kind) else None
        self._filled = 0

    def append(self, mean: Floats32, valid: Mask | None) -> npt.NDArray[Any]:
        """Code and keep rows of means; returns the codes."""
        codes = _coded_as(self._kind, mean, valid)
        done = 0
        while done < len(codes):
            count = min(TILE_PX - self._filled, len(codes) - done)
            rows = slice(self._filled, self._filled + count)
            self._codes[rows, : self._cols] = codes[done : done + count]
            if self._valid is not None:
                good = True if valid is None else valid[done : done + count]
                self._valid[rows, : self._cols] = good
            done, self._filled = done + count, self._filled + count
            if self._filled == TILE_PX:
                self._flush()
        return codes

    def finish(self) -> None:
        """Write what is left and close the file."""
        if self._filled:
            self._flush()
        self._stream.close()

    def close(self) -> None:
        """Close the file, whole or not."""
        self._stream.close()

    def _flush(self) -> None:
        for first in range(0, self._codes.shape[1], TILE_PX):
            cols = slice(first, first + TILE_PX)
            self._stream.write(np.ascontiguousarray(self._codes[:, cols]).data)
            if self._valid is not None:
                self._stream.write(np.packbits(self._valid[:, cols]).data)
        self._codes.fill(0)
        if self._valid is not None:
            self._valid.fill(False)
        self._filled = 0


class Pyramid:
    """A finished pyramid; safe to read from several threads, holds no file open.

    Attributes
    ----------
    levels : (row factor, col factor) of each level, finest first; without (1, 1)
    meta : size, number of bands, kind, source
    """

    def __init__(self, folder: Path, meta: PyramidMeta) -> None:
        self.folder = folder
        self.meta = meta
        self.levels = meta.levels
        self.size = Size(meta.rows, meta.cols)

    @property
    def is_power(self) -> bool:
        """Tell whether the values are mean power of complex samples."""
        return self.meta.kind == "power"

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """(smallest, largest) |z|^2 (or value) of all valid pixels, one a band; 0, 0: none."""
        return tuple(ends or (0.0, 0.0) for ends in self.meta.ranges)

    @property
    def minimum(self) -> float:
        """Smallest of all bands."""
        return min(low for low, _ in self.ranges)

    @property
    def maximum(self) -> float:
        """Largest of all bands."""
        return max(high for _, high in self.ranges)

    @property
    def histogram(self) -> npt.NDArray[np.int64]:
        """(bands, 65536) counts of the power codes of the second level; zeros for real scenes."""
        counts: npt.NDArray[np.int64] = np.array(load_npy(self.folder / "histogram.npy"))
        return counts

    def level_size(self, level: int) -> Size:
        """Return rows and columns of a level; `level` counts in `levels`."""
        return level_size(self.size, self.levels[level])

    def read(self, band: int, level: int, window: Window) -> tuple[Floats32, Mask]:
        """Read a window of a level of a band.

        Parameters
        ----------
        band, level : 0-based; `level` counts in `levels`
        window : in pixels of the level, inside it

        Returns
        -------
        (rows, cols) float32 mean power or mean value, and which of them exist

        Raises
        ------
        SceneReadError
            If there is no such window, or the cache was emptied meanwhile.
        """
        size = self.level_size(level)
        if not window.is_inside(size) or not 0 <= band < self.meta.bands:
            raise SceneReadError(f"The pyramid has no window {window} of band {band} at {level}.")
        path = level_file(self.folder, level, band)
        try:
            codes, valid = _read_tiles(path, size, window, self.meta.kind)
        except (OSError, ValueError) as error:
            raise SceneReadError(
                f"The pyramid in {self.folder} is damaged or gone: {error}; open the scene again."
            ) from error
        return _values_of(self.meta.kind, codes, valid)


def level_file(folder: Path, level: int, band: int) -> Path:
    """Return the path of a level (0-based, without full resolution) of a band."""
    return folder / f"L{level + 1}-b{band}.bin"


def level_bytes(size: Size, kind: Kind) -> int:
    """Return the length of a level file."""
    tiles = -(-size.rows // TILE_PX) * -(-size.cols // TILE_PX)
    return tiles * _tile_bytes(kind)


def load_pyramid(folder: Path) -> Pyramid | None:
    """Return the pyramid of a folder; None where it is not whole or of another format."""
    try:
        meta = PyramidMeta.model_validate_json((folder / "meta.json").read_text("utf-8"))
        if meta.format != FORMAT or meta.tile_px != TILE_PX:
            return None
        pyramid = Pyramid(folder, meta)
        for level in range(len(meta.levels)):
            wanted = level_bytes(pyramid.level_size(level), meta.kind)
            for band in range(meta.bands):
                if level_file(folder, level, band).stat().st_size != wanted:
                    return None
    except (OSError, ValidationError, UnicodeDecodeError):
        return None
    return pyramid


def kind_of(dtype: str, *, is_complex: bool) -> Kind:
    """Return how means of a source are kept: small integers as they are, all others float32."""
    if is_complex:
        return "power"
    kinds: Sequence[Kind] = ("uint8", "int8", "uint16", "int16")
    return next((kind for kind in kinds if kind == dtype), "float32")


def _dtype(kind: Kind) -> np.dtype[Any]:
    return np.dtype("uint16" if kind == "power" else kind)


def _has_mask(kind: Kind) -> bool:
    return kind not in ("power", "float32")


def _tile_bytes(kind: Kind) -> int:
    return TILE_PX * TILE_PX * _dtype(kind).itemsize + (MASK_BYTES if _has_mask(kind) else 0)


def _coded_as(kind: Kind, mean: Floats32, valid: Mask | None) -> npt.NDArray[Any]:
    if kind == "power":
        codes: npt.NDArray[Any] = coded(mean)
        return codes if valid is None else np.where(valid, codes, np.uint16(0))
    if kind == "float32":
        return mean if valid is None else np.where(valid, mean, np.float32(np.nan))
    return np.rint(mean).astype(_dtype(kind))


def _values_of(kind: Kind, codes: npt.NDArray[Any], valid: Mask | None) -> tuple[Floats32, Mask]:
    if kind == "power":
        return decoded(codes), codes != 0
    values = codes.astype(np.float32, copy=False)
    if valid is None:
        valid = ~np.isnan(values)
        values[~valid] = 0
    return values, valid


def _read_tiles(
    path: Path, size: Size, window: Window, kind: Kind
) -> tuple[npt.NDArray[Any], Mask | None]:
    across, each = -(-size.cols // TILE_PX), _tile_bytes(kind)
    first, last = window.row // TILE_PX, (window.end_row - 1) // TILE_PX
    left, right = window.col // TILE_PX, (window.end_col - 1) // TILE_PX
    shape = ((last - first + 1) * TILE_PX, (right - left + 1) * TILE_PX)
    codes = np.empty(shape, _dtype(kind))
    valid = np.empty(shape, bool) if _has_mask(kind) else None
    pixel_bytes = each - (MASK_BYTES if _has_mask(kind) else 0)
    with path.open("rb") as stream:
        for row in range(first, last + 1):
            stream.seek((row * across + left) * each)
            run = stream.read((right - left + 1) * each)
            pieces = np.frombuffer(run, np.uint8).reshape(-1, each)
            rows = slice((row - first) * TILE_PX, (row - first + 1) * TILE_PX)
            codes[rows] = _side_by_side(np.ascontiguousarray(pieces[:, :pixel_bytes]), codes.dtype)
            if valid is not None:
                bits = np.unpackbits(pieces[:, pixel_bytes:], axis=1)
                valid[rows] = _side_by_side(bits, np.dtype(bool))
    place = window.moved(-first * TILE_PX, -left * TILE_PX).slices
    return codes[place].copy(), None if valid is None else valid[place].copy()


def _side_by_side(pieces: npt.NDArray[np.uint8], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    tiles = pieces.view(dtype).reshape(-1, TILE_PX, TILE_PX)
    return tiles.swapaxes(0, 1).reshape(TILE_PX, -1)

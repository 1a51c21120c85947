"""PatchArray: images in several memory-mapped files; ShardWriter writes them; Series: by item."""

import hashlib
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.port import Role
from satstudio.patches.manifest import INPUT, Shard, Split

Pixels = npt.NDArray[Any]
SHARD_BYTES = 128 * 1024 * 1024


class PatchArray:
    """The patches of one split: `array[3]`, `array[2:5]`, `array[indices]` read only those.

    Looks like a (n, bands, rows, cols) array that lies in several memory-mapped files.

    Parameters
    ----------
    kept : which rows of the files it has; None: all
    """

    def __init__(
        self,
        parts: Sequence[Pixels],
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        kept: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        self._kept = kept
        count = int(self._ends[-1]) if parts else 0
        self.shape = (count if kept is None else len(kept), *shape)
        self.dtype = dtype

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def __getitem__(self, key: int | slice | Sequence[int] | npt.NDArray[Any]) -> Pixels:
        """Return a copy of one patch (int), or of several (slice, indices, mask) in their order."""
        if isinstance(key, int | np.integer):
            one: Pixels = self._gather(np.array([range(len(self))[int(key)]]))[0]
            return one
        if isinstance(key, slice):
            return self._gather(np.arange(len(self))[key])
        chosen = np.asarray(key) if len(key) else np.empty(0, np.int64)  # [] would be float
        return self._gather(np.arange(len(self))[chosen])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Pixels:  # noqa: ANN401 - numpy's protocol
        if copy is False:
            raise ValueError("patches are read from their files; a copy cannot be avoided")
        return self[:].astype(dtype or self.dtype, copy=False)

    def _gather(self, rows: npt.NDArray[np.int64]) -> Pixels:
        out = np.empty((len(rows), *self.shape[1:]), self.dtype)
        rows = rows if self._kept is None else self._kept[rows]
        shard = np.searchsorted(self._ends, rows, side="right")
        for index in np.unique(shard):
            here = np.flatnonzero(shard == index)
            start = self._ends[index] - len(self._parts[index])
            out[here] = self._parts[index][rows[here] - start]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Images of one role and split, by item.

    Attributes
    ----------
    images : (frames of all items, bands, rows, cols)
    valid : (frames of all items, rows, cols) bool
    starts : (items + 1,) where an item's frames begin in these
    has_holes : whether a pixel has no data
    """

    images: PatchArray
    valid: PatchArray
    starts: npt.NDArray[np.int64]
    has_holes: bool

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.starts) - 1

    def frames(self, item: int) -> Pixels:
        """Return the images of an item (frames, bands, rows, cols); no data is 0."""
        return self.images[self.starts[item] : self.starts[item + 1]]

    def masks(self, item: int) -> Pixels:
        """Return where they have data (frames, rows, cols)."""
        return self.valid[self.starts[item] : self.starts[item + 1]]


class ShardWriter:
    """Collects the images of one role and split into bounded shards of a folder.

    Parameters
    ----------
    folder : exists already; the final name of the whole set is given by whoever owns it
    dtype : complex64, float32 or bool
    """

    def __init__(
        self,
        folder: Path,
        split: Split,
        dtype: str,
        shard_bytes: int = SHARD_BYTES,
        role: Role = INPUT,
    ) -> None:
        self._folder = folder
        self._split: Split = split
        self._role = role
        self._dtype = np.dtype(dtype)
        self._limit = shard_bytes
        self._waiting: list[tuple[Pixels, Pixels]] = []
        self._bytes = 0
        self.shards: list[Shard] = []
        self.count = 0

    def add(self, pixels: Pixels, valid: Pixels) -> None:
        """Add a patch (bands, rows, cols) with its valid mask (rows, cols)."""
        patch = np.where(valid, pixels, 0).astype(self._dtype, copy=False)
        self._waiting.append((patch, valid.astype(bool, copy=False)))
        self._bytes += patch.nbytes
        self.count += 1
        if self._bytes >= self._limit:
            self.close()

    def close(self) -> None:
        """Write what waits; more may be added after it."""
        if not self._waiting:
            return
        path = self._folder / f"{self._role}-{self._split}-{len(self.shards):03d}.npy"
        shard = Shard(
            file=path.name,
            role=self._role,
            split=self._split,
            count=len(self._waiting),
            sha256=_save_stack(path, [pixels for pixels, _ in self._waiting]),
            has_mask=not all(valid.all() for _, valid in self._waiting),
        )
        if shard.has_mask:
            _save_stack(self._folder / shard.mask_file, [valid for _, valid in self._waiting])
        self.shards.append(shard)
        self._waiting, self._bytes = [], 0


def _save_stack(path: Path, arrays: Sequence[Pixels]) -> str:
    """Write arrays of one shape as `np.save` writes their stack, without making it; its SHA-256."""
    first = np.ascontiguousarray(arrays[0])
    header = {**np.lib.format.header_data_from_array_1_0(first)}
    header["shape"] = (len(arrays), *first.shape)
    start = io.BytesIO()
    np.lib.format.write_array_header_1_0(start, header)
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for part in itertools.chain([start.getvalue()], (array.tobytes() for array in arrays)):
            stream.write(part)
            digest.update(part)
    return digest.hexdigest()

"""PatchSet: manifest.json + memory-mapped .npy shards; ShardWriter makes them.

A patch set is a folder::

    manifest.json       all that is known: sources, windows, splits, scaling, seed
    train-000.npy       (n, bands, rows, cols) complex64 or float32, unscaled; more shards follow
    train-000.valid.npy (n, rows, cols) bool, only where a pixel of the shard has no data
    validation-000.npy

Values without data are 0 in the shards. Nothing in the folder is ever unpickled.
"""

import hashlib
import io
import itertools
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from satstudio.core.array_files import load_npy
from satstudio.core.errors import InputError
from satstudio.core.files import sha256_of, write_text
from satstudio.core.recipe import Recipe
from satstudio.pixels.fourier import Domain
from satstudio.pixels.scaling import Scaling

Pixels = npt.NDArray[Any]
Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")
Role = Literal["both", "train", "validation"]
FORMAT = 1
SHARD_BYTES = 128 * 1024 * 1024
MANIFEST = "manifest.json"


class PatchSource(Recipe):
    """A scene, or another file, that patches were cut from.

    Attributes
    ----------
    sha256 : of its file; where it stands on several, of lines `HASH  NAME`, one a file
    role : which splits its patches may be of; `both`: its ground, or its images, are parted
    """

    address: str
    sha256: str
    rows: int = Field(ge=1)
    cols: int = Field(ge=1)
    driver: str = ""
    spacing_m: tuple[float, float] | None = None
    role: Role = "both"


class PatchEntry(Recipe):
    """Where one patch comes from; entries stand in the order of the shards, train first."""

    source: int = Field(ge=0)
    window: tuple[int, int, int, int] = Field(description="row, col, rows, cols")
    split: Split
    valid: float = Field(1.0, ge=0, le=1, description="share of pixels with data")


class Shard(Recipe):
    """One .npy file and its hash."""

    file: str = Field(pattern=r"^[a-z]+-\d{3,}\.npy$")
    split: Split
    count: int = Field(ge=1)
    sha256: str
    has_mask: bool = False

    @property
    def mask_file(self) -> str:
        """Name of the file that tells which pixels have data."""
        return self.file.removesuffix(".npy") + ".valid.npy"


class Manifest(Recipe):
    """All that is known about a patch set."""

    format: int = FORMAT
    bands: tuple[str, ...] = Field(min_length=1)
    dtype: Literal["complex64", "float32"]
    size_px: int = Field(ge=1)
    is_complex: bool
    quantity: str = "dn"
    domain: Domain = "image"
    scaling: Scaling
    seed: int
    recipe: dict[str, Any] = Field(default_factory=dict)
    sources: tuple[PatchSource, ...]
    patches: tuple[PatchEntry, ...]
    shards: tuple[Shard, ...]
    created: str
    version: str

    def count(self, split: Split) -> int:
        """Return how many patches a split has."""
        return sum(shard.count for shard in self.shards if shard.split == split)

    def save(self, path: Path) -> Path:
        """Write as JSON, in one piece."""
        return write_text(path, self.model_dump_json(indent=None) + "\n")


class PatchArray:
    """The patches of one split: `array[3]`, `array[2:5]`, `array[indices]` read only those.

    Looks like a (n, bands, rows, cols) array that lies in several memory-mapped files.
    """

    def __init__(
        self, parts: Sequence[Pixels], shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
        self.shape = (int(self._ends[-1]) if parts else 0, *shape)
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
        shard = np.searchsorted(self._ends, rows, side="right")
        for index in np.unique(shard):
            here = np.flatnonzero(shard == index)
            start = self._ends[index] - len(self._parts[index])
            out[here] = self._parts[index][rows[here] - start]
        return out


class PatchSet:
    """A patch set on disk, opened for reading; pixels are mapped, not loaded."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open the folder; looks into the manifest and the shards' headers only.

        Raises
        ------
        InputError
            If the manifest or a shard is missing, damaged or of a newer format.
        """
        folder = Path(path)
        patches = cls(folder, _read_manifest(folder))
        for shard in patches.manifest.shards:
            _map(patches.manifest, folder, shard)
        return patches

    @cached_property
    def train(self) -> PatchArray:
        """Training patches (n, bands, rows, cols), unscaled."""
        return self.split("train")

    @cached_property
    def validation(self) -> PatchArray:
        """Validation patches (n, bands, rows, cols), unscaled; may be empty."""
        return self.split("validation")

    @cached_property
    def sha256(self) -> str:
        """Hash of the manifest, which holds those of all shards: the identity of the set."""
        return sha256_of(self.path / MANIFEST)

    def split(self, name: Split) -> PatchArray:
        """Return the patches of one split."""
        manifest = self.manifest
        parts = [
            _map(manifest, self.path, shard) for shard in manifest.shards if shard.split == name
        ]
        shape = (len(manifest.bands), manifest.size_px, manifest.size_px)
        return PatchArray(parts, shape, np.dtype(manifest.dtype))

    def valid(self, name: Split) -> PatchArray:
        """Return which pixels of a split have data: (n, rows, cols) bool."""
        side = self.manifest.size_px
        parts = []
        for shard in self.manifest.shards:
            if shard.split == name and shard.has_mask:
                parts.append(_load(self.path / shard.mask_file, np.dtype(bool), (side, side)))
            elif shard.split == name:
                parts.append(np.broadcast_to(np.True_, (shard.count, side, side)))
        return PatchArray(parts, (side, side), np.dtype(bool))

    def entries(self, name: Split) -> tuple[PatchEntry, ...]:
        """Return where the patches of a split come from, in their order."""
        return tuple(entry for entry in self.manifest.patches if entry.split == name)


class ShardWriter:
    """Collects the patches of one split into bounded shards of a folder.

    Parameters
    ----------
    folder : exists already; the final name of the whole set is given by whoever owns it
    dtype : complex64 or float32
    """

    def __init__(
        self, folder: Path, split: Split, dtype: str, shard_bytes: int = SHARD_BYTES
    ) -> None:
        self._folder = folder
        self._split: Split = split
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
        path = self._folder / f"{self._split}-{len(self.shards):03d}.npy"
        shard = Shard(
            file=path.name,
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


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} is no patch set: it has no {MANIFEST}. Cut patches first.")
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "text"
        raise InputError(
            f"{path} is damaged or of another version ({key}: {first['msg']}); cut again."
        ) from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    _check_manifest(manifest, path)
    return manifest


def _check_manifest(manifest: Manifest, path: Path) -> None:
    if manifest.format != FORMAT:
        raise InputError(
            f"{path} has format {manifest.format}, this program reads {FORMAT}; cut again."
        )
    listed = [sum(entry.split == split for entry in manifest.patches) for split in SPLITS]
    if listed != [manifest.count(split) for split in SPLITS]:
        raise InputError(f"{path} is damaged: its patches and shards disagree; cut them again.")
    if any(entry.source >= len(manifest.sources) for entry in manifest.patches):
        raise InputError(f"{path} is damaged: a patch has no source; cut the patches again.")


def _map(manifest: Manifest, folder: Path, shard: Shard) -> Pixels:
    side = manifest.size_px
    array = _load(folder / shard.file, np.dtype(manifest.dtype), (len(manifest.bands), side, side))
    if len(array) != shard.count:
        raise InputError(f"{folder / shard.file} holds {len(array)} patches, not {shard.count}.")
    return array


def _load(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Pixels:
    """Map an array file; an object array is refused, never unpickled."""
    try:
        array = load_npy(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"Cannot read {path}: it is missing or damaged ({error}); cut the patches again."
        ) from error
    if array.dtype != dtype or array.shape[1:] != shape:
        raise InputError(f"{path} does not hold {dtype} patches of {shape}; cut the patches again.")
    return array

"""PatchSet: manifest.json + memory-mapped .npy shards.

A patch set is a folder::

    manifest.json             all that is known: ports, sources, windows, splits, scalings, seed
    input-train-000.npy       (n, bands, rows, cols) of the role `input`, unscaled; more follow
    input-train-000.valid.npy (n, rows, cols) bool, only where a pixel of the shard has no data
    input-validation-000.npy
    target-train-000.npy      of another role
    rejected.json             only where a person left patches out: their numbers (`Rejected`)

n counts frames: an item that has five images of a role takes five rows. Values without data are 0
in the shards. What is rejected stays in them, and is not seen by those who open the set. Nothing in
the folder is ever unpickled. Sets of format 1 (one role, files without
its name) are read as well.
"""

import hashlib
import itertools
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ValidationError

from satstudio.core.errors import InputError
from satstudio.core.files.arrays import load_npy
from satstudio.core.files.replacing import sha256_of
from satstudio.core.port import BoundPort, Role
from satstudio.patches.format_1 import Manifest1
from satstudio.patches.manifest import (
    FORMAT,
    MANIFEST,
    SPLITS,
    Item,
    Manifest,
    Shard,
    Split,
    damage,
    size_of,
)
from satstudio.patches.rejected import Rejected
from satstudio.patches.shards import PatchArray, Pixels, Series


class PatchSet:
    """A patch set on disk, opened for reading; pixels are mapped, not loaded.

    Attributes
    ----------
    manifest : without the items that are rejected
    rejected : items that a person left out
    """

    def __init__(self, path: Path, manifest: Manifest, rejected: Rejected | None = None) -> None:
        self.path = path
        self.rejected = rejected or Rejected()
        self._every = manifest
        self.manifest = _without(manifest, self.rejected)

    @classmethod
    def open(cls, path: str | Path, *, whole: bool = False) -> Self:
        """Open the folder; looks into the manifest and the shards' headers only.

        Parameters
        ----------
        whole : with the patches that are rejected

        Raises
        ------
        InputError
            If the manifest or a shard is missing, damaged or of a newer format.
        """
        folder = Path(path)
        manifest = _read_manifest(folder)
        patches = cls(folder, manifest, None if whole else Rejected.read(folder, manifest.counts))
        for shard in patches.manifest.shards:
            patches._map(shard)
        return patches

    @cached_property
    def train(self) -> PatchArray:
        """Training patches of the first role (n, bands, rows, cols), unscaled."""
        return self.split("train")

    @cached_property
    def validation(self) -> PatchArray:
        """Validation patches of the first role (n, bands, rows, cols), unscaled; may be empty."""
        return self.split("validation")

    @cached_property
    def sha256(self) -> str:
        """Hash of the manifest, which holds those of all shards: the identity of the set.

        Of a set that patches are rejected of, the hash of both.
        """
        whole = sha256_of(self.path / MANIFEST)
        if not self.rejected:
            return whole
        return hashlib.sha256(f"{whole} {self.rejected.model_dump_json()}".encode()).hexdigest()

    @property
    def ports(self) -> tuple[BoundPort, ...]:
        """What it holds, by role."""
        return self.manifest.ports

    def split(self, name: Split, role: Role | None = None) -> PatchArray:
        """Return the images of one split and role; None: of the first."""
        port = self.manifest.port(role)
        parts = [self._map(shard) for shard in self._shards(name, port)]
        return PatchArray(parts, self._shape(port), np.dtype(port.dtype), self._kept(name, port))

    def valid(self, name: Split, role: Role | None = None) -> PatchArray:
        """Return which pixels of a split and role have data: (n, rows, cols) bool."""
        port = self.manifest.port(role)
        size = size_of(port)
        parts = []
        for shard in self._shards(name, port):
            if shard.has_mask:
                parts.append(_load(self.path / shard.mask_file, np.dtype(bool), size))
            else:
                parts.append(np.broadcast_to(np.True_, (shard.count, *size)))
        return PatchArray(parts, size, np.dtype(bool), self._kept(name, port))

    def series(self, name: Split, role: Role | None = None) -> Series:
        """Return the images of one split and role by item, of the items that have the role."""
        port = self.manifest.port(role)
        counts = [item.frames(port.role) for item in self.entries(name)]
        starts = np.cumsum([0, *filter(None, counts)])
        has_holes = any(shard.has_mask for shard in self._shards(name, port))
        return Series(self.split(name, port.role), self.valid(name, port.role), starts, has_holes)

    def entries(self, name: Split) -> tuple[Item, ...]:
        """Return where the items of a split come from, in their order."""
        return tuple(item for item in self.manifest.items if item.split == name)

    def numbers(self, name: Split) -> tuple[int, ...]:
        """Return the numbers that the items of a split have in the whole set."""
        left_out = self.rejected.of(name)
        return tuple(n for n in range(self._every.count(name)) if n not in left_out)

    def _kept(self, name: Split, port: BoundPort) -> npt.NDArray[np.int64] | None:
        """Return which rows of the shards are those of items that are not rejected; None: all."""
        left_out = self.rejected.of(name)
        if not left_out:
            return None
        items = [item for item in self._every.items if item.split == name]
        counts = [item.frames(port.role) for item in items]
        is_kept = [number not in left_out for number in range(len(items))]
        return np.flatnonzero(np.repeat(is_kept, counts))

    def _shards(self, name: Split, port: BoundPort) -> tuple[Shard, ...]:
        shards = self.manifest.shards
        return tuple(s for s in shards if (s.split, s.role) == (name, port.role))

    def _map(self, shard: Shard) -> Pixels:
        port = self.manifest.port(shard.role)
        path = self.path / shard.file
        array = _load(path, np.dtype(port.dtype), self._shape(port))
        if len(array) != shard.count:
            raise InputError(f"{path} holds {len(array)} patches, not {shard.count}.")
        return array

    def _shape(self, port: BoundPort) -> tuple[int, ...]:
        return (port.band_count or 1, *size_of(port))


def _without(manifest: Manifest, rejected: Rejected) -> Manifest:
    """Return a manifest without the items that are rejected; its shards hold them all the same."""
    if not rejected:
        return manifest
    left_out = {split: rejected.of(split) for split in SPLITS}
    numbers = {split: itertools.count() for split in SPLITS}
    items = tuple(
        item for item in manifest.items if next(numbers[item.split]) not in left_out[item.split]
    )
    return manifest.model_copy(update={"items": items})


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    if not path.is_file():
        raise InputError(f"{folder} is no patch set: it has no {MANIFEST}. Cut patches first.")
    try:
        manifest = _parsed(path)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "text"
        raise InputError(
            f"{path} is damaged or of another version ({key}: {first['msg']}); cut again."
        ) from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    if reason := damage(manifest):
        raise InputError(f"{path} is damaged: {reason}; cut the patches again.")
    return manifest


class _Head(BaseModel):
    """What tells the format of a manifest; the first format may leave it out."""

    format: int = 1


def _parsed(path: Path) -> Manifest:
    text = path.read_bytes()
    found = _Head.model_validate_json(text).format
    if found == 1:
        return Manifest1.model_validate_json(text).upgraded()
    if found != FORMAT:
        raise InputError(
            f"{path} has format {found}, this program reads {FORMAT} and 1; cut again."
        )
    return Manifest.model_validate_json(text)


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

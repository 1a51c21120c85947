"""check_patches: NaN, duplicates, constant patches, leakage between splits."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from satstudio.core.files.replacing import sha256_of
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.patches.manifest import NOUNS, SPLITS, Split
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.shards import Pixels

Kind = Literal["damaged", "nan", "constant", "duplicate", "leakage", "empty"]
LISTED = 20
"""How many patches a finding names at most; `detail` says how many there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a patch set.

    Attributes
    ----------
    detail : one sentence, with the number of patches
    patches : the first of them, as `train/12` (split and number of the item in the split)
    """

    kind: Kind
    detail: str
    patches: tuple[str, ...] = ()


def check_patches(path: str | Path, progress: Progress | None = None) -> list[Finding]:
    """Look at every patch of a set that is not rejected; an empty list: nothing was found.

    Raises
    ------
    InputError
        If it is no patch set, or its manifest cannot be read.
    """
    patches = PatchSet.open(path)
    progress = progress or Progress()
    findings = list(_damaged(patches, progress.part(0.0, 0.3)))
    seen = _look(patches, progress.part(0.3, 0.9))
    findings += _valued(seen)
    findings += _repeated(seen)
    findings += _overlapping(patches)
    findings += _empty(patches)
    progress.report(1.0, "Patches checked")
    return findings


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one pass over the pixels found; names as in Finding."""

    nan: list[str]
    constant: list[str]
    by_hash: Mapping[bytes, list[str]]


def _look(patches: PatchSet, progress: Progress) -> _Seen:
    nan: list[str] = []
    constant: list[str] = []
    by_hash: dict[bytes, list[str]] = defaultdict(list)
    roles = [port.role for port in patches.ports]
    total = max(sum(item.frames(role) for item in patches.manifest.items for role in roles), 1)
    for done, (name, patch, has_data) in enumerate(_all(patches)):
        progress.report(done / total, "Checking patches")
        if not has_data:
            continue  # a frame that clouds hide is all zeros, as others are
        if not np.isfinite(patch).all():
            nan.append(name)
        elif patch.dtype != bool and (patch == patch[:, :1, :1]).all():
            constant.append(name)
        by_hash[hashlib.blake2b(np.ascontiguousarray(patch).tobytes()).digest()].append(name)
    return _Seen(nan, constant, by_hash)


def _all(patches: PatchSet) -> Iterator[tuple[str, Pixels, bool]]:
    """Yield every image with the name of its item, its role where it is another, if it has data."""
    first = patches.ports[0].role
    for port in patches.ports:
        of = "" if port.role == first else f" ({port.role})"
        for split in SPLITS:
            items = patches.entries(split)
            counts = [item.frames(port.role) for item in items]
            numbers = np.repeat(patches.numbers(split), counts)
            array, valid = patches.split(split, port.role), patches.valid(split, port.role)
            for index, number in enumerate(numbers):
                yield f"{split}/{number}{of}", array[index], bool(valid[index].any())


def _damaged(patches: PatchSet, progress: Progress) -> Iterator[Finding]:
    for shard in progress.over(patches.manifest.shards, "Checking files"):
        if sha256_of(patches.path / shard.file) != shard.sha256:
            yield Finding("damaged", f"{shard.file} was changed after it was cut.")


def _valued(seen: _Seen) -> Iterator[Finding]:
    if seen.nan:
        yield _finding("nan", "hold NaN or infinite values", seen.nan)
    if seen.constant:
        yield _finding("constant", "hold one value only", seen.constant)


def _repeated(seen: _Seen) -> Iterator[Finding]:
    """Equal patches: within a split duplicates, across splits leakage; constant ones are known."""
    constant = set(seen.constant)
    groups = [
        names for names in seen.by_hash.values() if len(names) > 1 and not constant & set(names)
    ]
    within: list[str] = []
    across: list[str] = []
    for names in groups:
        is_across = len({name.partition("/")[0] for name in names}) > 1
        (across if is_across else within).extend(names)
    if within:
        yield _finding("duplicate", "equal another of their split", within)
    if across:
        splits = [split for split in SPLITS if any(name.startswith(split) for name in across)]
        where = " and in ".join(NOUNS[split] for split in splits)
        yield _finding("leakage", f"are in {where}, pixel by pixel", across)


def _overlapping(patches: PatchSet) -> Iterator[Finding]:
    """Patches of two splits that share ground: windows of one file, or of one grid in a product."""
    places: dict[tuple[str, int, int], dict[Split, list[tuple[str, Window]]]] = {}
    for split in SPLITS:
        for index, entry in zip(patches.numbers(split), patches.entries(split), strict=True):
            source = patches.manifest.sources[entry.source]
            ground = (source.address.partition("#")[0], source.rows, source.cols)
            mine = places.setdefault(ground, {name: [] for name in SPLITS})
            mine[split].append((f"{split}/{index}", Window(*entry.window)))
    for one, other in itertools.combinations(SPLITS, 2):
        found = [name for mine in places.values() for name in _shared(mine[one], mine[other])]
        if found:
            what = f"of {NOUNS[one]} lie on ground of {NOUNS[other]}"
            yield _finding("leakage", what, found)


def _shared(
    first: Sequence[tuple[str, Window]], second: Sequence[tuple[str, Window]]
) -> Iterator[str]:
    """Names of windows that overlap one of another split; by cells, not pair by pair."""
    if not second:
        return
    side = max(max(window.rows, window.cols) for _, window in (*first, *second))
    cells: dict[tuple[int, int], list[Window]] = defaultdict(list)
    for _, window in second:
        for cell in _cells(window, side):
            cells[cell].append(window)
    for name, window in first:
        near = (other for cell in _cells(window, side) for other in cells.get(cell, ()))
        if any(window.overlaps(other) for other in near):
            yield name


def _cells(window: Window, side: int) -> Iterator[tuple[int, int]]:
    for row in range(window.row // side, (window.end_row - 1) // side + 1):
        for col in range(window.col // side, (window.end_col - 1) // side + 1):
            yield row, col


def _empty(patches: PatchSet) -> Iterator[Finding]:
    if patches.manifest.count("train") == 0:
        yield Finding("empty", "There is no patch to learn from.")


def _finding(kind: Kind, what: str, names: Sequence[str]) -> Finding:
    noun = "patch" if len(names) == 1 else "patches"
    return Finding(kind, f"{len(names)} {noun} {what}.", tuple(names[:LISTED]))

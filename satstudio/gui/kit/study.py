"""What lies in a study folder: patch sets, models, pictures; read off the GUI thread."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from satstudio.core.errors import SatstudioError
from satstudio.core.paths import resources_folder
from satstudio.core.port import BoundPort
from satstudio.core.runs.run_files import BAD_SIGNS
from satstudio.core.runs.run_rows import newest_folders
from satstudio.patches.manifest import MANIFEST, SPLITS
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import Rejected
from satstudio.session.session import name_of

DEMO_MODEL = "demo/generator.onnx"
SETS_KEPT = 200
NAME_BYTES = 230
"""File systems take 255; endings come on top."""

STEM_LETTERS = 64
"""Of the name of a scene, in a name that is proposed."""


@dataclass(frozen=True, slots=True)
class SetRow:
    """A patch set as lists show it.

    Attributes
    ----------
    problem : why it cannot be used
    held_out : names of the scenes that validation patches alone come from
    ports : what it holds, by role
    remarks : what was left out when it was made, and why
    is_paired : every item has every role
    """

    name: str
    path: Path
    size_px: int = 0
    train: int = 0
    validation: int = 0
    test: int = 0
    is_complex: bool = False
    bands: tuple[str, ...] = ()
    created: str = ""
    problem: str = ""
    domain: str = "image"
    held_out: tuple[str, ...] = ()
    ports: tuple[BoundPort, ...] = ()
    remarks: tuple[str, ...] = ()
    is_paired: bool = True


def patch_sets(folder: Path, others: Sequence[Path] = ()) -> tuple[SetRow, ...]:
    """Return other patch sets, then those of a folder, those that were cut last first."""
    inside = [path for path in newest_folders(folder) if (path / MANIFEST).is_file()]
    inside.sort(key=lambda path: _time(path / MANIFEST), reverse=True)  # rejecting is no cutting
    return tuple(_set_row(path) for path in dict.fromkeys([*others, *inside]))


def models(folder: Path) -> tuple[Path, ...]:
    """Return the model files of a folder, the newest first, then the one of the program."""
    own = sorted(folder.glob("*.onnx"), key=_time, reverse=True) if folder.is_dir() else []
    demo = resources_folder() / DEMO_MODEL
    return (*own, *([demo] if demo.is_file() else []))


def previews(run: Path) -> tuple[Path, ...]:
    """Return the sample pictures of a run in order of their steps."""
    return tuple(sorted((run / "samples").glob("*.png")))


def free_name(folder: Path, stem: str) -> str:
    """Return `stem`, or `stem-2`, `stem-3`... where that exists in the folder."""
    name, number = stem, 1
    while os.path.lexists(folder / name) or os.path.lexists(folder / f"{name}.onnx"):
        number += 1
        name = f"{stem}-{number}"
    return name


def name_problem(name: str) -> str:
    """Return what is wrong with the name of a file or folder, as a sentence; "" where nothing."""
    if any(sign in BAD_SIGNS or not sign.isprintable() for sign in name):
        text = QCoreApplication.translate("Names", "A name has none of {signs}")
        return text.format(signs=BAD_SIGNS)
    if len(name.encode()) > NAME_BYTES:
        return QCoreApplication.translate("Names", "The name is too long; shorten it.")
    return ""


def _time(path: Path) -> float:
    return path.stat().st_mtime


def _set_row(path: Path) -> SetRow:
    """Return the row of a set; a large manifest takes a second, so it is read once."""
    try:
        row = _whole_row(path, _stamps(path))
        rejected = Rejected.read(path, {split: getattr(row, split) for split in SPLITS})
    except (SatstudioError, OSError) as error:
        return SetRow(path.name, path, problem=str(error))
    left = {split: getattr(row, split) - len(rejected.of(split)) for split in SPLITS}
    return replace(row, **left)


def _stamps(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes with the manifest or a shard of a set."""
    files = sorted([path / MANIFEST, *path.glob("*.npy")])
    found = ((file.name, file.stat()) for file in files)
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)


@lru_cache(maxsize=SETS_KEPT)
def _whole_row(path: Path, stamps: tuple[tuple[str, int, int], ...]) -> SetRow:
    """Return the row of a set with what is rejected; of the same stamps it is the same."""
    del stamps
    manifest = PatchSet.open(path, whole=True).manifest
    return SetRow(
        path.name,
        path,
        manifest.size_px,
        manifest.count("train"),
        manifest.count("validation"),
        manifest.count("test"),
        manifest.is_complex,
        manifest.bands,
        manifest.created,
        domain=manifest.domain,
        held_out=tuple(
            name_of(source.address) for source in manifest.sources if source.use == "validation"
        ),
        ports=manifest.ports,
        remarks=manifest.remarks,
        is_paired=manifest.is_paired,
    )

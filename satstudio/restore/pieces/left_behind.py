"""find_unfinished, discard: restorations that were killed and that nobody began again."""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import remove_leftovers, writing
from satstudio.core.progress import Progress
from satstudio.core.system.file_lock import locked
from satstudio.restore.pieces.unfinished import ABOUT, BLOCKS, JOURNAL, LOCK, TILES

FOLDER = re.compile(r"\..*\.unfinished-[0-9a-f]{16}")
DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What a restoration has done so far, in a hidden folder beside its result to be.

    Attributes
    ----------
    folder : the hidden one
    result : path of the file that it would become
    done : how much of it is restored, 0..1
    bytes : on the disk
    days : since somebody worked on it
    is_running : a process works on it now
    command, begun_in : what goes on with it, and in which folder that was said; "" where unknown
    """

    folder: Path
    result: Path
    done: float
    bytes: int
    days: float
    is_running: bool
    command: str
    begun_in: str


def find_unfinished(folder: Path, progress: Progress) -> list[LeftBehind]:
    """Return what is unfinished in a folder and all below it, the oldest first.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    return sorted(_found(folder, progress), key=lambda each: -each.days)


def discard(left: LeftBehind) -> bool:
    """Remove what was left behind; files of others in its folder stay, and with them the folder.

    Returns
    -------
    bool
        False where a process works on it, or went on with it meanwhile.

    Raises
    ------
    WriteError
        If the disk refuses.
    """
    names = (BLOCKS, JOURNAL, ABOUT)
    with writing(left.folder):
        try:
            with locked(left.folder / LOCK, "busy"):
                for path in (*(left.folder / name for name in names), *_tiles(left.folder)):
                    path.unlink(missing_ok=True)
        except InputError:
            return False
        (left.folder / LOCK).unlink(missing_ok=True)
        with suppress(OSError):  # something else lies there: it stays
            left.folder.rmdir()
        remove_leftovers(left.result.parent, left.result.name)
    return True


def _found(folder: Path, progress: Progress) -> Iterator[LeftBehind]:
    for root, names, _ in os.walk(folder):
        progress.report(0.0, f"Looking into {Path(root).name}")
        ours = [name for name in names if FOLDER.fullmatch(name)]
        names[:] = sorted(set(names) - set(ours))
        for name in ours:
            place = Path(root, name)
            if (place / LOCK).is_file() and not place.is_symlink():
                yield _looked_at(place)


def _looked_at(folder: Path) -> LeftBehind:
    about = _about(folder)
    files = [path.stat() for path in chain((folder / JOURNAL, folder / BLOCKS), _tiles(folder))
             if path.is_file()]  # fmt: skip
    newest = max((each.st_mtime for each in files), default=folder.stat().st_mtime)
    pixels = int(about.get("pixels", 0))
    return LeftBehind(
        folder,
        folder.parent / str(about.get("result", folder.name[1:].partition(".unfinished-")[0])),
        min(_restored(folder) / pixels, 1.0) if pixels else 0.0,
        sum(each.st_size for each in files),
        max(time.time() - newest, 0.0) / DAY_S,
        _is_running(folder),
        str(about.get("command", "")),
        str(about.get("folder", "")),
    )


def _about(folder: Path) -> dict[str, Any]:
    """Return what the restoration said of itself; nothing where it was killed before."""
    try:
        told: dict[str, Any] = json.loads((folder / ABOUT).read_bytes())
    except (OSError, ValueError):
        return {}
    return told


def _restored(folder: Path) -> int:
    """Return how many pixels of the scene the journal tells of."""
    pixels = 0
    with suppress(OSError):
        for line in (folder / JOURNAL).read_bytes().splitlines():
            with suppress(ValueError, KeyError):  # cut, or not of a block
                keep = json.loads(line)["keep"]
                pixels += keep[2] * keep[3]
    return pixels


def _is_running(folder: Path) -> bool:
    try:
        with locked(folder / LOCK, "busy"):
            return False
    except InputError:
        return True
    except OSError:  # not ours to open; then nobody removes it either
        return False


def _tiles(folder: Path) -> Iterator[Path]:
    return folder.glob(f"{TILES}*")

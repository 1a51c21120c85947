"""The folder of all pyramids: keys, room, what is left over of dead processes."""

import hashlib
import itertools
import logging
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from satstudio.core.errors import SceneWriteError
from satstudio.core.paths import cache_folder
from satstudio.core.system.processes import is_dead, own_mark
from satstudio.scenes.pyramid.level_files import FORMAT

FREE_SHARE = 0.1
"""So much of the disk always stays free."""
MOST_PART_AGE_S = 24 * 3600
log = logging.getLogger(__name__)
_numbers = itertools.count()


def pyramids_folder() -> Path:
    """Return the folder of all pyramids; may not exist yet."""
    return cache_folder() / "pyramids"


def final_folder(identity: str) -> Path:
    """Return the folder of the pyramid of a scene, by its identity and the format's number."""
    key = hashlib.sha256(f"{identity}|{FORMAT}".encode()).hexdigest()[:24]
    return pyramids_folder() / key


def part_folder(final: Path) -> Path:
    """Make a folder to build in; no other process or thread has the same."""
    part = final.with_name(f"{final.name}.part-{own_mark()}-{next(_numbers)}")
    part.mkdir(parents=True)
    return part


def remove_left_over() -> None:
    """Remove what processes left that ended while they built."""
    for part in pyramids_folder().glob("*.part-*"):
        mark = part.name.rpartition(".part-")[2].rpartition("-")[0]
        if is_dead(mark) or _age_s(part) > MOST_PART_AGE_S:
            shutil.rmtree(part, ignore_errors=True)


def make_room(wanted_bytes: int, limit_bytes: int) -> None:
    """Remove pyramids, least recently used first, until one of `wanted_bytes` fits.

    Raises
    ------
    SceneWriteError
        If it does not fit even alone.
    """
    folder = pyramids_folder()
    folder.mkdir(parents=True, exist_ok=True)
    old = sorted(
        (_used(path), _bytes(path), path)
        for path in folder.iterdir()
        if path.is_dir() and ".part-" not in path.name
    )
    total = sum(size for _, size, _ in old)
    while not _fits(folder, wanted_bytes, total, limit_bytes):
        if not old:
            raise SceneWriteError(
                f"A pyramid of {wanted_bytes / 1e6:.0f} MB has no room in {folder}: free disk "
                "space or raise its limit in the settings. The scene is shown without it."
            )
        _, size, path = old.pop(0)
        shutil.rmtree(path, ignore_errors=True)
        total -= size
        log.info("Removed the pyramid %s to make room.", path.name)


def clear_pyramids(used: Collection[str] = ()) -> int:
    """Remove all pyramids; returns how many bytes they had.

    Those of scenes with the identities `used`, and those that are being built, stay.
    """
    remove_left_over()
    freed = 0
    for path, size in _stored(used):
        shutil.rmtree(path, ignore_errors=True)
        freed += 0 if path.exists() else size
    return freed


def stored_pyramids(used: Collection[str] = ()) -> tuple[int, int]:
    """Return how many pyramids there are and their bytes, without those of `used` scenes."""
    sizes = [size for _, size in _stored(used)]
    return len(sizes), sum(sizes)


def _stored(used: Collection[str]) -> list[tuple[Path, int]]:
    folder, kept = pyramids_folder(), {final_folder(identity) for identity in used}
    if not folder.is_dir():
        return []
    whole = (path for path in folder.iterdir() if path.is_dir() and ".part-" not in path.name)
    return [(path, _bytes(path)) for path in whole if path not in kept]


def _fits(folder: Path, wanted: int, total: int, limit: int) -> bool:
    disk = shutil.disk_usage(folder)
    return total + wanted <= limit and disk.free - wanted >= FREE_SHARE * disk.total


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*") if path.is_file())


def _used(folder: Path) -> float:
    meta = folder / "meta.json"
    return meta.stat().st_mtime if meta.is_file() else 0.0


def _age_s(folder: Path) -> float:
    newest = max([path.stat().st_mtime for path in (folder, *folder.glob("*"))])
    return time.time() - newest

"""scenes_in: every scene below a folder, by what the readers know of names."""

import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

from satstudio.core.errors import InputError, SceneReadError
from satstudio.core.progress import Progress
from satstudio.scenes.scene import READERS, list_images

PRODUCT = "manifest.safe"
"""A folder with such a file is one product."""


def scenes_in(folder: Path, progress: Progress | None = None) -> tuple[str, ...]:
    """Return the addresses of all scenes in a folder and those below it, in order of their paths.

    A product of several images gives each of them; a file of several only the first. Hidden files
    and folders are left out; whether a file can be opened is seen when it is.

    Raises
    ------
    InputError
        If there is no such folder, or no scene in it.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    progress = progress or Progress()
    found: list[str] = []
    for path in _candidates(folder.absolute()):
        progress.report(0.0, f"Looking through {folder.name}: {len(found)} scenes")
        images = list_images(path) if path.is_dir() else ()
        found += [f"{path}#{image.name}" for image in images] or [str(path)]
    if not found:
        raise InputError(f"There is no scene in {folder} that satstudio knows by its name.")
    return tuple(found)


def expanded(addresses: Iterable[str | Path], progress: Progress | None = None) -> tuple[str, ...]:
    """Return addresses of which a folder that is no product stands for all scenes in it."""
    found: list[str] = []
    for address in addresses:
        path = Path(address)
        found += scenes_in(path, progress) if is_plain_folder(path) else [str(address)]
    return tuple(found)


def is_plain_folder(path: Path) -> bool:
    """Tell whether a path is a folder that no reader takes for a product."""
    if not path.is_dir() or (path / PRODUCT).is_file():
        return False
    try:
        list_images(path)
    except SceneReadError:
        return True
    return False


def _candidates(folder: Path) -> Iterator[Path]:
    patterns = {pattern.lower() for _, reader in READERS.items() for pattern in reader.patterns}
    for here, folders, files in os.walk(folder):
        if PRODUCT in files:
            folders.clear()
            yield Path(here)
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            is_known = any(fnmatch(name.lower(), pattern) for pattern in patterns)
            if is_known and not name.startswith("."):
                yield Path(here) / name

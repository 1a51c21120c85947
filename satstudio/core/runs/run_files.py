"""rename_run, delete_run, restore_run: the folders of runs, so that each change can be undone.

Deleted runs lie in a folder beside the others until the user removes them for good.
"""

import os
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.core.files.replacing import free_path, remove_made, writing

DELETED = ".deleted"
BAD_SIGNS = '<>:"/\\|?*'


def why_no_name(name: str) -> str:
    """Return why a run cannot be called so; empty where it can."""
    if not name.strip() or name != name.strip() or name[0] == "." or name[-1] == ".":
        return "A name has a letter or digit first, and neither space nor point at its end."
    if any(sign in BAD_SIGNS or not sign.isprintable() for sign in name):
        return "A name has none of " + BAD_SIGNS
    return "The name is too long." if len(name.encode("utf-8")) > 200 else ""


def rename_run(run: Path, name: str) -> Path:
    """Give a run another name; returns its folder.

    Raises
    ------
    InputError, WriteError
        If the name cannot be one or is taken, or the system refuses.
    """
    why = why_no_name(name)
    if not why and os.path.lexists(run.with_name(name)):
        why = "A run of this name is there already."
    if why:
        raise InputError(f"{run.name} cannot be called '{name}': {why}")
    return _move(run, run.with_name(name))


def delete_run(run: Path) -> Path:
    """Move a run out of the list; returns where it lies until `restore_run` or `remove_deleted`."""
    trash = run.parent / DELETED
    with writing(trash):
        trash.mkdir(exist_ok=True)
    return _move(run, free_path(trash / run.name))


def restore_run(deleted: Path, name: str = "") -> Path:
    """Put a deleted run back; under another name where its own is taken."""
    return _move(deleted, free_path(deleted.parent.parent / (name or deleted.name)))


def deleted_runs(folder: Path) -> tuple[Path, ...]:
    """Return the runs that were deleted from a folder of runs."""
    trash = folder / DELETED
    try:
        return tuple(sorted(path for path in trash.iterdir() if path.is_dir()))
    except OSError:
        return ()


def remove_deleted(folder: Path) -> None:
    """Remove the deleted runs of a folder for good."""
    for path in deleted_runs(folder):
        with writing(path):
            remove_made(path)


def _move(run: Path, new: Path) -> Path:
    with writing(run):
        run.rename(new)
    return new

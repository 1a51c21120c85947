"""Begun: work on several scenes that was stopped, or left some out, and goes on where it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from satstudio.gui.pages.restore.desk import Wish
from satstudio.jobs.archive.archive_manifest import FILE, Manifest
from satstudio.restore.many_scenes import Batch


@dataclass(frozen=True, slots=True)
class Begun:
    """How far it is.

    Attributes
    ----------
    done : scenes that are restored
    failed : scenes that could not be, which are tried again
    all : scenes
    """

    done: int
    failed: int
    all: int


def begun_batch(out: Path, wish: Wish) -> Begun | None:
    """Return how far the ticked scenes are in a folder; None where nothing goes on there."""
    batch = Batch.found(out)
    if batch is None or not batch.is_of(*wish):
        return None
    return Begun(len(batch.finished), 0, len(batch.names))


def begun_archive(out: Path, scenes: Sequence[str], wish: Wish) -> Begun | None:
    """Return how far the scenes of a folder are in another; None where nothing goes on there.

    Parameters
    ----------
    scenes : all of them
    wish : whose model and recipe are theirs
    """
    _, model, recipe = wish
    try:
        told = (out / FILE).stat()
    except OSError:
        return None
    manifest = _manifest(out, told.st_mtime_ns, told.st_size)
    if manifest is None or not manifest.is_of(model, recipe):
        return None
    states = [manifest.states.get(scene, {}).get("state") for scene in scenes]
    done = states.count("done")
    return Begun(done, states.count("failed"), len(scenes)) if done < len(scenes) else None


@lru_cache(maxsize=4)
def _manifest(folder: Path, time_ns: int, size: int) -> Manifest | None:
    """Read a record once: of thousands of scenes it takes a while, and is asked for often."""
    del time_ns, size  # another record where they differ
    return Manifest.found(folder)

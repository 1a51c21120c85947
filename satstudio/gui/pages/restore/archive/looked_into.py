"""look_into: which scenes are in a folder and below it, and what the first of them is like."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from satstudio.core.errors import InputError, SatstudioError
from satstudio.core.progress import Progress
from satstudio.scenes.folder_scenes import scenes_in
from satstudio.scenes.scene import open_scene

TRIED = 12
"""So many scenes are tried until one opens; whether the others do is seen when it is their turn."""


@dataclass(frozen=True, slots=True)
class FoundScenes:
    """The scenes of a folder.

    Attributes
    ----------
    scenes : addresses of all of them, in order of their paths
    first : address of the first that opens: model and choices are checked with it
    is_complex, bands : of that one
    """

    folder: Path
    scenes: tuple[str, ...]
    first: str
    is_complex: bool
    bands: int


def look_into(folder: Path, progress: Progress) -> FoundScenes:
    """Find the scenes of a folder; not on the GUI thread.

    Raises
    ------
    InputError
        If there is none, or none of the first ones opens.
    """
    scenes = scenes_in(folder, progress)
    reason = ""
    for address in scenes[:TRIED]:
        progress.check()
        try:
            with closing(open_scene(address)) as scene:
                return FoundScenes(folder, scenes, address, scene.is_complex, len(scene.bands))
        except SatstudioError as error:
            reason = reason or str(error)
    tried = min(len(scenes), TRIED)
    raise InputError(f"None of the first {tried} scenes in {folder.name} opens. {reason}")

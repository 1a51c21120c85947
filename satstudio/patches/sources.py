"""describe_sources, scene_sha256: what a manifest says of the scenes that patches are cut from."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from satstudio.core.progress import Progress
from satstudio.patches.making import hash_file
from satstudio.patches.manifest import PatchSource
from satstudio.patches.sites import Site
from satstudio.scenes.scene import Scene


def describe_sources(sites: Sequence[Site], progress: Progress) -> Iterator[PatchSource]:
    """Yield all scenes, role by role and site by site; their files are read whole."""
    hashes: dict[Path, str] = {}
    every = [
        (scene, site)
        for role in sites[0].roles
        for site in sites
        for scene in site.roles[role].scenes
    ]
    for done, (scene, site) in enumerate(every):
        progress.report(done / len(every), f"Reading {scene.name}")
        yield PatchSource(
            address=scene.address,
            sha256=scene_sha256(scene, hashes, progress),
            rows=scene.grid.size.rows,
            cols=scene.grid.size.cols,
            driver=scene.driver,
            spacing_m=scene.grid.spacing_m,
            use=site.use,
        )


def scene_sha256(scene: Scene, hashes: dict[Path, str], progress: Progress) -> str:
    """Hash the file of a scene; of several files, the list of their names and hashes."""
    files = tuple(getattr(scene.source, "files", ())) or (scene.path,)
    for path in files:
        if path not in hashes:
            hashes[path] = hash_file(path, progress)
    if len(files) == 1:
        return hashes[files[0]]
    lines = [f"{hashes[path]}  {path.name}\n" for path in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()

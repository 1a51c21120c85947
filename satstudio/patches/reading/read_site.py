"""SiteReader: windows of one ground in all its scenes, with what of them is data."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satstudio.core.grid import Window
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.core.raster import Mask
from satstudio.patches.manifest import Part
from satstudio.patches.reading.read_patches import Patch, PatchReader
from satstudio.patches.sites import Site


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One window in every role.

    Attributes
    ----------
    windows : by role, in its own pixels
    frames : which images of a role have data
    patches : these images
    dates : of all images of a role; empty where not known
    share : of its pixels, those that have data in every role, of a series in one image at least
    """

    windows: Mapping[Role, Window]
    frames: Mapping[Role, Sequence[int]]
    patches: Mapping[Role, Sequence[Patch]]
    dates: Mapping[Role, Sequence[str]]
    share: float

    def parts(self, sources: Mapping[Role, Sequence[int]]) -> dict[Role, Part]:
        """Return what a manifest says of it; `sources` are the numbers of each role's scenes."""
        return {
            role: Part(
                sources=tuple(sources[role][frame] for frame in self.frames[role]),
                window=(window.row, window.col, window.rows, window.cols),
                dates=tuple(self.dates[role][frame] for frame in self.frames[role])
                if self.dates[role]
                else (),
            )
            for role, window in self.windows.items()
        }


class SiteReader:
    """Reads windows of one site.

    Parameters
    ----------
    side : of a window, in pixels of the first role
    folder : for files of what does not fit into memory; they are gone afterwards
    """

    def __init__(self, site: Site, side: int, folder: Path) -> None:
        self._site = site
        self._readers = {
            role: [
                PatchReader(scene, frames.bands, int(side * frames.placed.ratio), folder)
                for scene in frames.scenes
            ]
            for role, frames in site.roles.items()
        }
        self._dates = {role: frames.dates for role, frames in site.roles.items()}
        self._shape = side, side

    def most(self, *, is_scattered: bool) -> int:
        """Return how many windows may be read at a time; `is_scattered`: they lie anywhere."""
        readers = [reader for row in self._readers.values() for reader in row]
        least = min(reader.most(is_scattered=is_scattered) for reader in readers)
        return max(least // len(readers), 1)

    def read(
        self, windows: Sequence[Window], least_valid: float, progress: Progress
    ) -> Iterator[Example | None]:
        """Yield an example a window, in the order given; None where too little of it is data."""
        count = sum(len(row) for row in self._readers.values())
        is_single = count == 1
        with ExitStack() as stack:
            found: dict[Role, list[Generator[Patch | None]]] = {}
            done = 0
            for role, readers in self._readers.items():
                placed = self._site.roles[role].placed
                there = [placed.window(window) for window in windows]
                found[role] = []
                for reader in readers:
                    part = progress.part(done / count, (done + 1) / count)
                    least = least_valid if is_single else 0.0
                    patches = reader.read(there, least, part)
                    found[role].append(stack.enter_context(closing(patches)))
                    done += 1
            for window in windows:
                read = {role: [next(one) for one in row] for role, row in found.items()}
                yield self._example(window, read, least_valid)

    def _example(
        self, window: Window, read: Mapping[Role, Sequence[Patch | None]], least_valid: float
    ) -> Example | None:
        kept = {role: _with_data(patches) for role, patches in read.items()}
        if not all(kept.values()):
            return None
        patches = {role: [patch for _, patch in found] for role, found in kept.items()}
        share = self._share(patches)
        if share < least_valid:
            return None
        return Example(
            windows={r: self._site.roles[r].placed.window(window) for r in kept},
            frames={role: [frame for frame, _ in found] for role, found in kept.items()},
            patches=patches,
            dates=self._dates,
            share=share,
        )

    def _share(self, patches: Mapping[Role, Sequence[Patch]]) -> float:
        """Return the share of the first role's pixels that have data in every role."""
        if len(patches) == 1 and all(len(row) == 1 for row in patches.values()):
            return next(iter(patches.values()))[0].share
        joint = np.ones(self._shape, bool)
        for row in patches.values():
            some: Mask = np.any([patch.valid for patch in row], axis=0)
            joint &= _seen_from(some, self._shape)
        return float(joint.mean())


def _with_data(patches: Sequence[Patch | None]) -> list[tuple[int, Patch]]:
    """Return the images that have data, with their numbers; the first where none has."""
    found = [(number, patch) for number, patch in enumerate(patches) if patch is not None]
    return [(number, patch) for number, patch in found if patch.share > 0] or found[:1]


def _seen_from(mask: Mask, shape: tuple[int, int]) -> Mask:
    """Return a mask on the pixels of another size of the same ground, by the nearest pixel."""
    rows, cols = (
        ((np.arange(count) + 0.5) * have / count).astype(int)
        for have, count in zip(mask.shape, shape, strict=True)
    )
    return mask[np.ix_(rows, cols)]

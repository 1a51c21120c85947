"""open_stack: co-registered scenes as one, with a date and polarisation axis."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import Known, title_of
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.describe import common_dtype, numpy_type
from satstudio.scenes.scene import STACK, Scene, open_scene
from satstudio.scenes.source import BandInfo, Details


class StackSource:
    """The bands of several scenes, one after the other; valid where each of them is."""

    def __init__(self, scenes: Sequence[Scene], address: str) -> None:
        first = scenes[0]
        self.address = address
        self.title = f"{first.name} + {len(scenes) - 1}" if len(scenes) > 1 else first.name
        self.scenes = self._scenes = tuple(scenes)
        self._places = tuple((scene, band) for scene in scenes for band in range(len(scene.bands)))
        self.grid: GeoGrid = next((s.grid for s in scenes if s.grid.is_located), first.grid)
        self.is_complex = first.is_complex
        self.dtype = common_dtype([scene.dtype for scene in scenes])
        self.known = _known(scenes)
        self.driver = "stack"
        self.band_info = _band_info(scenes)
        self.bands = tuple(info.name for info in self.band_info)
        self.nodata = tuple(scene.nodata[band] for scene, band in self._places)
        self.details = Details(
            tags=first.tags,
            band_tags=tuple(_band_tags(scene, band) for scene, band in self._places),
            has_mask=True,
        )
        self.files = tuple(
            path for scene in scenes for path in getattr(scene.source, "files", (scene.path,))
        )
        self.block: tuple[int, int] = getattr(first.source, "block", (256, 256))

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read each scene's bands with one reading of that scene."""
        pixels = np.empty((len(bands), shape.rows, shape.cols), numpy_type(self.dtype))
        valid: Mask = np.ones((shape.rows, shape.cols), bool)
        for scene in self._scenes:
            wanted = [
                (index, self._places[band][1])
                for index, band in enumerate(bands)
                if self._places[band][0] is scene
            ]
            if wanted:
                indexes, chosen = zip(*wanted, strict=True)
                values, good = scene.source.read(window, shape, chosen)
                pixels[list(indexes)] = values
                valid &= good
        return pixels, valid

    def close(self) -> None:
        """Close every scene."""
        for scene in self._scenes:
            scene.close()


def open_stack(addresses: Sequence[str | Path]) -> Scene:
    """Open several files that lie on each other as one scene, in order of date.

    Bands are named by polarisation and date where these are known, else by file. Nothing is
    resampled. The scene's address, `stack:A|B|C`, opens it again.

    Raises
    ------
    InputError
        If there is none, or they do not lie on each other (`GeoGrid.lies_on`), or differ in
        quantity, or only some are complex.
    """
    return open_scene(STACK + "|".join(str(address) for address in addresses))


def open_source(path: Path, image: str | None) -> StackSource:
    """Open the source of an address `stack:A|B|C`; a stack has no images to choose."""
    addresses = [part for part in str(path).removeprefix(STACK).split("|") if part]
    if not addresses or image is not None:
        raise InputError("A stack of files was not given; choose at least one file for it.")
    scenes: list[Scene] = []
    try:
        for address in addresses:
            scenes.append(open_scene(address))
            _check_alike(scenes[0], scenes[-1])
        whole = STACK + "|".join(scene.address for scene in scenes)
        return StackSource(sorted(scenes, key=_date), whole)
    except BaseException:
        for scene in scenes:
            scene.close()
        raise


def _known(scenes: Sequence[Scene]) -> Known:
    """Return what all scenes hold; nothing for sure where one does not say it."""
    first = scenes[0].known
    if all(scene.quantity == first.quantity for scene in scenes):
        return first
    silent = next(scene.name for scene in scenes if scene.quantity == "dn")
    return Known("dn", "guess", f"nothing says what the values of {silent} are")


def _date(scene: Scene) -> str:
    return scene.band_info[0].date or ""


def _check_alike(first: Scene, other: Scene) -> None:
    one, two = first.grid.size, other.grid.size
    if one != two:
        raise InputError(
            f"{other.name} of {two.rows} x {two.cols} pixels does not lie on {first.name} of "
            f"{one.rows} x {one.cols}; choose files of one size."
        )
    apart = first.grid.apart(other.grid)
    if apart:
        raise InputError(
            f"{other.name} does not lie on {first.name}: {apart}; choose files on one grid."
        )
    if first.is_complex != other.is_complex:
        kinds = {True: "complex", False: "real"}
        raise InputError(
            f"{other.name} is {kinds[other.is_complex]} and {first.name} is "
            f"{kinds[first.is_complex]}; choose files of one kind."
        )
    if first.quantity != other.quantity and "dn" not in (first.quantity, other.quantity):
        raise InputError(
            f"{other.name} holds {title_of(other.quantity)} and {first.name} "
            f"{title_of(first.quantity)}; choose files of one quantity."
        )


def _band_info(scenes: Sequence[Scene]) -> tuple[BandInfo, ...]:
    """Name bands so that each is different."""
    infos = [info for scene in scenes for info in scene.band_info]
    stems = [scene.path.stem for scene in scenes]
    if len(set(stems)) < len(stems):  # one name in several folders
        stems = [f"{number} {stem}" for number, stem in enumerate(stems, 1)]
    files = [stem for stem, scene in zip(stems, scenes, strict=True) for _ in scene.band_info]
    names = [_name(info) for info in infos]
    if len(set(names)) < len(names):
        names = [f"{file} {info.name}" for file, info in zip(files, infos, strict=True)]
    return tuple(replace(info, name=name) for info, name in zip(infos, names, strict=True))


def _name(info: BandInfo) -> str:
    day = (info.date or "")[:10]
    return " ".join(part for part in (info.polarisation or info.name, day) if part)


def _band_tags(scene: Scene, band: int) -> dict[str, str]:
    info = scene.band_info[band]
    tags = dict(scene.details.band_tags[band]) if scene.details.band_tags else {}
    if info.date:
        tags["DATE"] = info.date
    if info.polarisation:
        tags["POLARIZATION"] = info.polarisation
    return tags

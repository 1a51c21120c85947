"""ImageFile, files_in: the images of a folder, and what is known of each before it is read."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.patches.making import hash_file
from satstudio.patches.manifest import PatchSource
from satstudio.scenes.gdal.process import reader_kept
from satstudio.scenes.scene import READERS, Scene, open_scene

Pixels = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
MORE_SUFFIXES = (".bmp", ".gif", ".webp")
"""Of image files that open, beside those that readers name."""

HEADERS = {".ann"}
"""Of texts beside images, which open as well."""

COLOURS = ("red", "green", "blue")
LISTED = 3


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """What lies in a folder.

    Attributes
    ----------
    images : files whose names end as those of images do, in the order of their names
    others : other files
    folders : folders in it
    """

    images: tuple[Path, ...]
    others: tuple[Path, ...]
    folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file that opens.

    Attributes
    ----------
    bands : numbers of those that are not transparency, from 0; red, green, blue in this order
    names : of the bands
    dtype : of its values, as `uint8`
    has_alpha : transparency lies beside the bands, or in the palette
    palette : (values, 4) uint8, red, green, blue, alpha of each value; None: the values are levels
    """

    path: Path
    size: Size
    bands: tuple[int, ...]
    names: tuple[str, ...]
    dtype: str
    is_complex: bool
    quantity: str
    driver: str
    sha256: str
    has_alpha: bool = False
    palette: npt.NDArray[np.uint8] | None = field(default=None, compare=False)

    @property
    def count(self) -> int:
        """How many bands it has."""
        return len(self.names)

    @property
    def source(self) -> PatchSource:
        """What a manifest says of it."""
        return PatchSource(
            address=str(self.path),
            sha256=self.sha256,
            rows=self.size.rows,
            cols=self.size.cols,
            driver=self.driver,
        )

    def read(self, windows: Sequence[Window]) -> Iterator[tuple[Pixels, Flags]]:
        """Yield (bands, rows, cols) and valid (rows, cols) of windows.

        Raises
        ------
        SceneReadError
            If the file is damaged there.
        """
        with closing(open_scene(self.path)) as scene:
            for window in windows:
                raster = scene.read(window, bands=self.bands)
                if self.palette is None:
                    yield raster.pixels, raster.valid & np.isfinite(raster.pixels).all(axis=0)
                else:
                    looked_up = self.palette[np.minimum(raster.pixels[0], len(self.palette) - 1)]
                    pixels = np.moveaxis(looked_up, -1, 0)
                    yield pixels[:3], raster.valid & (pixels[3] > 0)


def files_in(folder: Path) -> FolderFiles:
    """List a folder.

    Raises
    ------
    InputError
        If there is no such folder, or it is a file.
    """
    if not folder.is_dir():
        what = f"{folder} is a file; name the folder that it lies in."
        raise InputError(what if folder.exists() else f"There is no folder {folder}.")
    suffixes = _suffixes()
    inside = sorted(folder.iterdir())
    files = [path for path in inside if not path.is_dir()]
    is_image = [path.suffix.lower() in suffixes and path.name[0] != "." for path in files]
    return FolderFiles(
        images=tuple(path for path, is_one in zip(files, is_image, strict=True) if is_one),
        others=tuple(path for path, is_one in zip(files, is_image, strict=True) if not is_one),
        folders=tuple(path for path in inside if path.is_dir()),
    )


def described(paths: Sequence[Path], progress: Progress) -> list[ImageFile]:
    """Open files and say what they are; hashes them.

    Raises
    ------
    SceneReadError
        Naming the first that cannot be opened.
    """
    found = []
    with reader_kept():
        for path in progress.over(paths, "Opening images"):
            with closing(open_scene(path)) as scene:
                found.append(_described(path, scene, hash_file(path, progress)))
    return found


def check_alike(images: Sequence[ImageFile]) -> None:
    """Refuse images of which one role cannot be: other bands, or values of another type.

    Raises
    ------
    InputError
        Naming the first one and what it differs from.
    """
    first = images[0]
    for image in images[1:]:
        if image.count != first.count:
            raise InputError(
                f"{image.path} has {_bands(image.count)}, {first.path.name} has "
                f"{_bands(first.count)}; put images of one kind into a folder."
            )
        if image.dtype != first.dtype:
            raise InputError(
                f"{image.path} holds {image.dtype}, {first.path.name} holds {first.dtype}; put "
                "images of one bit depth into a folder, or convert them."
            )


def named(paths: Sequence[Path]) -> str:
    """Return some names of files, as the end of a sentence."""
    names = ", ".join(path.name for path in paths[:LISTED])
    return f"{names}, ..." if len(paths) > LISTED else f"{names}."


def _described(path: Path, scene: Scene, sha256: str) -> ImageFile:
    colours = scene.colours or ("",) * len(scene.bands)
    bands = [band for band, colour in enumerate(colours) if colour != "alpha"]
    if all(colour in colours for colour in COLOURS) and len(bands) == len(COLOURS):
        bands = [colours.index(colour) for colour in COLOURS]
    names = tuple(scene.bands[band] for band in bands)
    palette = scene.details.palette or {}
    return ImageFile(
        path=path,
        size=scene.grid.size,
        bands=tuple(bands),
        names=COLOURS if palette or len(bands) == len(COLOURS) else names,
        dtype="uint8" if palette else scene.dtype,
        is_complex=scene.is_complex,
        quantity=scene.quantity,
        driver=scene.driver,
        sha256=sha256,
        has_alpha="alpha" in colours or _is_clear(palette),
        palette=_table(palette) if palette else None,
    )


def _table(palette: Mapping[int, tuple[int, int, int, int]]) -> npt.NDArray[np.uint8]:
    table = np.zeros((max(palette) + 1, 4), np.uint8)
    for value, colour in palette.items():
        table[value] = colour
    return table


def _is_clear(palette: Mapping[int, tuple[int, int, int, int]]) -> bool:
    return any(colour[3] == 0 for colour in palette.values())


def _suffixes() -> frozenset[str]:
    patterns = [pattern for _, reader in READERS.items() for pattern in reader.patterns]
    found = {pattern[1:].lower() for pattern in patterns if pattern.startswith("*.")}
    return frozenset(found - HEADERS | {*MORE_SUFFIXES})


def _bands(count: int) -> str:
    return f"{count} band{'s' * (count != 1)}"

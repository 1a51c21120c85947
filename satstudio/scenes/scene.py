"""Scene: metadata and a way to read windows; open_scene(path#image); safe between threads."""

import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.quantity import QUANTITIES, averaging_of
from satstudio.core.raster import Mask, Pixels, Quantity, Raster
from satstudio.scenes.address import KEYS, STACK, Address, Choices, parse_address
from satstudio.scenes.gdal.read_errors import check_openable, read_errors
from satstudio.scenes.interpret import interpreted
from satstudio.scenes.pyramid.build import Pyramid
from satstudio.scenes.pyramid.coarse import level_for, read_coarse
from satstudio.scenes.pyramid.levels import plan_levels
from satstudio.scenes.remembered import remembered
from satstudio.scenes.sample import sample_source
from satstudio.scenes.source import (
    READERS,
    BandInfo,
    Details,
    ImageInfo,
    Reader,
    Source,
    known_of,
)

__all__ = [
    "READERS",
    "STACK",
    "BandInfo",
    "Details",
    "ImageInfo",
    "Reader",
    "Scene",
    "Source",
    "list_images",
    "open_scene",
]
log = logging.getLogger(__name__)
MOST_BYTES = 8 * 2**30
"""No single reading may be larger; windows are meant to be of a screen or a tile."""


class Scene:
    """One open image: what is known about it, and windows of its pixels.

    Safe to share between threads; use with `contextlib.closing`.

    Attributes
    ----------
    path, image, name : where it came from (of a stack, its first file); name = file name and
        `#image`
    grid, bands, band_info : of the full resolution
    dtype : as GDAL names it (`complex_int16`, `uint16`)
    nodata : one a band
    levels : (row factor, col factor) worth reading, finest first, starting with (1, 1)
    images : all images of the product; empty for a file that is one image
    source, identity : for the pyramid: pixels, and a text that changes when the file does
    known : what its values are, who says so, and why
    choices : what the user said of it; part of the address
    """

    def __init__(
        self,
        path: Path,
        source: Source,
        image: str | None = None,
        images: tuple[ImageInfo, ...] = (),
        choices: Choices = Choices(),  # noqa: B008 - frozen
    ) -> None:
        self.path = path
        self.image = image
        self.images = images
        self.source = source
        plain_name = path.name + (f"#{image}" if image else "")
        self.name: str = getattr(source, "title", plain_name)
        self.grid: GeoGrid = source.grid
        self.bands: tuple[str, ...] = source.bands
        self.is_complex: bool = source.is_complex
        self.known = known_of(source)
        self.quantity: Quantity = self.known.quantity
        self.choices = choices
        plain = tuple(BandInfo(name) for name in source.bands)
        self.band_info: tuple[BandInfo, ...] = getattr(source, "band_info", plain)
        usual = "complex64" if source.is_complex else "float32"
        self.dtype: str = getattr(source, "dtype", usual)
        self.nodata: tuple[float | None, ...] = getattr(source, "nodata", (None,) * len(plain))
        self.driver: str = getattr(source, "driver", type(source).__name__)
        self.details: Details = getattr(source, "details", Details())
        self.levels = plan_levels(self.grid.size, self.grid.aspect)
        self.identity = _identity(self)
        self._pyramid: Pyramid | None = None

    @property
    def has_pyramid(self) -> bool:
        """Tell whether coarse readings are means."""
        return self._pyramid is not None

    @property
    def has_means(self) -> bool:
        """Tell whether pixels have a mean; classes and phases are shown by their nearest ones."""
        return averaging_of(self.quantity) != "none"

    def unit(self, band: int = 0) -> str:
        """Return the unit of a band's values; empty where it has none, or nobody says it."""
        own = self.band_info[band].unit or ""
        usual = QUANTITIES[self.quantity].unit
        return usual if self.known.origin == "user" or self.quantity == "db" else own or usual

    def attach_pyramid(self, pyramid: Pyramid | None) -> None:
        """Let coarse readings come from a finished pyramid; None takes it away."""
        self._pyramid = pyramid

    @property
    def tags(self) -> Mapping[str, str]:
        """Tags of the file."""
        return self.details.tags

    @property
    def colours(self) -> tuple[str, ...]:
        """GDAL's colour interpretation, one a band."""
        return self.details.colours

    @property
    def address(self) -> str:
        """The text that opens this image again."""
        plain = Address(str(self.path), self.image, self.choices).text
        address: str = getattr(self.source, "address", plain)
        return address

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that the scene stands on."""
        return tuple(map(Path, getattr(self.source, "files", (self.path,))))

    def read(
        self,
        window: Window | None = None,
        shape: Size | None = None,
        bands: Sequence[int] | None = None,
    ) -> Raster:
        """Read a window, at full resolution or coarser.

        Parameters
        ----------
        window : inside the scene; the whole scene where None
        shape : rows and columns of the result; full resolution where None
        bands : 0-based; all where None

        Returns
        -------
        Raster
            Full resolution: the samples (complex64). Coarser: real values are of the nearest
            pixel, complex samples become linear power (`quantity` "power", float32).
        """
        window = window or Window.whole(self.grid.size)
        bands = self._checked(window, bands)
        wanted = shape or window.size
        wanted = Size(min(wanted.rows, window.rows), min(wanted.cols, window.cols))
        self._check_bytes(wanted, len(bands))
        names = tuple(self.bands[band] for band in bands)
        grid = self.grid.cropped(window)
        if wanted == window.size:
            pixels, valid = self._samples(window, wanted, bands)
            return Raster(pixels, grid, names, valid, self.quantity)
        quantity: Quantity = "power" if self.is_complex else self.quantity
        means = self._means(window, wanted, bands)
        if means is not None:
            return Raster(means[0], grid, names, means[1], quantity, "mean")
        pixels, valid = self._samples(window, wanted, bands)
        if self.is_complex:
            pixels = pixels.real**2 + pixels.imag**2
        return Raster(pixels, grid, names, valid, quantity, "nearest")

    def sample(
        self, count: int = 65536, seed: int = 0, bands: Sequence[int] | None = None
    ) -> Raster:
        """Read a fixed subsample of valid full-resolution pixels, spread over the scene.

        Returns
        -------
        Raster
            (bands, 1, n) with n <= count; fewer where there is less data or many bands.
        """
        window = Window.whole(self.grid.size)
        bands = self._checked(window, bands)
        pixels = sample_source(self.source, count, seed, bands)
        if self.is_complex:
            pixels = pixels.astype(np.complex64, copy=False)
        size = Size(1, pixels.shape[2])
        valid: Mask = np.ones((1, size.cols), bool)
        names = tuple(self.bands[band] for band in bands)
        return Raster(pixels, replace(self.grid, size=size), names, valid, self.quantity)

    def close(self) -> None:
        """Close the handles of all threads."""
        self.source.close()

    def _samples(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        pixels, valid = self.source.read(window, shape, bands)
        if self.is_complex:
            pixels = pixels.astype(np.complex64, copy=False)
        return pixels, valid

    def _means(
        self, window: Window, shape: Size, bands: Sequence[int]
    ) -> tuple[Pixels, Mask] | None:
        """Read from the pyramid; None without one, or where no level is coarse enough."""
        pyramid = self._pyramid
        level = None if pyramid is None else level_for(pyramid, window, shape)
        if pyramid is None or level is None:
            return None
        try:
            return read_coarse(pyramid, level, window, shape, bands)
        except SceneReadError as error:
            log.warning("%s goes on without its pyramid: %s", self.name, error)
            self._pyramid = None
            return None

    def _checked(self, window: Window, bands: Sequence[int] | None) -> tuple[int, ...]:
        size = self.grid.size
        if not window.is_inside(size):
            raise SceneReadError(
                f"Window {window} does not lie in {self.name} of {size.rows} x {size.cols} "
                "pixels; give ROW,COL,ROWS,COLS inside it."
            )
        chosen = tuple(range(len(self.bands))) if bands is None else tuple(bands)
        if not chosen or not all(0 <= band < len(self.bands) for band in chosen):
            raise SceneReadError(
                f"{self.name} has bands 0 to {len(self.bands) - 1}, not {list(chosen)}."
            )
        return chosen

    def _check_bytes(self, size: Size, bands: int) -> None:
        each = 8 if self.is_complex else np.dtype(self.dtype).itemsize
        wanted = size.pixels * bands * each
        if wanted > MOST_BYTES:
            raise SceneReadError(
                f"{size.rows} x {size.cols} pixels of {self.name} are {wanted / 2**30:.0f} GB; "
                "read it in smaller windows."
            )


def open_scene(address: str | Path) -> Scene:
    """Open PATH, PATH#IMAGE or stack:A|B|C; of a product without `#`, its first image.

    Raises
    ------
    SceneReadError
        With one sentence on what is wrong.
    """
    asked = parse_address(address)
    path = _existing(asked.path)
    with read_errors(path, "open"):
        reader = reader_of(path)
        images = reader.images(path)
        image = _known(path, asked.image, [info.name for info in images])
        source = reader.open(path, image)
        try:
            first = next(iter(getattr(source, "files", ())), path) if is_stack(path) else path
            known, said = _interpreted(source, Address(str(path), image, asked.choices))
            return Scene(first, known, image, images, said)
        except BaseException:
            source.close()
            raise


def _interpreted(source: Source, asked: Address) -> tuple[Source, Choices]:
    """Read a source as the address says, else as the user said before; and what was said."""
    path = Path(asked.path)
    said = asked.choices or remembered(path, asked.image)
    try:
        return interpreted(source, path, asked.image, said), said
    except SceneReadError as error:
        if asked.choices or not said:
            raise
        log.warning("What was said of %s does not fit it: %s", path.name, error)
        return interpreted(source, path, asked.image, Choices()), Choices()


def _known(path: Path, image: str | None, names: Sequence[str]) -> str | None:
    """Return the image's name, the first where none is given; None where there are no names."""
    if image is not None and image not in names:
        listed = f"it has {', '.join(names[:8])}" if names else "it is a single image, give no '#'"
        if "=" in image:
            listed += f"; options are {' and '.join(f'{key}=...' for key in KEYS)}"
        raise SceneReadError(f"{path.name} has no image '{image}': {listed}.")
    return image or next(iter(names), None)


def is_stack(address: str | Path) -> bool:
    """Tell whether an address is of several files as one scene."""
    return str(address).startswith(STACK)


def list_images(path: str | Path) -> tuple[ImageInfo, ...]:
    """List the images of a product; empty for a file that is one image."""
    found, _ = split_address(path)
    with read_errors(found, "open"):
        return reader_of(found).images(found)


def split_address(address: str | Path) -> tuple[Path, str | None]:
    """Split PATH#IMAGE; a `#` that is part of an existing path stays there."""
    asked = parse_address(address)
    return _existing(asked.path), asked.image


def reader_of(path: Path) -> Reader:
    """Return the reader of a path: special formats are asked first."""
    readers = sorted(READERS.items(), key=lambda item: -item[1].priority)
    for _, reader in readers:
        if reader.accepts(path):
            return reader
    raise SceneReadError(f"Cannot open {path.name}: no reader knows it.")


def _existing(text: str) -> Path:
    path = Path(text)
    if is_stack(text):
        return path
    text = path.as_posix()
    if re.match(r"[a-zA-Z][a-zA-Z0-9+]+:/|/vsi", text):  # one letter is a drive
        raise SceneReadError(f"Cannot open {text}: satstudio opens local files only.")
    with read_errors(path, "open"):
        if path.name == "manifest.safe" and path.is_file():
            return path.absolute().parent
        if path.exists():
            check_openable(path)
            return path.absolute()  # an address must open the same file from any folder
    raise SceneReadError(f"Cannot open {path}: there is no such file; check its name.")


def _identity(scene: Scene) -> str:
    parts = [scene.address, scene.dtype, str(scene.is_complex)]
    averaging = averaging_of(scene.quantity)
    if averaging not in ("power", "value"):
        parts.append(averaging)
    for path in getattr(scene.source, "files", (scene.path,)):
        status = Path(path).stat()
        parts.append(f"{Path(path).absolute()}|{status.st_size}|{status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

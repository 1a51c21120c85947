"""FITS images, as telescopes write them; needs astropy (`satstudio[fits]`).

Source: FITS Standard 4.0 (IAU FITS Working Group, 2016). Row 1 of a FITS image is the lowest one;
here it is the last. Planes of a cube are bands. Scaled integers (BZERO, BSCALE, BLANK) come as the
values that they stand for; unsigned 16 bits stay 16 bits.
"""

import importlib
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.raster import Mask, Pixels
from satstudio.scenes.gdal.read_errors import AGAIN, read_errors
from satstudio.scenes.source import READERS, BandInfo, Details, ImageInfo, Reader, Source

MAGIC = b"SIMPLE  ="
BLOCK = 2880
OWN_ERRORS = (
    ("astropy.io.fits.verify", "VerifyError"),
    ("astropy.io.fits.hdu.compressed._compression", "CfitsioException"),
)
"""What astropy raises that is no error of Python's: of headers, and of packed pixels."""

MOST_BANDS = 4096
MOST_TAGS = 200
UNNAMED = ("COMMENT", "HISTORY", "")
_opening = threading.Lock()
"""Filters of warnings are of the whole process; one thread at a time may change them."""


class FitsImage:
    """One image of a FITS file; safe between threads, which read one after the other.

    Parameters
    ----------
    number : of its header and data unit (HDU) in the file
    """

    is_complex = False
    driver = "FITS"

    def __init__(self, path: Path, number: int) -> None:
        self._path = path
        self._lock = threading.Lock()
        with _sound(path, "open"):
            self._file = _opened(path)
            try:
                self._unit = self._file[number]
                self._describe()
            except BaseException:
                self._file.close()
                raise

    def _describe(self) -> None:
        shape, header = self._unit.shape, self._unit.header
        self._leading = (0,) * max(len(shape) - 3, 0)
        count, rows, cols = (1, *shape) if len(shape) == 2 else shape[-3:]
        if count > MOST_BANDS:
            raise SceneReadError(
                f"Cannot open {self._path.name}: it is a cube of {count} planes, more than "
                f"{MOST_BANDS}; cut a part of it."
            )
        _check_whole(self._path, self._unit)
        self._is_cube = len(shape) > 2
        self.grid = GeoGrid(Size(rows, cols))
        self.bands = tuple(f"band{plane + 1}" for plane in range(count))
        date, unit = (str(header.get(key, "")).strip() or None for key in ("DATE-OBS", "BUNIT"))
        self.band_info = tuple(BandInfo(name, date=date, unit=unit) for name in self.bands)
        self.dtype = str(self._section(0, slice(0, 1), slice(0, 1)).dtype)
        self.details = Details(tags=_tags(header))

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Read bands (0-based) of a window, the nearest pixel where `shape` is smaller."""
        with self._lock, _sound(self._path, "read"):
            planes = [self._plane(band, window, shape) for band in bands]
        pixels = np.stack(planes)
        has_data = ~np.isnan(pixels) if pixels.dtype.kind == "f" else np.ones(pixels.shape, bool)
        return pixels, np.asarray(has_data.any(axis=0))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _plane(self, band: int, window: Window, shape: Size) -> Pixels:
        """Return (rows, cols) of a plane, upper row first."""
        height = self.grid.size.rows
        cols = slice(window.col, window.end_col)
        if shape == window.size:
            rows = slice(height - window.end_row, height - window.row)
            return self._section(band, rows, cols)[::-1]
        down = window.row + (np.arange(shape.rows) * window.rows) // shape.rows
        across = (np.arange(shape.cols) * window.cols) // shape.cols
        lines = (slice(height - 1 - row, height - row) for row in down.tolist())
        return np.concatenate([self._section(band, line, cols)[:, across] for line in lines])

    def _section(self, band: int, rows: slice, cols: slice) -> Pixels:
        """Return a part of a plane as the file has it: lower row first."""
        plane = (band,) if self._is_cube else ()
        part = np.asarray(self._unit.section[(*self._leading, *plane, rows, cols)])
        return part.astype(part.dtype.newbyteorder("="), copy=False)


def is_fits(path: Path) -> bool:
    """Tell whether a file begins as every FITS file does."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def images_of(path: Path) -> tuple[ImageInfo, ...]:
    """List the images of a file that holds several; empty for one."""
    found = _images(path)
    return tuple(info for info, _ in found) if len(found) > 1 else ()


def open_fits(path: Path, image: str | None) -> Source:
    """Open an image by its name; the first one where None."""
    found = _images(path)
    numbers = {info.name: number for info, number in found}
    return FitsImage(path, found[0][1] if image is None else numbers[image])


def _images(path: Path) -> list[tuple[ImageInfo, int]]:
    """Return what the file holds of images, each with the number of its unit."""
    with _sound(path, "open"), closing(_opened(path)) as file:
        units = [(number, unit) for number, unit in enumerate(file) if _is_image(unit)]
        names = [_name(number, unit) for number, unit in units]
        sizes = [" x ".join(map(str, unit.shape)) for _, unit in units]
    if not units:
        raise SceneReadError(
            f"Cannot open {path.name}: it holds no image, only headers or tables; choose another."
        )
    found = []
    for (number, _), name, size in zip(units, names, sizes, strict=True):
        whole = name if names.count(name) == 1 else f"{name}_{number}"
        found.append((ImageInfo(whole, f"HDU {number}: {size}"), number))
    return found


def _is_image(unit: Any) -> bool:  # noqa: ANN401 - astropy is lazy
    """Tell whether a unit holds an image: two axes or a cube; further axes have one step each."""
    if not getattr(unit, "is_image", False):
        return False
    shape = unit.shape
    return len(shape) >= 2 and all(shape) and all(side == 1 for side in shape[:-3])


def _name(number: int, unit: Any) -> str:  # noqa: ANN401 - astropy is lazy
    """Return a name that can stand in an address, behind its `#`."""
    plain = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in unit.name.strip())
    return plain or f"hdu{number}"


def _opened(path: Path) -> Any:  # noqa: ANN401 - astropy is lazy
    try:
        from astropy.io import fits  # lazy: an extra, and half a second
    except ModuleNotFoundError as error:
        raise SceneReadError(
            f"Cannot open {path.name}: FITS images need the package astropy; install "
            "satstudio[fits], or convert it to TIFF first."
        ) from error
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damage, which is looked for below, and of old headers
        file = fits.open(path, memmap=False)
        len(file)  # reads all headers
    return file


def _check_whole(path: Path, unit: Any) -> None:  # noqa: ANN401 - astropy is lazy
    """Refuse a file that is cut short; astropy would read what follows the end as it comes."""
    place = unit.fileinfo()
    is_packed = hasattr(unit, "compression_type")
    # of packed images the size in the file is known with its padding, which may be missing
    size = place["datSpan"] - BLOCK + 1 if is_packed else unit.size
    end = place["datLoc"] + size
    if path.stat().st_size < end:
        raise SceneReadError(
            f"Cannot open {path.name}: it is cut short, {path.stat().st_size} of {end} bytes; "
            f"{AGAIN}."
        )


def _tags(header: Any) -> dict[str, str]:  # noqa: ANN401 - astropy is lazy
    cards = [card for card in header.cards if card.keyword not in UNNAMED]
    return {card.keyword: str(card.value) for card in cards[:MOST_TAGS]}


def _damage_errors() -> tuple[type[Exception], ...]:
    """Return what astropy raises of senseless headers and pixels; asked for where it did."""
    found: list[type[Exception]] = [TypeError, AttributeError, AssertionError]
    for module, name in OWN_ERRORS:
        try:
            found.append(getattr(importlib.import_module(module), name))
        except (ImportError, AttributeError):  # an astropy that names it otherwise
            continue
    return tuple(found)


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split()).partition(". ")[0].strip(" .")


@contextmanager
def _sound(path: Path, act: Any) -> Iterator[None]:  # noqa: ANN401 - see read_errors
    """Turn what astropy raises of damaged files, of senseless headers too, into SceneReadError."""
    try:
        with read_errors(path, act):
            yield
    except _damage_errors() as error:
        raise SceneReadError(
            f"Cannot {act} {path.name}: the FITS file is damaged ({_first_line(error)}); {AGAIN}."
        ) from error


READERS.add(
    "fits",
    Reader(
        accepts=is_fits,
        open=open_fits,
        images=images_of,
        patterns=("*.fits", "*.fit", "*.fts", "*.fz"),
    ),
)

"""Source, Reader, READERS: what a format must give to become a Scene."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.plugins import Registry
from satstudio.core.quantity import Known
from satstudio.core.raster import Mask, Pixels, Quantity


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """One image of a product: its name after the `#`, and what to show in a chooser.

    Attributes
    ----------
    title : what it is, where its name does not say it
    is_picture : False of tables and other arrays, which nobody looks at as an image
    """

    name: str
    title: str
    is_picture: bool = True

    @property
    def about(self) -> str:
        """What a list says beside the name; empty where the title says no more than it."""
        plain = self.title.casefold().replace(" ", "").replace("_", "")
        same = self.name.casefold().replace("/", "").replace("_", "")
        return "" if plain == same else self.title


@dataclass(frozen=True, slots=True)
class BandInfo:
    """What is known about a band; `date` is ISO (2022-09-18 or with time)."""

    name: str
    polarisation: str | None = None
    date: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What travels along when a scene is cropped; nothing here is needed to show it.

    Attributes
    ----------
    tags : of the file
    band_tags, colours, scales, offsets : one a band (colours as GDAL names them)
    palette : value -> (red, green, blue, alpha), 0..255; of a single band
    has_mask : a mask beside the pixels says what is valid, not a value
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    band_tags: tuple[Mapping[str, str], ...] = ()
    colours: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    palette: Mapping[int, tuple[int, int, int, int]] | None = None
    has_mask: bool = False


class Source(Protocol):
    """What a reader gives; safe to read from several threads.

    These are read too where they are there: `dtype` (as GDAL names it), `quantity` or `known`
    (else the file's own words and names tell what the values are), `nodata` (one a band),
    `band_info`, `driver`, `details`, `block` (rows, cols that the file keeps together), `files`
    (all paths it stands on), `title` and `address` (where they are not those of one file).
    """

    grid: GeoGrid
    bands: tuple[str, ...]
    is_complex: bool

    def read(self, window: Window, shape: Size, bands: Sequence[int]) -> tuple[Pixels, Mask]:
        """Return (bands, rows, cols) pixels and (rows, cols) valid.

        A `shape` smaller than the window takes the nearest pixel of each place; it never
        averages.
        """
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """A format.

    Attributes
    ----------
    accepts : tells, cheaply, whether the path is of this format
    open : gives the source of a path and an image's name (None: the first)
    images : lists the images of a product; empty for a file that is one image
    priority : general readers come last: they have less than 0
    patterns : for file dialogs, as `*.tif`
    """

    accepts: Callable[[Path], bool]
    open: Callable[[Path, str | None], Source]
    images: Callable[[Path], tuple[ImageInfo, ...]]
    priority: int = 0
    patterns: tuple[str, ...] = ()


READERS: Registry[Reader] = Registry("satstudio.scenes.readers", "reader")


def known_of(source: Source) -> Known:
    """Return what the values of a source are, as far as it says so itself."""
    usual: Quantity = "complex" if source.is_complex else "dn"
    quantity: Quantity = getattr(source, "quantity", usual)
    plain = Known(quantity, "file", "products of this format hold it")
    known: Known = getattr(source, "known", plain)
    return known

"""colour_map(name): the colour tables of resources/colormaps, as uint32 0xAARRGGBB."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.paths import resources_folder

Colours = npt.NDArray[np.uint32]
"""0xAARRGGBB; in memory B, G, R, A; alpha premultiplied."""


FINE = 16384


@dataclass(frozen=True, slots=True, eq=False)
class ColourMap:
    """A table of colours.

    Attributes
    ----------
    kind : sequential, diverging or cyclic (the colour after the last is the first)
    rgb : (n, 3) float64, 0..255
    source : where it comes from and under which licence
    """

    name: str
    title: str
    kind: str
    rgb: npt.NDArray[np.float64]
    source: str

    def at(self, place: npt.ArrayLike) -> Colours:
        """Return opaque colours at places 0..1, interpolated; a cyclic map repeats with 1."""
        where = np.asarray(place, np.float64)
        rgb, last = self.rgb, len(self.rgb) - 1
        if self.kind == "cyclic":
            rgb, last = np.vstack([rgb, rgb[:1]]), len(self.rgb)
            where = where % 1.0
        nodes = np.arange(last + 1)
        red, green, blue = (np.interp(where * last, nodes, rgb[:, i]) for i in range(3))
        return packed(red, green, blue)


def shades(name: str, place: npt.NDArray[np.float64]) -> Colours:
    """Return the colours of a map at places 0..1, to 1/16384: for large tables."""
    index = np.rint(place * (FINE - 1)).astype(np.int32)
    return np.take(_fine(name), index, mode="clip")


@lru_cache(maxsize=32)
def _fine(name: str) -> Colours:
    return colour_map(name).at(np.linspace(0, 1, FINE))


def packed(red: npt.ArrayLike, green: npt.ArrayLike, blue: npt.ArrayLike) -> Colours:
    """Return opaque 0xAARRGGBB of channels 0..255, rounded."""
    colours = np.rint(red).astype(np.uint32)
    for channel in (green, blue):
        colours <<= np.uint32(8)
        colours |= np.rint(channel).astype(np.uint32)
    colours |= np.uint32(0xFF000000)
    return colours


@lru_cache(maxsize=1)
def colour_maps() -> dict[str, ColourMap]:
    """Return every map by name: sequential ones first, then diverging, then cyclic."""
    maps = [_load(path.stem) for path in (resources_folder() / "colormaps").glob("*.csv")]
    order = ("sequential", "diverging", "cyclic")
    maps.sort(key=lambda item: (order.index(item.kind), item.name != "grey", item.name))
    return {item.name: item for item in maps}


def colour_map(name: str) -> ColourMap:
    """Return a map; raises InputError that lists the names there are."""
    maps = colour_maps()
    if name not in maps:
        raise InputError(f"There is no colour map '{name}'; there are: {', '.join(maps)}.")
    return maps[name]


def _load(name: str) -> ColourMap:
    path = resources_folder() / "colormaps" / f"{name}.csv"
    head, *rows = path.read_text("utf-8").splitlines()
    title, kind, source = head.removeprefix("# ").split(";", 2)
    rgb = np.array([row.split(",") for row in rows], np.float64)
    return ColourMap(name, title, kind, rgb, source)

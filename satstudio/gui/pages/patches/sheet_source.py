"""SheetSource: the patches of a set as small pictures, under one style; made off the GUI thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage

from satstudio.core.port import BoundPort, Role
from satstudio.gui.canvas.picture_view import image_of
from satstudio.patches.manifest import SPLITS, Item, Split, size_of
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import Rejected
from satstudio.patches.shards import Pixels, Series
from satstudio.pixels.spectral.fourier import visible_image
from satstudio.render.compose import Picture
from satstudio.render.examples import CHANNELS, beside, example_pictures, example_style
from satstudio.render.picture import patch_style
from satstudio.render.style import DisplayStyle
from satstudio.render.views import VIEWS, View, views_for

IMAGES = "images"
"""Of spectra: the images that they show."""

COLOUR = -1
"""In place of a band, of three real ones: all of them."""

BESIDE = "*"
"""In place of a role: all roles of an item, side by side."""

MOST_SAMPLED = 128
"""Patches that the limits of the style are found in, from all over the set."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a sheet shows of a set.

    Attributes
    ----------
    role : None: the usual, all roles of a paired set, else the first; BESIDE: all
    band : from 0, or COLOUR; None: the usual, colour where there are three
    view : of render, or `images`; "": the usual one
    """

    role: Role | None = None
    band: int | None = None
    view: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One patch: its split, the number of its item there, and its place among those of a role."""

    split: Split
    number: int
    place: int

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.split}/{self.number}"


class SheetSource:
    """A set that is open, with its rejected patches; `draw` may be called on any thread.

    Attributes
    ----------
    role, band, shown : what is shown; the role may be BESIDE, with the band 0, the band COLOUR
    cells : all patches of the role, training first
    rejected : as the folder says
    aspect : width of a patch for its height, on the sheet
    """

    def __init__(self, path: Path, shown: Shown) -> None:
        self.path = path
        self.patches = PatchSet.open(path, whole=True)
        manifest = self.patches.manifest
        self.rejected = Rejected.read(path, manifest.counts)
        self.has_pairs = manifest.is_paired and len(manifest.ports) > 1
        self.role = _known_role(self.patches, shown.role, has_pairs=self.has_pairs)
        self._ports = [port for port in manifest.ports if self.role in (BESIDE, port.role)]
        first = self._ports[0]
        self.views = _views(self._ports, is_spectra=manifest.domain == "fourier")
        view = shown.view if shown.view in self.views else next(iter(self.views))
        self.band = _known_band(first, shown.band)
        self.shown = Shown(self.role, 0 if self.role == BESIDE else self.band, view)
        self._series: dict[tuple[Role, Split], Series] = {
            (port.role, split): self.patches.series(split, port.role)
            for port in self._ports
            for split in SPLITS
        }
        self._items: dict[Split, tuple[Item, ...]] = {
            split: self.patches.entries(split) for split in SPLITS
        }
        self.cells = tuple(cell for split in SPLITS for cell in _cells(split, self._items, first))
        self.aspect = sum(cols / rows for rows, cols in map(size_of, self._ports))
        self._styles = {port.role: self._style_of(port.role) for port in self._ports}

    @property
    def bands(self) -> tuple[tuple[Role, int, str], ...]:
        """Role, number and name of every band that can be shown; first all roles of pairs."""
        together = " | ".join(port.role for port in self.patches.ports)
        return (
            *(((BESIDE, 0, together),) if self.has_pairs else ()),
            *(
                (port.role, number, name)
                for port in self.patches.ports
                for number, name in _bands(port)
            ),
        )

    def draw(self, cells: Sequence[int]) -> list[tuple[int, QImage]]:
        """Return pictures of cells, a pixel a pixel."""
        rows = [self._drawn(port.role, cells) for port in self._ports]
        pictures = [beside(each) if len(each) > 1 else each[0] for each in zip(*rows, strict=True)]
        return [(cell, image_of(picture)) for cell, picture in zip(cells, pictures, strict=True)]

    def told(self, cell: Cell) -> str:
        """Return what is known of a patch: its source, its place there, and its class."""
        item = self._items[cell.split][cell.number]
        part = item.parts[self._ports[0].role]
        row, col, _, _ = part.window
        source = self.patches.manifest.sources[part.sources[0]]
        text = f"{cell.name}: {Path(source.address).name}, row {row}, column {col}"
        return f"{text}, {item.label}" if item.label else text

    def _drawn(self, role: Role, cells: Sequence[int]) -> list[Picture]:
        images = np.stack([self._pixels(role, self.cells[cell]) for cell in cells])
        return example_pictures(images, self._styles[role])

    def _pixels(self, role: Role, cell: Cell) -> Pixels:
        """Return the first image of an item: (1, rows, cols) of the band, or all three colours."""
        series = self._series[role, cell.split]
        image: Pixels = series.images[int(series.starts[cell.place])]
        if self.role == BESIDE:
            image = image if len(image) == CHANNELS and not np.iscomplexobj(image) else image[:1]
        elif self.band != COLOUR:
            image = image[[self.band]]
        if image.dtype == bool:
            return image.astype(np.float32)
        return visible_image(image) if self.shown.view == IMAGES else image

    def _style_of(self, role: Role) -> DisplayStyle:
        count = len(self.cells)
        chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_SAMPLED)).astype(int))
        sample = np.stack([self._pixels(role, self.cells[cell]) for cell in chosen])
        named: View | None = next((each for each in VIEWS if each == self.shown.view), None)
        if self.role == BESIDE or self.band == COLOUR or named is None:
            return example_style(sample)
        return patch_style(sample[:, 0], named)


def _known_role(patches: PatchSet, role: Role | None, *, has_pairs: bool) -> Role:
    known = [port.role for port in patches.ports]
    usual = BESIDE if has_pairs else known[0]
    return role if role in known or (role == BESIDE and has_pairs) else usual


def _known_band(port: BoundPort, band: int | None) -> int:
    numbers = [number for number, _ in _bands(port)]
    return band if band in numbers else numbers[0]


def _bands(port: BoundPort) -> list[tuple[int, str]]:
    """Return numbers and names of what can be shown of a port, the usual one first."""
    names = port.bands if isinstance(port.bands, tuple) else ("",)
    has_colour = port.dtype == "float32" and len(names) == CHANNELS
    return [*([(COLOUR, "colour")] if has_colour else []), *enumerate(names)]


def _views(ports: Sequence[BoundPort], *, is_spectra: bool) -> dict[str, str]:
    """Return what can be shown of a port: key -> title; of several their usual views alone."""
    if len(ports) > 1:
        return {"": "Values"}
    if not ports[0].is_complex:
        return {"band": "Values"}
    titles: dict[str, str] = {view: info.title for view, info in views_for("complex").items()}
    return titles | ({IMAGES: "Images (inverse FFT)"} if is_spectra else {})


def _cells(split: Split, items: dict[Split, tuple[Item, ...]], port: BoundPort) -> list[Cell]:
    has_role = [number for number, item in enumerate(items[split]) if item.frames(port.role)]
    return [Cell(split, number, place) for place, number in enumerate(has_role)]

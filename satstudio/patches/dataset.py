"""What a data set must give to become a patch set; DATASETS."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.plugins import Registry
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.patches.store import PatchSource, Pixels, Split
from satstudio.pixels.fourier import Domain
from satstudio.pixels.scaling import Scaling, ScalingKind


@dataclass(frozen=True, slots=True, eq=False)
class Single:
    """One image of a data set.

    Attributes
    ----------
    pixels : (bands, rows, cols), all with data
    source : its place in `Contents.sources`
    window : row, col, rows, cols in that source
    """

    pixels: Pixels
    split: Split
    source: int
    window: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a data set holds; known, and checked, before its pixels are read.

    Attributes
    ----------
    size_px : side of every image
    count : how many images will come
    singles : the images, read one after the other as they are asked for
    scaling : what a network shall see, or the kind that is fitted to the training images
    """

    bands: tuple[str, ...]
    size_px: int
    is_complex: bool
    quantity: str
    sources: tuple[PatchSource, ...]
    count: int
    singles: Iterator[Single]
    scaling: Scaling | ScalingKind
    domain: Domain = "image"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as the registry lists it.

    Attributes
    ----------
    title, layout : for choosers; what it is, and which files it wants where
    options : Recipe whose fields make the form; one called `seed` is kept in the manifest
    open : (root, options, progress) -> Contents; raises InputError that names the file at fault,
        while `singles` are taken too
    """

    title: str
    layout: str
    options: type[Recipe]
    open: Callable[[Path, Any, Progress], Contents]


DATASETS: Registry[Dataset] = Registry("satstudio.patches.datasets", "data set")

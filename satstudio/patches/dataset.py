"""What a data set must give to become a patch set; DATASETS."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from satstudio.core.plugins import Registry
from satstudio.core.port import Role
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import Scaling, ScalingKind
from satstudio.patches.manifest import INPUT, PatchSource, Split
from satstudio.patches.shards import Pixels
from satstudio.pixels.spectral.fourier import Domain


@dataclass(frozen=True, slots=True)
class RoleContents:
    """What the images of one role are; they have one size.

    Attributes
    ----------
    size_px : side, or (rows, cols)
    scaling : what a network shall see, or the kind that is fitted to the training images
    ratio : its pixels for one of the first role, as `core.port.Ratio`
    may_be_empty : an example whose image of this role has no valid pixel is kept, as a scene that
        is all clouds; else it is left out
    """

    bands: tuple[str, ...]
    size_px: int | tuple[int, int]
    scaling: Scaling | ScalingKind
    quantity: str = "dn"
    is_complex: bool = False
    ratio: str = "1"
    may_be_empty: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Rows, cols."""
        return (self.size_px, self.size_px) if isinstance(self.size_px, int) else self.size_px


@dataclass(frozen=True, slots=True, eq=False)
class RoleImage:
    """One image of one role.

    Attributes
    ----------
    pixels : (bands, rows, cols)
    source : its place in `Contents.sources`
    window : row, col, rows, cols in that source
    valid : (rows, cols), which pixels have data; None: all
    date : as an ISO text; empty where it is not known
    """

    pixels: Pixels
    source: int
    window: tuple[int, int, int, int]
    valid: npt.NDArray[np.bool_] | None = None
    date: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What belongs together: an image of every role or, of an unpaired set, of one.

    Attributes
    ----------
    images : of a role one, or several frames of one window, such as dates; examples may differ in
        how many
    label : its class; empty where the data set has none
    """

    split: Split
    images: Mapping[Role, RoleImage | Sequence[RoleImage]]
    label: str = ""

    def frames(self, role: Role) -> tuple[RoleImage, ...]:
        """Return the images of a role."""
        found = self.images[role]
        return (found,) if isinstance(found, RoleImage) else tuple(found)

    @classmethod
    def single(
        cls, pixels: Pixels, split: Split, source: int, window: tuple[int, int, int, int]
    ) -> Self:
        """Return an example of one image, of the usual role."""
        return cls(split, {INPUT: RoleImage(pixels, source, window)})


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """What a data set holds; known, and checked, before its pixels are read.

    Attributes
    ----------
    roles : what its images are; ratios are to the first
    count : how many examples will come
    examples : read one after the other as they are asked for
    remarks : what whoever imports it should know, as sentences: what was left out, and why
    """

    roles: Mapping[Role, RoleContents]
    sources: tuple[PatchSource, ...]
    count: int
    examples: Iterator[Example]
    domain: Domain = "image"
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as the registry lists it.

    Attributes
    ----------
    title, layout : for choosers; what it is, and which files it wants where
    options : Recipe whose fields make the form; one called `seed` is kept in the manifest
    open : (root, options, progress) -> Contents; raises InputError that names the file at fault,
        while `examples` are taken too
    is_made : made from a seed; no files are wanted, and `root` says nothing
    takes_file : `root` may be a file; else it is a folder
    """

    title: str
    layout: str
    options: type[Recipe]
    open: Callable[[Path, Any, Progress], Contents]
    is_made: bool = False
    takes_file: bool = True


DATASETS: Registry[Dataset] = Registry("satstudio.patches.datasets", "data set")

"""Extractor, EXTRACTORS: images -> features, for distances between sets of images."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.plugins import Registry

Images = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
SHORT = {"frechet_features": "fd", "inception_score": "is"}
"""What people call a distance of features; others go by their id."""

INCEPTION = "fid@"
"""Starts the family of the Inception network whose weights are known: `fid@tf1`."""


@dataclass(frozen=True, slots=True)
class ImageKind:
    """What the images of a set have in common."""

    bands: int
    is_complex: bool

    def __str__(self) -> str:
        kind = "complex" if self.is_complex else "real"
        return f"{self.bands} {kind} band{'' if self.bands == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Extractor:
    """Turns images into features; its name holds all that changes them.

    Attributes
    ----------
    family : short, for the name of a number: `handcrafted`, `random`, `fid@tf1`, `custom@clean`
    name : id, version or sha256 of the weights, resize rule, choice of bands and stretch
    kind : the images that it takes
    n_features : numbers an image
    preprocess : what is done to an image before, in words
    measure : (n, bands, rows, cols) -> (n, n_features + n_logits) float32
    n_logits : class logits that follow the features; Inception only
    is_relative : its numbers have units of their own, so that distances take them in standard
        deviations of the first (real) set's
    least_px : smallest side of an image
    batch : most images that it should get at once
    """

    family: str
    name: str
    kind: ImageKind
    n_features: int
    preprocess: str
    measure: Callable[[Images], Floats]
    n_logits: int = 0
    is_relative: bool = False
    least_px: int = 1
    batch: int = 64

    @property
    def bands(self) -> int:
        """How many bands an image has."""
        return self.kind.bands

    def __call__(self, images: Images) -> Floats:
        """Return the features (n, n_features) float32 of images (n, bands, rows, cols).

        Raises
        ------
        InputError
            If the images are not what it takes, too small, or not finite.
        """
        return self.rows(images)[:, : self.n_features]

    def rows(self, images: Images) -> Floats:
        """Return features and, after them, class logits where it has them."""
        self._check(images)
        return np.asarray(self.measure(images), np.float32)

    def title(self, metric: str) -> str:
        """Return the short name of a metric of these features: fd_handcrafted, kid@tf1, ..."""
        short = SHORT.get(metric, metric)
        if self.family.startswith(INCEPTION):
            return f"{'fid' if short == 'fd' else short}@{self.family.removeprefix(INCEPTION)}"
        return f"{short}_{self.family}"

    def _check(self, images: Images) -> None:
        if images.ndim != 4 or not len(images):
            raise InputError(
                f"{self.family} takes images (n, bands, rows, cols); these have the shape "
                f"{images.shape}."
            )
        found = ImageKind(images.shape[1], np.iscomplexobj(images))
        if found != self.kind:
            raise InputError(f"{self.family} was made for {self.kind}; the images have {found}.")
        if min(images.shape[2:]) < self.least_px:
            rows, cols = images.shape[2:]
            raise InputError(
                f"{self.family} needs images of at least {self.least_px} px a side; these have "
                f"{rows} x {cols} px."
            )
        if not np.isfinite(images).all():
            raise InputError(f"{self.family} takes finite values only; leave out such images.")


@dataclass(frozen=True, slots=True)
class ExtractorInfo:
    """A way to extract features without a file of weights.

    Attributes
    ----------
    title, source : for choosers; what it looks at
    make : an Extractor for images of a kind; raises InputError where it takes none of these
    """

    title: str
    source: str
    make: Callable[[ImageKind], Extractor]


EXTRACTORS: Registry[ExtractorInfo] = Registry("satstudio.restore.extractors", "extractor")

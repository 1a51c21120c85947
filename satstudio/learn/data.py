"""open_data: the patch set of a training, checked before anything else starts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satstudio.core.errors import RunError
from satstudio.learn.batches import Masked, Patches
from satstudio.learn.method import METHODS, Values
from satstudio.learn.train_recipe import TrainRecipe
from satstudio.patches.store import PatchArray, PatchSet, Split
from satstudio.pixels.fourier import Domain
from satstudio.pixels.scaling import Scaling, fit_scaling, scaled
from satstudio.pixels.spectrum import Whiteness, whiteness

CHECKED_BYTES = 256 * 1024 * 1024
"""How much of a set is looked through for values that are not finite; spread over all of it."""

MOST_LOOKED_AT = 4096
"""Patches whose largest value is looked for."""

FITTED = 64
"""Patches that a scaling of the method's own is fitted to, and whose spectrum is measured."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a training learns from.

    Attributes
    ----------
    validation : empty where the set has none
    lessons, held_out : what batches are drawn from: the training patches, and those of the
        validation or, where there are none, the training's again; with their holes
    scaling : what the network sees, with its numbers
    is_whitened : cut white and without points, as a despeckler's parts do it
    """

    path: Path
    sha256: str
    train: PatchArray
    validation: PatchArray
    lessons: Patches
    held_out: Patches
    scaling: Scaling
    bands: tuple[str, ...]
    is_complex: bool
    spacing_m: tuple[float, float] | None
    domain: Domain = "image"
    quantity: str = ""
    is_whitened: bool = False

    def largest(self) -> float:
        """Return the largest modulus of the training patches as the network sees them."""
        indices = _spread(len(self.train), MOST_LOOKED_AT)
        patches = (self.train[int(index)] for index in indices)
        return max(float(np.abs(scaled(patch, self.scaling)).max()) for patch in patches)

    def whiteness(self) -> Whiteness:
        """Measure the spectrum of the training patches; complex ones only."""
        return whiteness(self.train[_spread(len(self.train), FITTED)])


def open_data(path: Path, recipe: TrainRecipe) -> TrainingData:
    """Open a patch set for a training.

    Raises
    ------
    InputError
        If the folder is no patch set.
    RunError
        If the method cannot learn from it: no patch, too small, real, or not finite.
    """
    patches = PatchSet.open(path)
    manifest = patches.manifest
    info = METHODS[recipe.method]
    size_px = int(getattr(recipe.chosen(), "size", 1))
    if len(patches.train) == 0:
        raise RunError(f"{path} holds no training patches; cut more, or keep less for validation.")
    if info.wants_complex and not manifest.is_complex:
        raise RunError(
            f"{path} holds real patches, but {info.title} learns from complex samples; "
            "cut them from a single-look complex scene."
        )
    if info.wants_real and manifest.is_complex:
        raise RunError(
            f"{path} holds complex patches, but {info.title} learns from real images; cut them "
            "from a real scene, or take a method for complex samples."
        )
    if manifest.size_px < size_px:
        raise RunError(
            f"The patches of {path} have {manifest.size_px} px a side, but the network wants "
            f"{size_px} px; cut larger patches or choose a smaller size."
        )
    if manifest.domain == "fourier" and manifest.size_px != size_px:
        raise RunError(
            f"The patches of {path} are spectra of {manifest.size_px} px, of which no part can be "
            f"cut out for a network of {size_px} px; make them of that size."
        )
    for split in (patches.train, patches.validation):
        _check_finite(path, split)
    scaling = manifest.scaling
    kind = info.scaling or ("paper_log" if recipe.scaling == "paper_log" else None)
    if kind is not None:
        scaling = fit_scaling(kind, patches.train[_spread(len(patches.train), FITTED)])
    spacings = {source.spacing_m for source in manifest.sources}
    return TrainingData(
        path=path,
        sha256=patches.sha256,
        train=patches.train,
        validation=patches.validation,
        lessons=_with_holes(patches, "train"),
        held_out=_with_holes(patches, "validation" if len(patches.validation) else "train"),
        scaling=scaling,
        bands=manifest.bands,
        is_complex=manifest.is_complex,
        spacing_m=spacings.pop() if len(spacings) == 1 else None,
        domain=manifest.domain,
        quantity=manifest.quantity,
        is_whitened=bool(manifest.recipe.get("white", False)),
    )


def _with_holes(patches: PatchSet, split: Split) -> Patches:
    has_holes = any(shard.has_mask for shard in patches.manifest.shards if shard.split == split)
    whole = patches.split(split)
    return Masked(whole, patches.valid(split)) if has_holes else whole


def _check_finite(path: Path, patches: PatchArray) -> None:
    one = int(np.prod(patches.shape[1:])) * patches.dtype.itemsize
    for index in _spread(len(patches), max(1, CHECKED_BYTES // one)):
        patch: Values = patches[int(index)]
        if not np.isfinite(patch).all():
            raise RunError(
                f"A patch of {path} holds values that are not finite (NaN or infinity); "
                "run 'satstudio patches check' and cut the patches again."
            )


def _spread(count: int, most: int) -> Values:
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).astype(int))

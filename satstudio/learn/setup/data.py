"""open_data: the patch set of a training, checked before anything else starts."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from satstudio.core.errors import InputError, RunError
from satstudio.core.port import BoundPort, unfit
from satstudio.core.scaling import Scaling, ScalingKind
from satstudio.learn.method import METHODS, MethodInfo, Values
from satstudio.learn.setup.batches import Masked, Patches
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.roles import RoleItems, bound_ports, role_reader
from satstudio.patches.manifest import SEEN_SPLITS, UNPAIRED, Split, size_of
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.shards import PatchArray
from satstudio.pixels.scaling import fit_scaling, scaled
from satstudio.pixels.spectral.fourier import Domain
from satstudio.pixels.spectral.region_spectrum import Whiteness, whiteness

CHECKED_BYTES = 256 * 1024 * 1024
"""How much of a set is looked through for values that are not finite; spread over all of it."""

MOST_LOOKED_AT = 4096
"""Patches whose largest value is looked for."""

FITTED = 64
"""Patches that a scaling of the method's own is fitted to, and whose spectrum is measured."""

MOST_FITTED = 4_000_000
"""Values that a range is fitted to; of more, every second or so."""

AS_CUT: tuple[ScalingKind, ...] = ("range", "log_amplitude", "paper_log")
"""Scalings that a method which wants a range leaves as they are."""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """What a training learns from.

    Attributes
    ----------
    validation : empty where the set has none
    training_patches, held_out : what batches are drawn from: those to learn from, and those of the
        validation or, where there are none, the training's again; with their holes
    scaling : what the network sees of the first role, with its numbers
    ports : what it learns from, in the method's order; the others' ratios are to the first
    is_whitened : cut white and without points, as a despeckler's parts do it
    """

    path: Path
    sha256: str
    train: PatchArray
    validation: PatchArray
    training_patches: Patches
    held_out: Patches
    scaling: Scaling
    ports: tuple[BoundPort, ...]
    domain: Domain = "image"
    is_whitened: bool = False

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands of the first role."""
        bands = self.ports[0].bands
        return bands if isinstance(bands, tuple) else ()

    @property
    def is_complex(self) -> bool:
        """Whether the first role's samples are complex."""
        return self.ports[0].is_complex

    @property
    def spacing_m(self) -> tuple[float, float] | None:
        """Pixel size of the first role."""
        return self.ports[0].pixel_size_m

    @property
    def quantity(self) -> str:
        """What the values of the first role are."""
        return self.ports[0].quantity

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
        If the method cannot learn from it: no patch, a role missing, too small, real, not finite.
    """
    patches = PatchSet.open(path)
    manifest, info = patches.manifest, METHODS[recipe.method]
    if manifest.count("train") == 0:
        raise RunError(f"{path} holds no training patches; cut more, or keep less for validation.")
    _check_roles(path, info, patches)
    ports = bound_ports(info.ports, patches.ports)
    first = ports[0]
    _check_size(patches, recipe, min(size_of(first)))
    train, validation = (patches.split(split, first.role) for split in SEEN_SPLITS)
    scaling = first.scaling or manifest.scaling
    kind = info.scaling or ("paper_log" if recipe.scaling == "paper_log" else None)
    if kind == "range":
        ports = tuple(_in_range(patches, port) for port in ports)
        scaling = ports[0].scaling or scaling
    elif kind is not None:
        scaling = fit_scaling(kind, train[_spread(len(train), FITTED)])
    ports = _alike(path, info, (first.changed(scaling=scaling), *ports[1:]))
    held_out: Split = "validation" if manifest.count("validation") else "train"
    return TrainingData(
        path=path,
        sha256=patches.sha256,
        train=train,
        validation=validation,
        training_patches=_items(patches, "train", info, ports, recipe),
        held_out=_items(patches, held_out, info, ports, recipe),
        scaling=scaling,
        ports=ports,
        domain=manifest.domain,
        is_whitened=bool(manifest.recipe.get("white", False)),
    )


def _in_range(patches: PatchSet, port: BoundPort) -> BoundPort:
    """Return a port whose values are -1 to 1; complex ones, logarithms and masks as they are."""
    if port.scaling is None or port.is_complex or port.scaling.kind in AS_CUT:
        return port
    series = patches.series("train", port.role)
    indices = _spread(len(series.images), FITTED)
    pixels = len(indices) * int(np.prod(series.images.shape[1:]))
    thin = np.s_[..., :: (step := math.ceil((pixels / MOST_FITTED) ** 0.5)), ::step]
    values = [
        np.where(series.valid[int(index)][thin], series.images[int(index)][thin], np.nan)
        for index in indices
    ]
    try:
        return port.changed(scaling=fit_scaling("range", np.stack(values)))
    except InputError as error:
        raise RunError(
            f"'{port.role}' of {patches.path} has no range of values. {error}"
        ) from error


def _alike(path: Path, info: MethodInfo, ports: tuple[BoundPort, ...]) -> tuple[BoundPort, ...]:
    """Return ports of which those that a method wants alike have the scaling of the first."""
    first = ports[0]
    for port in ports:
        if port.role in info.alike and port.is_complex != first.is_complex:
            raise RunError(
                f"{path} does not suit {info.title}. Of '{first.role}' and '{port.role}' one is "
                "complex and the other real."
            )
    return tuple(
        port.changed(scaling=first.scaling) if port.role in info.alike else port for port in ports
    )


def _check_roles(path: Path, info: MethodInfo, patches: PatchSet) -> None:
    declared = [port for port in info.ports.data if port.mask_of is None]
    roles = [port.role for port in patches.ports]
    if declared[0].role in roles:
        _check_kind(path, info, patches.manifest.port(declared[0].role))
    if reason := unfit(declared, patches.ports):
        raise RunError(f"{path} does not suit {info.title}. {reason}")
    if info.pairs == "needed" and not patches.manifest.is_paired:
        raise RunError(f"{path} does not suit {info.title}. {UNPAIRED}")
    for port in declared:
        for split in SEEN_SPLITS if port.role in roles else ():
            _check_finite(path, patches.split(split, port.role))


def _check_size(patches: PatchSet, recipe: TrainRecipe, side: int) -> None:
    path, size_px = patches.path, int(getattr(recipe.chosen(), "size", 1))
    if side < size_px:
        raise RunError(
            f"The patches of {path} have {side} px a side, but the network wants {size_px} px; "
            "cut larger patches or choose a smaller size."
        )
    if patches.manifest.domain == "fourier" and side != size_px:
        raise RunError(
            f"The patches of {path} are spectra of {side} px, of which no part can be cut out for "
            f"a network of {size_px} px; make them of that size."
        )


def _check_kind(path: Path, info: MethodInfo, port: BoundPort) -> None:
    wanted = info.ports.data[0].dtype
    if wanted == "complex64" and not port.is_complex:
        raise RunError(
            f"{path} holds real patches, but {info.title} learns from complex samples; "
            "cut them from a single-look complex scene."
        )
    if wanted == "float32" and port.is_complex:
        raise RunError(
            f"{path} holds complex patches, but {info.title} learns from real images; cut them "
            "from a real scene, or take a method for complex samples."
        )


def _items(
    patches: PatchSet,
    split: Split,
    info: MethodInfo,
    ports: tuple[BoundPort, ...],
    recipe: TrainRecipe,
) -> Patches:
    """Return what batches are drawn from: with all roles, or of the only one with its holes."""
    series = patches.series(split, ports[0].role)
    reader = role_reader(patches, split, info.ports, ports)
    if reader is None:
        return Masked(series.images, series.valid) if series.has_holes else series.images
    size_px = int(getattr(recipe.chosen(), "size", 1))
    if size_px % reader.step:
        raise RunError(
            f"Crops of {size_px} px are no whole pixels of every role of {patches.path}; choose a "
            f"multiple of {reader.step} px."
        )
    return RoleItems(reader, len(series))


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

"""Method: what a training method must do; METHODS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from satstudio.core.plugins import Registry
from satstudio.core.recipe import Recipe
from satstudio.pixels.scaling import ScalingKind

Values = npt.NDArray[Any]
Precision = Literal["float32", "bf16", "bf16_all", "float64"]
Complexes = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class ImageUse:
    """How a network that takes images is used; names and meaning are those of the model card."""

    task: str
    tile_px: int
    halo_px: int
    size_multiple: int


@dataclass(frozen=True, slots=True)
class Exportable:
    """A network on its way into a model file.

    Attributes
    ----------
    net : float32 noise, interleaved (n, 2 dim), or image, interleaved (n, 2 bands, rows, cols), to
        float32 image (n, 2 bands, ...), or to amplitudes (n, bands, ...) where it despeckles; of
        real images everything is plain: noise (n, dim), images (n, bands, ...)
    reference : the same of complex input and, but for amplitudes, of complex output, as torch
        computes it
    latent : {dim, dist, var} of the model card; None where it takes images
    image : None where it takes noise
    """

    net: nn.Module
    reference: Callable[[Any], Values]
    latent: Mapping[str, Any] | None = None
    image: ImageUse | None = None


class Method(Protocol):
    """One way to train: networks, losses and optimisers in one file; `Generator` or `Restorer`.

    Attributes
    ----------
    size_px : side of the images it learns from
    parameters : how many parameters each network has, by name (one complex number is one)
    """

    size_px: int
    parameters: Mapping[str, int]

    def fit(self, largest: float, images: Tensor) -> None:
        """Learn what the training data are like, before the first step of all.

        Parameters
        ----------
        largest : modulus in the training data, in the network's numbers
        images : the first batch
        """
        ...

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Take optimisation step `number` (from 1); return named losses for the log."""
        ...

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return the same losses on data that is not learnt from; change nothing."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return all that going on exactly needs: weights, optimisers, random state."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Undo `state`; raises KeyError where something is missing."""
        ...

    def exportable(self) -> Exportable:
        """Return the network that pictures are made with, ready for a model file."""
        ...


@dataclass(frozen=True, slots=True)
class Manner:
    """How steps are taken, whatever the method.

    Attributes
    ----------
    pace : share of the chosen learning rates
    parts : micro-batches that a batch is worked through in; the update is that of the batch
    precision : of the networks' inner layers in training; heads and losses are float32, and so are
        penalties but for `bf16_all`; with `float64` all is
    is_compiled : networks go through torch.compile; penalties, which are derived twice, do not
    """

    pace: float = 1.0
    parts: int = 1
    precision: Precision = "float32"
    is_compiled: bool = False

    @property
    def is_low(self) -> bool:
        """Whether inner layers are calculated in bfloat16."""
        return self.precision in ("bf16", "bf16_all")


@runtime_checkable
class Adjustable(Protocol):
    """A method whose steps can be taken in another manner."""

    def adjust(self, manner: Manner) -> None:
        """Take the steps from now on in this manner."""
        ...


@runtime_checkable
class Generator(Method, Protocol):
    """Makes images of noise."""

    def generate(self, seeds: Sequence[int]) -> Values:
        """Make one image a seed, in the network's numbers: (n, bands, size, size)."""
        ...


@runtime_checkable
class Restorer(Method, Protocol):
    """Makes images of images; the loss on data that is not learnt from tells how well."""

    def restore(self, images: Values) -> Values:
        """Restore (n, bands, size, size) in the network's numbers; a despeckler: amplitudes."""
        ...


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """A method as the registry lists it.

    Attributes
    ----------
    options : Recipe whose fields make the form; its defaults are the first preset
    make : (options, bands, seed, device) -> Method, with fresh weights
    wants_complex, wants_real : whether the patches must be complex samples, or must not
    takes : what the trained network is fed with; a method of images is a `Restorer`
    scaling : what the network sees; None: as the patches were cut
    validated : losses that `validate` returns, for the log
    presets : names to TOML files in `resources/recipes/`, best first
    """

    title: str
    description: str
    options: type[Recipe]
    make: Callable[[Any, int, int, torch.device], Method]
    wants_complex: bool = False
    wants_real: bool = False
    takes: Literal["noise", "image"] = "noise"
    scaling: ScalingKind | None = None
    validated: tuple[str, ...] = ("wasserstein", "penalty")
    presets: Mapping[str, str] = field(default_factory=dict)


METHODS: Registry[MethodInfo] = Registry("satstudio.learn.methods", "method")

"""Method: what a training method must do; METHODS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from satstudio.core.plugins import Registry
from satstudio.core.recipe import Recipe

Values = npt.NDArray[Any]
Complexes = npt.NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class Exportable:
    """A generator on its way into a model file.

    Attributes
    ----------
    net : float32 noise, interleaved (n, 2 dim), to float32 image, interleaved (n, 2 bands, ...)
    reference : complex noise (n, dim) to complex image (n, bands, rows, cols), torch's own
        complex arithmetic
    latent : {dim, dist, var} of the model card
    """

    net: nn.Module
    reference: Callable[[Complexes], Complexes]
    latent: Mapping[str, Any]


class Method(Protocol):
    """One way to train a generator: networks, losses and optimisers in one file.

    Attributes
    ----------
    size_px : side of the images it learns from and makes
    parameters : how many parameters each network has, by name (one complex number is one)
    """

    size_px: int
    parameters: Mapping[str, int]

    def fit(self, largest: float) -> None:
        """Learn the largest modulus of the training data, before the first step of all."""
        ...

    def step(self, batch: Tensor, number: int) -> dict[str, float]:
        """Take optimisation step `number` (from 1); return named losses for the log."""
        ...

    def validate(self, batch: Tensor, number: int) -> dict[str, float]:
        """Return the same losses on data that is not learnt from; change nothing."""
        ...

    def generate(self, seeds: Sequence[int]) -> Values:
        """Make one image a seed, in the network's numbers: (n, bands, size, size)."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Return all that going on exactly needs: weights, optimisers, random state."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Undo `state`; raises KeyError where something is missing."""
        ...

    def exportable(self) -> Exportable:
        """Return the generator that `generate` uses, ready for a model file."""
        ...


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """A method as the registry lists it.

    Attributes
    ----------
    options : Recipe whose fields make the form; its defaults are the first preset
    make : (options, bands, seed, device) -> Method, with fresh weights
    wants_complex : whether the patches must be complex samples
    presets : names to TOML files in `resources/recipes/`, best first
    """

    title: str
    description: str
    options: type[Recipe]
    make: Callable[[Any, int, int, torch.device], Method]
    wants_complex: bool = False
    presets: Mapping[str, str] = field(default_factory=dict)


METHODS: Registry[MethodInfo] = Registry("satstudio.learn.methods", "method")

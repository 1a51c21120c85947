"""Method: what a training method must do; METHODS."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from satstudio.core.plugins import Registry
from satstudio.core.port import BoundPort, Port, PortDtype, Role
from satstudio.core.recipe import Recipe
from satstudio.core.scaling import ScalingKind
from satstudio.learn.batch import Batch
from satstudio.patches.manifest import INPUT
from satstudio.pixels.spectral.region_spectrum import Whiteness
from satstudio.restore.models.model_card import Blending, TestTime

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
    blending: Blending = "none"
    test_time: TestTime = "fixed"
    fills_gaps: bool = False


@dataclass(frozen=True, slots=True)
class Exportable:
    """A network on its way into a model file.

    Attributes
    ----------
    net : float32 noise, interleaved (n, 2 dim), or of each input port one image, interleaved
        (n, 2 bands, rows, cols), of several frames (n, frames, ...), of masks 0 or 1, to float32
        image (n, 2 bands, ...), or to amplitudes (n, bands, ...) where it despeckles; of
        real images everything is plain: noise (n, dim), images (n, bands, ...)
    reference : the same of complex input and, but for amplitudes, of complex output, as torch
        computes it
    latent : {dim, dist, var} of the model card; None where it takes images
    image : None where it takes noise
    ports : of the network, where it takes fewer inputs or frames than its method declares
    """

    net: nn.Module
    reference: Callable[..., Values]
    latent: Mapping[str, Any] | None = None
    image: ImageUse | None = None
    ports: "MethodPorts | None" = None


class Method(Protocol):
    """One way to train: networks, losses and optimisers in one file; `Generator` or `Restorer`.

    Attributes
    ----------
    size_px : side of the images it learns from
    parameters : how many parameters each network has, by name (one complex number is one)
    """

    size_px: int
    parameters: Mapping[str, int]

    def fit(self, largest: float, batch: Batch) -> None:
        """Learn what the training data are like, before the first step of all.

        Parameters
        ----------
        largest : modulus in the training data, in the network's numbers
        batch : the first
        """
        ...

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Take optimisation step `number` (from 1); return named losses for the log."""
        ...

    def validate(self, batch: Batch, number: int) -> dict[str, float]:
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
class StepSettings:
    """How steps are taken, whatever the method.

    Attributes
    ----------
    pace : share of the chosen learning rates
    micro_batches : parts that a batch is worked through in; the update is that of the batch
    precision : of the networks' inner layers in training; heads and losses are float32, and so are
        penalties but for `bf16_all`; with `float64` all is
    is_compiled : networks go through torch.compile; penalties, which are derived twice, do not
    """

    pace: float = 1.0
    micro_batches: int = 1
    precision: Precision = "float32"
    is_compiled: bool = False

    @property
    def is_low(self) -> bool:
        """Whether inner layers are calculated in bfloat16."""
        return self.precision in ("bf16", "bf16_all")


class SeenData(Protocol):
    """Training data, as far as a method looks at them.

    Attributes
    ----------
    is_whitened : cut white and without points
    """

    @property
    def is_whitened(self) -> bool: ...  # noqa: D102 - as above

    def whiteness(self) -> Whiteness:
        """Measure the spectrum of the training patches; complex ones only."""
        ...


@dataclass(frozen=True, slots=True)
class Findings:
    """What a method finds in its training data.

    Attributes
    ----------
    info : for run.json
    remarks : sentences for the user
    """

    info: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@runtime_checkable
class Inspecting(Protocol):
    """A method that looks at its training data and says how they suit it."""

    def inspect(self, data: SeenData, images: Tensor) -> Findings:
        """Look at the data, and at a batch (n, channels, rows, cols) as the network sees it."""
        ...


@dataclass(frozen=True, slots=True)
class SpaceEstimate:
    """What a noisy space does to the images.

    Attributes
    ----------
    sigma : standard deviation of the noise of one step, chosen or found
    variances : of the images in each space over that of the images, at t = 0..T
    warning : where the images do not suit the space; else ""
    """

    sigma: float
    variances: Mapping[str, list[float]]
    warning: str = ""


@runtime_checkable
class Diffusing(Protocol):
    """A method that can take images into a noisy space before its networks see them."""

    def space_estimate(self, images: Tensor) -> SpaceEstimate | None:
        """Return what the space does to a batch (n, channels, rows, cols); None: it has none."""
        ...


@runtime_checkable
class Adjustable(Protocol):
    """A method whose steps can be taken with other settings."""

    def adjust(self, settings: StepSettings) -> None:
        """Take the steps with these settings from now on."""
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


@runtime_checkable
class Translator(Method, Protocol):
    """Makes images of one role from those of others; `validate` has a `loss` that tells how well.

    Attributes
    ----------
    target : the role that it makes
    """

    target: Role

    def translate(self, batch: Batch) -> Values:
        """Make its output of the inputs of a batch, in the network's numbers (n, bands, ...)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Rivals:
    """What plain rules make of a batch, which a method must beat.

    Attributes
    ----------
    images : by the name of the rule, in the network's numbers (n, bands, rows, cols)
    regions : parts of the images that are measured apart, by name: (n, rows, cols) bool
    counted : (n, rows, cols) bool, what the figures are of; None: all that has data
    tolerated_px : by how much the target may lie beside what is made, and then differ by a constant
        too: PSNR is the best over all shifts (cPSNR of PROBA-V)
    is_noisy : the target is linear power under speckle of its own: how likely that is, given an
        answer, is what tells
    coarse : (n, bands, rows, cols), what a finer image of each must still say, in the target's
        bands; NaN where nothing is known
    """

    images: Mapping[str, Values]
    regions: Mapping[str, Values] = field(default_factory=dict)
    counted: Values | None = None
    tolerated_px: int = 0
    is_noisy: bool = False
    coarse: Values | None = None


@runtime_checkable
class Rivalled(Protocol):
    """A translator whose task has baselines: figures stand beside theirs, its loss is its own."""

    def rivals(self, batch: Batch) -> Rivals:
        """Return what the baselines make of a batch."""
        ...


Capability = Literal["generates", "restores", "translates", "has_latents", "has_discriminator"]
"""generates: a `Generator`; restores: a `Restorer`; translates: a `Translator`."""


@dataclass(frozen=True, slots=True)
class MethodPorts:
    """What a method learns from, and what its trained network takes and gives.

    Attributes
    ----------
    data : roles that the patch set must have, the one that sizes are of first
    inputs : of the network, in the order of its arguments; none: it takes noise; a port with
        `mask_of` is the mask of that role
    outputs : of the network; a role of the data, or `output` for what is like the first
    """

    data: tuple[Port, ...]
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = (Port(role="output"),)

    @property
    def masked(self) -> frozenset[Role]:
        """Roles whose masks batches must have."""
        every = (*self.data, *self.inputs)
        return frozenset(port.mask_of for port in every if port.mask_of is not None)


ADVERSARIAL: frozenset[Capability] = frozenset(("generates", "has_latents", "has_discriminator"))
"""What a generator of noise against a critic can do."""


def bands_of(ports: Sequence[BoundPort]) -> int:
    """Return how many bands the first port has."""
    return ports[0].band_count or 1


def generator_ports(dtype: PortDtype) -> MethodPorts:
    """Return the ports of what learns to make images of one role from noise."""
    return MethodPorts(data=(Port(role=INPUT, dtype=dtype),))


Pairing = Literal["needed", "kept", "apart"]


@dataclass(frozen=True, slots=True)
class MethodInfo:
    """A method as the registry lists it.

    Attributes
    ----------
    options : Recipe whose fields make the form; its defaults are the first preset
    make : (options, ports of the data, seed, device) -> Method, with fresh weights
    ports : what it learns from, takes and gives
    capabilities : what it can do, which decides how it is shown, measured and exported
    scaling : what the network sees of the first role, or with `range` of every real role that is
        neither so nor logarithmic already; None: as the patches were cut
    validated : losses that `validate` returns, for the log
    presets : names to TOML files in `resources/recipes/`, best first
    alike : roles that the network sees in the numbers of the first: what it makes of them differs
        from what it is given by little
    pairs : needed: a set whose roles do not belong together is refused; kept: pairs are drawn as
        such where there are any; apart: each role is drawn in its own order, of paired sets too
    """

    title: str
    description: str
    options: type[Recipe]
    make: Callable[[Any, Sequence[BoundPort], int, torch.device], Method]
    ports: MethodPorts
    capabilities: frozenset[Capability]
    scaling: ScalingKind | None = None
    validated: tuple[str, ...] = ("wasserstein", "penalty")
    presets: Mapping[str, str] = field(default_factory=dict)
    pairs: Pairing = "kept"
    alike: tuple[Role, ...] = ()

    @property
    def wants_complex(self) -> bool:
        """Whether the patches of the first role must be complex samples."""
        return self.ports.data[0].dtype == "complex64"


METHODS: Registry[MethodInfo] = Registry("satstudio.learn.methods", "method")

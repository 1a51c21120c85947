"""Networks: a generator and its critic, and what adversarial training has to know of them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import nn

from satstudio.core.errors import RunError
from satstudio.learn.adversarial.draws import Noise
from satstudio.learn.model_weights import UnfitError, Weights, put_weights
from satstudio.learn.nets.complex_dcgan import CNorm2d
from satstudio.learn.nets.complex_layers import (
    ModulusLimit,
    complex_parameters,
    folded,
    unfold,
)
from satstudio.learn.nets.dcgan import Reach

NORMS = (nn.BatchNorm2d, nn.GroupNorm, CNorm2d)


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Two networks and how they are begun, limited and counted.

    Attributes
    ----------
    generator : noise (n, dim) to images, planar where complex
    critic : images to scores (n,)
    start_weights : draws the first weights of a network
    generator_head, critic_head : last layers that are never calculated in bfloat16; it would
        merge scores
    limit_share : output limit, as a share of the largest modulus of the training data
    """

    generator: nn.Sequential
    critic: nn.Sequential
    noise: Noise
    size_px: int
    start_weights: Callable[[nn.Module, torch.Generator], None]
    generator_head: int
    critic_head: int
    limit_share: float = 1.0

    def start(self, random: torch.Generator) -> None:
        """Draw the first weights of both."""
        self.start_weights(self.generator, random)
        self.start_weights(self.critic, random)

    def limit(self, net: nn.Sequential, largest: float) -> None:
        """Set the output limit of a generator of this form."""
        for layer in net:
            if isinstance(layer, ModulusLimit | Reach):
                layer.limit.fill_(max(self.limit_share * largest, 1e-6))

    def parameters(self) -> Mapping[str, int]:
        """Count the parameters of each; one complex number is one."""
        nets = {"generator": self.generator, "critic": self.critic}
        if self._is_complex:
            return {name: complex_parameters(net) for name, net in nets.items()}
        return {name: sum(w.numel() for w in net.parameters()) for name, net in nets.items()}

    def real_layers(self, net: nn.Sequential) -> nn.Sequential:
        """Return a generator as plain real layers that can be exported."""
        return folded(net) if self._is_complex else net.eval()

    def start_from(self, net: nn.Sequential, weights: Weights) -> None:
        """Undo `real_layers`: let a generator have the weights of an exported one.

        Its limit is no weight: it is that of the training data.

        Raises
        ------
        RunError
            If it has norms, whose weights an exported model has no more.
        UnfitError
            If they are those of another network.
        """
        if any(isinstance(layer, NORMS) for layer in net):
            raise RunError(
                "A generator with norms cannot start from a model file, which holds them merged "
                "with other layers; go on with its run (--resume), leave 'start' empty, or train "
                "with generator_norm = none from the beginning."
            )
        real = self.real_layers(deepcopy(net).cpu().float())
        limits = {key: torch.ones(()) for key in real.state_dict() if key.endswith("limit")}
        put_weights(real, {**weights, **limits})
        if not self._is_complex:
            net.load_state_dict(real.state_dict())
            return
        try:
            unfold(real, net)
        except ValueError as error:
            raise UnfitError(f"is no complex network ({error})") from error

    @property
    def _is_complex(self) -> bool:
        return self.noise.dist == "complex_normal"

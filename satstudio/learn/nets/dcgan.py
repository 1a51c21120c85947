"""Generator and critic of DCGAN (Radford et al. 2016), for real images of any number of bands.

The generator goes from noise to `first` x `first` pixels, then doubles the side layer by layer;
the critic is its mirror. `first` 4 is the form of the paper, 2 that of the DCGAN report.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

SLOPE = 0.2
STD = 0.02
Norm = Literal["batch", "layer", "none"]


class Reach(nn.Module):
    """tanh times the largest modulus of the training data.

    Attributes
    ----------
    limit : set once, before the first step
    """

    limit: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("limit", torch.ones(()))

    def forward(self, values: Tensor) -> Tensor:
        """Limit smoothly."""
        return self.limit * torch.tanh(values / self.limit)


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of both networks: `size` is `first` times a power of two."""

    latent: int
    bands: int
    size: int
    first: int
    width: int
    most_channels: int

    @property
    def channels(self) -> list[int]:
        """From the smallest side to the largest, halved down to `width`."""
        levels = (self.size // self.first).bit_length() - 1
        wanted = (self.width * 2 ** (levels - 1 - level) for level in range(levels))
        return [min(count, self.most_channels) for count in wanted]


def generator(plan: Plan, norm: Norm = "batch") -> nn.Sequential:
    """Noise (n, latent) to images (n, bands, size, size)."""
    channels = plan.channels
    layers: list[nn.Module] = [
        nn.Unflatten(1, (plan.latent, 1, 1)),
        nn.ConvTranspose2d(plan.latent, channels[0], plan.first, bias=False),
        *_norm(norm, channels[0]),
        nn.ReLU(),
    ]
    for before, after in pairwise(channels):
        layers += [
            nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False),
            *_norm(norm, after),
            nn.ReLU(),
        ]
    layers += [nn.ConvTranspose2d(channels[-1], plan.bands, 4, 2, 1, bias=False), Reach()]
    return nn.Sequential(*layers)


def critic(plan: Plan, norm: Norm) -> nn.Sequential:
    """Images (n, bands, size, size) to scores (n,), without a bound."""
    channels = plan.channels[::-1]
    layers: list[nn.Module] = [
        nn.Conv2d(plan.bands, channels[0], 4, 2, 1, bias=False),
        nn.LeakyReLU(SLOPE),
    ]
    for before, after in pairwise(channels):
        layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), *_norm(norm, after)]
        layers.append(nn.LeakyReLU(SLOPE))
    layers += [nn.Conv2d(channels[-1], 1, plan.first, bias=False), nn.Flatten(0)]
    return nn.Sequential(*layers)


def start_weights(net: nn.Module, random: torch.Generator) -> None:
    """Draw fresh weights: convolutions N(0, 0.02), gains of batch norms N(1, 0.02)."""
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, STD, generator=random)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, STD, generator=random)
            nn.init.zeros_(layer.bias)


def _norm(kind: Norm, channels: int) -> list[nn.Module]:
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    return [nn.GroupNorm(1, channels)] if kind == "layer" else []

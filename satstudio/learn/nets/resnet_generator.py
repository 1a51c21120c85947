"""ResnetGenerator: the generator of CycleGAN (Zhu et al. 2017), from images to images.

Halved sides, residual blocks, doubled sides, after Johnson et al. 2016, with reflection padding and
7 x 7 convolutions at both ends. With 64 channels, 2 halvings and 9 blocks (6 at 128 px) it is the
network of the paper: 11,378,179 parameters (7,837,699) for three bands to three.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from satstudio.learn.nets.norm_layers import Norm, has_bias, hold_idle_biases, norm_layers

ENDS_PX = 3
"""Reach of the 7 x 7 convolutions at both ends."""

MOST = 0.99
"""What an image counts at most where answers are added to it before tanh, whose end is at 1."""


@dataclass(frozen=True, slots=True)
class ResnetPlan:
    """Sizes of a `ResnetGenerator`.

    Attributes
    ----------
    channels_in, channels_out : real channels; a complex band is two
    width : channels at full resolution; twice as many a halving
    downs : how often sides are halved
    blocks : residual blocks at the smallest sides
    is_limited : answers go through tanh
    is_residual : answers are added to the image, so that a fresh network gives it back; of as many
        channels in as out
    """

    channels_in: int
    channels_out: int
    width: int = 64
    downs: int = 2
    blocks: int = 9
    norm: Norm = "instance"
    is_limited: bool = True
    is_residual: bool = False

    @property
    def widths(self) -> list[int]:
        """Channels at each resolution."""
        return [self.width * 2**level for level in range(self.downs + 1)]

    @property
    def multiple(self) -> int:
        """Sides of images are multiples of this, and at least twice that: blocks mirror."""
        return int(2**self.downs)

    @property
    def reach_px(self) -> int:
        """How far from a pixel its answer depends on the image by the convolutions alone.

        Instance norms besides make it depend, weakly, on all of the image.
        """
        return 2 * (ENDS_PX + self.multiple - 1) + 2 * self.blocks * self.multiple


class ResidualBlock(nn.Module):
    """Images (n, channels, rows, cols) to themselves and what two convolutions add to them."""

    def __init__(self, channels: int, norm: Norm) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=has_bias(norm)),
            *norm_layers(norm, channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3, bias=has_bias(norm)),
            *norm_layers(norm, channels),
        )

    def forward(self, values: Tensor) -> Tensor:
        """Run it."""
        added: Tensor = self.body(values)
        return values + added


class ResnetGenerator(nn.Module):
    """Images (n, channels_in, rows, cols) to (n, channels_out, rows, cols)."""

    def __init__(self, plan: ResnetPlan) -> None:
        super().__init__()
        self.plan = plan
        widths, norm = plan.widths, plan.norm
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(ENDS_PX),
            nn.Conv2d(plan.channels_in, plan.width, 2 * ENDS_PX + 1, bias=has_bias(norm)),
            *_after(plan, plan.width),
        ]
        for before, after in pairwise(widths):
            down = nn.Conv2d(before, after, 3, 2, 1, bias=has_bias(norm))
            layers += [down, *_after(plan, after)]
        layers += [ResidualBlock(widths[-1], norm) for _ in range(plan.blocks)]
        for before, after in pairwise(reversed(widths)):
            up = nn.ConvTranspose2d(before, after, 3, 2, 1, 1, bias=has_bias(norm))
            layers += [up, *_after(plan, after)]
        self.body = nn.Sequential(*layers)
        self.last = nn.Sequential(
            nn.ReflectionPad2d(ENDS_PX),
            nn.Conv2d(plan.width, plan.channels_out, 2 * ENDS_PX + 1),
        )
        hold_idle_biases(self)

    def forward(self, image: Tensor) -> Tensor:
        """Run the network."""
        return self.answer(self.features(image))

    def features(self, image: Tensor) -> Tensor:
        """Run all but its head."""
        features: Tensor = self.body(image)
        return torch.cat([features, image], 1) if self.plan.is_residual else features

    def answer(self, features: Tensor) -> Tensor:
        """Run its head."""
        plan = self.plan
        answer: Tensor = self.last(features[:, : plan.width])
        if plan.is_residual:
            image = features[:, plan.width :]
            answer = answer + (image.clamp(-MOST, MOST).atanh() if plan.is_limited else image)
        return answer.tanh() if plan.is_limited else answer


def _after(plan: ResnetPlan, channels: int) -> list[nn.Module]:
    return [*norm_layers(plan.norm, channels), nn.ReLU()]

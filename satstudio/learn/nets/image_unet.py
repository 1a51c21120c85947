"""ImageUNet: the generator of Pix2Pix (Isola et al. 2017), from images to images of other bands.

Strided convolutions down to a few pixels, transposed ones up again, each joined with what had the
same size on the way down. With eight downs and widths 64 to 512 it is U-Net-256, with seven
U-Net-128.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from satstudio.learn.nets.norm_layers import Norm, has_bias, hold_idle_biases, norm_layers

SLOPE = 0.2


@dataclass(frozen=True, slots=True)
class UNetPlan:
    """Sizes of an `ImageUNet`.

    Attributes
    ----------
    channels_in, channels_out : real channels; a complex band is two
    downs : how often the image is halved
    width : channels after the first down; doubled with each up to `most`
    dropout : share of values that are 0 in training, on the way up at `dropped` levels
    is_limited : answers go through tanh
    added : what it makes is added to the input, each band to its own or else the mean of all; the
        parts that its channels are of: 1, or 2 of planar complex ones. 0: it is the answer
    """

    channels_in: int
    channels_out: int
    downs: int = 8
    width: int = 64
    most: int = 512
    norm: Norm = "batch"
    dropout: float = 0.0
    is_limited: bool = True
    added: int = 0

    @property
    def widths(self) -> list[int]:
        """Channels after each down."""
        return [min(self.width * 2**level, self.most) for level in range(self.downs)]

    @property
    def dropped(self) -> list[int]:
        """Levels with dropout: those of full width but the innermost, or else the one above it."""
        widths, inner = self.widths, self.downs - 1
        wide = [level for level in range(1, inner) if widths[level] == widths[level - 1]]
        return wide or [max(inner - 1, 1)]

    @property
    def multiple(self) -> int:
        """Sides of images are multiples of this."""
        return int(2**self.downs)


class ImageUNet(nn.Module):
    """Images (n, channels_in, rows, cols) to (n, channels_out, rows, cols)."""

    def __init__(self, plan: UNetPlan) -> None:
        super().__init__()
        self.plan = plan
        self.down = nn.ModuleList(_down(plan, level) for level in range(plan.downs))
        self.up = nn.ModuleList(_up(plan, level) for level in range(plan.downs - 1, 0, -1))
        inner = plan.widths[0] * (2 if plan.downs > 1 else 1)
        self.last = nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(inner, plan.channels_out, 4, 2, 1))
        hold_idle_biases(self)

    def forward(self, image: Tensor) -> Tensor:
        """Run the network."""
        return self.joined(self.answer(self.features(image)), image)

    def joined(self, answer: Tensor, image: Tensor) -> Tensor:
        """Add the input to an answer, where it is the difference that is learnt."""
        if not self.plan.added:
            return answer
        return answer + copied(image, self.plan.channels_out, self.plan.added)

    def features(self, image: Tensor) -> Tensor:
        """Run all but its head."""
        kept: list[Tensor] = []
        here = image
        for block in self.down:
            here = block(here)
            kept.append(here)
        here = kept.pop()
        for block in self.up:
            here = torch.cat([kept.pop(), block(here)], 1)
        return here

    def answer(self, features: Tensor) -> Tensor:
        """Run its head."""
        answer: Tensor = self.last(features)
        return answer.tanh() if self.plan.is_limited else answer


def copied(image: Tensor, channels: int, parts: int = 1) -> Tensor:
    """Return an image with other bands: as it is where there are as many, else their mean.

    Parameters
    ----------
    parts : of the channels, each with bands of its own: 2 where they are planar complex ones
    """
    if image.shape[1] == channels:
        return image
    means = [part.mean(1, keepdim=True) for part in torch.chunk(image, parts, 1)]
    return torch.cat([mean for mean in means for _ in range(channels // parts)], 1)


def reach_px(downs: int) -> int:
    """Return how far from a pixel, at most, its answer depends on the image.

    Norms that take means of the image apart.
    """
    return max(pixel - _first(pixel, downs) for pixel in range(2**downs))


def _first(pixel: int, downs: int) -> int:
    """Return the first pixel that the answer at `pixel` depends on (sides are symmetric)."""
    for _ in range(downs):
        pixel = -(-(pixel - 2) // 2)
    for _ in range(downs):
        pixel = 2 * pixel - 1
    return pixel


def _down(plan: UNetPlan, level: int) -> nn.Sequential:
    before = plan.widths[level - 1] if level else plan.channels_in
    after = plan.widths[level]
    layers: list[nn.Module] = [nn.LeakyReLU(SLOPE)] if level else []
    layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=has_bias(plan.norm)))
    if 0 < level < plan.downs - 1:
        layers += norm_layers(plan.norm, after)
    return nn.Sequential(*layers)


def _up(plan: UNetPlan, level: int) -> nn.Sequential:
    is_innermost = level == plan.downs - 1
    before = plan.widths[level] * (1 if is_innermost else 2)
    after = plan.widths[level - 1]
    layers: list[nn.Module] = [
        nn.ReLU(),
        nn.ConvTranspose2d(before, after, 4, 2, 1, bias=has_bias(plan.norm)),
        *norm_layers(plan.norm, after),
    ]
    if plan.dropout and level in plan.dropped:
        layers.append(nn.Dropout(plan.dropout))
    return nn.Sequential(*layers)

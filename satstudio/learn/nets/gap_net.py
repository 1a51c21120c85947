"""GapNet: an image with holes to a whole one: what is to be added to means of what is near.

With gated convolutions, which learn where there is something to see (Yu, Lin, Yang, Shen, Lu and
Huang, "Free-form image inpainting with gated convolution", ICCV 2019).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.restoration_net import SLOPE, RestorationNet, smoothed, spread
from satstudio.learn.nets.unet import CONVOLUTIONS, UNet
from satstudio.learn.nets.unet import reach_px as unet_reach_px

WINDOWS = (3, 5, 9, 17, 33, 65)
"""Sides of the squares whose mean a hole is filled with."""

SMOOTHINGS = 16
"""After that, so that what is filled is smooth."""


@dataclass(frozen=True, slots=True)
class GapPlan:
    """Sizes of a `GapNet`.

    Attributes
    ----------
    channels : of the image
    width : channels of the U-Net at the largest side, doubled a level
    """

    channels: int
    width: int
    levels: int

    @property
    def reach_px(self) -> int:
        """How far from a pixel, at most, its answer depends on the image."""
        return unet_reach_px(self.levels) + max(WINDOWS) // 2 + SMOOTHINGS


class GatedConv(nn.Module):
    """A convolution whose answer is let through by another one, to half of twice as much at first.

    As published, without the factor, fourteen of them let nothing through that could be learnt
    from.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.values = nn.Conv2d(before, after, 3, padding=1)
        self.gates = nn.Conv2d(before, after, 3, padding=1)

    def forward(self, here: Tensor) -> Tensor:
        """Run it."""
        values = functional.leaky_relu(self.values(here), SLOPE)
        return 2 * torch.sigmoid(self.gates(here)) * values


class GapNet(RestorationNet):
    """(n, channels, rows, cols) and mask (n, 1, rows, cols) to the whole; known pixels stay."""

    def __init__(self, plan: GapPlan) -> None:
        super().__init__()
        self.plan = plan
        taken = 2 * plan.channels + 1
        self.net = UNet(taken, plan.channels, plan.width, plan.levels, gated_block)
        gated = (part for part in self.net.modules() if isinstance(part, GatedConv))
        self.heads = [self.net.head, *(part.gates for part in gated)]

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return the image with smooth holes, itself, and its mask."""
        image, mask = given
        return smoothed(spread(image, mask, WINDOWS), mask, SMOOTHINGS), image, mask

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the last layer."""
        smooth, image, mask = begun
        return self.net.features(torch.cat([image * mask, mask, smooth], 1))

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Fill the holes only."""
        smooth, image, mask = begun
        return mask * image + (1 - mask) * (smooth + self.net.answer(features))


def gated_block(inputs: int, outputs: int) -> nn.Sequential:
    """Return the convolutions of a level of a U-Net, gated."""
    widths = [inputs] + [outputs] * CONVOLUTIONS
    return nn.Sequential(*(GatedConv(*both) for both in pairwise(widths)))

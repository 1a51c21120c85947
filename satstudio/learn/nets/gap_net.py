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

AROUND_PX = 17
"""Side of the squares that level and contrast are those of."""

LEAST_CONTRAST = 1e-3
"""In the network's numbers."""


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
        return unet_reach_px(self.levels) + max(WINDOWS) // 2 + SMOOTHINGS + 2 * (AROUND_PX // 2)


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
        """Return the image with smooth holes, itself, its mask, and level and contrast around."""
        image, mask = given
        smooth = smoothed(spread(image, mask, WINDOWS), mask, SMOOTHINGS)
        return smooth, image, mask, *around(smooth)

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the last layer, on what is known less its level, in units of its contrast."""
        smooth, image, mask, level, contrast = begun
        known, filled = ((one - level) / contrast for one in (image, smooth))
        return self.net.features(torch.cat([known * mask, mask, filled], 1))

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Fill the holes only."""
        smooth, image, mask, _, contrast = begun
        return mask * image + (1 - mask) * (smooth + contrast * self.net.answer(features))


def around(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return local means of bands, and how much each differs from its own, of the image's shape.

    So that what is learnt of dark ground holds for bright ground, and of haze for clear air.
    """
    level = local_mean(image)
    spread_of = local_mean((image - level).square())
    return level, (spread_of + LEAST_CONTRAST**2).sqrt()


def local_mean(image: Tensor) -> Tensor:
    """Return means over squares of `AROUND_PX`; at the edges of what lies inside."""
    half = AROUND_PX // 2
    down = functional.avg_pool2d(image, (AROUND_PX, 1), 1, (half, 0), count_include_pad=False)
    return functional.avg_pool2d(down, (1, AROUND_PX), 1, (0, half), count_include_pad=False)


def gated_block(inputs: int, outputs: int) -> nn.Sequential:
    """Return the convolutions of a level of a U-Net, gated."""
    widths = [inputs] + [outputs] * CONVOLUTIONS
    return nn.Sequential(*(GatedConv(*both) for both in pairwise(widths)))

"""A small U-Net: convolutions at halved resolutions, each joined with what came before."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1
CONVOLUTIONS = 2
"""Of 3 x 3, a level and direction."""


class UNet(nn.Module):
    """Images (n, inputs, rows, cols) to (n, outputs, rows, cols); sides multiples of `multiple`.

    Its last layer starts at zero, so that an untrained network answers 0.

    Parameters
    ----------
    channels : at full resolution; twice as many a level further down
    levels : resolutions, full one included
    block : (channels in, out) to the convolutions of a level; None: plain ones
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        channels: int,
        levels: int,
        block: Callable[[int, int], nn.Sequential] | None = None,
    ) -> None:
        super().__init__()
        block = block or _block
        widths = [channels * 2**level for level in range(levels)]
        self.multiple = 2 ** (levels - 1)
        self._down = nn.ModuleList(
            block(before, after)
            for before, after in zip([inputs, *widths[:-1]], widths, strict=True)
        )
        self._up = nn.ModuleList(
            block(fine + coarse, fine)
            for fine, coarse in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )
        self._last = nn.Conv2d(channels, outputs, 1)
        nn.init.zeros_(self._last.weight)
        if self._last.bias is not None:
            nn.init.zeros_(self._last.bias)

    @property
    def head(self) -> nn.Conv2d:
        """Its last layer."""
        return self._last

    def forward(self, image: Tensor) -> Tensor:
        """Run the network."""
        return self.answer(self.features(image))

    def answer(self, features: Tensor) -> Tensor:
        """Run its last layer."""
        answer: Tensor = self._last(features)
        return answer

    def features(self, image: Tensor) -> Tensor:
        """Run all but the last layer."""
        kept: list[Tensor] = []
        here: Tensor = self._down[0](image)
        for block in list(self._down)[1:]:
            kept.append(here)
            here = block(functional.avg_pool2d(here, 2))
        for block in self._up:
            wide = functional.interpolate(here, scale_factor=2.0, mode="nearest")
            here = block(torch.cat([wide, kept.pop()], 1))
        return here


def reach_px(levels: int) -> int:
    """Return how far from a pixel, at most, its answer of a `UNet` depends on the image."""
    multiple = 2 ** (levels - 1)
    return max(pixel - _first(pixel, levels) for pixel in range(multiple))


def _first(pixel: int, levels: int) -> int:
    """Return the first pixel that the answer at `pixel` depends on (sides are symmetric)."""
    for _ in range(levels - 1):
        pixel = (pixel - CONVOLUTIONS) // 2
    for _ in range(levels - 1):
        pixel = 2 * (pixel - CONVOLUTIONS)
    return pixel - CONVOLUTIONS


def start_weights(net: nn.Module, random: torch.Generator) -> None:
    """Draw fresh weights (He's variance) of all convolutions that do not start at zero."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d) and layer.kernel_size != (1, 1):
            nn.init.kaiming_normal_(layer.weight, SLOPE, generator=random)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def in_fast_order(net: nn.Module) -> None:
    """Keep weights of convolutions, and so images, channels last: a quarter faster here."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    widths = [inputs] + [outputs] * CONVOLUTIONS
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers)

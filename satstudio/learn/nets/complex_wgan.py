"""generator, critic: the two complex networks of the WGAN-GP for complex images.

The layer lists reproduce the published parameter counts (see the tests): in the generator the
linear layer has no activation, block 0 has no resampling, convolutions keep their size by padding.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from satstudio.learn.nets.complex_layers import (
    CConv2d,
    CLinear,
    ModulusLimit,
    SplitELU,
    ToImage,
    Upsample2,
)

Head = Literal["abs", "real"]
HEAD_EPS = 1e-12
"""Inside the square root of the modulus: a root has no derivative at 0."""


@dataclass(frozen=True, slots=True)
class GeneratorShape:
    """Layers of a generator: n blocks from `side` px, channels times `factor` a block.

    `has_limit` adds a ModulusLimit at the end.
    """

    latent: int
    blocks: int
    channels: int
    factor: float
    side: int
    bands: int = 1
    has_limit: bool = False

    @property
    def size_px(self) -> int:
        """Side of the image it makes."""
        return int(self.side * 2 ** (self.blocks - 1))


@dataclass(frozen=True, slots=True)
class CriticShape:
    """Layers of a critic: n convolutions, channels doubled and size halved while it is larger."""

    size_px: int
    blocks: int
    channels: int
    most_channels: int
    least_px: int
    bands: int = 1
    head: Head = "abs"


def generator(shape: GeneratorShape) -> nn.Sequential:
    """Build z (n, latent) -> image (n, bands, size, size), as a chain that can be folded."""
    channels = shape.channels
    layers: list[nn.Module] = [
        CLinear(shape.latent, channels * shape.side**2),
        ToImage(shape.side),
        CConv2d(channels, channels),
        SplitELU(),
    ]
    for _ in range(1, shape.blocks):
        wide, channels = channels, max(int(channels * shape.factor), 1)
        layers += [CConv2d(wide, channels), SplitELU()]
        layers += [Upsample2(), CConv2d(channels, channels), SplitELU()]
    layers.append(CConv2d(channels, shape.bands, kernel=5))
    if shape.has_limit:
        layers.append(ModulusLimit())
    return nn.Sequential(*layers)


def critic(shape: CriticShape) -> nn.Sequential:
    """Build image (n, bands, size, size) -> score (n,)."""
    channels, side = shape.channels, shape.size_px
    layers: list[nn.Module] = [CConv2d(shape.bands, channels), SplitELU()]
    for _ in range(1, shape.blocks):
        wide = channels = min(channels, shape.most_channels)
        stride = 1
        if side > shape.least_px:
            channels, stride, side = min(2 * wide, shape.most_channels), 2, side // 2
        layers += [CConv2d(wide, channels, stride=stride), SplitELU()]
    layers += [GlobalMean(), CLinear(channels, 1), ScoreHead(shape.head)]
    return nn.Sequential(*layers)


class GlobalMean(nn.Module):
    """Mean over rows and columns."""

    def forward(self, x: Tensor) -> Tensor:
        """(n, channels, rows, cols) -> (n, channels)."""
        return x.mean((2, 3))


class ScoreHead(nn.Module):
    """One real score of a complex number u: its modulus or its real part.

    The modulus is a cone: its potentials differ from the true ones by a constant only, so scores
    mean something as differences alone. It is kept in at least float32.
    """

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head

    def forward(self, u: Tensor) -> Tensor:
        """(n, 1) complex or (n, 2) planar -> (n,)."""
        if u.is_complex():
            u = torch.cat([u.real, u.imag], 1)
        if u.dtype in (torch.float16, torch.bfloat16):
            u = u.float()
        if self.head == "real":
            return u[:, 0]
        return (u.square().sum(1) + HEAD_EPS).sqrt()

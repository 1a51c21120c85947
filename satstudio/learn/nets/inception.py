"""Inception, 2015: the network whose features the Fréchet Inception Distance is made of.

Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision", in the variant
that was published with the weights of 2015-12-05, which the distance is defined by: 1008 classes,
no auxiliary head, average pools that do not count the padding, and a maximum pool in the last
block. Names of parts are those of the file of weights (566 entries).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

FEATURES, CLASSES = 2048, 1008
SIZE_PX = 299
EPS = 0.001
Sides = int | tuple[int, int]


class Conv(nn.Module):
    """A convolution without bias, batch normalisation, positive part."""

    def __init__(
        self, channels: int, out: int, kernel: Sides, stride: int = 1, padding: Sides = 0
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(out, eps=EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Return (n, out, rows, cols)."""
        return functional.relu(self.bn(self.conv(x)))


def average(x: Tensor) -> Tensor:
    """Mean of 3 x 3 pixels; those beyond the border do not count."""
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def largest(x: Tensor) -> Tensor:
    """Largest of 3 x 3 pixels, one answer a pixel."""
    return functional.max_pool2d(x, 3, stride=1, padding=1)


def halved(x: Tensor) -> Tensor:
    """Largest of 3 x 3 pixels, one answer for two; no padding."""
    return functional.max_pool2d(x, 3, stride=2)


def chain(parts: Sequence[nn.Module], x: Tensor) -> Tensor:
    """Apply parts one after the other."""
    for part in parts:
        x = part(x)
    return x


class BlockA(nn.Module):
    """35 x 35: branches of 1 x 1, 5 x 5, twice 3 x 3, and a pool."""

    def __init__(self, channels: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = Conv(channels, 64, 1)
        self.branch5x5_1 = Conv(channels, 48, 1)
        self.branch5x5_2 = Conv(48, 64, 5, padding=2)
        self.branch3x3dbl_1 = Conv(channels, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, padding=1)
        self.branch_pool = Conv(channels, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return 224 + pooled channels."""
        double = (self.branch3x3dbl_1, self.branch3x3dbl_2, self.branch3x3dbl_3)
        parts = (
            self.branch1x1(x),
            self.branch5x5_2(self.branch5x5_1(x)),
            chain(double, x),
            self.branch_pool(average(x)),
        )
        return torch.cat(parts, 1)


class ReductionA(nn.Module):
    """35 x 35 to 17 x 17."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch3x3 = Conv(channels, 384, 3, stride=2)
        self.branch3x3dbl_1 = Conv(channels, 64, 1)
        self.branch3x3dbl_2 = Conv(64, 96, 3, padding=1)
        self.branch3x3dbl_3 = Conv(96, 96, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Return 480 + as many channels as came."""
        double = (self.branch3x3dbl_1, self.branch3x3dbl_2, self.branch3x3dbl_3)
        return torch.cat((self.branch3x3(x), chain(double, x), halved(x)), 1)


class BlockB(nn.Module):
    """17 x 17: branches of 1 x 1, 7 x 7 in two steps, twice that, and a pool."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        across, down = (1, 7), (7, 1)
        beside, above = (0, 3), (3, 0)
        self.branch1x1 = Conv(channels, 192, 1)
        self.branch7x7_1 = Conv(channels, inner, 1)
        self.branch7x7_2 = Conv(inner, inner, across, padding=beside)
        self.branch7x7_3 = Conv(inner, 192, down, padding=above)
        self.branch7x7dbl_1 = Conv(channels, inner, 1)
        self.branch7x7dbl_2 = Conv(inner, inner, down, padding=above)
        self.branch7x7dbl_3 = Conv(inner, inner, across, padding=beside)
        self.branch7x7dbl_4 = Conv(inner, inner, down, padding=above)
        self.branch7x7dbl_5 = Conv(inner, 192, across, padding=beside)
        self.branch_pool = Conv(channels, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return 768 channels."""
        once = (self.branch7x7_1, self.branch7x7_2, self.branch7x7_3)
        twice = (
            self.branch7x7dbl_1,
            self.branch7x7dbl_2,
            self.branch7x7dbl_3,
            self.branch7x7dbl_4,
            self.branch7x7dbl_5,
        )
        parts = (self.branch1x1(x), chain(once, x), chain(twice, x), self.branch_pool(average(x)))
        return torch.cat(parts, 1)


class ReductionB(nn.Module):
    """17 x 17 to 8 x 8."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch3x3_1 = Conv(channels, 192, 1)
        self.branch3x3_2 = Conv(192, 320, 3, stride=2)
        self.branch7x7x3_1 = Conv(channels, 192, 1)
        self.branch7x7x3_2 = Conv(192, 192, (1, 7), padding=(0, 3))
        self.branch7x7x3_3 = Conv(192, 192, (7, 1), padding=(3, 0))
        self.branch7x7x3_4 = Conv(192, 192, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Return 512 + as many channels as came."""
        long = (self.branch7x7x3_1, self.branch7x7x3_2, self.branch7x7x3_3, self.branch7x7x3_4)
        return torch.cat((self.branch3x3_2(self.branch3x3_1(x)), chain(long, x), halved(x)), 1)


class BlockC(nn.Module):
    """8 x 8: branches that end in a 1 x 3 beside a 3 x 1.

    Parameters
    ----------
    takes_largest : the pool is a maximum; so in the last block of these weights only
    """

    def __init__(self, channels: int, takes_largest: bool) -> None:
        super().__init__()
        across, down = (1, 3), (3, 1)
        beside, above = (0, 1), (1, 0)
        self.branch1x1 = Conv(channels, 320, 1)
        self.branch3x3_1 = Conv(channels, 384, 1)
        self.branch3x3_2a = Conv(384, 384, across, padding=beside)
        self.branch3x3_2b = Conv(384, 384, down, padding=above)
        self.branch3x3dbl_1 = Conv(channels, 448, 1)
        self.branch3x3dbl_2 = Conv(448, 384, 3, padding=1)
        self.branch3x3dbl_3a = Conv(384, 384, across, padding=beside)
        self.branch3x3dbl_3b = Conv(384, 384, down, padding=above)
        self.branch_pool = Conv(channels, 192, 1)
        self._pool = largest if takes_largest else average

    def forward(self, x: Tensor) -> Tensor:
        """Return 2048 channels."""
        once = self.branch3x3_1(x)
        twice = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        parts = (
            self.branch1x1(x),
            self.branch3x3_2a(once),
            self.branch3x3_2b(once),
            self.branch3x3dbl_3a(twice),
            self.branch3x3dbl_3b(twice),
            self.branch_pool(self._pool(x)),
        )
        return torch.cat(parts, 1)


class Inception(nn.Module):
    """Pictures (n, 3, 299, 299) in -1 .. 1 to features (n, 2048) and class logits (n, 1008).

    The logits are without the bias of the last layer, as the Inception Score takes them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Conv(3, 32, 3, stride=2)
        self.Conv2d_2a_3x3 = Conv(32, 32, 3)
        self.Conv2d_2b_3x3 = Conv(32, 64, 3, padding=1)
        self.Conv2d_3b_1x1 = Conv(64, 80, 1)
        self.Conv2d_4a_3x3 = Conv(80, 192, 3)
        self.Mixed_5b = BlockA(192, 32)
        self.Mixed_5c = BlockA(256, 64)
        self.Mixed_5d = BlockA(288, 64)
        self.Mixed_6a = ReductionA(288)
        self.Mixed_6b = BlockB(768, 128)
        self.Mixed_6c = BlockB(768, 160)
        self.Mixed_6d = BlockB(768, 160)
        self.Mixed_6e = BlockB(768, 192)
        self.Mixed_7a = ReductionB(768)
        self.Mixed_7b = BlockC(1280, takes_largest=False)
        self.Mixed_7c = BlockC(2048, takes_largest=True)
        self.fc = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and logits."""
        x = halved(chain((self.Conv2d_1a_3x3, self.Conv2d_2a_3x3, self.Conv2d_2b_3x3), x))
        x = halved(chain((self.Conv2d_3b_1x1, self.Conv2d_4a_3x3), x))
        blocks = (
            *(self.Mixed_5b, self.Mixed_5c, self.Mixed_5d, self.Mixed_6a, self.Mixed_6b),
            *(self.Mixed_6c, self.Mixed_6d, self.Mixed_6e, self.Mixed_7a, self.Mixed_7b),
            self.Mixed_7c,
        )
        features = chain(blocks, x).mean(dim=(2, 3))
        return features, functional.linear(features, self.fc.weight)


def seeded_weights(seed: int) -> dict[str, Tensor]:
    """Return random weights under the names and shapes of the published file; for tests.

    Convolutions keep the variance of what passes through (He 2015); the statistics of
    normalisations are near those of unit numbers, and none is trivial.
    """
    random = torch.Generator().manual_seed(seed)
    found = {}
    for name, value in Inception().state_dict().items():
        if name.endswith("num_batches_tracked"):
            found[name] = torch.tensor(0)
        elif value.ndim > 1:
            fan_in = value[0].numel()
            found[name] = torch.randn(value.shape, generator=random) * (2 / fan_in) ** 0.5
        elif name.endswith(("bn.weight", "running_var")):
            found[name] = 0.75 + 0.5 * torch.rand(value.shape, generator=random)
        else:
            found[name] = 0.1 * torch.randn(value.shape, generator=random)
    return found

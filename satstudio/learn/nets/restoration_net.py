"""RestorationNet: what networks that add to a simple restoration share; masked means of frames."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1

WINDOWS = (3, 5, 9, 17, 33)
"""Sides of the squares whose known pixels stand in for one that is not."""

FALL = 3
"""Power of a square's side that its mean is divided by; with its area, pixels count by the fifth
power of their distance, about."""

LEAST_WEIGHT = 1e-10
"""Less than one pixel of a square of 100 px weighs."""

SPREAD_PX = max(WINDOWS) // 2
"""How far `spread` looks."""


class RestorationNet(nn.Module):
    """A network of `features`, calculated in any precision, and what is `joined` in float32.

    Attributes
    ----------
    heads : convolutions that begin as zero, so that an untrained network gives the simple
        restoration that it adds to
    """

    heads: Sequence[nn.Conv2d]

    def features(self, *given: Tensor) -> Tensor:
        """Run all but the heads."""
        raise NotImplementedError

    def joined(self, features: Tensor, *given: Tensor) -> Tensor:
        """Run the heads and add what the difference is from."""
        raise NotImplementedError

    def forward(self, *given: Tensor) -> Tensor:
        """Run the network."""
        return self.joined(self.features(*given), *given)

    def start(self, random: torch.Generator) -> None:
        """Draw fresh weights (He's variance), but for the heads."""
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, SLOPE, generator=random)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        for head in self.heads:
            nn.init.zeros_(head.weight)


class ResidualBlock(nn.Module):
    """Two convolutions whose answer is added to what goes in (Lim et al. 2017, without norms).

    With leaky rectifiers: where the last layer starts at 0, plain ones died within 30 steps.

    Parameters
    ----------
    share : what the answer is multiplied by
    """

    def __init__(self, width: int, share: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(width, width, 3, padding=1),
        )
        self.share = share

    def forward(self, here: Tensor) -> Tensor:
        """Run it."""
        added: Tensor = self.body(here)
        return here + self.share * added


def masked_mean(frames: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean over the frames that know a pixel, 0 where none does, and where one does.

    Parameters
    ----------
    frames, masks : (n, frames, channels, rows, cols), (n, frames, 1, rows, cols) of 1 and 0

    Returns
    -------
    (n, channels, rows, cols), (n, 1, rows, cols) of 1 and 0
    """
    count = masks.sum(1)
    return (frames * masks).sum(1) / count.clamp(min=1), count.clamp(max=1)


def spread(image: Tensor, known: Tensor, windows: Sequence[int] = WINDOWS) -> Tensor:
    """Return an image whose unknown pixels have means of the known ones near; else 0.

    The nearer, the more a pixel counts (inverse distance weighting, Shepard 1968).

    Parameters
    ----------
    image, known : (n, channels, rows, cols), (n, 1, rows, cols) of 1 and 0
    windows : sides of the squares that are looked at, smallest first
    """
    sums, weights = torch.zeros_like(image), torch.zeros_like(known)
    for side in windows:
        weight = side**-FALL
        sums = sums + weight * window_mean(image * known, side)
        weights = weights + weight * window_mean(known, side)
    near = torch.where(weights > LEAST_WEIGHT, sums / weights.clamp(min=LEAST_WEIGHT), 0.0)
    return known * image + (1 - known) * near


def smoothed(image: Tensor, known: Tensor, steps: int) -> Tensor:
    """Return an image whose unknown pixels became the mean of the 3 x 3 around, `steps` times."""
    here = image
    for _ in range(steps):
        wide = functional.pad(here, (1, 1, 1, 1), mode="replicate")
        here = known * image + (1 - known) * functional.avg_pool2d(wide, 3, 1)
    return here


def window_mean(image: Tensor, side: int) -> Tensor:
    """Return means over squares; what lies outside counts as 0."""
    half = side // 2
    down = functional.avg_pool2d(image, (side, 1), 1, (half, 0))
    return functional.avg_pool2d(down, (1, side), 1, (0, half))

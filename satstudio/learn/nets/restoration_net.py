"""RestorationNet: what networks share that add to a simple restoration; these restorations."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.pixels.resampling import cubic_kernel

SLOPE = 0.1

WINDOWS = (3, 5, 9, 17, 33)
"""Sides of the squares whose known pixels stand in for one that is not."""

FALL = 3
"""Power of a square's side that its mean is divided by; with its area, pixels count by the fifth
power of their distance, about."""

EMPTY_CONTRAST = 1e-5
"""Of zeros. Not added before the root: the export takes what is as small for 0."""

LEAST_WEIGHT = 1e-10
"""Less than one pixel of a square of 100 px weighs."""

BICUBIC_PX = 2
"""How far bicubic interpolation looks."""

SPREAD_PX = max(WINDOWS) // 2
"""How far `spread` looks."""

CONTRAST_PX = 9
"""Side of the squares that detail and contrast are measured in."""

DETAIL_PX = 2 * (CONTRAST_PX // 2)
"""How far `detail` looks."""

LEAST_CONTRAST = 1e-3
"""Of the local mean; what varies less is not made to vary as much as all else."""


class RestorationNet(nn.Module):
    """A simple restoration is `begun`, `features` are of any precision, all is `joined` in float32.

    Attributes
    ----------
    heads : convolutions that begin as zero, so that an untrained network gives the simple
        restoration that it adds to
    """

    heads: Sequence[nn.Conv2d]

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return what the rest is made of: the simple restoration, and what it was made of."""
        raise NotImplementedError

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the heads."""
        raise NotImplementedError

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Run the heads and add what the difference is from."""
        raise NotImplementedError

    def forward(self, *given: Tensor) -> Tensor:
        """Run the network."""
        begun = self.begun(*given)
        return self.joined(self.features(*begun), *begun)

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
    """Return an image whose unknown pixels became the mean of a cross of 5 pixels, `steps` times.

    What it approaches solves Laplace's equation as `pixels.gaps.harmonic` does; of 3 x 3 pixels it
    would not, which costs .4 dB in narrow gaps.
    """
    here = image
    for _ in range(steps):
        wide = functional.pad(here, (1, 1, 1, 1), mode="replicate")
        down = functional.avg_pool2d(wide[..., 1:-1], (3, 1), 1)
        across = functional.avg_pool2d(wide[..., 1:-1, :], (1, 3), 1)
        here = known * image + (1 - known) * (3 * (down + across) - here) / 5
    return here


@lru_cache(maxsize=64)
def phases(ratio: Fraction, *, is_cubic: bool) -> npt.NDArray[np.float32]:
    """Return the weights (phases, taps) of pixels near a group of coarse ones, of each fine one.

    For every group of `ratio.denominator` coarse pixels there are `ratio.numerator` fine ones,
    whose places inside it are the same in every group: so a tile at a whole group gives what the
    whole image gives, which places that are counted from the image's corner do not.
    """
    fine, coarse = ratio.numerator, ratio.denominator
    places = (np.arange(fine) + 0.5) * coarse / fine - 0.5
    apart = places[:, None] - np.arange(-BICUBIC_PX, coarse + BICUBIC_PX)
    weights = cubic_kernel(apart) if is_cubic else np.maximum(1 - np.abs(apart), 0)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def finer(image: Tensor, ratio: Fraction, *, is_cubic: bool = True) -> Tensor:
    """Return an image (n, channels, rows, cols) interpolated on a grid `ratio` times as fine.

    By Keys' cubic convolution as `pixels.resampling.bicubic`, or linearly. Sides are multiples of
    the ratio's denominator; the grids have one corner in common.
    """
    known = phases(ratio, is_cubic=is_cubic)
    weights = torch.from_numpy(known).to(image)[:, None]
    step = ratio.denominator
    wide = functional.pad(image, (BICUBIC_PX,) * 4, mode="replicate").flatten(0, 1)[:, None]
    down = functional.conv2d(wide, weights[..., None], stride=(step, 1))
    lines = down.permute(0, 2, 1, 3).flatten(1, 2)[:, None]
    across = functional.conv2d(lines, weights[:, :, None], stride=(1, step))
    made = across.permute(0, 2, 3, 1).flatten(2, 3)
    return made.reshape(*image.shape[:2], *made.shape[1:])


def detail(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return an image less its local mean, over its local contrast; and this contrast.

    What is learnt from it holds for other ground: it does not change where a channel has another
    offset or gain. (Local contrast normalization, Jarrett et al. 2009, channel by channel.)
    """
    inside = window_mean(torch.ones_like(image[:1, :1]), CONTRAST_PX)
    mean = window_mean(image, CONTRAST_PX) / inside
    apart = image - mean
    power = window_mean(apart.square(), CONTRAST_PX) / inside
    contrast = (power + (LEAST_CONTRAST * mean).square()).sqrt().clamp(min=EMPTY_CONTRAST)
    return apart / contrast, contrast


def window_mean(image: Tensor, side: int) -> Tensor:
    """Return means over squares; what lies outside counts as 0."""
    half = side // 2
    down = functional.avg_pool2d(image, (side, 1), 1, (half, 0))
    return functional.avg_pool2d(down, (1, side), 1, (0, half))

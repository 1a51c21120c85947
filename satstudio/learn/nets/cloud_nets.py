"""CloudNet: optical dates with masks, and SAR, to what is added to the mosaic of clear pixels.

It says how much each clear date counts, which are all alike at first, and what is missing then, in
units of the contrast around: bands of another level or contrast are restored alike, so what is
learnt from one land holds for another; level and SAR say what land it may be. Where nothing is
clear, a small network looks at each pixel by itself too: what multilooked SAR says of it (decibels
are averaged: speckle of all land is alike there). Without it a U-Net learns that ten times slower.
Two backbones: `dsen2cr`, the residual CNN of Meraner, Ebel, Zhu and Schmitt, "Cloud removal in
Sentinel-2 imagery using a deep residual neural network and SAR-optical data fusion", ISPRS 2020
(there 16 blocks of 256 channels, each added to a tenth); and `unet`, a U-Net.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from satstudio.learn.nets.restoration_net import (
    SLOPE,
    ResidualBlock,
    RestorationNet,
    masked_mean,
    smoothed,
    spread,
    window_mean,
)
from satstudio.learn.nets.unet import UNet
from satstudio.learn.nets.unet import reach_px as unet_reach_px

Backbone = Literal["dsen2cr", "unet"]

BLOCK_SHARE = 0.1
WINDOWS = (3, 5, 9, 17, 33, 65)
"""Sides of the squares that what is never clear is filled from."""

SMOOTHINGS = 16
"""After that, so that what is filled is smooth."""

AROUND_PX = max(WINDOWS)
"""Side of the square that level and contrast are measured in."""

NEGLIGIBLE = 0.05
"""In the network's numbers; contrasts are no smaller."""

UNSEEN = 1e-3
"""So much of this square has the band's usual level, for where nothing is clear."""

USUAL_CONTRAST = 0.5
LEAST_CONTRAST = 0.3
"""Of the level."""

LOOKS = (3, 5, 9)
"""Sides of the squares over which SAR is multilooked."""

GUESS_WIDTH = 64

MOST_SEEN = 5.0
"""Contrasts from the level; of level and SAR, in the network's numbers: 1 of reflectance, -65 and
35 dB as patch sets are made."""

NEVER = -1e9
"""Of a date that is cloudy, before weights are made."""


@dataclass(frozen=True, slots=True)
class CloudPlan:
    """Sizes of a `CloudNet`.

    Attributes
    ----------
    bands : of the optical dates
    places : which of these bands each band of the answer is
    dates : most optical images; where there are fewer, the others count as cloudy
    sar : SAR bands; 0: it sees no SAR
    depth : blocks of `dsen2cr`, levels of `unet`
    """

    bands: int
    places: tuple[int, ...]
    dates: int
    sar: int
    backbone: Backbone
    width: int
    depth: int

    @property
    def multiple(self) -> int:
        """Sides of images are multiples of this."""
        return int(2 ** (self.depth - 1)) if self.backbone == "unet" else 1

    @property
    def reach_px(self) -> int:
        """How far from a pixel, at most, its answer depends on the images."""
        own = unet_reach_px(self.depth) if self.backbone == "unet" else 2 * self.depth + 2
        return own + 1 + AROUND_PX // 2 + SMOOTHINGS


class CloudNet(RestorationNet):
    """(n, dates, bands, rows, cols), masks and SAR (n, bands, rows, cols) to (n, bands, ...)."""

    def __init__(self, plan: CloudPlan) -> None:
        super().__init__()
        self.plan = plan
        taken = plan.dates * (plan.bands + 1) + 2 * plan.bands + 1 + plan.sar
        self.usual = nn.Parameter(torch.ones(1, plan.bands, 1, 1))
        self.weight = nn.Conv2d(plan.width, plan.dates, 3, padding=1)
        seen = 2 * plan.bands + (1 + len(LOOKS)) * plan.sar
        self.guess = nn.Sequential(
            nn.Conv2d(seen, GUESS_WIDTH, 1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(GUESS_WIDTH, GUESS_WIDTH, 1),
            nn.LeakyReLU(SLOPE),
        )
        self.guessed = nn.Conv2d(GUESS_WIDTH, len(plan.places), 1)
        if plan.backbone == "unet":
            self.unet = UNet(taken, len(plan.places), plan.width, plan.depth)
            self.heads = [self.unet.head, self.weight, self.guessed]
            return
        blocks = [ResidualBlock(plan.width, BLOCK_SHARE) for _ in range(plan.depth)]
        first = nn.Conv2d(taken, plan.width, 3, padding=1)
        self.body = nn.Sequential(first, nn.LeakyReLU(SLOPE), *blocks)
        self.last = nn.Conv2d(plan.width, len(plan.places), 3, padding=1)
        self.heads = [self.last, self.weight, self.guessed]

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return the mosaic, filled, where it is known, level, contrast, dates, masks and SAR."""
        optical, masks = (self._filled(self._dates(one)) for one in given[:2])
        mean, known = masked_mean(optical, masks)
        level, contrast = self._level(mean, known)
        mosaic = level + smoothed(spread(mean - level, known, WINDOWS), known, SMOOTHINGS)
        return mosaic, known, level, contrast, optical, masks, *given[2:]

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the last layers."""
        mosaic, known, level, contrast, optical, masks, *sar = begun
        dates = masks * (optical - level[:, None]) / contrast[:, None]
        usual = in_range(level, contrast)
        seen = (dates.flatten(1, 2), (mosaic - level) / contrast, usual, *sar)
        bounded = [one.clamp(-MOST_SEEN, MOST_SEEN) for one in seen]
        taken = torch.cat([*bounded, masks.flatten(1, 2), known], 1)
        answer: Tensor = (
            self.unet.features(taken) if self.plan.backbone == "unet" else self.body(taken)
        )
        return answer

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Weigh the clear dates, which alike are the mosaic, and add what is missing.

        Weights are of bounded features: else rounding would decide between dates where numbers are
        large.
        """
        mosaic, known, _, contrast, optical, masks = begun[:6]
        places = list(self.plan.places)
        answer: Tensor = self.heads[0](features) + (1 - known) * self._guess(*begun)
        answer = contrast[:, places] * answer
        said = self.weight(features / (1 + features.abs()))[:, :, None]
        said = torch.where(masks > 0, said, NEVER)
        weighed = (masks * torch.softmax(said, 1) * optical).sum(1)
        return (weighed + (1 - known) * mosaic)[:, places] + answer

    def _guess(self, *begun: Tensor) -> Tensor:
        """Return what each pixel by itself says."""
        mosaic, _, level, contrast, _, _, *sar = begun
        looks = [multilooked(image, side) for image in sar for side in (1, *LOOKS)]
        seen = torch.cat([in_range(level, contrast), (mosaic - level) / contrast, *looks], 1)
        answer: Tensor = self.guessed(self.guess(seen.clamp(-MOST_SEEN, MOST_SEEN)))
        return answer

    def _level(self, mean: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and standard deviation of what is clear around, or what is usual."""
        there = window_mean(known, AROUND_PX) + UNSEEN
        usual = UNSEEN * self.usual
        level = (window_mean(mean * known, AROUND_PX) + usual) / there
        power = window_mean(mean.square() * known, AROUND_PX)
        power = power + usual * self.usual * (1 + USUAL_CONTRAST**2)
        spread_out = (power / there - level.square()).clamp(min=0)
        return level, (spread_out + (LEAST_CONTRAST * level).square()).sqrt().clamp(min=NEGLIGIBLE)

    def _filled(self, images: Tensor) -> Tensor:
        """Return as many dates as the network sees: zeros where there are fewer."""
        if self.plan.dates == 1:
            return images
        missing = torch.zeros_like(images[:, :1]).expand(-1, self.plan.dates, -1, -1, -1)
        return torch.cat([images, missing], 1)[:, : self.plan.dates]

    @staticmethod
    def _dates(images: Tensor) -> Tensor:
        """Return (n, dates, ...) of a single date (n, ...) too."""
        return images if images.ndim == 5 else images[:, None]


def multilooked(image: Tensor, side: int) -> Tensor:
    """Return means over squares; at the border over what there is of them."""
    if side == 1:
        return image
    return window_mean(image, side) / window_mean(torch.ones_like(image[:1, :1]), side)


def in_range(level: Tensor, contrast: Tensor) -> Tensor:
    """Return the level; 0 where no reflectance has such a contrast: then rounding would decide."""
    return torch.where(contrast > MOST_SEEN, 0.0, level)

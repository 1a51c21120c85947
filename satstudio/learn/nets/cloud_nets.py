"""CloudNet: optical dates with masks, and SAR, to what is added to the mosaic of clear pixels.

It says how much each clear date counts, which are all alike at first, and what is missing then. Two
backbones: `dsen2cr`, the residual CNN of Meraner, Ebel, Zhu and Schmitt, "Cloud removal in
Sentinel-2 imagery using a deep residual neural network and SAR-optical data fusion", ISPRS 2020
(there 16 blocks of 256 channels, each added to a tenth); and `unet`, a U-Net.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from satstudio.learn.nets.restoration_net import (
    SLOPE,
    SPREAD_PX,
    ResidualBlock,
    RestorationNet,
    masked_mean,
    spread,
)
from satstudio.learn.nets.unet import UNet
from satstudio.learn.nets.unet import reach_px as unet_reach_px

Backbone = Literal["dsen2cr", "unet"]

BLOCK_SHARE = 0.1
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
        return own + 1 + SPREAD_PX


class CloudNet(RestorationNet):
    """(n, dates, bands, rows, cols), masks and SAR (n, bands, rows, cols) to (n, bands, ...)."""

    def __init__(self, plan: CloudPlan) -> None:
        super().__init__()
        self.plan = plan
        taken = plan.dates * (plan.bands + 1) + plan.bands + 1 + plan.sar
        self.weight = nn.Conv2d(plan.width, plan.dates, 3, padding=1)
        if plan.backbone == "unet":
            self.unet = UNet(taken, len(plan.places), plan.width, plan.depth)
            self.heads = [self.unet.head, self.weight]
            return
        blocks = [ResidualBlock(plan.width, BLOCK_SHARE) for _ in range(plan.depth)]
        first = nn.Conv2d(taken, plan.width, 3, padding=1)
        self.body = nn.Sequential(first, nn.LeakyReLU(SLOPE), *blocks)
        self.last = nn.Conv2d(plan.width, len(plan.places), 3, padding=1)
        self.heads = [self.last, self.weight]

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return where no date is clear what is around, the dates, masks and SAR."""
        optical, masks = (self._filled(self._dates(one)) for one in given[:2])
        mean, known = masked_mean(optical, masks)
        return spread(mean, known), known, optical, masks, *given[2:]

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the last layers."""
        mosaic, known, optical, masks, *sar = begun
        dates = [(optical * masks).flatten(1, 2), masks.flatten(1, 2)]
        taken = torch.cat([*dates, mosaic, known, *sar], 1)
        answer: Tensor = (
            self.unet.features(taken) if self.plan.backbone == "unet" else self.body(taken)
        )
        return answer

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Weigh the clear dates, which alike are the mosaic, and add what is missing.

        Weights are of bounded features: else rounding would decide between dates where numbers are
        large.
        """
        mosaic, known, optical, masks = begun[:4]
        answer: Tensor = self.heads[0](features)
        said = self.weight(features / (1 + features.abs()))[:, :, None]
        said = torch.where(masks > 0, said, NEVER)
        weighed = (masks * torch.softmax(said, 1) * optical).sum(1)
        return (weighed + (1 - known) * mosaic)[:, list(self.plan.places)] + answer

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

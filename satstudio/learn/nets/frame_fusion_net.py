"""FrameFusionNet: images of one ground, shifted by parts of a pixel, to one of a finer grid.

After Deudon, Kalaitzis et al., "HighRes-net: recursive fusion for multi-frame super-resolution of
satellite imagery", 2020: every frame is seen beside a reference by one encoder, the codes are
fused, and a decoder makes the finer pixels. Codes are fused by a mean over the frames that have
data, weighted or not, so that any number of frames will do, in any order but for the first.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import torch
from torch import Tensor, nn

from satstudio.learn.nets.restoration_net import (
    BICUBIC_PX,
    SLOPE,
    SPREAD_PX,
    ResidualBlock,
    RestorationNet,
    finer,
    masked_mean,
    spread,
)
from satstudio.learn.nets.super_net import REACH_PX, Upsampling

Fusion = Literal["mean", "weighted"]
LEAST_WEIGHT = 1e-3
BLOCK_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class FusionPlan:
    """Sizes of a `FrameFusionNet`.

    Attributes
    ----------
    bands : of the frames
    places : which of these each band of the answer is
    encoder, decoder : residual blocks before and after the fusion
    """

    bands: int
    places: tuple[int, ...]
    ratio: Fraction
    width: int
    encoder: int
    decoder: int
    fusion: Fusion

    @property
    def reach_px(self) -> int:
        """How far from a pixel, at most, its answer depends on the frames."""
        own = 1 + 2 * (self.encoder + self.decoder) + REACH_PX
        return SPREAD_PX + max(own, BICUBIC_PX)


class FrameFusionNet(RestorationNet):
    """(n, frames, bands, rows, cols) and masks to (n, bands, ratio rows, ratio cols).

    The grid is that of the first frame, which is one of both references; the other is the mean.
    """

    def __init__(self, plan: FusionPlan) -> None:
        super().__init__()
        self.plan = plan
        width, taken = plan.width, 3 * plan.bands + 2
        self.encoder = nn.Sequential(
            nn.Conv2d(taken, width, 3, padding=1),
            nn.LeakyReLU(SLOPE),
            *(ResidualBlock(width, BLOCK_SHARE) for _ in range(plan.encoder)),
        )
        is_weighted = plan.fusion == "weighted"
        self.weight = nn.Conv2d(width, 1, 3, padding=1) if is_weighted else None
        self.decoder = nn.Sequential(
            *(ResidualBlock(width, BLOCK_SHARE) for _ in range(plan.decoder))
        )
        self.up = Upsampling(width, len(plan.places), plan.ratio)
        self.heads = [self.up.head]

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return the mean of the frames, they and their masks."""
        return spread(*masked_mean(*given)), *given

    def features(self, *begun: Tensor) -> Tensor:
        """Encode every frame beside the references, fuse and decode."""
        mean, low, masks = begun
        first = spread(low[:, 0] * masks[:, 0], masks[:, 0])
        known = torch.cat([low * masks, masks], 2)
        beside = torch.cat([mean, first, masks[:, 0]], 1)[:, None]
        pairs = torch.cat([known, beside.expand(-1, low.shape[1], -1, -1, -1)], 2)
        codes = self.encoder(pairs.flatten(0, 1))
        weights = masks
        if self.weight is not None:
            said = torch.sigmoid(self.weight(codes))
            weights = masks * said.reshape(masks.shape)
        codes = codes.reshape(*low.shape[:2], self.plan.width, *low.shape[3:])
        fused = (codes * weights).sum(1) / weights.sum(1).clamp(min=LEAST_WEIGHT)
        decoded: Tensor = self.decoder(fused)
        return decoded

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Make the finer pixels and add the mean of the frames, interpolated."""
        mean = begun[0][:, list(self.plan.places)]
        answer: Tensor = self.up(features)
        return finer(mean, self.plan.ratio) + answer

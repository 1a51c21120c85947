"""MerlinNet, AmplitudeNet: a `LogUNet` with the logarithm before it and its inverse behind it.

Both know amplitudes by an absolute scale only: log amplitudes `low` .. `high` become 0 .. 1.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.log_unet import LogUNet

MEDIAN = 30.0
"""Median amplitude of a scene at which these networks do best."""

TYPICAL = MEDIAN**2 / math.log(2)
"""Mean power of speckle of that median."""

FILL_PX = 5
"""Side of the square whose mean power stands in for a sample that is exactly zero."""

LARGEST_LOG = 40.0
"""Of an amplitude that comes out; its square still fits float32."""

PART_FLOOR = 1e-3
"""Added to the power of a part before its logarithm."""

LEAST_AMPLITUDE = 1.0
"""Lower ones count as this: SAR2SAR learnt from integers, and makes bright spots of lower ones."""


@dataclass(frozen=True, slots=True)
class LogScale:
    """The log amplitudes (natural) that a network knows as 0 and 1."""

    low: float
    high: float

    def inside(self, log_amplitude: Tensor) -> Tensor:
        """Return the numbers of the network."""
        return (log_amplitude - self.low) / (self.high - self.low)

    def amplitude(self, inside: Tensor) -> Tensor:
        """Return amplitudes of the network's numbers."""
        return torch.exp((inside * (self.high - self.low) + self.low).clamp(max=LARGEST_LOG))


class MerlinNet(nn.Module):
    """Complex samples to amplitudes: the two parts one by one, the mean of both intensities."""

    def __init__(self, net: LogUNet, scale: LogScale) -> None:
        super().__init__()
        self.net = net
        self._scale = scale

    def forward(self, samples: Tensor) -> Tensor:
        """Take (n, 2, rows, cols), real and imaginary part; return (n, 1, rows, cols)."""
        power = samples.square()
        has_data = (power > 0).any(dim=1, keepdim=True)
        intensity = torch.zeros_like(power[:, :1])
        for part in (0, 1):  # one after the other: half the memory of both at once
            known = _filled(power[:, part : part + 1], has_data, TYPICAL / 2)
            inside = self._scale.inside(torch.log(known + PART_FLOOR) / 2)
            intensity = intensity + 0.5 * self._scale.amplitude(self.net(inside)).square()
        return torch.sqrt(intensity)


class AmplitudeNet(nn.Module):
    """Amplitudes (n, 1, rows, cols), or those of complex samples (n, 2, ...), to amplitudes."""

    def __init__(self, net: LogUNet, scale: LogScale) -> None:
        super().__init__()
        self.net = net
        self._scale = scale

    def forward(self, samples: Tensor) -> Tensor:
        """Return (n, 1, rows, cols)."""
        power = samples.square().sum(dim=1, keepdim=True)
        known = _filled(power, power > 0, TYPICAL)
        inside = self._scale.inside(torch.log(torch.sqrt(known).clamp(min=LEAST_AMPLITUDE)))
        return self._scale.amplitude(self.net(inside).clamp(min=0))


def _filled(power: Tensor, has_data: Tensor, typical: float) -> Tensor:
    """Return power in which samples without data have the mean of their neighbours, or `typical`.

    The networks answer a block of zeros with hundreds of times the power around it: a zero has no
    logarithm.
    """
    share = functional.avg_pool2d(has_data.to(power.dtype), FILL_PX, 1, FILL_PX // 2)
    mean = functional.avg_pool2d(torch.where(has_data, power, 0.0), FILL_PX, 1, FILL_PX // 2)
    near = torch.where(share > 0, mean / share.clamp(min=1e-6), typical)
    return torch.where(has_data, power, near)

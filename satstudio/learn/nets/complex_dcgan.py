"""Generator and critic of a DCGAN whose layers are complex; shapes are those of `nets/dcgan.py`.

Rectifiers act on both parts, as they do in the networks of Dhédin et al. 2024; norms keep the
phase: they divide by the root of E|z|^2.
"""

import math
from copy import deepcopy
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.complex_layers import (
    CConv2d,
    ComplexLayer,
    Init,
    ModulusLimit,
    Pair,
    ToImage,
    to_complex,
    to_planar,
    with_weights,
)
from satstudio.learn.nets.complex_wgan import Head, ScoreHead
from satstudio.learn.nets.dcgan import SLOPE, STD, Norm, Plan

NORM_EPS = 1e-5
MOMENTUM = 0.1


class CConvTranspose2d(Pair):
    """Complex transposed convolution, without biases."""

    outputs_axis = 1

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__((channels_in, channels_out, kernel, kernel), has_bias=False)
        self.stride = stride
        self.padding = padding

    def forward(self, x: Tensor) -> Tensor:
        """Apply to (n, channels, rows, cols) of either form."""
        weight = self.weight if x.is_complex() else self.block()[0]
        return functional.conv_transpose2d(x, weight, None, self.stride, self.padding)

    def real_twin(self, is_first: bool, is_last: bool) -> nn.ConvTranspose2d:
        """Return the real transposed convolution."""
        weight, bias = self.real_weights(is_first, is_last)
        ins, outs, side = weight.shape[:3]
        real = nn.ConvTranspose2d(ins, outs, side, self.stride, self.padding, bias=False)
        return with_weights(real, weight, bias)


class SplitReLU(nn.Module):
    """A rectifier on the real and on the imaginary part.

    Parameters
    ----------
    slope : of negative parts
    """

    def __init__(self, slope: float = 0.0) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        """Apply to either form."""
        if x.is_complex():
            return torch.complex(self(x.real), self(x.imag))
        return functional.leaky_relu(x, self.slope) if self.slope else functional.relu(x)


class CNorm2d(ComplexLayer):
    """(z - mean) / sqrt(E|z - mean|^2) times a real gain, plus a complex bias, a channel.

    Parameters
    ----------
    kind : `batch`: the mean over images and pixels, a running one when nothing is learnt; `layer`:
        no mean is taken off, and E goes over channels and pixels of an image
    """

    mean: Tensor
    power: Tensor

    def __init__(self, channels: int, kind: Norm) -> None:
        super().__init__()
        self.kind = kind
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias_r = nn.Parameter(torch.zeros(channels))
        self.bias_i = nn.Parameter(torch.zeros(channels))
        if kind == "batch":
            self.register_buffer("mean", torch.zeros(2 * channels))
            self.register_buffer("power", torch.ones(channels))

    @property
    def mixes_images(self) -> bool:
        """Whether the images of a batch change each other."""
        return self.kind == "batch"

    def forward(self, x: Tensor) -> Tensor:
        """Apply to (n, channels, rows, cols) of either form."""
        if x.is_complex():
            return to_complex(self(to_planar(x)))
        x = x if x.dtype == torch.float64 else x.float()  # bfloat16 is too coarse for variances
        if self.kind == "layer":
            scale = 2 * x.square().mean((1, 2, 3), keepdim=True)
            return self._moved(x * (scale + NORM_EPS).rsqrt() * _column(self.gain.repeat(2)))
        mean, power = self._batch(x) if self.training else (self.mean, self.power)
        gain = self.gain * (power + NORM_EPS).rsqrt()
        return self._moved((x - _column(mean)) * _column(gain.repeat(2)))

    def real_twin(self, is_first: bool, is_last: bool) -> nn.Module:
        """Return the real batch norm of planar channels; a layer norm works on them as it is."""
        if self.kind == "layer":
            return deepcopy(self)
        real = nn.BatchNorm2d(2 * len(self.gain), NORM_EPS)
        real.running_mean = self.mean.clone()
        real.running_var = self.power.repeat(2).clone()
        gain = nn.Parameter(self.gain.detach().repeat(2))
        return with_weights(real, gain, torch.cat([self.bias_r, self.bias_i]).detach()).eval()

    def _batch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = x.mean((0, 2, 3))
        parts = (x - _column(mean)).square().mean((0, 2, 3))
        power = parts[: len(self.gain)] + parts[len(self.gain) :]
        with torch.no_grad():
            self.mean.lerp_(mean, MOMENTUM)
            self.power.lerp_(power, MOMENTUM)
        return mean, power

    def _moved(self, x: Tensor) -> Tensor:
        return x + _column(torch.cat([self.bias_r, self.bias_i]))


def generator(plan: Plan, norm: Norm = "batch") -> nn.Sequential:
    """Noise (n, latent) to images (n, bands, size, size), as a chain that can be folded."""
    channels = plan.channels
    layers: list[nn.Module] = [
        ToImage(1),
        CConvTranspose2d(plan.latent, channels[0], plan.first),
        *_norm(norm, channels[0]),
        SplitReLU(),
    ]
    for before, after in pairwise(channels):
        layers += [CConvTranspose2d(before, after, 4, 2, 1), *_norm(norm, after), SplitReLU()]
    layers += [CConvTranspose2d(channels[-1], plan.bands, 4, 2, 1), ModulusLimit()]
    return nn.Sequential(*layers)


def critic(plan: Plan, norm: Norm, head: Head) -> nn.Sequential:
    """Images (n, bands, size, size) to scores (n,)."""
    channels = plan.channels[::-1]
    layers: list[nn.Module] = [_halved(plan.bands, channels[0]), SplitReLU(SLOPE)]
    for before, after in pairwise(channels):
        layers.append(_halved(before, after))
        layers += _norm(norm, after)
        layers.append(SplitReLU(SLOPE))
    layers += [
        CConv2d(channels[-1], 1, plan.first, padding=0, has_bias=False),
        nn.Flatten(1),
        ScoreHead(head),
    ]
    return nn.Sequential(*layers)


def start_weights(net: nn.Module, init: Init | Literal["dcgan"], random: torch.Generator) -> None:
    """Draw fresh weights; `dcgan`: E|W|^2 as in the real networks; gains N(1, 0.02)."""
    for layer in net.modules():
        if isinstance(layer, Pair) and init != "dcgan":
            layer.start(init, random)
        elif isinstance(layer, Pair):
            for weight in (layer.weight_r, layer.weight_i):
                nn.init.normal_(weight, 0.0, STD / math.sqrt(2), generator=random)
        elif isinstance(layer, CNorm2d):
            nn.init.normal_(layer.gain, 1.0, STD, generator=random)


def _halved(channels_in: int, channels_out: int) -> CConv2d:
    return CConv2d(channels_in, channels_out, 4, 2, padding=1, has_bias=False)


def _norm(kind: Norm, channels: int) -> list[nn.Module]:
    return [] if kind == "none" else [CNorm2d(channels, kind)]


def _column(values: Tensor) -> Tensor:
    return values[:, None, None]

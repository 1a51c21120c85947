"""norm_layers: the norms that networks of image translation can have."""

import math
from copy import deepcopy
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

STD = 0.02

Norm = Literal["batch", "instance", "instance_affine", "group", "none"]
"""All but instance (Zhu et al. 2017) scale and shift each channel after it; instance_affine is that
of the TensorFlow tutorials, whose networks have no other biases."""

FACTORED = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)

GROUP_CHANNELS = 16
"""Channels of a group (Wu and He 2018), or the greatest common divisor where there are others."""


class InstanceNorm(nn.InstanceNorm2d):
    """An instance norm that makes nothing of flat images.

    Of an image that is equal everywhere but for rounding, a plain one makes noise: what rounding
    leaves is divided by the root of eps, in layer after layer, until it fills the output. Where
    nothing is learnt, what the mean has left of the mean is taken away too.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Return each channel of each image with mean 0 and variance 1."""
        if self.training:
            return super().forward(images)
        apart = images - images.mean((2, 3), keepdim=True)
        apart = apart - apart.mean((2, 3), keepdim=True)
        power = apart.square().mean((2, 3), keepdim=True)
        made: Tensor = apart * (power + self.eps).rsqrt()
        if self.weight is None:
            return made
        return made * self.weight[:, None, None] + self.bias[:, None, None]


def norm_layers(kind: Norm, channels: int) -> list[nn.Module]:
    """Return the layers of a norm: one, or none."""
    if kind == "batch":
        return [nn.BatchNorm2d(channels)]
    if kind == "instance":
        return [InstanceNorm(channels)]
    if kind == "instance_affine":
        return [InstanceNorm(channels, affine=True)]
    if kind == "group":
        groups = channels // math.gcd(channels, GROUP_CHANNELS)
        return [nn.GroupNorm(groups, channels)]
    return []


def has_bias(kind: Norm) -> bool:
    """Tell whether the convolution before a norm has a bias: not where the norm shifts itself."""
    return kind in ("instance", "none")


def depends_on_image(kind: Norm) -> bool:
    """Tell whether a norm takes its mean and variance of the image that it is given, always."""
    return kind in ("instance", "instance_affine", "group")


def start_weights(net: nn.Module, random: torch.Generator) -> None:
    """Draw fresh weights: of layers N(0, 0.02), biases 0; factors of norms N(1, 0.02)."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            _draw(layer.weight, layer.bias, 0.0, random)
        elif isinstance(layer, FACTORED) and layer.weight is not None:
            _draw(layer.weight, layer.bias, 1.0, random)


def _draw(weight: Tensor, bias: Tensor | None, mean: float, random: torch.Generator) -> None:
    nn.init.normal_(weight, mean, STD, generator=random)
    if bias is not None:
        nn.init.zeros_(bias)


def image_by_image(net: nn.Module) -> nn.Module:
    """Return a copy whose batch norms take mean and variance of each image, not of a batch.

    The weights are those of the original, not copies. With one image it is what a network in
    training mode answers.
    """
    copy = deepcopy(net, {id(weight): weight for weight in net.parameters()})
    _replace_norms(copy)
    return copy


def hold_idle_biases(net: nn.Module) -> None:
    """Let biases stay that an instance norm takes away again.

    They change no answer, so their gradients are nothing but rounding; Adam, which divides by
    their size, would make steps of full length of it.
    """
    for parts in net.modules():
        layers = list(parts.children()) if isinstance(parts, nn.Sequential) else []
        for layer, after in pairwise(layers):
            if isinstance(after, nn.InstanceNorm2d) and isinstance(layer.bias, Tensor):
                layer.bias.register_hook(torch.zeros_like)  # type: ignore[no-untyped-call]  # torch's


def _replace_norms(net: nn.Module) -> None:
    for name, layer in net.named_children():
        if isinstance(layer, nn.BatchNorm2d):
            same = InstanceNorm(layer.num_features, layer.eps, affine=True)
            same.weight, same.bias = layer.weight, layer.bias
            setattr(net, name, same)
        else:
            _replace_norms(layer)

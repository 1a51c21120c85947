"""CConv2d, CLinear, SplitELU, Upsample2, ToImage: complex layers and their real-valued twin.

Every layer takes either form of the same data and answers in that form:

- *planar* float32, channels [re_0 .. re_c-1, im_0 .. im_c-1]: one real convolution with the block
  weight [[Wr, -Wi], [Wi, Wr]]; the form of training and of the exported model
- *native* complex64: torch's own complex arithmetic; the reference that both are held to
"""

import math
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

Init = Literal["torch", "lecun", "he"]
M = TypeVar("M", bound=nn.Module)


class _Pair(nn.Module):
    """Weights and biases of a complex layer as (real, imaginary) pairs."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.fan_in = math.prod(shape[1:])
        self.weight_r = nn.Parameter(torch.zeros(shape))
        self.weight_i = nn.Parameter(torch.zeros(shape))
        self.bias_r = nn.Parameter(torch.zeros(shape[0]))
        self.bias_i = nn.Parameter(torch.zeros(shape[0]))

    @property
    def weight(self) -> Tensor:
        """Complex weight, for the native form."""
        return torch.complex(self.weight_r, self.weight_i)

    @property
    def bias(self) -> Tensor:
        """Complex bias, for the native form."""
        return torch.complex(self.bias_r, self.bias_i)

    def block(self) -> tuple[Tensor, Tensor]:
        """Return the real weight [[Wr, -Wi], [Wi, Wr]] and bias [br, bi] of the planar form."""
        upper = torch.cat([self.weight_r, -self.weight_i], 1)
        lower = torch.cat([self.weight_i, self.weight_r], 1)
        return torch.cat([upper, lower], 0), torch.cat([self.bias_r, self.bias_i])

    def start(self, init: Init, random: torch.Generator) -> None:
        """Draw first weights.

        Total variance E|W|^2 is 2/(3 fan_in) for `torch` (with biases, as torch draws complex
        layers), 1/fan_in for `lecun`, 2/fan_in for `he` (both with zero biases).
        """
        part = {"torch": 1 / 3, "lecun": 1 / 2, "he": 1.0}[init] / self.fan_in
        bound = math.sqrt(3 * part)
        with torch.no_grad():
            for weight in (self.weight_r, self.weight_i):
                weight.uniform_(-bound, bound, generator=random)
            for bias in (self.bias_r, self.bias_i):
                if init == "torch":
                    bias.uniform_(-bound, bound, generator=random)
                else:
                    bias.zero_()


class CConv2d(_Pair):
    """Complex convolution."""

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int = 3, stride: int = 1
    ) -> None:
        super().__init__((channels_out, channels_in, kernel, kernel))
        self.stride = stride
        self.padding = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (n, channels, rows, cols)."""
        weight, bias = (self.weight, self.bias) if x.is_complex() else self.block()
        return F.conv2d(x, weight, bias, self.stride, self.padding)


class CLinear(_Pair):
    """Complex linear map."""

    def __init__(self, features_in: int, features_out: int) -> None:
        super().__init__((features_out, features_in))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, features)."""
        weight, bias = (self.weight, self.bias) if x.is_complex() else self.block()
        return F.linear(x, weight, bias)


class SplitELU(nn.Module):
    """ELU on the real and on the imaginary part (the papers' CELU)."""

    def forward(self, x: Tensor) -> Tensor:
        """Apply to either form."""
        if x.is_complex():
            return torch.complex(F.elu(x.real), F.elu(x.imag))
        return F.elu(x)


class Upsample2(nn.Module):
    """Each pixel becomes 2 x 2 equal ones."""

    def forward(self, x: Tensor) -> Tensor:
        """Apply to either form."""
        if x.is_complex():
            return torch.complex(_twice(x.real), _twice(x.imag))
        return _twice(x)


class ToImage(nn.Module):
    """(n, channels * side * side) seen as (n, channels, side, side)."""

    def __init__(self, side: int) -> None:
        super().__init__()
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """Apply to either form; planar features become planar channels."""
        return x.reshape(x.shape[0], -1, self.side, self.side)


class ModulusLimit(nn.Module):
    """z / (1 + (|z| / limit)^4)^(1/4): z while it is small, never beyond the limit.

    A logarithmic scaling makes powers of ten of a network's numbers: without a limit a few
    numbers that are too large hold all the power of an image. The limit is a buffer, so it
    travels with the weights; infinite until it is set.
    """

    limit: Tensor

    def __init__(self, is_interleaved: bool = False) -> None:
        super().__init__()
        self.is_interleaved = is_interleaved
        self.register_buffer("limit", torch.tensor(math.inf))

    def forward(self, x: Tensor) -> Tensor:
        """Apply to either form; a folded twin has its channels interleaved."""
        if x.is_complex():
            return x * self._share(x.real.square() + x.imag.square())
        split = (-1, 2) if self.is_interleaved else (2, -1)
        pairs = x.reshape(x.shape[0], *split, *x.shape[2:])
        power = pairs.square().sum(2 if self.is_interleaved else 1, keepdim=True)
        return (pairs * self._share(power)).reshape(x.shape)

    def interleaved(self) -> "ModulusLimit":
        """Return the same for interleaved channels."""
        twin = ModulusLimit(is_interleaved=True)
        twin.limit = self.limit.clone()
        return twin

    def _share(self, power: Tensor) -> Tensor:
        return (1 + (power / self.limit.square()).square()).pow(-0.25)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def to_planar(z: Tensor) -> Tensor:
    """Complex (n, c, ...) as float (n, 2c, ...): all real parts, then all imaginary ones."""
    return torch.cat([z.real, z.imag], 1)


def to_complex(x: Tensor) -> Tensor:
    """Undo `to_planar`."""
    real, imag = x.chunk(2, 1)
    return torch.complex(real, imag)


def interleaved(count: int) -> Tensor:
    """Return where channel re0, im0, re1, im1, ... lies among 2 * count planar channels."""
    return torch.arange(2 * count).view(2, count).t().reshape(-1)


def start_weights(net: nn.Module, init: Init, random: torch.Generator) -> None:
    """Draw the first weights of every complex layer, in order, from one generator."""
    for layer in net.modules():
        if isinstance(layer, _Pair):
            layer.start(init, random)


def complex_parameters(net: nn.Module) -> int:
    """Count parameters; one complex number is one."""
    return sum(weight.numel() for weight in net.parameters()) // 2


def folded(net: nn.Sequential) -> nn.Sequential:
    """Return the real-valued twin of a chain: plain layers, interleaved channels in and out.

    Only Conv2d and Linear are left where complex layers were; the first takes and the last gives
    channels as re0, im0, re1, im1, ...
    """
    pairs = [index for index, layer in enumerate(net) if isinstance(layer, _Pair)]
    layers: list[nn.Module] = []
    for index, layer in enumerate(net):
        if isinstance(layer, _Pair):
            layers.append(_real_layer(layer, index == pairs[0], index == pairs[-1]))
        elif isinstance(layer, ModulusLimit):
            layers.append(layer.interleaved())
        else:
            layers.append(layer)
    return nn.Sequential(*layers).eval()


def _real_layer(layer: _Pair, is_first: bool, is_last: bool) -> nn.Module:
    weight, bias = (part.detach().clone() for part in layer.block())
    if is_last:
        order = interleaved(len(layer.bias_r))
        weight, bias = weight[order], bias[order]
    if is_first:
        weight = weight[:, interleaved(layer.weight_r.shape[1])]
    real: nn.Conv2d | nn.Linear
    if isinstance(layer, CConv2d):
        real = nn.Conv2d(
            weight.shape[1], weight.shape[0], weight.shape[2], layer.stride, layer.padding
        )
    else:
        real = nn.Linear(weight.shape[1], weight.shape[0])
    real.weight = nn.Parameter(weight.contiguous())
    real.bias = nn.Parameter(bias)
    return real

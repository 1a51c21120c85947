"""CConv2d, CLinear, SplitELU, Upsample2, ToImage: complex layers and their real-valued twin.

Every layer takes either form of the same data and answers in that form:

- *planar* float32, channels [re_0 .. re_c-1, im_0 .. im_c-1]: one real convolution with the block
  weight [[Wr, -Wi], [Wi, Wr]]; the form of training and of the exported model
- *native* complex64: torch's own complex arithmetic; the reference that both are held to
"""

import math
from abc import ABC, abstractmethod
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name everybody knows

Init = Literal["torch", "lecun", "he"]
M = TypeVar("M", bound=nn.Module)


class ComplexLayer(nn.Module, ABC):
    """A layer whose planar form a plain real layer can take over."""

    @abstractmethod
    def real_twin(self, is_first: bool, is_last: bool) -> nn.Module:
        """Return the real layer; the first takes and the last gives interleaved channels."""


class Pair(ComplexLayer):
    """Weights and biases of a complex layer as (real, imaginary) pairs.

    Parameters
    ----------
    shape : of the weight
    """

    outputs_axis = 0
    bias_r: Tensor | None
    bias_i: Tensor | None

    def __init__(self, shape: tuple[int, ...], has_bias: bool = True) -> None:
        super().__init__()
        self.fan_in = math.prod(shape) // shape[self.outputs_axis]
        self.weight_r = nn.Parameter(torch.zeros(shape))
        self.weight_i = nn.Parameter(torch.zeros(shape))
        for name in ("bias_r", "bias_i"):
            zeros = torch.zeros(shape[self.outputs_axis])
            self.register_parameter(name, nn.Parameter(zeros) if has_bias else None)

    @property
    def weight(self) -> Tensor:
        """Complex weight, for the native form."""
        return torch.complex(self.weight_r, self.weight_i)

    @property
    def bias(self) -> Tensor | None:
        """Complex bias, for the native form."""
        if self.bias_r is None or self.bias_i is None:
            return None
        return torch.complex(self.bias_r, self.bias_i)

    def block(self) -> tuple[Tensor, Tensor | None]:
        """Return the real weight [[Wr, -Wi], [Wi, Wr]] and bias [br, bi] of the planar form."""
        into, out = 1 - self.outputs_axis, self.outputs_axis
        upper = torch.cat([self.weight_r, -self.weight_i], into)
        lower = torch.cat([self.weight_i, self.weight_r], into)
        weight = torch.cat([upper, lower], out)
        if self.bias_r is None or self.bias_i is None:
            return weight, None
        return weight, torch.cat([self.bias_r, self.bias_i])

    def real_weights(self, is_first: bool, is_last: bool) -> tuple[nn.Parameter, Tensor | None]:
        """Return `block` detached, with interleaved channels where they go in and come out."""
        weight, bias = self.block()
        weight = weight.detach().clone()
        bias = None if bias is None else bias.detach().clone()
        into, out = 1 - self.outputs_axis, self.outputs_axis
        if is_last:
            order = interleaved(weight.shape[out] // 2)
            weight = weight.index_select(out, order)
            bias = None if bias is None else bias[order]
        if is_first:
            weight = weight.index_select(into, interleaved(weight.shape[into] // 2))
        return nn.Parameter(weight.contiguous()), bias

    def take_real(self, real: nn.Module, is_first: bool, is_last: bool) -> None:
        """Undo `real_weights`: take the weights of a real twin; raises ValueError if it is none."""
        state = real.state_dict()
        weight, bias = state["weight"], state.get("bias")
        into, out = 1 - self.outputs_axis, self.outputs_axis
        if is_first:
            order = interleaved(weight.shape[into] // 2).argsort()
            weight = weight.index_select(into, order)
        if is_last:
            order = interleaved(weight.shape[out] // 2).argsort()
            weight = weight.index_select(out, order)
            bias = None if bias is None else bias[order]
        upper, lower = weight.chunk(2, out)
        (real_part, minus), (imaginary, again) = upper.chunk(2, into), lower.chunk(2, into)
        if not (torch.equal(minus, -imaginary) and torch.equal(again, real_part)):
            raise ValueError("no complex layer has these weights")
        with torch.no_grad():
            self.weight_r.copy_(real_part)
            self.weight_i.copy_(imaginary)
            if bias is not None and self.bias_r is not None and self.bias_i is not None:
                self.bias_r.copy_(bias.chunk(2)[0])
                self.bias_i.copy_(bias.chunk(2)[1])

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
                if bias is None:
                    continue
                if init == "torch":
                    bias.uniform_(-bound, bound, generator=random)
                else:
                    bias.zero_()


class CConv2d(Pair):
    """Complex convolution."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        kernel: int = 3,
        stride: int = 1,
        padding: int | None = None,
        has_bias: bool = True,
    ) -> None:
        super().__init__((channels_out, channels_in, kernel, kernel), has_bias)
        self.stride = stride
        self.padding = kernel // 2 if padding is None else padding

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (n, channels, rows, cols)."""
        if x.is_complex():
            return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)
        weight, bias = self.block()
        weight = weight.contiguous(memory_format=torch.channels_last)
        return F.conv2d(x, weight, bias, self.stride, self.padding)

    def real_twin(self, is_first: bool, is_last: bool) -> nn.Conv2d:
        """Return the real convolution."""
        weight, bias = self.real_weights(is_first, is_last)
        outs, ins, side = weight.shape[:3]
        real = nn.Conv2d(ins, outs, side, self.stride, self.padding, bias=bias is not None)
        return with_weights(real, weight, bias)


class CLinear(Pair):
    """Complex linear map."""

    def __init__(self, features_in: int, features_out: int) -> None:
        super().__init__((features_out, features_in))

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, features)."""
        weight, bias = (self.weight, self.bias) if x.is_complex() else self.block()
        return F.linear(x, weight, bias)

    def real_twin(self, is_first: bool, is_last: bool) -> nn.Linear:
        """Return the real linear map."""
        weight, bias = self.real_weights(is_first, is_last)
        return with_weights(nn.Linear(weight.shape[1], weight.shape[0]), weight, bias)


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


class ModulusLimit(ComplexLayer):
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

    def real_twin(self, is_first: bool, is_last: bool) -> "ModulusLimit":
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
        if isinstance(layer, Pair):
            layer.start(init, random)


def complex_parameters(net: nn.Module) -> int:
    """Count parameters; one complex number is one."""
    return sum(w.numel() for name, w in net.named_parameters() if not name.endswith("_i"))


def unfold(real: nn.Sequential, net: nn.Sequential) -> None:
    """Let a chain have the weights of its twin that `folded` made, but for the limit.

    Raises
    ------
    ValueError
        Naming the layer that no complex one can be the origin of.
    """
    pairs = [index for index, layer in enumerate(net) if isinstance(layer, Pair)]
    for index, (layer, twin) in enumerate(zip(net, real, strict=True)):
        if isinstance(layer, Pair):
            try:
                layer.take_real(twin, index == pairs[0], index == pairs[-1])
            except ValueError as error:
                raise ValueError(f"layer {index}: {error}") from error
        elif not isinstance(layer, ModulusLimit):
            layer.load_state_dict(twin.state_dict())


def folded(net: nn.Sequential) -> nn.Sequential:
    """Return the real-valued twin of a chain: plain layers, interleaved channels in and out."""
    pairs = [index for index, layer in enumerate(net) if isinstance(layer, Pair)]
    layers = [
        layer.real_twin(index == pairs[0], index == pairs[-1])
        if isinstance(layer, ComplexLayer)
        else layer
        for index, layer in enumerate(net)
    ]
    return nn.Sequential(*layers).eval()


def with_weights(layer: M, weight: nn.Parameter, bias: Tensor | None) -> M:
    """Return a layer that has these weights."""
    layer.register_parameter("weight", weight)
    layer.register_parameter("bias", None if bias is None else nn.Parameter(bias))
    return layer

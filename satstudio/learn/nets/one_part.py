"""Reflectivity from one part of complex samples; the whole despeckler of both parts."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.unet import UNet, reach_px

WINDOWS = (3, 5, 9, 17)
DARK = 0.01
"""Least power of a pixel inside the logarithm, as a share of the mean around it."""

NOTHING = 1e-30
"""Least mean power inside a logarithm, as a maximum: the exporter drops what is added and tiny."""

EMPTY = 1e-6
"""A 3 x 3 mean of at most this share of the 17 x 17 mean says that there is nothing: zeros."""

BLOCK, CENTRAL = WINDOWS[:2]
LEAST_SHARE = 0.5 / max(WINDOWS) ** 2
"""Half a pixel of the widest window: below it lie rounding errors only."""

TYPICAL = 0.28
"""Shown power of an empty pixel, as a share of the mean: exp(mean log) of one part of speckle."""


class OnePart(nn.Module):
    """Log reflectivity (n, 1, rows, cols) from the real or the imaginary part alone.

    The network sees logarithms of ratios only (pixel to 5 x 5 mean, mean to wider mean) and
    corrects that of the 5 x 5 mean: a scene twice as bright gives an answer twice as bright,
    whatever it was trained on. Pixels of 3 x 3 blocks without power count in no mean: what lies
    beside a hole is despeckled from what there is.
    """

    def __init__(self, channels: int, levels: int) -> None:
        super().__init__()
        self.net = UNet(len(WINDOWS), 1, channels, levels)

    def forward(self, part: Tensor, in_bf16: bool = False) -> Tensor:
        """Return the logarithm of E|z|^2, of which one part holds half.

        Parameters
        ----------
        in_bf16 : compute in bfloat16, but for the last layer
        """
        power = part_power(part)
        mean, ratios = seen(power, has_power(power))
        if not in_bf16:
            plain: Tensor = mean + self.net(ratios)
            return plain
        with torch.autocast(part.device.type, torch.bfloat16):
            features = self.net.features(ratios)
        answer: Tensor = mean + self.net.answer(features.float())
        return answer


class BothParts(nn.Module):
    """Amplitudes (n, bands, rows, cols) from interleaved samples (n, 2 bands, rows, cols).

    Attributes
    ----------
    gain : ratio of the noisy and the restored intensity, which is 1 afterwards
    """

    gain: Tensor

    def __init__(self, part: OnePart) -> None:
        super().__init__()
        self.part = part
        self.register_buffer("gain", torch.ones(()))

    def forward(self, samples: Tensor) -> Tensor:
        """Estimate each band from either part and take the mean; what is empty stays as it is."""
        count, channels, rows, cols = samples.shape
        parts = samples.reshape(count * channels, 1, rows, cols)
        shape = (count, channels // 2, 2, rows, cols)
        some = has_power(part_power(parts)).reshape(shape)
        said = torch.minimum(self.part(parts).exp(), most(part_power(parts)))
        power = self.gain * (some * said.reshape(shape)).sum(2)
        known = some.sum(2)
        own = parts.square().reshape(shape).sum(2)
        return torch.sqrt(torch.where(known > 0, power / known.clamp(min=1), own))


def most(power: Tensor) -> Tensor:
    """Return the largest answer that one part bears out: all power of the 5 x 5 pixels around.

    Of a coherent point, which is no speckle, one part alone says anything about the other.
    """
    return CENTRAL**2 * _mean(power, CENTRAL)


def seen(power: Tensor, some: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logarithm of the mean that is corrected, and what the network sees.

    Parameters
    ----------
    power : twice the square of one part (n, 1, rows, cols)
    some : 1 where a pixel counts, 0 where it is empty
    """
    widest, wide, central, narrow = _means(power * some, some)
    shown = torch.where(some > 0, power, TYPICAL * central)
    ratios = (
        0.5 * torch.log(shown / central + DARK),
        2 * torch.log(narrow / central),
        2 * torch.log(central / wide),
        2 * torch.log(wide / widest),
    )
    return torch.log(central), torch.cat(ratios, 1)


def has_power(power: Tensor) -> Tensor:
    """Return 0 on 3 x 3 blocks that hold (nearly) nothing of the power around them, else 1."""
    is_core = _mean(power, BLOCK) <= EMPTY * _mean(power, max(WINDOWS))
    return 1 - functional.max_pool2d(is_core.to(power.dtype), BLOCK, 1, BLOCK // 2)


def halo_px(levels: int) -> int:
    """Return how far from a pixel, at most, its answer depends on the samples."""
    return reach_px(levels) + 2 * (max(WINDOWS) // 2) + BLOCK // 2


def part_power(part: Tensor) -> Tensor:
    """Return power whose mean is that of both parts."""
    return 2 * part.square()


def _means(power: Tensor, some: Tensor) -> list[Tensor]:
    """Return means over the pixels that count, widest first; where none does, the wider mean."""
    means = [torch.full_like(power, NOTHING)]
    for side in reversed(WINDOWS):
        share = _mean(some, side)
        mean = _mean(power, side) / share.clamp(min=LEAST_SHARE)
        means.append(torch.where(share >= LEAST_SHARE, mean, means[-1]).clamp(min=NOTHING))
    return means[1:]


def _mean(power: Tensor, side: int) -> Tensor:
    """Return means of square windows, at the edges of what lies inside."""
    half = side // 2
    down = functional.avg_pool2d(power, (side, 1), 1, (half, 0), count_include_pad=False)
    return functional.avg_pool2d(down, (1, side), 1, (0, half), count_include_pad=False)

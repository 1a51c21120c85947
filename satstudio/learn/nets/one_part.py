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

LIKENESS_PX = 2 * max(WINDOWS) - 1
MOST_ALIKE = 0.15
"""Coherence of neighbours in squares of that side up to which speckle counts as white."""

TYPICAL = 0.28
"""Shown power of an empty pixel, as a share of the mean: exp(mean log) of one part of speckle."""


class OnePart(nn.Module):
    """Log reflectivity (n, 1, rows, cols) from the real or the imaginary part of samples.

    The network sees logarithms of ratios only (pixel to 5 x 5 mean, mean to wider mean) and
    corrects that of the 5 x 5 mean: a scene twice as bright gives an answer twice as bright,
    whatever it was trained on. Pixels of 3 x 3 blocks without power count in no mean: what lies
    beside a hole is despeckled from what there is.

    Parameters
    ----------
    blind_spots : see the other part too, but at the pixels where it is to be told (blind spots:
        Krull et al., "Noise2Void", CVPR 2019), where speckle is white: of correlated speckle the
        neighbours would tell the noise itself
    """

    def __init__(self, channels: int, levels: int, blind_spots: bool = False) -> None:
        super().__init__()
        self.blind_spots = blind_spots
        self.net = UNet(len(WINDOWS) + 2 * blind_spots, 1, channels, levels)

    def forward(self, parts: Tensor, in_bf16: bool = False) -> Tensor:
        """Return the logarithm of E|z|^2, of which one part holds half.

        Parameters
        ----------
        parts : (n, 1, rows, cols), one part; with `blind_spots` (n, 3, rows, cols), as `chequered`
            makes them
        in_bf16 : compute in bfloat16, but for the last layer
        """
        power = part_power(parts[:, :1])
        some = has_power(power)
        if self.blind_spots:
            mean, ratios = seen_with_other(power, some, part_power(parts[:, 1:2]), parts[:, 2:])
        else:
            mean, ratios = seen(power, some)
        if not in_bf16:
            plain: Tensor = mean + self.net(ratios)
            return plain
        with torch.autocast(parts.device.type, torch.bfloat16):
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
        pairs = samples.reshape(count * channels // 2, 2, rows, cols)
        some = has_power(part_power(pairs.reshape(-1, 1, rows, cols))).reshape(pairs.shape)
        power = self.gain * (some * self.powers(pairs)).sum(1)
        known = some.sum(1)
        own = pairs.square().sum(1)
        made = torch.sqrt(torch.where(known > 0, power / known.clamp(min=1), own))
        return made.reshape(count, channels // 2, rows, cols)

    def powers(self, pairs: Tensor) -> Tensor:
        """Return what either part says the power is; both of shape (n, 2, rows, cols)."""
        parts = pairs.reshape(-1, 1, *pairs.shape[2:])
        said = torch.minimum(self.logs(pairs).reshape(parts.shape).exp(), most(part_power(parts)))
        return said.reshape(pairs.shape)

    def logs(self, pairs: Tensor) -> Tensor:
        """Return the logarithm of the power from each part; both of shape (n, 2, rows, cols)."""
        parts = pairs.reshape(-1, 1, *pairs.shape[2:])
        if not self.part.blind_spots:
            plain: Tensor = self.part(parts)
            return plain.reshape(pairs.shape)
        others = pairs.flip(1).reshape(parts.shape)
        known = white_places(pairs).repeat_interleave(2, 0)
        board = chequers(parts)
        first = self.part(chequered(parts, others, board * known))
        second = self.part(chequered(parts, others, (1 - board) * known))
        return torch.where(board > 0, second, first).reshape(pairs.shape)


def white_places(pairs: Tensor) -> Tensor:
    """Return 1 where neighbouring samples are not alike, else 0: (n, 1, rows, cols).

    Where noise of another spectrum than the signal's prevails, on still water, whitened samples
    are not white, and the neighbours would tell the noise.

    Parameters
    ----------
    pairs : real and imaginary parts (n, 2, rows, cols)
    """
    power = _mean(pairs.square().sum(1, keepdim=True), LIKENESS_PX).clamp(min=NOTHING)
    alike = torch.zeros_like(power)
    for axis in (2, 3):
        shape = (0, 0, 0, 1) if axis == 2 else (0, 1, 0, 0)
        count = pairs.shape[axis] - 1
        here, beside = pairs.narrow(axis, 0, count), pairs.narrow(axis, 1, count)
        real = (here * beside).sum(1, keepdim=True)
        turned = torch.cat([here[:, 1:], -here[:, :1]], 1)
        imaginary = (turned * beside).sum(1, keepdim=True)
        products = [_mean(functional.pad(one, shape), LIKENESS_PX) for one in (real, imaginary)]
        alike = torch.maximum(alike, products[0].square() + products[1].square())
    return (alike <= (MOST_ALIKE * power).square()).to(power.dtype)


def chequers(images: Tensor) -> Tensor:
    """Return 1 and 0 in turn, as on a chequerboard, of the shape of images (n, 1, rows, cols)."""
    ones = torch.ones_like(images)
    return torch.remainder(ones.cumsum(2) + ones.cumsum(3), 2)


def chequered(part: Tensor, other: Tensor, shown: Tensor) -> Tensor:
    """Return (n, 3, rows, cols): a part, the other where it is shown, else 0, and where that is.

    Parameters
    ----------
    shown : 1 and 0, (n, 1, rows, cols)
    """
    return torch.cat([part, other * shown, shown], 1)


def most(power: Tensor) -> Tensor:
    """Return the largest answer that one part bears out: all power of the 5 x 5 pixels around.

    Of a coherent point, which is no speckle, one part alone says anything about the other.
    """
    return CENTRAL**2 * _mean(power, CENTRAL)


def seen(power: Tensor, some: Tensor, weight: float | Tensor = 1.0) -> tuple[Tensor, Tensor]:
    """Return the logarithm of the mean that is corrected, and what the network sees.

    Parameters
    ----------
    power : twice the square of one part (n, 1, rows, cols)
    some : 1 where a pixel counts, 0 where it is empty
    weight : of pixels in means
    """
    widest, wide, central, narrow = _means(power * some * weight, some * weight)
    shown = torch.where(some > 0, power, TYPICAL * central)
    ratios = (
        0.5 * torch.log(shown / central + DARK),
        2 * torch.log(narrow / central),
        2 * torch.log(central / wide),
        2 * torch.log(wide / widest),
    )
    return torch.log(central), torch.cat(ratios, 1)


def seen_with_other(
    power: Tensor, some: Tensor, other: Tensor, shown: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what `seen` returns, where the other part is known at the pixels `shown`."""
    shown = shown * some
    mean, ratios = seen((power + shown * other) / (1 + shown), some, (1 + shown) / 2)
    central = mean.exp()
    own, beside = (
        0.5 * torch.log(torch.where(known > 0, values, TYPICAL * central) / central + DARK)
        for known, values in ((some, power), (shown, other))
    )
    return mean, torch.cat([own, ratios[:, 1:], beside, shown], 1)


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

"""Reflectivity from one part of complex samples; the whole despeckler of both parts."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from satstudio.learn.nets.unet import UNet, reach_px

WINDOWS = (3, 5, 9, 17)
CENTRAL = 5
"""The window whose mean the network corrects."""

DARK = 0.01
"""Least power of a pixel inside the logarithm, as a share of the mean around it."""

NOTHING = 1e-20
"""Power added everywhere, so that a place without any has a logarithm."""


class OnePart(nn.Module):
    """Log reflectivity (n, 1, rows, cols) from the real or the imaginary part alone.

    The network sees logarithms of ratios only (pixel to 5 x 5 mean, mean to wider mean) and
    corrects that of the 5 x 5 mean: a scene twice as bright gives an answer twice as bright,
    whatever it was trained on.
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
        mean, ratios = self.seen(part)
        if not in_bf16:
            plain: Tensor = mean + self.net(ratios)
            return plain
        with torch.autocast(part.device.type, torch.bfloat16):
            features = self.net.features(ratios)
        answer: Tensor = mean + self.net.answer(features.float())
        return answer

    def seen(self, part: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logarithm of the mean that is corrected, and what the network sees."""
        power = 2 * part.square() + NOTHING
        narrow, central, wide, widest = (_mean(power, side) for side in WINDOWS)
        ratios = (
            0.5 * torch.log(power / central + DARK),
            2 * torch.log(narrow / central),
            2 * torch.log(central / wide),
            2 * torch.log(wide / widest),
        )
        return torch.log(central), torch.cat(ratios, 1)


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
        """Estimate each band from either part and take the mean."""
        count, channels, rows, cols = samples.shape
        logs = self.part(samples.reshape(count * channels, 1, rows, cols))
        power = logs.exp().reshape(count, channels // 2, 2, rows, cols).mean(2)
        return torch.sqrt(self.gain * power)


def halo_px(levels: int) -> int:
    """Return how far from a pixel, at most, its answer depends on the samples."""
    return reach_px(levels) + max(WINDOWS) // 2


def _mean(power: Tensor, side: int) -> Tensor:
    """Return means of square windows, at the edges of what lies inside."""
    half = side // 2
    down = functional.avg_pool2d(power, (side, 1), 1, (half, 0), count_include_pad=False)
    return functional.avg_pool2d(down, (1, side), 1, (0, half), count_include_pad=False)

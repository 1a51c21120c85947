"""IntensityNet: intensity with speckle to the expected intensity, band by band.

The network sees logarithms of ratios only, as `nets.one_part` makes them of one part of complex
samples, and corrects the logarithm of the 5 x 5 mean: twice the input gives twice the answer.
"""

import torch
from torch import Tensor

from satstudio.learn.nets.one_part import NOTHING, WINDOWS, has_power, most, seen
from satstudio.learn.nets.restoration_net import RestorationNet
from satstudio.learn.nets.unet import UNet


class IntensityNet(RestorationNet):
    """(n, bands, rows, cols) linear power to the same; what is empty stays as it is.

    Attributes
    ----------
    gain : what answers are multiplied by where nothing is learnt
    """

    gain: Tensor

    def __init__(self, channels: int, levels: int) -> None:
        super().__init__()
        self.net = UNet(len(WINDOWS), 1, channels, levels)
        self.heads = [self.net.head]
        self.register_buffer("gain", torch.ones(()))

    def begun(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Return the logarithm of the 5 x 5 mean, ratios, where there is power, and the power."""
        power = given[0].clamp(min=0)
        planes = power.flatten(0, 1)[:, None]
        some = has_power(planes)
        return *seen(planes, some), some, power

    def features(self, *begun: Tensor) -> Tensor:
        """Run all but the last layer: (n bands, channels, rows, cols)."""
        return self.net.features(begun[1])

    def joined(self, features: Tensor, *begun: Tensor) -> Tensor:
        """Correct the mean; no answer is above all the power of the 5 x 5 pixels around."""
        mean, _, some, power = begun
        planes = power.flatten(0, 1)[:, None]
        said = torch.exp(mean + self.net.answer(features))
        if not self.training:
            said = self.gain * said
        bounded = torch.minimum(said, most(planes)).clamp(min=NOTHING)
        return torch.where(some > 0, bounded, planes).reshape(power.shape)

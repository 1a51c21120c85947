"""LogUNet: the despeckling network that MERLIN and SAR2SAR were published with.

Dalsasso, Denis, Tupin 2022, "As if by magic: self-supervised training of deep despeckling networks
with MERLIN", and 2021, "SAR2SAR: a semi-supervised despeckling algorithm for SAR images", IEEE
JSTARS; the network is that of Lehtinen et al. 2018, "Noise2Noise", as a residual one. Names of
layers are those of the published files of weights (36 entries, 989 thousand numbers).
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SLOPE = 0.1
FINE, COARSE = 48, 96
"""Channels on the way down and on the way up."""

MULTIPLE = 32
HALO_PX = 160
"""A pixel's answer depends on 158 px around it at most: 127 of convolutions, 31 of pooling."""

DOWN = ("enc1", "enc2", "enc3", "enc4", "enc5")
"""One convolution each, then half the resolution."""

UP = (("dec5", "dec5b"), ("dec4", "dec4b"), ("dec3", "dec3b"), ("dec2", "dec2b"))
"""Twice the resolution, joined with what came before, then two convolutions."""

LAST = ("dec1a", "dec1b", "dec1")
LAST_WIDTHS = (COARSE + 1, 64, 32, 1)


class LogUNet(nn.Module):
    """Log amplitudes (n, 1, rows, cols) to despeckled ones; sides are multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self._layer("enc0", 1, FINE)
        for name in (*DOWN, "enc6"):
            self._layer(name, FINE, FINE)
        joined = 2 * FINE
        for first, second in UP:
            self._layer(first, joined, COARSE)
            self._layer(second, COARSE, COARSE)
            joined = COARSE + FINE
        for name, (before, after) in zip(LAST, pairwise(LAST_WIDTHS), strict=True):
            self._layer(name, before, after)

    def forward(self, image: Tensor) -> Tensor:
        """Return the image less the speckle that the network finds in it."""
        kept = [image]
        here = self._active("enc0", image)
        for name in DOWN:
            here = functional.max_pool2d(self._active(name, here), 2)
            kept.append(here)
        here = self._active("enc6", kept.pop())
        for names in UP:
            here = self._chain(names, _joined(here, kept.pop()))
        here = self._chain(LAST[:-1], _joined(here, kept.pop()))
        speckle: Tensor = self.get_submodule(LAST[-1])(here)
        return image - speckle

    def _layer(self, name: str, before: int, after: int) -> None:
        self.add_module(name, nn.Conv2d(before, after, 3, padding=1))

    def _active(self, name: str, x: Tensor) -> Tensor:
        return functional.leaky_relu(self.get_submodule(name)(x), SLOPE)

    def _chain(self, names: tuple[str, ...], x: Tensor) -> Tensor:
        for name in names:
            x = self._active(name, x)
        return x


def _joined(coarse: Tensor, fine: Tensor) -> Tensor:
    return torch.cat([functional.interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1)


def seeded_weights(seed: int) -> dict[str, Tensor]:
    """Return random weights under the names and shapes of the published files; for tests.

    Convolutions keep the variance of what passes through (He 2015); the speckle that is found is
    about as large as a tenth of the image.
    """
    random = torch.Generator().manual_seed(seed)
    found = {}
    for name, value in LogUNet().state_dict().items():
        if value.ndim > 1:
            std = (2 / value[0].numel()) ** 0.5 * (0.1 if name.startswith("dec1.") else 1)
            found[name] = torch.randn(value.shape, generator=random) * std
        else:
            found[name] = 0.01 * torch.randn(value.shape, generator=random)
    return found

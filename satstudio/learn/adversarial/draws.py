"""RandomDraws: all random numbers of a training, image by image, so that batches can be cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from satstudio.learn.adversarial.losses import PenaltyName
from satstudio.learn.adversarial.spaces import Space
from satstudio.learn.distributed import ALONE, Group
from satstudio.learn.method import Values
from satstudio.learn.nets.complex_layers import to_planar
from satstudio.pixels.noise import complex_normal, real_normal

NOISE_STREAM = 0x6E6F697365
"""Added to the seed of the noise, so that weights and noise do not start alike."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What images are made of: numbers of variance 1.

    Attributes
    ----------
    dim : how many numbers an image
    dist : complex ones are circular
    """

    dim: int
    dist: Literal["normal", "complex_normal"]

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Return (count, dim) float32; planar (count, 2 dim) where complex."""
        if self.dist == "normal":
            return torch.randn((count, self.dim), generator=random)
        return to_planar(torch.randn((count, self.dim), dtype=torch.complex64, generator=random))

    def latents(self, seeds: Sequence[int]) -> Values:
        """Return (seeds, dim), float32 or complex64, the same from a seed everywhere."""
        draw = real_normal if self.dist == "normal" else complex_normal
        return np.concatenate([draw(seed, 1, self.dim) for seed in seeds])

    def card(self) -> dict[str, Any]:
        """Return what the model card says."""
        return {"dim": self.dim, "dist": self.dist, "var": 1.0}


class Draws(NamedTuple):
    """Random numbers of one update, a row an image; what is not needed has no columns.

    Attributes
    ----------
    noise : (n, dim) what images are made of
    mix : (n, 1, 1, 1) in 0..1, share of real images in what lies between
    shift : (n, channels, rows, cols) of the penalty DRAGAN: in 0..1, or of variance 1
    is_taken : (n,) bool, images that are taken into the space
    white_real, white_fake : (n, channels, rows, cols) noise of the space
    """

    noise: Tensor
    mix: Tensor
    shift: Tensor
    is_taken: Tensor
    white_real: Tensor
    white_fake: Tensor


class RandomDraws:
    """Two streams from one seed: first weights, and then the noise of the steps."""

    def __init__(self, seed: int, noise: Noise) -> None:
        self._noise = noise
        self.group: Group = ALONE
        self.of_weights = torch.Generator().manual_seed(seed)
        self.of_steps = torch.Generator().manual_seed(seed + NOISE_STREAM)

    def draw(self, images: Tensor, space: Space, time: float, penalty: PenaltyName) -> Draws:
        """Draw for one update with as many images, like them; of several processes, for all.

        Parameters
        ----------
        images : (n, channels, rows, cols)
        penalty : `none` also where the critic does not learn
        """
        count = len(images) * self.group.world
        random = self.of_steps
        shape, empty = (count, *images.shape[1:]), torch.empty((count, 0))
        has_mix = penalty in ("wgan_gp", "dragan", "dragan_gaussian")
        shift = {"dragan": torch.rand, "dragan_gaussian": torch.randn}.get(penalty)
        has_white = space.is_noisy and time > 0
        drawn = Draws(
            self._noise.draw(count, random),
            torch.rand((count, 1, 1, 1), generator=random) if has_mix else empty,
            shift(shape, generator=random) if shift else empty,
            space.taken_of(count),
            torch.randn(shape, generator=random) if has_white else empty,
            torch.randn(shape, generator=random) if has_white else empty,
        )
        return Draws(*(_like(images, self.group.own(numbers)) for numbers in drawn))


def _like(images: Tensor, numbers: Tensor) -> Tensor:
    is_number = numbers.is_floating_point()
    return numbers.to(images.device, images.dtype if is_number else numbers.dtype)

"""CYCLE_LOSSES, brightness_difference: what networks of a CycleGAN make small (Zhu et al. 2017)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.nn import functional

CycleLossName = Literal["lsgan", "log"]

LEAST_STD = 1e-3
"""Of the brightness of an image: one without any contrast has none to be compared."""

LEAST_POWER = 1e-12
"""Inside the square root of a modulus: a root has no derivative at 0."""


@dataclass(frozen=True, slots=True)
class CycleLoss:
    """What critic and generator make small; scores are logits, of patches or of images.

    Attributes
    ----------
    critic : (scores of real, scores of fake) -> loss
    generator : scores of fake -> loss
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


CYCLE_LOSSES: Mapping[CycleLossName, CycleLoss] = {
    # least squares, Mao et al. 2017; the generator's without the half, as the weight of the cycle
    # loss is for that
    "lsgan": CycleLoss(
        lambda real, fake: 0.5 * ((real - 1).square().mean() + fake.square().mean()),
        lambda fake: (fake - 1).square().mean(),
    ),
    # cross entropy of a sigmoid, as the critic's loss is printed; the generator's is the
    # non-saturating one, which has the same zeros
    "log": CycleLoss(
        lambda real, fake: (
            0.5 * (functional.softplus(-real).mean() + functional.softplus(fake).mean())
        ),
        lambda fake: functional.softplus(-fake).mean(),
    ),
}


def brightness(images: Tensor, is_complex: bool) -> Tensor:
    """Return the mean over the bands (n, 1, rows, cols); of planar complex ones of their moduli."""
    if is_complex:
        real, imaginary = images.chunk(2, 1)
        images = (real.square() + imaginary.square() + LEAST_POWER).sqrt()
    return images.mean(1, keepdim=True)


def brightness_difference(first: Tensor, second: Tensor) -> Tensor:
    """Mean absolute difference of two brightnesses (n, 1, rows, cols), each standardised.

    Image by image to mean 0 and standard deviation 1, so that neither bands nor scalings matter. It
    is smallest where the images are bright and dark at the same places, and largest where one is
    the other inverted.
    """
    return (_standardised(first) - _standardised(second)).abs().mean()


def _standardised(images: Tensor) -> Tensor:
    axes = (1, 2, 3)
    deviation = images.std(axes, correction=0, keepdim=True)
    standardised: Tensor = (images - images.mean(axes, keepdim=True)) / (deviation + LEAST_STD)
    return standardised

"""likelihood, centred, planes: complex samples and their loss as MERLIN has them."""

import torch
from torch import Tensor

from satstudio.learn.nets.one_part import has_power, part_power

WHITE = 0.05
"""Correlation of neighbours below which a crop's spectrum has no centre to speak of."""


def likelihood(log_power: Tensor, other: Tensor, hidden: Tensor | float = 1.0) -> Tensor:
    """Return MERLIN's loss: -log of the density of the other part, variance R / 2, less a constant.

    Pixels of blocks without data do not count: of them it would learn that nothing is likely.

    Parameters
    ----------
    log_power : log R, as said from one part
    other : the other part
    hidden : 1 where the network did not see it, which alone counts
    """
    counted = has_power(part_power(other)) * hidden
    losses = 0.5 * log_power + other.square() * torch.exp(-log_power)
    return (counted * losses).sum() / counted.sum().clamp(min=1)


def centred(samples: Tensor) -> Tensor:
    """Move the spectrum of each complex image (n, 1, rows, cols) to 0 by its own estimate."""
    for axis in (2, 3):
        count = samples.shape[axis]
        first, second = samples.narrow(axis, 0, count - 1), samples.narrow(axis, 1, count - 1)
        product = (second * first.conj()).sum((1, 2, 3))
        power = samples.abs().square().sum((1, 2, 3))
        angle = torch.where(product.abs() > WHITE * power, product.angle(), 0.0)
        places = torch.arange(count, device=samples.device, dtype=torch.float32)
        shape = (1, 1, count, 1) if axis == 2 else (1, 1, 1, count)
        turns = -angle.reshape(-1, 1, 1, 1) * places.reshape(shape)
        samples = samples * torch.polar(torch.ones_like(turns), turns)
    return samples


def planes(samples: Tensor) -> Tensor:
    """Return complex samples (n, 1, rows, cols) as real and imaginary parts (n, 2, rows, cols)."""
    return torch.cat([samples.real, samples.imag], 1)

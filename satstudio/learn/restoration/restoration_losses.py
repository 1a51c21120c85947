"""Losses of restorers: mean differences where the target has data, and such that allow a shift."""

from collections.abc import Callable, Mapping
from typing import Literal

import torch
from torch import Tensor

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(answer, target, where the target counts) of one shape but for the channels of the last, to a
number; the mean over a batch is that of its images."""

LossName = Literal["l1", "l2", "charbonnier", "decibels"]

CHARBONNIER = 1e-3
"""In the network's numbers: differences below it count by their square."""


def l1(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return the mean absolute difference."""
    return ((answer - wanted).abs() * weight).mean()


def l2(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return the mean squared difference."""
    return ((answer - wanted).square() * weight).mean()


def charbonnier(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return the mean of a smooth absolute difference (Charbonnier 1994; Lai 2017)."""
    apart = ((answer - wanted).square() + CHARBONNIER**2).sqrt() - CHARBONNIER
    return (apart * weight).mean()


LEAST_SQUARE = 1e-8
"""Mean squared difference of an image, in the network's numbers, below which nothing is gained."""


def decibels(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return the mean over images and bands of ln of the mean squared difference: minus the PSNR.

    So images and bands that are nearly right count as much as others (Chen et al. 2022, NAFNet).
    """
    squares = ((answer - wanted).square() * weight).mean((2, 3))
    return (squares + LEAST_SQUARE).log().mean()


LEAST_POWER = 1e-12
"""In the network's numbers; what is darker is empty and counts nowhere."""

LOSSES: Mapping[LossName, Loss] = {
    "l1": l1,
    "l2": l2,
    "charbonnier": charbonnier,
    "decibels": decibels,
}


def shift_tolerant(loss: Loss, reach_px: int) -> Loss:
    """Return a loss that is the least over shifts of the target, less the mean difference.

    As images of PROBA-V are judged (Martens et al. 2019, cMSE): for each image the shift of at most
    `reach_px` pixels and the constant that make it nearest to the target; borders do not count.
    """

    def least(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
        rows, cols = answer.shape[-2] - 2 * reach_px, answer.shape[-1] - 2 * reach_px
        inner = answer[..., reach_px : reach_px + rows, reach_px : reach_px + cols]
        found = []
        for down in range(2 * reach_px + 1):
            for across in range(2 * reach_px + 1):
                part = (..., slice(down, down + rows), slice(across, across + cols))
                target, counted = wanted[part], weight[part]
                there = counted.sum((-2, -1), keepdim=True).clamp(min=1)
                bias = ((target - inner) * counted).sum((-2, -1), keepdim=True) / there
                each = zip(inner + bias, target, counted, strict=True)
                found.append(torch.stack([loss(*(one[None] for one in image)) for image in each]))
        return torch.stack(found).amin(0).mean()

    return least


def power_likelihood(answer: Tensor, wanted: Tensor, weight: Tensor) -> Tensor:
    """Return how unlikely independent speckle of a power is: log R + I / R, the mean.

    R is the answer, I the intensity of another date or sub-look. Whatever the number of looks, the
    least is reached where R is the expectation of I (the gamma distribution's -log density, less
    what does not depend on R): so the answer's power is unbiased.
    """
    power = answer.clamp(min=LEAST_POWER)
    counted = weight * (wanted > 0) * (answer > LEAST_POWER)
    return ((torch.log(power) + wanted / power) * counted).mean()

"""Adversarial losses and gradient penalties, one choice for all methods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Critic = Callable[[Tensor], Tensor]
GRADIENT_EPS = 1e-12
"""Inside the square root of the gradient's norm: a root has no derivative at 0."""


def wasserstein_distance(score_real: Tensor, score_fake: Tensor) -> Tensor:
    """E C(real) - E C(fake): the critic's estimate of the distance, to be made large by it."""
    return score_real.mean() - score_fake.mean()


def gradient_penalty(
    critic: Critic, real: Tensor, fake: Tensor, mix: Tensor, *, keep_graph: bool = True
) -> Tensor:
    """Mean squared distance of the critic's gradient norm from one, between real and fake.

    Parameters
    ----------
    real, fake : (n, channels, rows, cols) float, planar, or complex
        A complex band is two channels of a planar pair, so the gradient's norm is that of the
        complex gradient (d/dre + j d/dim).
    mix : (n, 1, 1, 1) in 0..1, share of `real`
    keep_graph : whether the penalty itself will be derived
    """
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=keep_graph)
    power = (torch.view_as_real(gradient) if gradient.is_complex() else gradient).square()
    norm = (power.flatten(1).sum(1) + GRADIENT_EPS).sqrt()
    return (norm - 1).square().mean()


LossName = Literal["gan", "lsgan", "wgan", "hinge"]
PenaltyName = Literal["none", "wgan_gp", "dragan", "dragan_gaussian", "r1"]


@dataclass(frozen=True, slots=True)
class Loss:
    """What critic and generator make small; scores are logits, without a bound.

    Attributes
    ----------
    critic : (scores of real, scores of fake) -> loss
    generator : scores of fake -> loss
    is_centred : whether 0 lies between scores of real images and of generated ones
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
    is_centred: bool = False


def _softplus(scores: Tensor) -> Tensor:
    return functional.softplus(scores).mean()


LOSSES: dict[LossName, Loss] = {
    # non-saturating, Goodfellow et al. 2014
    "gan": Loss(
        lambda real, fake: _softplus(-real) + _softplus(fake),
        lambda fake: _softplus(-fake),
        is_centred=True,
    ),
    # least squares, Mao et al. 2017
    "lsgan": Loss(
        lambda real, fake: 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean(),
        lambda fake: 0.5 * (fake - 1).square().mean(),
    ),
    # Wasserstein, Arjovsky et al. 2017
    "wgan": Loss(
        lambda real, fake: fake.mean() - real.mean(),
        lambda fake: -fake.mean(),
    ),
    # Lim and Ye 2017
    "hinge": Loss(
        lambda real, fake: functional.relu(1 - real).mean() + functional.relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
        is_centred=True,
    ),
}


def gradient_power(critic: Critic, real: Tensor, *, keep_graph: bool = True) -> Tensor:
    """E |grad C|^2 at real images: the penalty R1 is gamma / 2 times it (Mescheder et al. 2018)."""
    at = real.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(at).sum(), at, create_graph=keep_graph)
    return gradient.square().flatten(1).sum(1).mean()


def perturbed(real: Tensor, shift: Tensor, std: Tensor) -> Tensor:
    """Return real images moved as DRAGAN does: x + std(batch) / 2 times noise.

    Kodali et al. 2017. The noise of their notebook is uniform in 0..1, which is one-sided; that of
    their text is Gaussian.

    Parameters
    ----------
    std : standard deviation of the batch
    """
    return real + 0.5 * std * shift

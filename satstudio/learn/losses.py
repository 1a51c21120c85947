"""Adversarial losses and gradient penalties, one choice for all methods."""

from collections.abc import Callable

import torch
from torch import Tensor

Critic = Callable[[Tensor], Tensor]
SLOPE_EPS = 1e-12
"""Inside the square root of the slope's norm: a root has no slope at 0."""


def wasserstein_distance(score_real: Tensor, score_fake: Tensor) -> Tensor:
    """E C(real) - E C(fake): the critic's estimate of the distance, to be made large by it."""
    return score_real.mean() - score_fake.mean()


def gradient_penalty(
    critic: Critic, real: Tensor, fake: Tensor, mix: Tensor, *, keep_graph: bool = True
) -> Tensor:
    """Mean squared distance of the critic's slope from one, between real and fake.

    Parameters
    ----------
    real, fake : (n, channels, rows, cols) float, planar, or complex
        A complex band is two channels of a planar pair, so the slope's norm is that of the
        complex gradient (d/dre + j d/dim).
    mix : (n, 1, 1, 1) in 0..1, share of `real`
    keep_graph : whether the penalty itself will be derived
    """
    between = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=keep_graph)
    power = (torch.view_as_real(slope) if slope.is_complex() else slope).square()
    norm = (power.flatten(1).sum(1) + SLOPE_EPS).sqrt()
    return (norm - 1).square().mean()

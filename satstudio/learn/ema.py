"""Ema: the exponential moving average of a network's weights, which images are made with."""

from collections.abc import Sequence
from typing import Generic, TypeVar, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Net = TypeVar("Net", bound=nn.Module)


class Ema(Generic[Net]):
    """A network beside the one that learns, whose weights follow the learnt ones slowly.

    Early on it forgets faster what was drawn at random: update n has the decay
    (1 + n) / (10 + n), until that is more than the one chosen. Buffers, as those of batch norms,
    are the newest.

    Parameters
    ----------
    net : the network that learns, as it begins
    decay : 0 to below 1, an update

    Attributes
    ----------
    is_started : it began with weights of a model file, which are worth as much as later ones
    """

    def __init__(self, net: Net, decay: float) -> None:
        self._decay = decay
        self._number = 0
        self.is_started = False
        self._average = AveragedModel(net, multi_avg_fn=self._follow).requires_grad_(False)

    @property
    def net(self) -> Net:
        """The network with the averaged weights."""
        return cast(Net, self._average.module)

    def update(self, net: nn.Module, number: int) -> None:
        """Follow the network that learns, after its update `number` (from 1)."""
        self._number = number
        self._average.n_averaged.fill_(number)
        with torch.no_grad():
            self._average.update_parameters(net)

    def _follow(
        self, averaged: Sequence[Tensor], newest: Sequence[Tensor], _: Tensor | int
    ) -> None:
        early = 1.0 if self.is_started else (1 + self._number) / (10 + self._number)
        decay = min(self._decay, early)
        for mean, new in zip(averaged, newest, strict=True):
            mean.lerp_(new, 1 - decay)

"""Ensemble: many small networks of independent weights, taught at once by batched products."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

LAST_GAIN = 3.0**-0.5
"""Of the weights of the last layer, so that outputs start small."""


class Ensemble(nn.Module):
    """Fully connected networks with leaky ReLU, one a member; nothing is shared between them.

    Parameters
    ----------
    members : how many networks
    sides : numbers in, in each hidden layer, out
    slope : of the leaky ReLU below 0
    """

    def __init__(
        self, members: int, sides: Sequence[int], slope: float, random: torch.Generator
    ) -> None:
        super().__init__()
        self._slope = slope
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for number, (fan_in, fan_out) in enumerate(pairwise(sides)):
            gain = LAST_GAIN if number == len(sides) - 2 else 1.0
            start = 2 * torch.rand((members, fan_in, fan_out), generator=random) - 1
            self.weights.append(nn.Parameter(start * (gain * math.sqrt(3 / fan_in))))
            self.biases.append(nn.Parameter(torch.zeros(members, 1, fan_out)))

    def forward(self, values: Tensor) -> Tensor:
        """Map (members, n, numbers in) to (members, n, numbers out)."""
        last = len(self.weights) - 1
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            values = torch.baddbmm(bias, values, weight)
            if number < last:
                values = functional.leaky_relu(values, self._slope)
        return values

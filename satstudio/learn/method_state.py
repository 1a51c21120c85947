"""Kept: what a method goes on from: weights, optimisers and the state of its random numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

NetState = dict[str, Tensor]

STARTED = "started"
"""In a state that began with the weights of a model file: its means remember from the first step.
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """Parts of a method by the names that its checkpoints give them.

    Attributes
    ----------
    nets : networks, as `generator`
    adams : optimisers, as `adam_generator`
    random : the method's random numbers, and what they are for, as `noise`
    """

    nets: Mapping[str, nn.Module]
    adams: Mapping[str, torch.optim.Optimizer]
    random: tuple[str, torch.Generator]

    def state(self) -> NetState:
        """Return all tensors by name; those of networks share their memory."""
        state = {
            f"{name}.{key}": value.detach()
            for name, net in self.nets.items()
            for key, value in net.state_dict().items()
        }
        for name, adam in self.adams.items():
            for index, values in adam.state_dict()["state"].items():
                state |= {f"{name}.{index}.{key}": value for key, value in values.items()}
        use, random = self.random
        return state | {f"random.{use}": random.get_state()}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take what `state` returned; raises KeyError where something is missing."""
        for name, net in self.nets.items():
            net.load_state_dict(_below(state, name))
        use, random = self.random
        random.set_state(state[f"random.{use}"].cpu())
        for name, adam in self.adams.items():
            weights = [weight for group in adam.param_groups for weight in group["params"]]
            values: dict[int, NetState] = {}
            for key, value in _below(state, name).items():
                index, _, what = key.partition(".")
                values.setdefault(int(index), {})[what] = _ordered(value, weights[int(index)])
            adam.load_state_dict(adam.state_dict() | {"state": values})


def _ordered(value: Tensor, weight: Tensor) -> Tensor:
    """Return a copy with the order in memory of its weight, which fused optimisers rely on."""
    if value.shape != weight.shape:
        return value.clone()
    return torch.empty_like(weight).copy_(value)


def _below(state: Mapping[str, Tensor], name: str) -> NetState:
    return {
        key.removeprefix(f"{name}."): value
        for key, value in state.items()
        if key.startswith(f"{name}.")
    }

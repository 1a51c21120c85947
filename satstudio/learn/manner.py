"""parted, mixed, set_lr: what methods share in taking steps in another manner."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from satstudio.learn.method import Manner


def set_lr(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all parameters."""
    for group in optimiser.param_groups:
        group["lr"] = lr


def parted(parts: int, *tensors: Tensor) -> Iterator[tuple[float, tuple[Tensor, ...]]]:
    """Yield (share of the batch, its tensors) of each part of a batch, in order.

    A loss that is a mean over images has the batch's gradient where those of its parts are added,
    each times its share.

    Parameters
    ----------
    parts : at most one an image is made
    tensors : (n, ...) each
    """
    count = len(tensors[0])
    cut = [tensor.tensor_split(max(min(parts, count), 1)) for tensor in tensors]
    for pieces in zip(*cut, strict=True):
        yield len(pieces[0]) / count, pieces


def add(sums: dict[str, float], share: float, **losses: Tensor) -> None:
    """Add a part's losses to those of the batch."""
    for name, loss in losses.items():
        sums[name] = sums.get(name, 0.0) + share * loss.item()


def runner(net: nn.Sequential, head: int, manner: Manner) -> Callable[[Tensor], Tensor]:
    """Return what runs a network in a manner, see `mixed`; compiled where it is asked for."""

    def run(values: Tensor) -> Tensor:
        return mixed(net, values, head, manner)

    return torch.compile(run) if manner.is_compiled else run


def mixed(net: nn.Sequential, values: Tensor, head: int, manner: Manner) -> Tensor:
    """Run a network in the precision asked for; its last `head` layers always in float32."""
    if manner.precision == "float32":
        plain: Tensor = net(values)
        return plain
    body, last = net[: len(net) - head], net[len(net) - head :]
    with torch.autocast(values.device.type, torch.bfloat16):
        features = body(values)
    answer: Tensor = last(features.float())
    return answer

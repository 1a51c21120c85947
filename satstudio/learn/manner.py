"""parted, Runner, set_lr: what methods share in taking steps in another manner."""

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


class Runner(nn.Module):
    """A network as steps run it: in a manner that may change; compiled where it is asked for.

    Parameters
    ----------
    run : what runs the network, as `mixed`
    """

    def __init__(self, net: nn.Module, run: Callable[[Tensor, Manner], Tensor]) -> None:
        super().__init__()
        self.net = net
        self._run = run
        self.adjust(Manner())

    def adjust(self, manner: Manner) -> None:
        """Run it in this manner from now on."""

        def work(values: Tensor) -> Tensor:
            return self._run(values, manner)

        self._work = torch.compile(work) if manner.is_compiled else work

    def forward(self, values: Tensor) -> Tensor:
        """Run it."""
        return self._work(values)


def mixed(net: nn.Sequential, values: Tensor, head: int, manner: Manner) -> Tensor:
    """Run a network in the precision asked for; its last `head` layers never in bfloat16."""
    if not manner.is_low:
        plain: Tensor = net(values)
        return plain
    body, last = net[: len(net) - head], net[len(net) - head :]
    with torch.autocast(values.device.type, torch.bfloat16):
        features = body(values)
    answer: Tensor = last(features.float())
    return answer

"""micro_batches, Runner, set_lr: what methods share in taking steps with other settings."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from satstudio.learn.method import StepSettings


def set_lr(optimiser: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all parameters."""
    for group in optimiser.param_groups:
        group["lr"] = lr


def micro_batches(count: int, *tensors: Tensor) -> Iterator[tuple[float, tuple[Tensor, ...]]]:
    """Yield (share of the batch, its tensors) of each micro-batch, in order.

    A loss that is a mean over images has the batch's gradient where those of its micro-batches are
    added, each times its share.

    Parameters
    ----------
    count : how many; at most one an image
    tensors : (n, ...) each
    """
    images = len(tensors[0])
    cut = [tensor.tensor_split(max(min(count, images), 1)) for tensor in tensors]
    for pieces in zip(*cut, strict=True):
        yield len(pieces[0]) / images, pieces


def add(sums: dict[str, float], share: float, **losses: Tensor) -> None:
    """Add a micro-batch's losses to those of the batch."""
    for name, loss in losses.items():
        sums[name] = sums.get(name, 0.0) + share * loss.item()


class Runner(nn.Module):
    """A network as steps run it: with settings that may change; compiled where it is asked for.

    Parameters
    ----------
    run : what runs the network on its inputs and `settings`, as `mixed`
    """

    def __init__(self, net: nn.Module, run: Callable[..., Tensor]) -> None:
        super().__init__()
        self.net = net
        self._run = run
        self.adjust(StepSettings())

    def adjust(self, settings: StepSettings) -> None:
        """Run it with these settings from now on."""

        def work(*values: Tensor) -> Tensor:
            return self._run(*values, settings=settings)

        self._work = torch.compile(work) if settings.is_compiled else work

    def forward(self, *values: Tensor) -> Tensor:
        """Run it."""
        return self._work(*values)


def mixed(net: nn.Sequential, values: Tensor, head: int, settings: StepSettings) -> Tensor:
    """Run a network in the precision asked for; its last `head` layers never in bfloat16."""
    if not settings.is_low:
        plain: Tensor = net(values)
        return plain
    body, last = net[: len(net) - head], net[len(net) - head :]
    with torch.autocast(values.device.type, torch.bfloat16):
        features = body(values)
    answer: Tensor = last(features.float())
    return answer

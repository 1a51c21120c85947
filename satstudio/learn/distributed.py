"""Group: the processes that train together, through Lightning Fabric; Alone: only this one.

The first process leads: it keeps clock, log, pictures and checkpoints, and tells the others each
thing that all of them do (`Order`). So limits, stops, pauses and going back are decided once.
"""

import atexit
import json
import logging
import os
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn, Protocol, runtime_checkable

import torch
from safetensors.torch import load, save
from torch import Tensor, distributed, nn

from satstudio.core.errors import RunError
from satstudio.learn.device import DeviceChoice, choose_device
from satstudio.learn.nets.mixing import mixes_images

if TYPE_CHECKING:
    from lightning_fabric import Fabric

WAIT_S = 600
"""How long a process waits for the others before it gives up: longer than any picture takes."""

LOOPBACK = "127.0.0.1"

LOST = ("gloo", "nccl", "Connection", "Socket", "Timed out", "timeout")
"""Words of torch's errors where another process does not answer; it has no class for them all."""


class Act(IntEnum):
    """What all processes do at once."""

    TAKE = 0
    ADJUST = 1
    STEP = 2
    WAIT = 3
    END = 4


class End(IntEnum):
    """How a training ended."""

    DONE = 0
    STOPPED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do.

    Attributes
    ----------
    values : ADJUST: share of the learning rates, threads; STEP: numbers of step and batch; END: how
        (`End`); TAKE is followed by a state
    """

    act: Act
    values: tuple[float, float] = (0.0, 0.0)


class Group(Protocol):
    """Processes that train together.

    Attributes
    ----------
    rank, world : which of how many this is
    here : how many run on this machine
    device : of this process; None where the recipe's counts
    """

    rank: int
    world: int
    here: int
    device: torch.device | None

    def tell(self, act: Act, *values: float) -> None:
        """Let the others do what the first is about to do; the first calls it."""
        ...

    def give(self, state: Mapping[str, Tensor]) -> None:
        """Let the others take a state; the first calls it."""
        ...

    def meet(self, losses: Mapping[str, float], *, stops: bool) -> tuple[dict[str, float], bool]:
        """Return the means of a step's losses, and whether any process was asked to stop."""
        ...

    def watched(self) -> AbstractContextManager[None]:
        """Raise RunError, inside, where another process does not answer any more."""
        ...

    def own(self, drawn: Tensor) -> Tensor:
        """Return this process's images of a batch (n, ...) of all."""
        ...

    def whole(self, own: Tensor) -> Tensor:
        """Undo `own`; every process calls it."""
        ...

    def wrap(self, net: nn.Module) -> nn.Module:
        """Return a network whose gradients become the mean of all processes' with `backward`.

        Raises
        ------
        RunError
            If it has batch norms, which see one process's images only.
        """
        ...


class Alone:
    """One process."""

    rank = 0
    world = 1
    here = 1
    device: torch.device | None = None

    def tell(self, act: Act, *values: float) -> None:
        """Nobody listens."""

    def give(self, state: Mapping[str, Tensor]) -> None:
        """Nobody takes it."""

    def meet(self, losses: Mapping[str, float], *, stops: bool) -> tuple[dict[str, float], bool]:
        """Return them as they are."""
        return dict(losses), stops

    def watched(self) -> AbstractContextManager[None]:
        """Watch nothing."""
        return nullcontext()

    def own(self, drawn: Tensor) -> Tensor:
        """Return all."""
        return drawn

    def whole(self, own: Tensor) -> Tensor:
        """Return all."""
        return own

    def wrap(self, net: nn.Module) -> nn.Module:
        """Return it as it is."""
        return net


ALONE = Alone()


@runtime_checkable
class Distributable(Protocol):
    """A method that several processes can take the steps of, each with its share of the images."""

    def distribute(self, group: Group) -> None:
        """Train with these processes from now on; all of them call it."""
        ...


class DistributedGroup:
    """Several processes, through Fabric's DistributedDataParallel.

    Image i of a batch belongs to process i mod world, so any batch is shared evenly.
    """

    def __init__(self, fabric: "Fabric", here: int) -> None:
        self._fabric = fabric
        self.rank = int(fabric.global_rank)
        self.world = int(fabric.world_size)
        self.here = here
        self.device: torch.device | None = fabric.device
        self._is_lost = False

    def tell(self, act: Act, *values: float) -> None:
        """Send an order to all others; nothing where they are lost."""
        if not self._is_lost:
            self._sent(torch.tensor([act, *values, 0.0, 0.0][:3], dtype=torch.float64))

    def hear(self) -> Order:
        """Wait for the next order of the first process."""
        act, *values = self._sent(torch.zeros(3, dtype=torch.float64)).tolist()
        return Order(Act(int(act)), (values[0], values[1]))

    def give(self, state: Mapping[str, Tensor]) -> None:
        """Send a state, after its order."""
        self.tell(Act.TAKE)
        plain = {name: value.detach().cpu().contiguous() for name, value in state.items()}
        packed = torch.frombuffer(bytearray(save(plain)), dtype=torch.uint8)
        self._sent(torch.tensor([len(packed)]))
        self._sent(packed)

    def take(self) -> dict[str, Tensor]:
        """Receive what `give` sends."""
        count = int(self._sent(torch.zeros(1, dtype=torch.int64)).item())
        packed = self._sent(torch.zeros(count, dtype=torch.uint8))
        return load(packed.numpy().tobytes())

    def meet(self, losses: Mapping[str, float], *, stops: bool) -> tuple[dict[str, float], bool]:
        """Return means over the processes, and whether any was asked to stop."""
        sums = torch.tensor([*losses.values(), float(stops)], dtype=torch.float64)
        *means, asked = self._summed(sums).div(self.world).tolist()
        return dict(zip(losses, means, strict=True)), asked > 0

    def own(self, drawn: Tensor) -> Tensor:
        """Return every world-th image, from this process's rank on."""
        return drawn[self.rank :: self.world]

    def whole(self, own: Tensor) -> Tensor:
        """Return the images of all in the order of the batch."""
        with self.watched():
            parts = [torch.empty_like(own) for _ in range(self.world)]
            distributed.all_gather(parts, own.contiguous())
        return torch.stack(parts, 1).flatten(0, 1)

    def wrap(self, net: nn.Module) -> nn.Module:
        """Wrap for mean gradients."""
        if mixes_images(net):
            raise RunError(
                "Batch norms see the images of one process only, so several processes would learn "
                "something else than one; choose the norm 'layer', 'group', 'instance' or 'none', "
                "whichever the method has, for every network."
            )
        with self.watched():
            wrapped: nn.Module = self._fabric.setup_module(net, move_to_device=False)
        return wrapped

    def check_alike(self, info: Mapping[str, object]) -> None:
        """Raise RunError where another process was started with something else (JSON)."""
        text = json.dumps(info, sort_keys=True).encode()
        mine = torch.frombuffer(bytearray(text), dtype=torch.uint8)
        firsts = self._sent(torch.tensor([len(mine)]))
        first = self._sent(mine if self.rank == 0 else torch.zeros(int(firsts), dtype=torch.uint8))
        is_other = not torch.equal(first, mine)
        others = self._summed(torch.tensor([float(is_other)], dtype=torch.float64))
        if others.item():
            raise RunError(
                "The processes were started with different recipes or patch sets; give all "
                "machines the same files and the same command."
            )

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Say in a sentence where another process does not answer any more."""
        try:
            yield
        except RuntimeError as error:
            is_lost = isinstance(error, distributed.DistError) or any(
                word in str(error) for word in LOST
            )
            if not is_lost:
                raise
            self._is_lost = True
            raise RunError(
                f"Process {self.rank} of {self.world} lost another one, whose own message says "
                "why; a run that has begun goes on from its last checkpoint with --resume."
            ) from error

    def _sent(self, values: Tensor) -> Tensor:
        """Return the first process's values."""
        there = values.to(self.device)
        with self.watched():
            distributed.broadcast(there, 0)
        return there.cpu()

    def _summed(self, values: Tensor) -> Tensor:
        there = values.to(self.device)
        with self.watched():
            distributed.all_reduce(there)
        return there.cpu()


def stay_on_this_machine(environment: MutableMapping[str, str]) -> None:
    """Let processes of one machine meet by its loopback: its own name need not resolve."""
    environment["MASTER_ADDR"] = LOOPBACK
    names = [name for _, name in socket.if_nameindex() if name.startswith("lo")]
    for name in names[:1]:
        environment.setdefault("GLOO_SOCKET_IFNAME", name)  # else gloo looks its host's name up


def join(choice: DeviceChoice) -> DistributedGroup:
    """Meet the other processes, one a GPU or, on the CPU, as many as were started.

    Raises
    ------
    RunError
        If lightning-fabric is missing, or a machine has fewer GPUs than processes.
    """
    try:
        # lazy: two seconds and 60 MB that one process does not need
        from lightning_fabric import Fabric
        from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
        from lightning_fabric.strategies.ddp import DDPStrategy
    except ImportError as error:
        raise RunError(
            "Several processes train together through lightning-fabric, which is not installed: "
            "pip install lightning-fabric."
        ) from error
    device, world = choose_device(choice), int(os.environ["WORLD_SIZE"])
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if device.type == "cuda" and here > torch.cuda.device_count():
        raise RunError(
            f"{here} processes were started on a machine with {torch.cuda.device_count()} GPUs; "
            "give --nproc-per-node as many as there are."
        )
    # about speed only, and of weights of one channel, where both orders of memory are the same
    warnings.filterwarnings("ignore", "Grad strides do not match", UserWarning)
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it greets in five lines
    if here == world:
        stay_on_this_machine(os.environ)
    fabric = Fabric(
        accelerator=device.type,
        devices=here,
        num_nodes=world // here,
        strategy=DDPStrategy(timeout=timedelta(seconds=WAIT_S), forward_sync_buffers=False),
        plugins=TorchElasticEnvironment(),  # whoever sets torchrun's variables will do
    )
    fabric.launch()
    atexit.register(_leave)
    return DistributedGroup(fabric, here)


def leave(code: int) -> NoReturn:
    """End this process with an exit code, as multiprocessing ends its own: at once.

    What a wrapped network holds keeps gloo's threads alive beyond the process group; one that
    still frees a tensor while the interpreter is torn down aborts (pytorch/pytorch#179291).
    """
    _leave()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _leave() -> None:
    """End the process group."""
    if distributed.is_initialized():
        distributed.destroy_process_group()

"""train_distributed: one training in the several processes that torchrun started."""

from pathlib import Path

from satstudio.core.errors import Cancelled, RunError, SatstudioError
from satstudio.core.progress import Progress
from satstudio.learn.device import choose_threads
from satstudio.learn.distributed import Act, DistributedGroup, End, Order, join
from satstudio.learn.loop.loop import carry_out
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import Setup, adjust, set_up


def train_distributed(
    patches: Path, recipe: TrainRecipe, run_dir: Path, progress: Progress, resume: bool = False
) -> Path:
    """Do what `train` does in one process; each process calls it, only the first writes.

    Every machine needs patch set and recipe, the first one the run folder.

    Raises
    ------
    RunError
        As `train`; also where a batch cannot be shared evenly, the method cannot be, or another
        process ended.
    """
    group = join(recipe.device)
    data = open_data(patches, recipe)
    group.check_alike({"recipe": recipe.model_dump(mode="json"), "patches": data.sha256})
    setup = set_up(data, recipe, group)
    if group.rank == 0:
        _lead(group, setup, recipe, (run_dir, progress, resume))
    else:
        _follow(group, setup, recipe, progress)
    return run_dir


def _lead(
    group: DistributedGroup, setup: Setup, recipe: TrainRecipe, run: tuple[Path, Progress, bool]
) -> None:
    """Train; whatever else goes wrong ends this process, which the others notice."""
    try:
        carry_out(setup, recipe, *run)
    except SatstudioError as error:
        group.tell(Act.END, End.STOPPED if isinstance(error, Cancelled) else End.FAILED)
        raise
    group.tell(Act.END, End.DONE)


def _follow(group: DistributedGroup, setup: Setup, recipe: TrainRecipe, progress: Progress) -> None:
    """Do what the first process says, until it says that it is over."""
    while (order := group.hear()).act != Act.END:
        _obey(order, group, setup, recipe, progress)
    if order.values[0] == End.STOPPED:
        raise Cancelled
    if order.values[0] == End.FAILED:
        raise RunError("The training has ended; the first process says why.")


def _obey(
    order: Order, group: DistributedGroup, setup: Setup, recipe: TrainRecipe, progress: Progress
) -> None:
    first, second = order.values
    if order.act == Act.STEP:
        setup.step(int(first), int(second), stops=progress.is_stopped)
    elif order.act == Act.TAKE:
        setup.method.load_state(group.take())
    elif order.act == Act.ADJUST:
        adjust(setup.method, recipe, first)
        choose_threads(int(second), 0)

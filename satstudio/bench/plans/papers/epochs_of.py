"""epoch_of: how many steps show each image of a patch set once, as a worker's check tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from satstudio.bench.plans.sweeps.sweep_plan import Trial
from satstudio.bench.plans.sweeps.sweep_work import recipe_check
from satstudio.bench.plans.task import Launch
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.patches.patch_set import PatchSet

NEVER_S = 1e9
"""Of previews: they come where a run stands still at the end of an epoch, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch of a training on a patch set.

    Attributes
    ----------
    steps, batch : how many steps it has, and the images of a step
    method : of the recipe
    """

    steps: int
    batch: int
    method: str
    learnt: PatchSet


def steps_of_epoch(images: int, batch: int) -> int:
    """Return how many steps show each image once, as nearly as whole steps can."""
    return max(1, round(images / batch))


def epoch_of(
    trials: Sequence[Trial], patches: Path | None, steps: int | None, launch: Launch,
    progress: Progress,
) -> Epoch:  # fmt: skip
    """Return the epoch of trials, whose recipes are checked by a worker.

    Parameters
    ----------
    steps : that the plan gives it; None: each image is shown once

    Raises
    ------
    InputError, RunError
        If a recipe or the patch set cannot work.
    """
    if patches is None:
        raise InputError("The plan is carried out on a patch set; give one.")
    found = launch(recipe_check(trials, patches, {}), progress)
    learnt = PatchSet.open(patches)
    batch = int(found["batch"][0])
    own = steps_of_epoch(len(learnt.train), batch)
    return Epoch(steps or own, batch, str(found["methods"][0]), learnt)

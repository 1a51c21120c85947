"""train_to: a run that stands still at the end of each epoch, to be looked at, and goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satstudio.core.progress import Progress
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import train
from satstudio.learn.loop.run_folder import is_run
from satstudio.learn.setup.recipe import TrainRecipe

CHECKPOINTS = "checkpoints"


def train_to(
    step: int, patches: Path, recipe: TrainRecipe, run: Path, progress: Progress
) -> dict[str, Any]:
    """Train until `step` steps are taken in all; a run that is there already goes on exactly.

    The run's last samples and its newest checkpoint are of that step when this returns.

    Parameters
    ----------
    run : its folder; one that ended before its first checkpoint, or beyond `step`, begins anew

    Returns
    -------
    dict
        `step` and the figures of its last samples.
    """
    seen: dict[str, Any] = {}

    def announce(name: str, fields: Mapping[str, object]) -> None:
        if name == "preview":
            seen.update(fields)
        progress.announce(name, **fields)

    listening = Progress(
        progress.report, lambda: progress.is_stopped, announce, progress.is_asked
    )  # fmt: skip
    done = steps_done(run)
    is_begun = 0 < done <= step
    is_anew = not is_begun and is_run(run)
    train(patches, recipe.changed(steps=step), run, listening, is_begun, is_anew)
    return seen


def steps_done(run: Path) -> int:
    """Return the step of a run's newest checkpoint; 0 where there is none."""
    checkpoints = run / CHECKPOINTS
    found = newest_checkpoint(checkpoints) if checkpoints.is_dir() else None
    return found.step if found else 0

"""follow_epoch: a training up to the end of an epoch, and its figures there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satstudio.core.progress import Progress
from satstudio.learn.experiments.epochs import train_to
from satstudio.learn.setup.recipe import TrainRecipe


def follow_epoch(
    patches: Path,
    recipe: dict[str, Any],
    folder: Path,
    step: int,
    figures: Sequence[str],
    progress: Progress,
) -> dict[str, Any]:
    """Train until `step` steps are taken in all; a run that is there already goes on exactly.

    Parameters
    ----------
    recipe : of the training, as plain values
    folder : of the run

    Returns
    -------
    dict
        `step`, `figures` of the images generated there, and of how many, `n`.
    """
    progress.report(0.0)
    checked = TrainRecipe.build(recipe, "The recipe")
    seen = train_to(step, patches, checked, folder, progress)
    return {
        "step": seen["step"],
        "figures": {name: seen.get(name) for name in figures},
        "n": seen.get("n"),
    }

"""train_trial: one training of a sweep, and the figures that its row has."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from satstudio.core.errors import InputError, RunError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.core.runs.checkpoint_files import FOLDER
from satstudio.learn.experiments.scores import Scored, Scorer, scorer_of
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.guard import Diverged
from satstudio.learn.loop.loop import train
from satstudio.learn.loop.run_folder import RunFolder
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.metrics.card import Better
from satstudio.metrics.sets.distances import REAL, REFERENCES
from satstudio.metrics.trials import BADNESS

TRAINED = 0.9
"""Share of a trial that is training, where its images are scored too."""


class TrialFigures(Recipe):
    """Which figures a row has, and where they are taken."""

    names: tuple[str, ...] = Field(title="Figures", description="In the order of the row")
    logged: tuple[str, ...] = Field((), description="those that the log has; the others are scored")
    taken: Literal["end", "best"] = Field("end", description="best: by the first logged figure")
    better: Better = Field("none", description="which values of the first logged figure are better")
    extractor: str | None = None
    classifier: str | None = None
    images: int = Field(1000, ge=1)

    @property
    def is_scored(self) -> bool:
        """Whether networks of the user's score what the finished run generates."""
        return bool(self.extractor or self.classifier)

    def scorer(self, patches: Path) -> Scorer:
        """Return what scores runs; one for all runs of a sweep, as it keeps what it knows."""
        return scorer_of(self.extractor, self.classifier, self.images, patches)


def train_trial(
    patches: Path, recipe: dict[str, Any], folder: Path, wanted: TrialFigures, progress: Progress
) -> dict[str, Any]:
    """Train a run, or go on with it, take figures of its log, and score its generator.

    Parameters
    ----------
    recipe : of the training, as plain values
    folder : of the run; goes on from its last checkpoint

    Returns
    -------
    dict
        `status` (done or diverged), `message`, `figures`, `beside`, `scored`, `n`, `n_real`,
        `step`, `seconds`, `finished`, `machine`, `versions` and `trips` of its row.

    Raises
    ------
    InputError
        If something else lies in the run's place.
    RunError
        If the training cannot work, or its log never holds a figure that is wanted.
    """
    checked = TrainRecipe.build(recipe, "The recipe")
    end = TRAINED if wanted.is_scored else 1.0
    message = trained(patches, checked, folder, progress.part(0, end))
    run = RunFolder.open(folder)
    figures = {} if message else _figures(run, wanted)
    scored = Scored()
    if wanted.is_scored and not message:
        scored = wanted.scorer(patches).score(run, checked, progress.part(TRAINED, 1))
    info = run.info()
    return {
        "status": "diverged" if message else "done",
        "message": message,
        "figures": {name: {**figures, **scored.figures}.get(name) for name in wanted.names},
        "beside": _beside(figures, wanted) | scored.beside,
        "scored": scored.info,
        "n": figures.get("n"),
        "n_real": figures.get("n_real"),
        "step": figures.get("step"),
        "seconds": info.get("seconds"),
        "finished": info.get("updated"),
        "machine": {name: info.get(name) for name in ("threads", "device")}
        | info.get("machine", {}),
        "versions": info.get("versions"),
        "trips": info.get("guard", {}).get("trips", 0),
    }


def trained(patches: Path, recipe: TrainRecipe, folder: Path, progress: Progress) -> str:
    """Train a run of a plan, or go on with it; return why it diverged, else nothing.

    Raises
    ------
    InputError
        If something else lies in the run's place.
    RunError
        If the training cannot work.
    """
    is_begun = _is_begun(folder)
    if not is_begun and folder.exists():
        _remove_attempt(folder, recipe)
    try:
        train(patches, recipe, folder, progress, resume=is_begun)
    except RunError as error:
        if not isinstance(error.__cause__ or error, Diverged):
            raise
        return str(error)
    return ""


def _remove_attempt(folder: Path, recipe: TrainRecipe) -> None:
    """Remove a run that ended before its first checkpoint; anything else is not the sweep's.

    Raises
    ------
    InputError
        If something else lies there.
    """
    if folder.is_symlink() or not RunFolder(folder).is_only(recipe):
        raise InputError(
            f"{folder} is in the way: it is no run of this sweep, or holds more than one; move it."
        )
    RunFolder(folder).clear()


def _beside(figures: Mapping[str, Any], wanted: TrialFigures) -> dict[str, float]:
    """Return what the log has beside figures of the plan: real patches, Gaussian fields."""
    names = [name + ending for name in wanted.names for ending in (*REFERENCES, REAL)]
    return {name: figures[name] for name in names if _is_number(figures.get(name))}


def _is_begun(folder: Path) -> bool:
    """Tell whether a run has a checkpoint to go on from."""
    checkpoints = folder / FOLDER
    return checkpoints.is_dir() and newest_checkpoint(checkpoints) is not None


def _figures(run: RunFolder, wanted: TrialFigures) -> dict[str, Any]:
    """Return the line of the log that the row takes its figures from.

    Raises
    ------
    RunError
        If the log never holds a figure of the plan.
    """
    lines = run.log_lines()
    for name in wanted.logged:
        if not any(_is_number(line.get(name)) for line in lines):
            known = sorted({key for line in lines for key in line if _is_number(line[key])})
            raise RunError(
                f"The log of {run.path} has no figure '{name}'; it has: {', '.join(known)}."
            )
    if not wanted.logged:
        return lines[-1]
    first = wanted.logged[0]
    counted = [line for line in lines if _is_number(line.get(first))]
    if wanted.taken == "end":
        return _last(lines, counted[-1], wanted)
    bad = BADNESS[wanted.better]
    return min(counted, key=lambda line: bad(float(line[first])))


def _last(
    lines: list[dict[str, Any]], line: Mapping[str, Any], wanted: TrialFigures
) -> dict[str, Any]:
    """Return the last line with the first figure, completed by the last value of each other."""
    filled = {
        name: next(one[name] for one in reversed(lines) if _is_number(one.get(name)))
        for name in wanted.logged
    }
    return {**line, **filled}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)

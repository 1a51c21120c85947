"""Estimate, estimate: how long a training takes and how much memory, by a few of its steps."""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from satstudio.core.progress import Progress
from satstudio.learn.evaluation.evaluator import Evaluator
from satstudio.learn.evaluation.feature_images import open_features
from satstudio.learn.evaluation.feature_trend import SHARE
from satstudio.learn.loop.start_model import start_from
from satstudio.learn.method import Diffusing, SpaceEstimate
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import Setup, set_up

FIRST = 1_000_000
"""Number of the first step taken: late, when critics have no head start any more."""

WARM_STEPS = 2
LEAST_STEPS = 10
"""Steps measured: two rounds of a critic that takes five for one of the generator."""

LEAST_S = 1.0
MOST_S = 20.0
VALIDATION_SHARE = 0.1
MEBI = 2**20


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a training will cost.

    Attributes
    ----------
    step_s : one optimisation step, measured
    steps : in all; None where there is neither a number of steps nor a time limit
    total_s : with previews, comparisons and validation for the log; None as `steps`
    peak_mb : largest memory of the process so far (MiB); None where the system does not tell
    device_peak_mb : largest memory on the GPU (MiB); None on the CPU
    parameters : of all networks; one complex number is one
    space : None where the method takes images into none
    """

    step_s: float
    steps: int | None
    total_s: float | None
    peak_mb: float | None
    device_peak_mb: float | None
    device: str
    parameters: int
    space: SpaceEstimate | None = None


def estimate(patches: Path, recipe: TrainRecipe, progress: Progress) -> Estimate:
    """Take a few steps on real batches and write nothing.

    Raises
    ------
    InputError, ModelError, RunError
        What `train` would, where patches or recipe cannot work.
    Cancelled
        If it was stopped.
    """
    progress.report(0.0, "Reading patches")
    data = open_data(patches, recipe)
    setup = set_up(data, recipe)
    start_from(recipe.start, setup)
    setup.method.fit(data.largest(), setup.training_batches.batch(1))
    if setup.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(setup.device)
    step_s = _step_s(setup, progress)
    evaluator = Evaluator(setup, recipe.samples)
    look_s = _timed(lambda: evaluator.look(0.0, {}))
    check_s = _timed(lambda: setup.method.validate(setup.held_out.batch(1), FIRST))
    busy = 1 + look_s / max(recipe.check_every_s, look_s / VALIDATION_SHARE)
    busy += SHARE if open_features(recipe.features, recipe.threads, setup) else 0
    if len(data.validation):
        busy += check_s / max(recipe.log_every_s, check_s / VALIDATION_SHARE, step_s)
    steps, total_s = _whole(recipe, len(data.train), step_s * busy)
    is_gpu = setup.device.type == "cuda"
    return Estimate(
        step_s,
        steps,
        total_s,
        peak_mb(),
        round(torch.cuda.max_memory_allocated(setup.device) / MEBI, 1) if is_gpu else None,
        str(setup.device),
        sum(setup.method.parameters.values()),
        _space(setup),
    )


def _space(setup: Setup) -> SpaceEstimate | None:
    if not isinstance(setup.method, Diffusing):
        return None
    return setup.method.space_estimate(setup.training_batches.batch(1).images)


def peak_mb() -> float | None:
    """Return the largest memory that this process has had so far (MiB)."""
    if sys.platform == "win32":
        return None
    import resource  # lazy: not on Windows

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return round(largest * unit / MEBI, 1)


def _step_s(setup: Setup, progress: Progress) -> float:
    start, number = time.perf_counter(), 0
    while True:
        number += 1
        setup.method.step(setup.training_batches.batch(number), FIRST + number)
        now = time.perf_counter()
        if number == WARM_STEPS:
            start = now
        spent, counted = now - start, number - WARM_STEPS
        progress.report(min(spent / LEAST_S, 0.9), f"Step {number}")
        if (counted >= LEAST_STEPS and spent >= LEAST_S) or (counted >= 1 and spent >= MOST_S):
            return spent / counted


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _whole(recipe: TrainRecipe, patches: int, each_s: float) -> tuple[int | None, float | None]:
    """Return steps and seconds to the nearer limit."""
    by_time = math.floor(recipe.budget_s / each_s) if recipe.budget_s else None
    counts = [count for count in (recipe.last_step(patches), by_time) if count is not None]
    if not counts:
        return None, None
    steps = max(min(counts), 1)
    total_s = steps * each_s
    return steps, min(total_s, recipe.budget_s) if recipe.budget_s else total_s

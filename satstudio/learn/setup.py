"""set_up(data, recipe): method, device and batches of a training, before its first step."""

from dataclasses import dataclass

import torch

from satstudio.core.errors import RunError
from satstudio.learn.batches import Batches
from satstudio.learn.clock import Every
from satstudio.learn.data import TrainingData
from satstudio.learn.device import (
    check_compiler,
    check_precision,
    choose_device,
    choose_threads,
)
from satstudio.learn.method import METHODS, Adjustable, Manner, Method
from satstudio.learn.train_recipe import TrainRecipe

HELD_OUT_SEED = 0x76616C


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What takes the steps, and what they are taken on.

    Attributes
    ----------
    method : with fresh weights
    lessons, held_out : batches to learn from, and those of the log's validation
    """

    device: torch.device
    threads: int
    method: Method
    lessons: Batches
    held_out: Batches


class Due:
    """What is done again and again."""

    def __init__(self, recipe: TrainRecipe) -> None:
        self.log = Every(recipe.log_every_s)
        self.save = Every(recipe.checkpoint_every_s, waits=True)
        self.sample = Every(recipe.sample_every_s)
        self.check = Every(recipe.check_every_s)


def set_up(data: TrainingData, recipe: TrainRecipe, threads: int | None = None) -> Setup:
    """Make ready what a recipe asks for.

    Parameters
    ----------
    threads : of an earlier sitting, where the recipe does not say
    """
    device = choose_device(recipe.device)
    check_precision(recipe.precision, device)
    if recipe.compiled:
        check_compiler(device)
    method = METHODS[recipe.method].make(recipe.chosen(), len(data.bands), recipe.seed, device)
    adjust(method, recipe)
    side, batch = method.size_px, recipe.batch
    return Setup(
        device,
        choose_threads(recipe.threads or threads, 2 * sum(method.parameters.values())),
        method,
        Batches(data.lessons, data.scaling, batch, side, recipe.seed, device),
        Batches(data.held_out, data.scaling, batch, side, HELD_OUT_SEED, device),
    )


def adjust(method: Method, recipe: TrainRecipe, pace: float = 1.0) -> None:
    """Let a method take its steps as the recipe says.

    Raises
    ------
    RunError
        If it cannot.
    """
    manner = Manner(pace, recipe.accumulate, recipe.precision, recipe.compiled)
    if isinstance(method, Adjustable):
        method.adjust(manner)
    elif manner != Manner(pace):
        raise RunError(
            f"{METHODS[recipe.method].title} works in whole batches and float32 only; leave "
            "'accumulate' at 1, 'precision' at float32 and 'compiled' off."
        )

"""set_up(data, recipe): method, device and batches of a training, before its first step."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from satstudio.core.errors import RunError
from satstudio.core.recipe import Recipe
from satstudio.learn.device import (
    check_compiler,
    check_precision,
    choose_device,
    choose_threads,
)
from satstudio.learn.distributed import ALONE, Distributable, Group
from satstudio.learn.method import METHODS, Adjustable, Method, MethodInfo, StepSettings
from satstudio.learn.setup.batches import Batches
from satstudio.learn.setup.clock import Every
from satstudio.learn.setup.data import TrainingData
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.roles import RoleItems

HELD_OUT_SEED = 0x76616C


@dataclass(frozen=True, slots=True, eq=False)
class Setup:
    """What takes the steps, and what they are taken on.

    Attributes
    ----------
    group : with whom
    name, preset : of the method
    options : the method's own
    method : with fresh weights
    training_batches, held_out : batches to learn from, and those of the log's validation
    """

    data: TrainingData
    group: Group
    device: torch.device
    threads: int
    name: str
    preset: str | None
    options: Recipe
    method: Method
    training_batches: Batches
    held_out: Batches

    @property
    def kind(self) -> MethodInfo:
        """The method as the registry lists it."""
        return METHODS[self.name]

    def info(self) -> dict[str, Any]:
        """Return what takes the steps, JSON-ready."""
        return {
            "method": self.name,
            "preset": self.preset,
            "device": str(self.device),
            "threads": self.threads,
            "processes": self.group.world,
        }

    def step(
        self, number: int, source: int, *, stops: bool = False
    ) -> tuple[dict[str, float], bool]:
        """Take step `number` on this process's images of batch `source`; all processes call it.

        Returns
        -------
        dict, bool
            The losses of all images, and whether another process was asked to stop; `stops` tells
            so of this one.
        """
        batch = self.training_batches.batch(source, slice(self.group.rank, None, self.group.world))
        with self.group.watched():
            losses = self.method.step(batch, number)
        return self.group.meet(losses, stops=stops)

    def validate(self, number: int) -> dict[str, float]:
        """Return the losses on a held-out batch that are finite; none where nothing is held out."""
        if not len(self.data.validation):
            return {}
        losses = self.method.validate(self.held_out.batch(number), number)
        return {name: value for name, value in losses.items() if math.isfinite(value)}


class Due:
    """What is done again and again."""

    def __init__(self, recipe: TrainRecipe) -> None:
        self.log = Every(recipe.log_every_s)
        self.save = Every(recipe.checkpoint_every_s, waits=True)
        self.sample = Every(recipe.sample_every_s)
        self.check = Every(recipe.check_every_s)


class Means:
    """Means of the losses of some steps, by name."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, losses: Mapping[str, float]) -> None:
        """Count the losses of a step."""
        for name, value in losses.items():
            self._values.setdefault(name, []).append(value)

    def of(self) -> dict[str, float]:
        """Return the means; nothing before the first step."""
        return {name: sum(values) / len(values) for name, values in self._values.items()}


def set_up(data: TrainingData, recipe: TrainRecipe, group: Group = ALONE) -> Setup:
    """Make ready what a recipe asks for.

    Parameters
    ----------
    group : with whom; all of them call it, and all raise or none

    Raises
    ------
    RunError
        If the recipe cannot work on this device, or not in several processes.
    """
    device = group.device or choose_device(recipe.device)
    check_precision(recipe.precision, device)
    if recipe.compiled:
        check_compiler(device)
    options = recipe.chosen()
    method = METHODS[recipe.method].make(options, data.ports, recipe.seed, device)
    adjust(method, recipe)
    if group.world > 1:
        _distribute(method, recipe, group)
    side, batch, learnt = method.size_px, recipe.batch, data.training_patches
    if METHODS[recipe.method].pairs == "apart" and isinstance(learnt, RoleItems):
        learnt = learnt.apart()
    return Setup(
        data,
        group,
        device,
        choose_threads(recipe.threads, 2 * sum(method.parameters.values()), group.here),
        recipe.method,
        recipe.preset,
        options,
        method,
        Batches(learnt, data.scaling, batch, side, recipe.seed, device),
        Batches(data.held_out, data.scaling, batch, side, HELD_OUT_SEED, device),
    )


def _distribute(method: Method, recipe: TrainRecipe, group: Group) -> None:
    if not isinstance(method, Distributable):
        raise RunError(f"{METHODS[recipe.method].title} trains in one process only.")
    if recipe.batch % group.world:
        raise RunError(
            f"a batch of {recipe.batch} images cannot be shared evenly by {group.world} processes; "
            f"choose a multiple of {group.world} for 'batch'."
        )
    method.distribute(group)


def adjust(method: Method, recipe: TrainRecipe, pace: float = 1.0) -> None:
    """Let a method take its steps as the recipe says.

    Raises
    ------
    RunError
        If it cannot.
    """
    settings = StepSettings(pace, recipe.accumulate, recipe.precision, recipe.compiled)
    if isinstance(method, Adjustable):
        method.adjust(settings)
    elif settings != StepSettings(pace):
        raise RunError(
            f"{METHODS[recipe.method].title} works in whole batches and float32 only; leave "
            "'accumulate' at 1, 'precision' at float32 and 'compiled' off."
        )

"""Baseline, BASELINES: what every model must beat, as first-class models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import RecipeError
from satstudio.core.plugins import Registry
from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import RestoreRecipe

Power = npt.NDArray[np.float32]
PREFIX = "baseline:"
"""Starts the name of a baseline where a model file could stand: `baseline:lee`."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A classic way to restore.

    Attributes
    ----------
    title, source : for choosers; what it is and where it is published
    function : (bands, rows, cols) linear power, NaN where there is no data -> the same restored;
        gets the samples as they are where `takes_samples`
    halo_px : how far it looks around a pixel
    options : fields of RestoreRecipe that it reads
    own : a Recipe of options of its own; `function` and `halo_px` then get one of these instead of
        the RestoreRecipe. The Restore page shows it as a form, the command line takes `--set`
    """

    title: str
    source: str
    function: Callable[[npt.NDArray[Any], Any], npt.NDArray[Any]]
    halo_px: Callable[[Any], int]
    options: tuple[str, ...] = ()
    takes_samples: bool = False
    own: type[Recipe] | None = None

    def chosen(self, name: str, recipe: RestoreRecipe) -> Recipe:
        """Return what `function` gets; raises RecipeError that names a wrong choice."""
        if self.own is not None:
            return self.own.build(recipe.own, name)
        if recipe.own:
            raise RecipeError(
                f"{name} has no options of its own; leave out {', '.join(recipe.own)}."
            )
        return recipe


BASELINES: Registry[Baseline] = Registry("satstudio.restore.restorers", "baseline")


def baseline_name(model: object) -> str | None:
    """Return NAME of `baseline:NAME`; None where it is the path of a model file."""
    text = str(model)
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None

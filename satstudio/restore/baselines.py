"""Baseline, BASELINES: what every model must beat, as first-class models."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import RecipeError
from satstudio.core.plugins import Registry
from satstudio.core.port import Port
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite
from satstudio.pixels.role_images import Fitted, Places, RoleImages
from satstudio.restore.recipe import RestoreRecipe

Power = npt.NDArray[np.float32]
PREFIX = "baseline:"
"""Starts the name of a baseline where a model file could stand: `baseline:lee`."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A classic way to restore.

    One without `inputs` is a filter of one image of linear power; one with them is run as a model
    file is: it takes images by role, gives a `Composite`, and has a card.

    Attributes
    ----------
    title, source : for choosers; what it is and where it is published
    function : (bands, rows, cols) linear power, NaN where there is no data -> the same restored;
        gets the samples as they are where `takes_samples`. With `inputs`: RoleImages -> Composite,
        float32, on the pixels of the result
    halo_px : how far it looks around a pixel
    options : fields of RestoreRecipe that it reads
    own : a Recipe of options of its own; `function` and `halo_px` then get one of these instead of
        the RestoreRecipe. The Restore page shows it as a form, the command line takes `--set`
    inputs : what it takes by role, the scene itself first; of real values, any number of bands
    ratio : pixels of the result for one of the scene, along an axis
    fit : what is estimated once a scene, on places spread over it: shifts, dates, histograms
    fills_gaps : it gives values where its input has none
    in_power : values of radar are taken as linear power, and given back as the scene has them:
        where pixels are averaged
    """

    title: str
    source: str
    function: Callable[[Any, Any], Any]
    halo_px: Callable[[Any], int]
    options: tuple[str, ...] = ()
    takes_samples: bool = False
    own: type[Recipe] | None = None
    inputs: tuple[Port, ...] = ()
    ratio: Callable[[Any], Fraction] = lambda own: Fraction(1)
    fit: Callable[[Places, Any], Fitted] | None = None
    in_power: bool = False
    fills_gaps: bool = False

    def made_of(self, given: RoleImages, own: Any) -> Composite:  # noqa: ANN401 - a recipe
        """Return what it makes of images alone, such as patches: it fits on them too."""
        fitted = self.fit([given], own) if self.fit is not None else Fitted()
        made: Composite = self.function(replace(given, fitted=fitted), own)
        return made

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

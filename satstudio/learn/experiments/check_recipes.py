"""check_recipes: whether the trainings of a plan can work, before the first one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError, RecipeError
from satstudio.core.progress import Progress
from satstudio.core.recipe import Recipe
from satstudio.learn.experiments.scores import scorer_of
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe

USUAL_IMAGES = 1000


class PlannedRecipe(Recipe):
    """A recipe of a plan: what errors say of it, which row it is of, and its plain values."""

    where: str
    row: str
    values: dict[str, Any]

    def checked(self) -> TrainRecipe:
        """Return the recipe of the training.

        Raises
        ------
        RecipeError
            If it cannot work, or has no end.
        """
        try:
            recipe = TrainRecipe.build(self.values, self.where)
        except InputError as error:
            raise RecipeError(str(error)) from error
        if recipe.steps is None:
            raise RecipeError(f"{self.where} has no end: give base.steps.")
        return recipe


class ScoringNetworks(Recipe):
    """What FID and IS are measured with."""

    extractor: str | None = None
    classifier: str | None = None
    images: int = USUAL_IMAGES


def check_recipes(
    patches: Path,
    recipes: Sequence[PlannedRecipe],
    networks: ScoringNetworks,
    progress: Progress,
) -> dict[str, Any]:
    """Check all recipes, the first of each row on the patch set too, and the networks on it.

    Returns
    -------
    dict
        `batch`, the batch size of each recipe, and `methods`, the method of each.

    Raises
    ------
    RecipeError
        Naming the row that cannot work.
    InputError, RunError, ModelError
        If the patch set cannot be learnt from, or networks do not take its images.
    """
    checked = [one.checked() for one in progress.over(recipes, "Checking recipes")]
    firsts = {one.row: recipe for one, recipe in zip(recipes, checked, strict=True)}
    scorer = scorer_of(networks.extractor, networks.classifier, networks.images, patches)
    for recipe in firsts.values():
        open_data(patches, recipe)
        scorer.check(recipe)
    return {
        "batch": [recipe.batch for recipe in checked],
        "methods": [recipe.method for recipe in checked],
    }

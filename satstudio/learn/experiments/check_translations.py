"""check_translations: whether the trainings of a plan of image pairs can work, before the first."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from satstudio.core.errors import RecipeError
from satstudio.core.progress import Progress
from satstudio.learn.experiments.check_recipes import PlannedRecipe
from satstudio.learn.experiments.translate_trial import ImageSource
from satstudio.learn.method import METHODS
from satstudio.learn.setup.data import open_data
from satstudio.patches.dataset import DATASETS
from satstudio.patches.patch_set import PatchSet


def check_translations(
    sources: Sequence[ImageSource], recipes: Sequence[PlannedRecipe], progress: Progress
) -> dict[str, Any]:
    """Check all recipes, and that the images can be opened, fold by fold.

    Returns
    -------
    dict
        `images_sha256`, which tells these images from others, `images`, how many there are, and
        `methods`, the method of each recipe.

    Raises
    ------
    RecipeError
        Naming the row that cannot work.
    InputError, RunError
        If the folder or the patch set cannot be learnt from.
    """
    checked = [one.checked() for one in progress.over(recipes, "Checking recipes")]
    for one, recipe in zip(recipes, checked, strict=True):
        if "translates" not in METHODS[recipe.method].capabilities:
            raise RecipeError(f"{one.where}: '{recipe.method}' does not make images of images.")
    files: set[str] = set()
    for source in sources:
        if source.choices is None:
            learnt = PatchSet.open(source.path)
            for recipe in checked:
                open_data(source.path, recipe)
            files |= {learnt.sha256, *(one.address for one in learnt.manifest.sources)}
            count = len(learnt.manifest.sources)
        else:
            count = _opened(source, files, progress)
    text = "\n".join(sorted(files))
    return {
        "images_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "images": count,
        "methods": [recipe.method for recipe in checked],
    }


def _opened(source: ImageSource, files: set[str], progress: Progress) -> int:
    """Open the folder of a source as its import does; add its files, and return how many."""
    folder = DATASETS["folder"]
    choices = folder.options.build(dict(source.choices or {}), "The choices of the folder")
    contents = folder.open(source.path, choices, progress.part(0, 0))
    files |= {f"{one.sha256}  {Path(one.address).name}" for one in contents.sources}
    return len(contents.sources)

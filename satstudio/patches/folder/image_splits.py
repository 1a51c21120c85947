"""image_splits: which image is for training, validation or test, by a seed."""

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.patches.folder.folder_recipe import FolderRecipe
from satstudio.patches.manifest import Split


def image_splits(count: int, recipe: FolderRecipe) -> list[Split | None]:
    """Say of each image which split it is of; None: it is not taken.

    With folds the images, in the order of the seed, are put into so many parts of equal size (one
    image more or less); every image is in the test of one fold and in no other.

    Raises
    ------
    InputError
        If there are fewer images than folds.
    """
    order = np.random.default_rng([recipe.seed, 16]).permutation(count)[: recipe.count]
    taken = len(order)
    if recipe.folds is None:
        test = order[: round(recipe.test_share * taken)]
    elif recipe.folds > taken:
        raise InputError(f"{taken} images cannot be put into {recipe.folds} folds; give fewer.")
    else:
        test = np.array_split(order, recipe.folds)[recipe.fold - 1]
    rest = order[~np.isin(order, test)]
    kept = round(recipe.validation_share * (taken if recipe.folds is None else len(rest)))
    parts: dict[Split, npt.NDArray[np.int64]] = {
        "test": test,
        "validation": rest[:kept],
        "train": rest[kept:],
    }
    splits: list[Split | None] = [None] * count
    for name, chosen in parts.items():
        for index in chosen.tolist():
            splits[index] = name
    return splits

"""Question: what the Restore page asks the process that keeps models and scenes open."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from satstudio.core.recipe import Recipe
from satstudio.restore.recipe import RestoreRecipe

KINDS = ("cards", "check", "preview", "estimate")
"""What can be asked, the most urgent first."""


class Question(Recipe):
    """One question; the file that carries it is called `NUMBER-KIND.json`.

    Attributes
    ----------
    number : counts up; the answer carries it
    paths : of `cards` the model files; of `estimate` a folder on the disk that is written to
    scenes, model, recipe : what would be restored, with what, how
    """

    kind: Literal["cards", "check", "preview", "estimate"]
    number: int
    paths: tuple[Path, ...] = ()
    scenes: tuple[str, ...] = ()
    model: str = ""
    recipe: RestoreRecipe = Field(default_factory=RestoreRecipe)

"""ExtractorRecipe, open_extractor: which features, chosen once for both sets."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from satstudio.core.errors import InputError
from satstudio.core.files.old_keys import new_extractor
from satstudio.core.recipe import Recipe
from satstudio.restore.features.extractor import EXTRACTORS, Extractor, ImageKind
from satstudio.restore.features.file import ThreeBands, file_extractor


class ExtractorRecipe(Recipe):
    """Which features of the images are compared."""

    features: str = Field(
        "handcrafted",
        title="Features",
        description="handcrafted, random, or an ONNX file that gives features",
    )
    resize: Literal["tf1", "ptfid", "clean", "none"] | None = Field(
        None, title="Resize rule", description="Of an ONNX file; empty: what its card says"
    )
    bands: tuple[int, int, int] | None = Field(
        None, title="Three bands", description="Counted from 1; for networks that see pictures"
    )
    stretch: tuple[float, float] | None = Field(
        None, title="Stretch", description="Values that become black and white"
    )
    threads: int | None = Field(None, ge=1, title="Threads")

    @field_validator("features", mode="before")
    @classmethod
    def _with_new_name(cls, features: object) -> object:
        return new_extractor(features)

    @property
    def choice(self) -> ThreeBands | None:
        """The three bands with their stretch; raises InputError where only one of both is said."""
        if self.bands is None and self.stretch is None:
            return None
        if self.bands is None or self.stretch is None:
            raise InputError(
                "A picture of three bands needs both: which bands, and the values that become "
                "black and white."
            )
        low, high = self.stretch
        return ThreeBands.build({"bands": self.bands, "low": low, "high": high}, "bands")


def open_extractor(recipe: ExtractorRecipe, kind: ImageKind) -> Extractor:
    """Return the extractor that a recipe names, for images of a kind.

    Raises
    ------
    InputError
        If there is none of this name, or it does not take such images.
    ModelError
        If the file is no feature network.
    """
    name = recipe.features
    path = Path(name)
    if path.suffix.lower() == ".onnx" or (name not in EXTRACTORS and path.is_file()):
        threads = recipe.threads or max(1, (os.cpu_count() or 2) - 1)
        return file_extractor(path, kind, recipe.resize, recipe.choice, threads)
    if name not in EXTRACTORS:
        raise InputError(
            f"There are no features '{name}': give {', '.join(EXTRACTORS)}, or an ONNX file."
        )
    if recipe.resize or recipe.choice:
        raise InputError(
            f"The features '{name}' take all bands as they are; a resize rule, three bands and "
            "their stretch belong to an ONNX file."
        )
    return EXTRACTORS[name].make(kind)

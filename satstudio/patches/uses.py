"""with_uses: which splits each scene is for, and that no scene is for two."""

import os
from collections.abc import Sequence
from pathlib import Path

from satstudio.core.errors import InputError
from satstudio.patches.manifest import PatchSource, Use
from satstudio.patches.positions import PatchRecipe
from satstudio.scenes.address import parse_address


def with_uses(
    scenes: Sequence[str | Path], recipe: PatchRecipe
) -> tuple[tuple[str | Path, Use], ...]:
    """Return every scene once, with its use; validation scenes that are not listed come last.

    Raises
    ------
    InputError
        If no scene is left to train with.
    """
    if not scenes:
        raise InputError("No scene was given; choose at least one to cut patches from.")
    held_out = {_key(address): address for address in recipe.validation_scenes}
    if not held_out:
        return tuple((scene, "both") for scene in scenes)
    listed = [_key(scene) for scene in scenes]
    uses: list[tuple[str | Path, Use]] = [
        (scene, "validation" if key in held_out else "train")
        for scene, key in zip(scenes, listed, strict=True)
    ]
    if all(use == "validation" for _, use in uses):
        raise InputError(
            "Every scene is kept for validation; choose at least one to take training patches from."
        )
    added = [address for key, address in held_out.items() if key not in listed]
    return (*uses, *((address, "validation") for address in added))


def check_apart(sources: Sequence[PatchSource]) -> None:
    """Refuse a validation scene that is the same file and image as a training scene.

    Raises
    ------
    InputError
        Naming both.
    """
    train = {_content(source): source for source in sources if source.use == "train"}
    for source in sources:
        same = train.get(_content(source))
        if source.use == "validation" and same is not None:
            raise InputError(
                f"{source.address} is to be for validation, but equals {same.address}, which is "
                "for training; choose another scene."
            )


def _key(address: str | Path) -> str:
    """Return one text for all spellings of an address."""
    path, sign, image = str(address).partition("#")
    return (path if path.startswith("stack:") else os.path.abspath(path)) + sign + image  # noqa: PTH100 - links stay


def _content(source: PatchSource) -> tuple[str, str]:
    return source.sha256, parse_address(source.address).image or ""

"""run_choices, differences, beside: what runs were made with, and in what they differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.core.errors import InputError
from satstudio.core.recipe import read_toml
from satstudio.core.run_info import run_info


@dataclass(frozen=True, slots=True)
class RunChoices:
    """What a run was made with.

    Attributes
    ----------
    recipe : all its values, as recipe.toml has them; what is None is left out
    patches : folder of its patch set, which may have gone
    """

    run: Path
    recipe: Mapping[str, Any]
    patches: Path


def run_choices(run: Path) -> RunChoices:
    """Read what a run was made with.

    Raises
    ------
    InputError
        If the folder is no training run.
    """
    try:
        info = run_info(run)
        patches = Path(str(info["patches"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{run} is no training run that another could be made like: its run.json is missing or "
            "damaged; choose the folder of a run."
        ) from error
    return RunChoices(run, read_toml(run / "recipe.toml"), patches)


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> dict[str, tuple[Any, Any]]:
    """Return old and new value of each choice that differs; dots reach into tables."""
    found: dict[str, tuple[Any, Any]] = {}
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found |= differences(old, new, f"{prefix}{name}.")
        elif not _are_equal(old, new):
            found[prefix + name] = (old, new)
    return found


def beside(several: Sequence[Mapping[str, Any]]) -> dict[str, tuple[tuple[Any, ...], bool]]:
    """Return the values of several recipes beside each other, and whether they differ.

    Dots reach into tables; what a recipe does not say is None.
    """
    flat = [_flat(values) for values in several]
    names = dict.fromkeys(name for values in flat for name in values)
    found = {}
    for name in names:
        values = tuple(one.get(name) for one in flat)
        found[name] = (values, not all(_are_equal(values[0], value) for value in values[1:]))
    return found


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _are_equal(old: Any, new: Any) -> bool:  # noqa: ANN401 - any JSON values
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=1e-12)
    return bool(old == new)

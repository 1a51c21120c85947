"""has_end, reached, prolonged: when a training ends, by its recipe and how far it is."""

from collections.abc import Mapping
from typing import Any

from satstudio.core.runs.training_figures import RunFigures

LIMITS = ("steps", "epochs", "budget_s")
"""Of a recipe; each counts all parts of a run together, and the first that is reached ends it."""

NEARLY = 1e-4


def has_end(recipe: Mapping[str, Any]) -> bool:
    """Tell whether a training ends by itself."""
    return any(recipe.get(name) is not None for name in LIMITS)


def reached(recipe: Mapping[str, Any], figures: RunFigures) -> tuple[str, ...]:
    """Return the limits that a run has reached: nothing of them is left."""
    there = _there(figures)
    given = {name: recipe[name] for name in LIMITS if recipe.get(name) is not None}
    return tuple(name for name, limit in given.items() if there[name] >= limit - NEARLY)


def prolonged(
    recipe: Mapping[str, Any], figures: RunFigures, more: Mapping[str, float]
) -> dict[str, Any]:
    """Return the recipe of a run that goes on by so many steps, epochs or seconds.

    Limits that are reached already go; `more` without any: it goes on until it is stopped.
    """
    there = _there(figures)
    gone = reached(recipe, figures) if more else LIMITS
    return {**recipe, **dict.fromkeys(gone)} | {
        name: there[name] + amount for name, amount in more.items()
    }


def _there(figures: RunFigures) -> dict[str, float]:
    return {
        "steps": figures.step,
        "epochs": figures.epoch or 0.0,
        "budget_s": figures.seconds,
    }

"""rival_recipe: the recipe of a baseline that is given the images of a model."""

from fractions import Fraction

from satstudio.core.errors import ModelError
from satstudio.restore.baselines import Baseline
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.recipe import RestoreRecipe

FACTOR = "factor"
DESPECKLE = "despeckle"
"""Task of a card."""


def is_rival(baseline: Baseline, is_series: bool, ratio: Fraction, *, fills_gaps: bool) -> bool:
    """Tell whether a baseline can be given the images of a task, and makes pixels of its size.

    Parameters
    ----------
    is_series : the task's first images are several
    ratio : of its result
    fills_gaps : it gives values where its image has none
    """
    if not baseline.inputs or len({port.mask_of or port.role for port in baseline.inputs}) > 1:
        return False  # a filter of one image, or one that wants images of a second role
    if is_series != (baseline.inputs[0].frames != (1, 1)):
        return False
    if not is_series:
        return baseline.fills_gaps == fills_gaps and _has_factor(baseline) == (ratio != 1)
    return _has_factor(baseline) or ratio == 1


def rival_recipe(
    name: str, baseline: Baseline, card: ModelCard, recipe: RestoreRecipe
) -> RestoreRecipe:
    """Return how a baseline restores the images that a model of this card is given.

    A filter of one image is one of what despeckles, with the filter's usual options.

    Raises
    ------
    ModelError
        If it is none that is given such images.
    """
    if not baseline.inputs and card.task == DESPECKLE:
        return RestoreRecipe(
            window=recipe.window,
            bands=recipe.bands,
            keep_phase=recipe.keep_phase,
            threads=recipe.threads,
        )
    is_series = card.first.frames != (1, 1)
    if not is_rival(baseline, is_series, card.ratio, fills_gaps=card.fills_gaps):
        raise ModelError(f"{name} is no baseline of what {card.method} restores.")
    role = baseline.inputs[0].role
    mask = next((port.role for port in card.inputs if port.mask_of == card.first.role), "")
    own_mask = next((port.role for port in baseline.inputs if port.mask_of == role), "")
    inputs = {}
    for own, its in ((role, card.first.role), (own_mask, mask)):
        if own and its and recipe.inputs.get(its):
            inputs[own] = recipe.inputs[its]
    own_values = {FACTOR: str(card.ratio)} if _has_factor(baseline) else {}
    return RestoreRecipe(
        window=recipe.window,
        bands=recipe.bands,
        inputs=inputs,
        align=recipe.align,
        own=own_values,
        threads=recipe.threads,
    )


def _has_factor(baseline: Baseline) -> bool:
    return baseline.own is not None and FACTOR in baseline.own.model_fields

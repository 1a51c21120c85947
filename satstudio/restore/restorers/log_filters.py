"""Filters of log intensity as baselines: what learned despeckling is measured against."""

from satstudio.pixels.log_filters import (
    NLM_REACH_PX,
    TV_REACH_PX,
    non_local_means,
    total_variation,
)
from satstudio.restore.baselines import BASELINES, Baseline, Power
from satstudio.restore.recipe import RestoreRecipe


def _nlm(power: Power, recipe: RestoreRecipe) -> Power:
    return non_local_means(power, recipe.looks, recipe.strength, threads=recipe.threads or 1)


def _tv(power: Power, recipe: RestoreRecipe) -> Power:
    return total_variation(power, recipe.looks, recipe.strength)


BASELINES.add(
    "nlm",
    Baseline(
        title="Non-local means",
        source="Buades et al. 2005, of log intensity: mean of pixels with similar surroundings.",
        function=_nlm,
        halo_px=lambda recipe: NLM_REACH_PX,
        options=("looks", "strength"),
    ),
)
BASELINES.add(
    "tv",
    Baseline(
        title="Total variation",
        source="Rudin et al. 1992, of log intensity: the smoothest image with sharp edges.",
        function=_tv,
        halo_px=lambda recipe: TV_REACH_PX,
        options=("looks", "strength"),
    ),
)

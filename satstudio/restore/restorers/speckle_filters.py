"""The classic speckle filters as baselines."""

from collections.abc import Callable

from satstudio.pixels.filters import boxcar, gamma_map, lee, refined_lee
from satstudio.restore.baselines import BASELINES, Baseline, Power
from satstudio.restore.recipe import RestoreRecipe


def _half(recipe: RestoreRecipe) -> int:
    return recipe.filter_px // 2


def _with_looks(function: Callable[..., Power], power: Power, recipe: RestoreRecipe) -> Power:
    return function(power, recipe.filter_px, recipe.looks, threads=recipe.threads or 1)


BASELINES.add(
    "boxcar",
    Baseline(
        title="Boxcar",
        source="Mean of the valid pixels of a square window.",
        function=lambda power, recipe: boxcar(power, recipe.filter_px, threads=recipe.threads or 1),
        halo_px=_half,
        options=("filter_px",),
    ),
)
BASELINES.add(
    "lee",
    Baseline(
        title="Lee",
        source="Lee 1980: local mean and variance, multiplicative speckle.",
        function=lambda power, recipe: _with_looks(lee, power, recipe),
        halo_px=_half,
        options=("filter_px", "looks"),
    ),
)
BASELINES.add(
    "refined_lee",
    Baseline(
        title="Refined Lee",
        source="Lee 1981: statistics of the half window on the pixel's side of an edge.",
        function=lambda power, recipe: _with_looks(refined_lee, power, recipe),
        # beside holes the means of sub-windows fall back on that of the window around them
        halo_px=lambda recipe: 2 * _half(recipe),
        options=("filter_px", "looks"),
    ),
)
BASELINES.add(
    "gamma_map",
    Baseline(
        title="Gamma-MAP",
        source="Lopes et al. 1993: most probable reflectivity under gamma distributions.",
        function=lambda power, recipe: _with_looks(gamma_map, power, recipe),
        halo_px=_half,
        options=("filter_px", "looks"),
    ),
)

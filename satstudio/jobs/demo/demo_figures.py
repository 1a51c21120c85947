"""demo_figures: how near generated patches are to real ones, beside what has no skill at all."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.bench.report import Figure, number_text
from satstudio.core.raster import Pixels
from satstudio.metrics.run_figures import figure_card
from satstudio.metrics.sets.distances import COLOURED, REFERENCES, WHITE, Distances
from satstudio.patches.manifest import Split
from satstudio.patches.patch_set import PatchSet
from satstudio.pixels.phasor import intensity
from satstudio.pixels.speckle import median_intensity_moment
from satstudio.restore.generate.samples import generate
from satstudio.restore.models.model_file import read_card

MOST = 512
FIRST_SEED = 1000
SHOWN = ("swd", "ks_modulus", "spectrum_distance_db")
MOMENT = "intensity_moment"
SPECKLE = 2.0
"""Of fully developed single-look speckle over a uniform area (Goodman 1976)."""


@dataclass(frozen=True, slots=True, eq=False)
class DemoFigures:
    """Figures with their definitions, and the real patches (n, bands, rows, cols) behind them."""

    rows: tuple[Figure, ...]
    real: Pixels


def demo_figures(
    patches: PatchSet, model: Path, choosing: Mapping[str, Any] | None = None
) -> DemoFigures:
    """Compare what a model file makes with patches that it did not learn from.

    Beside each distance stands what training patches have against the same real ones, and what
    Gaussian fields have that nothing was learnt for.

    Parameters
    ----------
    choosing : which patches the checkpoint was chosen on, as run.json has it; where there are
        others, only those are compared with
    """
    side = read_card(model).tile_px
    split: Split = "validation" if len(patches.validation) else "train"
    known = choosing or {}
    chosen_on = int(known.get("patches", 0)) if known.get("split") == split else 0
    seen = chosen_on if chosen_on < len(patches.split(split)) else 0
    real = _some(tiles(patches.split(split)[seen:], side))
    learnt = _some(tiles(patches.train[:], side))
    made = generate(model, range(FIRST_SEED, FIRST_SEED + len(real)))
    distances = Distances(real, learnt, patches.manifest.domain)
    found, beside = distances.of(made), distances.references
    last = FIRST_SEED + len(made) - 1
    n = (
        f"{len(real)} real and {len(made)} generated patches of {side} px, of the seeds "
        f"{FIRST_SEED} to {last}"
    )
    data = " ".join(filter(None, (_data(patches, split), _choice(chosen_on, seen))))
    rows = [_distance(name, found, beside, n, data) for name in SHOWN]
    return DemoFigures((*rows, _moment(real, made, n, data)), real)


def headline(figures: Sequence[Figure]) -> str:
    """Say which distance is strongest and which weakest, beside that of the best Gaussian field.

    Empty where no Gaussian field stands beside them.
    """
    shares = {share: figure for figure in figures if math.isfinite(share := _share(figure))}
    if not shares:
        return ""
    strongest, weakest = (shares[end(shares)] for end in (min, max))
    return f"strongest: {_told(strongest)}; weakest: {_told(weakest)}"


def _share(figure: Figure) -> float:
    """Return a distance over that of the Gaussian field that is nearest; below 1 there is skill."""
    fields = [figure.beside.get(REFERENCES[ending], math.nan) for ending in (WHITE, COLOURED)]
    best = min((value for value in fields if value > 0), default=math.nan)
    return figure.value / best


def _told(figure: Figure) -> str:
    value = f"{number_text(figure.value)} {figure.unit}".strip()
    share = number_text(_share(figure))
    return f"{figure.name} {value} ({share} times that of the best Gaussian field)"


def _distance(
    name: str, found: Mapping[str, float], beside: Mapping[str, float], n: str, data: str
) -> Figure:
    card = figure_card(name)
    return Figure(
        name=card.title,
        value=found[name],
        unit=card.unit,
        better=card.better,
        beside={called: beside[f"{name}{ending}"] for ending, called in REFERENCES.items()},
        definition=card.text + ".",
        n=n,
        data=data,
    )


def _moment(real: Pixels, made: Pixels, n: str, data: str) -> Figure:
    card = figure_card(MOMENT)
    return Figure(
        name=card.title,
        value=median_intensity_moment(intensity(made)),
        beside={
            "real patches": median_intensity_moment(intensity(real)),
            "fully developed single-look speckle": SPECKLE,
        },
        definition=card.text + ".",
        n=n,
        data=data,
    )


def _some(patches: Pixels) -> Pixels:
    """Return at most `MOST` patches, spread over all."""
    some: Pixels = patches[:: max(len(patches) // MOST, 1)][:MOST]
    return some


def _data(patches: PatchSet, split: Split) -> str:
    ground = "another ground than the training's" if split == "validation" else "as learnt from"
    stride, side = patches.manifest.recipe.get("stride_px"), patches.manifest.size_px
    overlap = f", cut every {stride} px, so they overlap" if stride and stride < side else ""
    return f"Real: the {split} split, {ground}{overlap}; values unscaled."


def _choice(chosen_on: int, left_out: int) -> str:
    """Say which patches chose the checkpoint: none of these, or these too."""
    if left_out:
        return f"The checkpoint was chosen on {left_out} other patches of this split."
    if chosen_on:
        return "The checkpoint was chosen on the same patches, which flatters it a little."
    return ""


def tiles(patches: Pixels, side_px: int) -> Pixels:
    """Cut patches (n, bands, rows, cols) into squares of `side_px`, side by side."""
    count, bands, rows, cols = patches.shape
    down, right = rows // side_px, cols // side_px
    even = patches[:, :, : down * side_px, : right * side_px]
    parts = even.reshape(count, bands, down, side_px, right, side_px)
    cut: Pixels = parts.transpose(0, 2, 4, 1, 3, 5).reshape(-1, bands, side_px, side_px)
    return cut

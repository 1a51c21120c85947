"""demo_figures: how near generated patches are to real ones, with what was compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from satstudio.bench.report import Figure
from satstudio.core.raster import Pixels
from satstudio.metrics.score import METRICS
from satstudio.patches.store import PatchSet, Split
from satstudio.restore.model_file import read_card
from satstudio.restore.samples import generate

MOST = 512
FIRST_SEED = 1000
LIMITS = {"ks_modulus": 0.3, "spectrum_distance_db": 5.0}
TITLES = {
    "ks_modulus": "Distance of the moduli (Kolmogorov-Smirnov)",
    "spectrum_distance_db": "Distance of the power spectra",
}


@dataclass(frozen=True, slots=True, eq=False)
class DemoFigures:
    """Figures with their definitions, and the real patches (n, bands, rows, cols) behind them."""

    rows: tuple[Figure, ...]
    real: Pixels


def demo_figures(
    patches: PatchSet, model: Path, choosing: Mapping[str, Any] | None = None
) -> DemoFigures:
    """Compare what a model file makes with patches that it did not learn from.

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
    n = f"{len(real)} real and {len(made)} generated patches of {side} px"
    rows = []
    for name, limit in LIMITS.items():
        metric = METRICS[name]
        rows.append(
            Figure(
                name=TITLES[name],
                value=float(metric.function(real[:, 0], made[:, 0])),
                unit=metric.unit,
                better=metric.better,
                limit=limit,
                baseline=float(metric.function(real[:, 0], learnt[:, 0])),
                against="The training patches themselves, against the same real ones",
                definition=_definition(name),
                n=n,
                data=" ".join(filter(None, (_data(patches, split), _choice(chosen_on, seen)))),
            )
        )
    return DemoFigures(tuple(rows), real)


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


def _definition(name: str) -> str:
    if name != "spectrum_distance_db":
        return METRICS[name].definition + "."
    return f"{METRICS[name].definition}. psd_lsd_db: {METRICS['psd_lsd_db'].definition}."


def tiles(patches: Pixels, side_px: int) -> Pixels:
    """Cut patches (n, bands, rows, cols) into squares of `side_px`, side by side."""
    count, bands, rows, cols = patches.shape
    down, right = rows // side_px, cols // side_px
    even = patches[:, :, : down * side_px, : right * side_px]
    parts = even.reshape(count, bands, down, side_px, right, side_px)
    cut: Pixels = parts.transpose(0, 2, 4, 1, 3, 5).reshape(-1, bands, side_px, side_px)
    return cut

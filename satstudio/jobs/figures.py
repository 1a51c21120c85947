"""demo_figures: how near generated patches are to real ones, with what was compared."""

from dataclasses import dataclass
from pathlib import Path

from satstudio.bench.report import Figure
from satstudio.core.raster import Pixels
from satstudio.metrics.score import METRICS
from satstudio.patches.store import PatchSet
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


def demo_figures(patches: PatchSet, model: Path) -> DemoFigures:
    """Compare what a model file makes with patches that it did not learn from."""
    card = read_card(model)
    split = "validation" if len(patches.validation) else "train"
    held = patches.split("validation" if split == "validation" else "train")[:]
    real = tiles(held, card.tile_px)
    real = real[:: max(len(real) // MOST, 1)][:MOST]
    made = generate(model, range(FIRST_SEED, FIRST_SEED + len(real)))
    n = f"{len(real)} real and {len(made)} generated patches of {card.tile_px} px"
    data = f"Real: the {split} split, another ground than the training's; values unscaled."
    rows = []
    for name, limit in LIMITS.items():
        metric = METRICS[name]
        value = float(metric.function(real[:, 0], made[:, 0]))
        rows.append(
            Figure(
                name=TITLES[name],
                value=value,
                unit=metric.unit,
                better=metric.better,
                limit=limit,
                definition=_definition(name),
                n=n,
                data=data,
            )
        )
    return DemoFigures(tuple(rows), real)


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

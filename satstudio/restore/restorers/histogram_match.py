"""Histogram match: the plainest way to make one image look like another."""

from satstudio.core.port import Port
from satstudio.core.recipe import Recipe
from satstudio.pixels.compositing import Composite
from satstudio.pixels.histograms import fit_histogram
from satstudio.pixels.role_images import Fitted, Places, RoleImages, joined
from satstudio.restore.baselines import BASELINES, Baseline

SAID = (0.01, 0.5, 0.99)


class Options(Recipe):
    """Nothing to choose."""


def fit_table(places: Places, own: Recipe) -> Fitted:
    """Return the table of quantiles of the scene and of the reference over all places."""
    table = fit_histogram(joined(places, "input"), joined(places, "reference"))
    marks = [round(share * (table.own.shape[1] - 1)) for share in SAID]
    said = {
        "shares": list(SAID),
        "own": table.own[:, marks].tolist(),
        "reference": table.wanted[:, marks].tolist(),
    }
    return Fitted(table, said)


def _matched(given: RoleImages, own: Recipe) -> Composite:
    return Composite(given.fitted.values.apply(given.images["input"][0]), given.good["input"][0])


BASELINES.add(
    "histogram_match",
    Baseline(
        title="Histogram match",
        source="Gonzalez and Woods 2018, 3.3: each band gets the histogram of the reference, "
        "fitted once a scene.",
        function=_matched,
        halo_px=lambda own: 0,
        own=Options,
        inputs=(
            Port(role="input", dtype="float32"),
            Port(role="input_mask", dtype="bool", mask_of="input"),
            Port(role="reference", dtype="float32"),
        ),
        fit=fit_table,
    ),
)

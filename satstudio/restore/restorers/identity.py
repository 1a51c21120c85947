"""The scene as it is: what doing nothing is worth."""

from satstudio.restore.baselines import BASELINES, Baseline

BASELINES.add(
    "identity",
    Baseline(
        title="Unchanged",
        source="The scene as it is, complex samples included.",
        function=lambda samples, recipe: samples,
        halo_px=lambda recipe: 0,
        takes_samples=True,
    ),
)

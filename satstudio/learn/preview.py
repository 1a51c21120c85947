"""Preview: what the generator makes of fixed seeds, beside real patches, with figures."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from satstudio.core.files import replacing
from satstudio.learn.batches import Batches
from satstudio.learn.method import Method, Values
from satstudio.metrics.measures.distribution import ks_modulus
from satstudio.metrics.measures.spectrum import spectrum_distance_db
from satstudio.pixels.scaling import Scaling, unscaled
from satstudio.render.picture import real_beside_generated, save_png

KS_GOAL = 0.3
SPECTRUM_GOAL_DB = 5.0
FIRST_SEED = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """How far generated patches are from held-out real ones; values are unscaled.

    Attributes
    ----------
    quality : the larger of the two as a share of its goal (0.3 and 5 dB); below 1 both are met
    """

    ks_modulus: float
    spectrum_distance_db: float
    quality: float
    n: int

    def plain(self) -> dict[str, float | None]:
        """Return the figures as JSON knows them: None for what is not finite."""
        values = asdict(self).items()
        return {name: value if math.isfinite(value) else None for name, value in values}


class Previewer:
    """Makes pictures and figures of a generator, always of the same seeds and real patches."""

    def __init__(self, held_out: Batches, scaling: Scaling, samples: int, figures: int) -> None:
        """Take `held_out` batches of `figures` patches each."""
        self._real = unscaled(held_out.values(1), scaling)
        self._scaling = scaling
        self._samples = samples
        self._figures = figures

    def make(self, method: Method) -> Values:
        """Generate from the fixed seeds, unscaled."""
        seeds = range(FIRST_SEED, FIRST_SEED + max(self._samples, self._figures))
        return unscaled(method.generate(seeds), self._scaling)

    def save(self, made: Values, path: Path) -> Path:
        """Write PATH.png and the samples as PATH.npy beside it."""
        with replacing(path.with_suffix(".npy")) as part:
            np.save(part, made[: self._samples], allow_pickle=False)
        real = self._real[: self._samples, 0]
        return save_png(real_beside_generated(real, made[: self._samples, 0]), path)

    def figures(self, made: Values) -> Figures:
        """Compare with the real patches."""
        real, fake = self._real[:, 0], made[: self._figures, 0]
        ks = float(ks_modulus(real, fake))
        spectrum = float(spectrum_distance_db(real, fake))
        return Figures(ks, spectrum, max(ks / KS_GOAL, spectrum / SPECTRUM_GOAL_DB), len(fake))

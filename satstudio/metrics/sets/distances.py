"""Distances: how far generated images are from held-out real ones, as figures of a log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.metrics.measures.distribution import ks_modulus
from satstudio.metrics.measures.phase_sets import phase_nonuniformity, phase_step_distance
from satstudio.metrics.measures.spectrum import MOST_PATCHES, psd_lsd_db
from satstudio.metrics.measures.wasserstein import swd
from satstudio.pixels.scaling import fit_scaling, scaled
from satstudio.pixels.spectral.fourier import (
    Domain,
    centred_spectrum,
    image_of_spectrum,
    visible_image,
)
from satstudio.pixels.synthetic.gaussian_fields import GaussianField

Values = npt.NDArray[Any]
PHASE_PIXELS = 2**16
"""Pixels a side whose phases are compared; of large images fewer are looked at."""

ALL_PIXELS = 2**22
"""Pixels a side of all bands together; of many bands or large images fewer are looked at."""

PATCH_PX = 7
SMALL_PATCHES, DIRECTIONS = 4096, 64
"""Of the sliced Wasserstein distance: so many 7 x 7 patches a side, in so many directions."""

FEW = f", of {PHASE_PIXELS} pixels a side at most, or one image"
FLOOR = "_floor"
"""Ends the name of what real patches have against real ones."""

REAL = "_real"
"""Ends the name of a figure of real patches alone, beside that of generated ones."""

WHITE, COLOURED = "_white", "_coloured"
"""End the names of what Gaussian fields have: white, and with the training patches' spectrum."""

REFERENCES = {
    FLOOR: "real against real",
    COLOURED: "Gaussian field of the training spectrum",
    WHITE: "white Gaussian field",
}
"""What stands beside a figure, by the ending of its name."""

OF_NO_SKILL = (
    "ks_modulus",
    "spectrum_azimuth_db",
    "spectrum_range_db",
    "spectrum_distance_db",
    "swd",
)
"""Figures of which it is said what Gaussian fields have."""

FIELD_SEED = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a generator's images.

    Attributes
    ----------
    measure : real and generated images (n, rows, cols), unscaled, to a number
    text : what it is, in words
    is_of_phase : complex images only
    is_usual : among the curves of a training before anybody chooses
    """

    measure: Callable[[Values, Values], float]
    text: str
    is_of_phase: bool = False
    is_usual: bool = False


FIGURES: Mapping[str, Figure] = {
    "ks_modulus": Figure(ks_modulus, "distance of the (log-)amplitudes, Kolmogorov-Smirnov"),
    "spectrum_azimuth_db": Figure(
        partial(psd_lsd_db, axis=0),
        "psd_lsd_db along rows, of at most 512 images a side",
        is_usual=True,
    ),
    "spectrum_range_db": Figure(
        partial(psd_lsd_db, axis=1),
        "psd_lsd_db along columns, of at most 512 images a side",
        is_usual=True,
    ),
    "phase_step_azimuth": Figure(
        partial(phase_step_distance, axis=0),
        f"phase_step_distance along rows{FEW}",
        is_of_phase=True,
    ),
    "phase_step_range": Figure(
        partial(phase_step_distance, axis=1),
        f"phase_step_distance along columns{FEW}",
        is_of_phase=True,
    ),
    "phase_nonuniformity": Figure(
        lambda real, generated: phase_nonuniformity(generated),
        f"phase_nonuniformity of the generated images{FEW}",
        is_of_phase=True,
    ),
}
"""Of the band in which it is largest, by the name in the log; `swd` sees all bands together."""


class Distances:
    """Measures images against the same real ones again and again.

    Of spectra (`fourier`) the sliced Wasserstein distance sees the images that they show. Of
    complex samples it sees real and imaginary part after the map `log_amplitude` with the eps of
    the real patches: phases stay, and a few bright points do not drown the rest. So it does not
    depend on what the network was fed with. It is deterministic.

    Parameters
    ----------
    real : (n, bands, rows, cols), unscaled
    other : as many images more, of those learnt from; they tell what a perfect generator would
        have, and what Gaussian fields made of their powers and spectrum have

    Attributes
    ----------
    floor : the figures of `other`, their names with `_floor`; measured once
    no_skill : figures of Gaussian fields, with `_white` and `_coloured`; measured once
    """

    def __init__(self, real: Values, other: Values, domain: Domain) -> None:
        self._real = real
        self._is_complex = np.iscomplexobj(real)
        self._domain = domain
        has_map = self._is_complex and bool(real.any())
        self._map = fit_scaling("log_amplitude", real) if has_map else None
        self._seen = self._as_seen(real)
        self.floor = {f"{name}{FLOOR}": value for name, value in self.of(other).items()}
        self.no_skill = self._of_fields(other)

    @property
    def references(self) -> dict[str, float]:
        """What stands beside the figures: those of real patches and of Gaussian fields."""
        return {**self.floor, **self.no_skill}

    def of(self, generated: Values) -> dict[str, float]:
        """Measure images (n, bands, rows, cols), unscaled; NaN where a figure cannot be had."""
        found = {
            name: self._worst(figure, generated)
            for name, figure in FIGURES.items()
            if self._is_complex or not figure.is_of_phase
        }
        axes = found["spectrum_azimuth_db"], found["spectrum_range_db"]
        return {**found, "spectrum_distance_db": max(axes), "swd": self._swd(generated)}

    def _worst(self, figure: Figure, generated: Values) -> float:
        """Return a figure of the band in which it is largest."""
        bands, side = self._real.shape[1], self._real[0, 0].size
        pixels = PHASE_PIXELS if figure.is_of_phase else ALL_PIXELS // bands
        most = min(MOST_PATCHES, max(pixels // side, 1))
        real, few = self._real[:most], generated[:most]
        return float(np.max([figure.measure(real[:, at], few[:, at]) for at in range(bands)]))

    def _of_fields(self, learnt: Values) -> dict[str, float]:
        fields = gaussian_fields(learnt, len(self._real), self._domain)
        return {
            f"{name}{ending}": value
            for ending, generated in fields.items()
            for name, value in self.of(generated).items()
            if name in OF_NO_SKILL
        }

    def _swd(self, generated: Values) -> float:
        side = min(PATCH_PX, *generated.shape[-2:])
        each = max(SMALL_PATCHES // max(len(generated), 1), 1)
        seen = self._as_seen(generated)
        return swd(self._seen, seen, patch_px=side, per_image=each, directions=DIRECTIONS)

    def _as_seen(self, images: Values) -> Values:
        if self._domain == "fourier":
            return visible_image(images)
        return images if self._map is None else scaled(images, self._map)


def gaussian_fields(learnt: Values, count: int, domain: Domain) -> dict[str, Values]:
    """Return patches that nothing was learnt for, by the ending of their figures' names.

    Parameters
    ----------
    learnt : (n, bands, rows, cols) training patches, unscaled; of spectra (`fourier`) the fields
        are drawn as images and transformed
    """
    images = image_of_spectrum(learnt).real if domain == "fourier" else learnt
    kinds = {WHITE: GaussianField.white, COLOURED: GaussianField.coloured}
    drawn = {ending: make(images).draw(FIELD_SEED, count) for ending, make in kinds.items()}
    if domain == "fourier":
        return {ending: centred_spectrum(field) for ending, field in drawn.items()}
    return drawn

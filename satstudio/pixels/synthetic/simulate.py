"""A single-look complex scene of known reflectivity.

The model of a focused image (Goodman 1976, "Some fundamental properties of speckle"; Oliver and
Quegan, "Understanding Synthetic Aperture Radar Images", 1998, chapters 3 and 4):

* a resolution cell holds many scatterers, so the samples of a surface are circular complex
  Gaussian, sqrt(sigma / 2) (n1 + j n2): fully developed speckle, phase uniform, one look;
* the system passes a part of the spectrum only, weighted with a generalised Hamming window
  a + (1 - a) cos(2 pi f / bandwidth), so neighbours correlate;
* in azimuth that part is centred on the Doppler centroid, which is *not* 0: the antenna looks a
  little ahead. It may wrap around the sampling rate, as it does in real data;
* a corner of a wall or a ship is a point: the response of the system, at a place between pixels;
* the receiver adds noise that passes the same filter.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from satstudio.core.grid import Size
from satstudio.core.recipe import Recipe
from satstudio.pixels.synthetic.coast import Points, point_scatterers
from satstudio.pixels.synthetic.coast import reflectivity as reflectivity

Complexes = npt.NDArray[np.complex64]
Reals = npt.NDArray[np.float64]


class SceneModel(Recipe):
    """What a simulated scene is made from; all of it, with `reflectivity`, is in the seed."""

    rows: int = Field(1024, ge=64, le=8192, title="Rows (azimuth)")
    cols: int = Field(1024, ge=64, le=8192, title="Columns (range)")
    seed: int = Field(1, ge=0, title="Seed")
    azimuth_bandwidth: float = Field(0.8, gt=0, le=1, title="Azimuth bandwidth (cycles/pixel)")
    range_bandwidth: float = Field(0.85, gt=0, le=1, title="Range bandwidth (cycles/pixel)")
    doppler_centroid: float = Field(0.12, gt=-0.5, le=0.5, title="Doppler centroid (cycles/pixel)")
    range_centroid: float = Field(0.0, gt=-0.5, le=0.5, title="Range centroid (cycles/pixel)")
    weighting: float = Field(0.75, ge=0.5, le=1, title="Hamming coefficient (1: none)")
    noise_floor: float = Field(0.0016, ge=0, title="Noise equivalent sigma nought (linear)")

    @property
    def size(self) -> Size:
        """Rows and columns."""
        return Size(self.rows, self.cols)


def simulate_scene(model: SceneModel) -> Complexes:
    """Return the complex samples (rows, cols) of the synthetic scene of `model.seed`.

    E|z|^2 is sigma nought + noise floor where the scene is uniform.
    """
    sigma = reflectivity(model.size, model.seed) + np.float32(model.noise_floor)
    rng = np.random.default_rng([model.seed, 100])
    scene = simulate_surface(sigma, model, rng)
    scene += simulate_points(point_scatterers(model.size, model.seed), model)
    return scene


def simulate_surface(
    sigma: npt.NDArray[Any], model: SceneModel, rng: np.random.Generator
) -> Complexes:
    """Return fully developed speckle of this power, through the system.

    Parameters
    ----------
    sigma : (rows, cols) linear power; its size counts, not that of `model`
    """
    parts = rng.standard_normal((2, *sigma.shape))
    white = (parts[0] + 1j * parts[1]) * np.sqrt(sigma / 2)
    azimuth, range_ = _transfers(Size(*sigma.shape), model)
    passed = np.fft.fft2(white) * azimuth[:, None] * range_[None, :]
    return np.asarray(np.fft.ifft2(passed), np.complex64)


def simulate_points(points: Points, model: SceneModel) -> Complexes:
    """Return the response (rows, cols) of the system to point scatterers."""
    azimuth, range_ = _transfers(model.size, model)
    down = _responses(azimuth, points.rows, model.doppler_centroid)
    across = _responses(range_, points.cols, model.range_centroid)
    strength = points.amplitude * np.exp(2j * np.pi * points.turns)
    return np.asarray((down * strength) @ across.T, np.complex64)


def transfer(length: int, bandwidth: float, centre: float, weighting: float) -> Reals:
    """Return the system's real, non-negative transfer function along one axis.

    Returns
    -------
    (length,) float64
        In the order of `numpy.fft.fftfreq`, mean square 1, 0 outside the band.
    """
    offset = _from_centre(length, centre)
    window = weighting + (1 - weighting) * np.cos(2 * np.pi * offset / bandwidth)
    passed = np.where(np.abs(offset) <= bandwidth / 2, window, 0.0)
    return np.asarray(passed / np.sqrt(np.mean(passed**2)), np.float64)


def _transfers(size: Size, model: SceneModel) -> tuple[Reals, Reals]:
    return (
        transfer(size.rows, model.azimuth_bandwidth, model.doppler_centroid, model.weighting),
        transfer(size.cols, model.range_bandwidth, model.range_centroid, model.weighting),
    )


def _from_centre(length: int, centre: float) -> Reals:
    """Frequencies counted from `centre`, wrapped to [-0.5, 0.5)."""
    return np.asarray((np.fft.fftfreq(length) - centre + 0.5) % 1.0 - 0.5, np.float64)


def _responses(passed: Reals, places: Reals, centre: float) -> npt.NDArray[np.complex128]:
    """Responses (length, n) to points at `places`, each with a peak of 1."""
    frequency = _from_centre(len(passed), centre) + centre
    shifted = passed[:, None] * np.exp(-2j * np.pi * frequency[:, None] * places[None, :])
    return np.asarray(np.fft.ifft(shifted, axis=0) * (len(passed) / passed.sum()), np.complex128)

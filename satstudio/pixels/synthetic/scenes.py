"""synthetic_scene: single-look complex, of known reflectivity, of any kind, spectrum and noise.

What the despeckler learns from and is evaluated on. The physics is that of `simulate.py`: circular
complex Gaussian samples of variance sigma nought (Goodman 1976), the receiver's noise added, both
passed by a system that weights a part of the spectrum; point scatterers are that system's response.
All follows from the seed.

* reflectivity: one of `reflectivities.KINDS`;
* spectrum: white, or a band of .5 to .95 of the sampling rate, flat, weighted after Hamming
  (.54 to .9) or after Taylor (sidelobes of -25 to -40 dB), its centre anywhere in azimuth and up to
  a tenth of a cycle away in range;
* noise floor: -22 to -35 dB, no noise in one scene of five;
* points of 0 to 50 dB over the ground around, one in 400 to 40 000 px, at places between pixels;
* in one scene of eight, pixels without data: a block, or a strip at one side.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.reflectivities import KINDS, reflectivity_of

Complexes = npt.NDArray[np.complex64]
Reals = npt.NDArray[np.float64]
Weighting = Literal["flat", "hamming", "taylor"]
STRONGEST_DB = 50.0


@dataclass(frozen=True, slots=True)
class Band:
    """What the system passes along one axis.

    Attributes
    ----------
    width : cycles a pixel, above 0, at most 1
    centre : cycles a pixel
    weighting, coefficient : Hamming's a of a + (1 - a) cos; Taylor's sidelobe level in dB, below 0
    """

    width: float = 1.0
    centre: float = 0.0
    weighting: Weighting = "flat"
    coefficient: float = 1.0

    def transfer(self, length: int) -> Reals:
        """Return the real transfer function (length,) by `numpy.fft.fftfreq`, mean square 1."""
        offset = np.asarray((np.fft.fftfreq(length) - self.centre + 0.5) % 1.0 - 0.5, np.float64)
        share = offset / self.width
        inside = np.abs(share) <= 0.5
        passed = np.where(inside, self._weights(share), 0.0)
        return np.asarray(passed / np.sqrt(np.mean(passed**2)), np.float64)

    def _weights(self, share: Reals) -> Reals:
        """Return weights at places of the band, -0.5 to 0.5."""
        if self.weighting == "flat":
            return np.ones_like(share)
        if self.weighting == "hamming":
            return self.coefficient + (1 - self.coefficient) * np.cos(2 * np.pi * share)
        from scipy.signal.windows import taylor  # lazy: synthetic scenes only

        window = taylor(257, nbar=4, sll=-self.coefficient, norm=True)
        return np.asarray(np.interp(share, np.linspace(-0.5, 0.5, 257), window), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticScene:
    """A scene and what is true of it.

    Attributes
    ----------
    samples : (rows, cols) complex64; 0 where there is no data
    reflectivity : (rows, cols) float32, linear power without points and noise
    noise_floor : linear power
    points : (n, 3) float64: row, col, peak power
    """

    samples: Complexes
    reflectivity: npt.NDArray[np.float32]
    noise_floor: float
    points: Reals

    @property
    def power(self) -> npt.NDArray[np.float32]:
        """The expected power of the ground: reflectivity and noise."""
        return self.reflectivity + np.float32(self.noise_floor)


def synthetic_scene(seed: int, size: Size, kind: str | None = None) -> SyntheticScene:
    """Return the scene of a seed.

    Parameters
    ----------
    kind : of ground; None: the seed's own, each kind in its turn
    """
    rng = np.random.default_rng([seed, 7002])
    kind = kind or tuple(KINDS)[seed % len(KINDS)]
    bands = bands_of(rng)
    floor = 0.0 if rng.random() < 0.2 else float(10 ** rng.uniform(-3.5, -2.2))
    sigma = reflectivity_of(kind, size, seed)
    points = points_of(sigma, floor, rng)
    samples = surface(sigma + np.float32(floor), bands, rng) + responses(points, size, bands, rng)
    return SyntheticScene(_with_gaps(samples, rng), sigma, floor, points)


def surface(
    power: npt.NDArray[Any], bands: tuple[Band, Band], rng: np.random.Generator
) -> Complexes:
    """Return fully developed speckle of this expected power (rows, cols) through a system."""
    parts = rng.standard_normal((2, *power.shape))
    white = (parts[0] + 1j * parts[1]) * np.sqrt(power / 2)
    down, across = (band.transfer(length) for band, length in zip(bands, power.shape, strict=True))
    return np.asarray(np.fft.ifft2(np.fft.fft2(white) * down[:, None] * across), np.complex64)


def responses(
    points: Reals, size: Size, bands: tuple[Band, Band], rng: np.random.Generator
) -> Complexes:
    """Return the system's response to points (n, 3), each with a phase of its own."""
    if not len(points):
        return np.zeros((size.rows, size.cols), np.complex64)
    down = _along(bands[0], size.rows, points[:, 0])
    across = _along(bands[1], size.cols, points[:, 1])
    strength = np.sqrt(points[:, 2]) * np.exp(2j * np.pi * rng.random(len(points)))
    return np.asarray((down * strength) @ across.T, np.complex64)


def _along(band: Band, length: int, places: Reals) -> npt.NDArray[np.complex128]:
    """Return responses (length, n) of peak 1."""
    passed = band.transfer(length)
    frequency = (np.fft.fftfreq(length) - band.centre + 0.5) % 1.0 - 0.5 + band.centre
    shifted = passed[:, None] * np.exp(-2j * np.pi * frequency[:, None] * places)
    return np.asarray(np.fft.ifft(shifted, axis=0) * (length / passed.sum()), np.complex128)


def bands_of(rng: np.random.Generator) -> tuple[Band, Band]:
    """Draw what a system passes in azimuth and in range."""
    if rng.random() < 0.2:
        return Band(), Band()
    weighting: Weighting = ("flat", "hamming", "taylor")[int(rng.integers(3))]
    coefficient = {
        "flat": 1.0,
        "hamming": rng.uniform(0.54, 0.9),
        "taylor": -rng.uniform(25, 40),
    }[weighting]
    return (
        Band(rng.uniform(0.5, 0.95), rng.uniform(-0.5, 0.5), weighting, coefficient),
        Band(rng.uniform(0.5, 0.95), rng.uniform(-0.1, 0.1), weighting, coefficient),
    )


def points_of(sigma: npt.NDArray[Any], floor: float, rng: np.random.Generator) -> Reals:
    """Draw points (n, 3): row, col, peak power over that of the ground and the noise there."""
    count = int(sigma.size / 10 ** rng.uniform(2.6, 4.6))
    rows, cols = (rng.uniform(0, side - 1, count) for side in sigma.shape)
    ground = sigma[rows.astype(int), cols.astype(int)] + floor
    peak = ground * 10 ** (rng.uniform(0, STRONGEST_DB, count) / 10)
    return np.stack([rows, cols, peak], 1)


def _with_gaps(samples: Complexes, rng: np.random.Generator) -> Complexes:
    if rng.random() < 0.125:
        rows, cols = samples.shape
        if rng.random() < 0.5:
            row, col = rng.integers(0, rows - 8), rng.integers(0, cols - 8)
            samples[row : row + rng.integers(1, 65), col : col + rng.integers(1, 65)] = 0
        else:
            samples[: rng.integers(4, rows // 3)] = 0
    return samples

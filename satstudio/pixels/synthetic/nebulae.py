"""nebulae: made colour images of nebulae with stars, from seeds.

Not a copy of any object, but light that comes about as in one, so that colour follows from what
is seen in part and is chance in part:

* Gas is log-normal with a power-law spectrum (turbulence: Vazquez-Semadeni 1994; Kritsuk et al.
  2007). Hot stars ionise it; the ionisation parameter falls with the square of the distance and
  with the density, and orders the lines (Osterbrock and Ferland 2006): [O III] 500.7 nm near the
  star, H alpha 656.3 nm (with H beta, case B: 1 / 2.86 of it) further out, [S II] 671.6 and
  673.1 nm in a thin front before neutral gas. Emission goes with the square of the density.
* Neutral gas near a star scatters its light, the more the shorter its wave: blue.
* Dust lies in lanes before all that; it dims and reddens by the law of Cardelli, Clayton and
  Mathis (1989), R_V 3.1.
* Stars have counts N(> flux) ~ flux^-3/2 (evenly spread in space), temperatures of 3000 to
  25000 K with the colours of black bodies, and the point spread of Moffat (1969).
* A detector adds sky, photon noise and read noise. The picture is stretched by an asinh, as
  Lupton et al. (2004) make colour pictures, and clipped where it is white.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Reals = npt.NDArray[Any]

WAVES_NM = (620.0, 540.0, 450.0)
"""Of red, green and blue."""

HYDROGEN = (1.0, 0.24, 0.38)
"""H alpha, with H beta and the continuum for green and blue."""

OXYGEN = (0.06, 0.95, 0.72)
SULPHUR = (0.80, 0.08, 0.01)
SCATTERED = (0.30, 0.55, 1.0)
"""Lines and scattered light as red, green and blue see them."""

EXTINCTION = (0.87, 1.02, 1.29)
"""A(wave) / A(V) at WAVES_NM."""

CLOUD_SLOPE, LANE_SLOPE = 1.5, 1.9
"""Amplitude over spatial frequency: power -3, as column densities have it; lanes are smoother."""

STARS_PER_PX = 0.006
COUNT_SLOPE = 1.5
FAINTEST, BRIGHTEST = 0.15, 60.0
"""Fluxes of stars; that of a peak as bright as the cloud is about 8."""

MOFFAT_WIDTH_PX, MOFFAT_BETA, STAMP_PX = 1.15, 2.8, 12

STRETCH = 6.0
"""Q of Lupton et al.: how much the asinh lifts what is faint."""

WHITE_ELECTRONS = 9000.0
READ_ELECTRONS = 8.0


def nebulae(seed: int, size_px: int) -> npt.NDArray[np.float32]:
    """Return the made nebula of a seed, the same at every call on one machine.

    Parameters
    ----------
    seed : 0 or more
    size_px : side of the image, 1 or more; what is large is a share of it, stars and noise are not

    Returns
    -------
    (3, rows, cols) float32 in 0..1: red, green, blue, as shown on a screen
    """
    rng = np.random.default_rng([seed, 7016])
    light = _clouds(rng, size_px) + _stars(rng, size_px)
    sky = rng.uniform(0.002, 0.012) * np.array([1.0, 0.95, 1.05])
    electrons = (light + sky[:, None, None]) * WHITE_ELECTRONS
    deviation = np.sqrt(electrons + READ_ELECTRONS**2)
    electrons = electrons + deviation * rng.standard_normal(electrons.shape)
    return _stretched(electrons / WHITE_ELECTRONS)


def _clouds(rng: np.random.Generator, side: int) -> Reals:
    """Light of gas and dust (3, side, side), linear; 1 is about white."""
    density = np.exp(0.9 * _turbulence(rng, side, CLOUD_SLOPE))
    near, distance2 = _ionisation(rng, side)
    # what reaches a place is weakened by the square of its distance, and by dense gas before it
    degree = np.log(near / distance2) - 1.1 * np.log(density) + 0.25 * _turbulence(rng, side, 1.8)
    oxygen = _step((degree - rng.uniform(1.2, 2.4)) / 0.45)
    hydrogen = _step((degree - 0.1) / 0.35) * (1 - 0.75 * oxygen)
    sulphur = np.exp(-0.5 * ((degree - 0.1) / 0.5) ** 2)
    neutral = 1 - _step((degree + 0.4) / 0.5)
    measure = density**2
    light = (
        measure * hydrogen * _band(HYDROGEN)
        + rng.uniform(1.5, 3.0) * measure * oxygen * _band(OXYGEN)
        + rng.uniform(0.4, 0.9) * measure * sulphur * _band(SULPHUR)
        + 0.5 * density * neutral / (0.15 + distance2) * near * _band(SCATTERED)
    )
    level = float(np.quantile(light.sum(axis=0), 0.97))
    light *= rng.uniform(0.5, 1.1) / max(level, 1e-6)
    return np.asarray(light * np.exp(-_band(EXTINCTION) * _dust(rng, side)))


def _ionisation(rng: np.random.Generator, side: int) -> tuple[float, Reals]:
    """Return the power of the hot stars, and one over the sum of one over distance squared.

    Distances are shares of the side.
    """
    row, col = (np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side
    weights = np.zeros((side, side))
    for _ in range(int(rng.integers(1, 4))):
        down, across, depth = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.03, 0.15)
        away = (row[:, None] - down) ** 2 + (col[None] - across) ** 2 + depth**2
        weights = weights + rng.uniform(0.5, 1.0) / away
    return float(np.exp(rng.uniform(-2.6, -1.2))), np.asarray(1 / weights)


def _dust(rng: np.random.Generator, side: int) -> Reals:
    """Optical depth (side, side) in V: lanes where a rough field crosses zero, and clouds."""
    lanes = np.exp(-np.abs(_turbulence(rng, side, LANE_SLOPE)) / rng.uniform(0.12, 0.3))
    where = _step((_turbulence(rng, side, 2.0) - rng.uniform(-0.2, 0.8)) / 0.3)
    cloud = _step((_turbulence(rng, side, CLOUD_SLOPE) - 1.3) / 0.25)
    return rng.uniform(1.2, 2.6) * lanes * where + rng.uniform(0.5, 1.5) * cloud


def _stars(rng: np.random.Generator, side: int) -> Reals:
    """Light of stars (3, side, side), linear."""
    count = int(rng.poisson(STARS_PER_PX * side * side))
    out = np.zeros((3, side, side))
    if not count:
        return out
    flux = FAINTEST * rng.uniform(0, 1, count) ** (-1 / COUNT_SLOPE)
    flux = np.minimum(flux, BRIGHTEST)
    kelvin = np.exp(rng.uniform(np.log(3000), np.log(25000), count))
    place = rng.uniform(0, side, (2, count))
    first = np.floor(place).astype(np.int64) - STAMP_PX
    steps = np.arange(2 * STAMP_PX + 1)
    pixels = first[:, :, None] + steps  # (2, count, stamp)
    away2 = (pixels + 0.5 - place[:, :, None]) ** 2
    spread = 1 + (away2[0][:, :, None] + away2[1][:, None, :]) / MOFFAT_WIDTH_PX**2
    peak = (MOFFAT_BETA - 1) / (np.pi * MOFFAT_WIDTH_PX**2)  # of unit flux over the plane
    stamps = flux[:, None, None] * peak * spread**-MOFFAT_BETA
    is_in = (pixels >= 0) & (pixels < side)
    inside = is_in[0][:, :, None] & is_in[1][:, None, :]
    where = (pixels[0][:, :, None] * side + pixels[1][:, None, :])[inside]
    colours = _black_body(kelvin)
    for band, weight in enumerate(colours):
        values = (stamps * weight[:, None, None])[inside]
        out[band] = np.bincount(where, values, side * side).reshape(side, side)
    return out


def _black_body(kelvin: Reals) -> Reals:
    """Return red, green and blue (3, n) of black bodies by Planck's law; their mean is 1."""
    metres = np.asarray(WAVES_NM)[:, None] * 1e-9
    second_radiation_constant = 0.014387769  # m K
    radiance = metres**-5 / np.expm1(second_radiation_constant / (metres * kelvin[None]))
    return np.asarray(radiance / radiance.mean(axis=0))


def _stretched(light: Reals) -> npt.NDArray[np.float32]:
    """Return the picture of linear light: asinh of the mean, colours kept, white where it is full.

    Where a colour exceeds 1 it is clipped, as a full detector does it: cores of stars turn white.
    """
    mean = np.maximum(light.mean(axis=0), 1e-4)
    factor = np.arcsinh(STRETCH * mean) / (np.arcsinh(STRETCH) * mean)
    return np.asarray(np.clip(light * factor, 0, 1), np.float32)


def _turbulence(rng: np.random.Generator, side: int, slope: float) -> Reals:
    """Return a normal field (side, side), mean 0 and deviation 1, amplitude ~ frequency^-slope.

    It is cut out of a larger one, so that its edges do not match each other.
    """
    whole = side + max(side // 4, 2)
    down, across = np.fft.fftfreq(whole)[:, None], np.fft.rfftfreq(whole)[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    spectrum = np.fft.rfft2(rng.standard_normal((whole, whole))) / frequency**slope
    field = np.fft.irfft2(spectrum, s=(whole, whole))[:side, :side]
    deviation = float(field.std())
    return np.asarray((field - field.mean()) / deviation if deviation > 0 else np.zeros_like(field))


def _step(value: Reals) -> Reals:
    """Return a smooth step 0..1 (logistic), flat where it would overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))))


def _band(weights: tuple[float, ...]) -> Reals:
    return np.asarray(weights)[:, None, None]

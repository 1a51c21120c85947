"""training_scene: a synthetic scene as the network sees it: white, without points."""

from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.spectral.axis_spectrum import STEPS, estimate_spectrum
from satstudio.pixels.spectral.points import Response, find_points, without_points
from satstudio.pixels.spectral.whitening import Whitening, levelled, on_coarse
from satstudio.pixels.synthetic.scenes import synthetic_scene

MARGIN_PX = 24
"""Dropped at each side: a block counts as periodic."""

CENTRED_ONLY = 0.12
"""Share of scenes that are centred and not whitened, as where whitening is switched off."""

CENTRING_ERROR = 0.004
"""Standard deviation of the centre's error in cycles a pixel."""


def training_scene(
    seed: int, size: Size
) -> tuple[npt.NDArray[np.complex64], npt.NDArray[np.bool_]]:
    """Return white samples (rows, cols) of the synthetic scene of a seed, and where they are valid.

    Spectrum and points are estimated from the scene, as they will be in use; the reflectivity
    plays no part. Sides are at most those of `size`.
    """
    rng = np.random.default_rng([seed, 7003])
    samples = synthetic_scene(seed, size).samples
    is_there = np.abs(samples) > 0
    azimuth, range_ = (estimate_spectrum([samples], axis) for axis in (0, 1))
    response = Response(azimuth, range_)
    rest = without_points(samples, find_points(samples, response), response)
    rest = np.where(is_there, rest, 0)
    errors = rng.normal(0, CENTRING_ERROR, 2)
    if rng.random() < CENTRED_ONLY:
        row, col = np.arange(size.rows), np.arange(size.cols)
        turns = (azimuth.centre + errors[0]) * row[:, None] + (range_.centre + errors[1]) * col
        white = np.asarray(rest * np.exp(-2j * np.pi * turns), np.complex64)
        return _inner(white, (1, 1)), _inner(is_there, (1, 1))
    whitening = Whitening(azimuth, range_)
    white = whitening.apply(rest, 0, 0)
    there = on_coarse(is_there, white.shape)
    white = levelled(np.where(there, white, 0), rest)
    row, col = (np.arange(side) for side in white.shape)
    white = white * np.exp(2j * np.pi * (errors[0] * row[:, None] + errors[1] * col))
    steps = tuple(kept / STEPS for kept in whitening.kept)
    white = np.where(there, white, 0).astype(np.complex64)
    return _inner(white, steps), _inner(there, steps)


def _inner(values: npt.NDArray[Any], steps: tuple[float, ...]) -> npt.NDArray[Any]:
    down, across = (round(MARGIN_PX * step) for step in steps)
    return values[down : values.shape[0] - down, across : values.shape[1] - across]

"""SyntheticTruth, synthetic_truth: scenes to evaluate despecklers on, and all that is true of them.

Their seeds start at 50 000, far from those that training uses. No receiver noise; single look.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.reflectivities import reflectivity_of
from satstudio.pixels.synthetic.scenes import Band, responses, surface

Complexes = npt.NDArray[np.complex64]
Power = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Place = Literal["on", "between"]

SPECTRA = {
    "white": Band(),
    ".8 Hamming": Band(0.8, 0.0, "hamming", 0.54),
    ".6 Hamming off centre": Band(0.6, 0.1, "hamming", 0.54),
}
"""Both axes alike; the figure is the band's share of the sampling rate, .1 its centre's."""

POINT_SPECTRA = {
    ".8 Hamming": Band(0.8, 0.0, "hamming", 0.54),
    ".9 flat": Band(0.9),
    ".67 Hamming .75": Band(0.67, 0.0, "hamming", 0.75),
}
GROUNDS = ("fields", "fractal", "roads")
POINT_LEVELS_DB = (20, 30, 40)
FIRST_SEED = 50_000
POINTS_OF_ROADS = 250 / 512**2
"""Points a pixel among roads."""

NEAR_PX = 6.0
"""Pixels no further from a point are not those of the ground."""

RING_PX = (4.0, 8.0)
"""Clutter beside points, from and to this distance."""

FAINT = 0.1
"""It is clutter where the points' own sidelobes have less than this share of its power."""

SPACING_PX, JITTER_PX = 28, 4.0


@dataclass(frozen=True, eq=False)
class SyntheticTruth:
    """A scene and what is true of it.

    Attributes
    ----------
    spectrum, ground : their names
    samples : (rows, cols) complex64
    reflectivity : (rows, cols) float32, without points
    response : (rows, cols) complex64, of the points alone
    points : (n, 3) float64: row, col, peak power
    """

    spectrum: str
    ground: str
    band: Band
    samples: Complexes
    reflectivity: npt.NDArray[np.float32]
    response: Complexes
    points: npt.NDArray[np.float64]

    @cached_property
    def intensity(self) -> Power:
        """The scene's power, float64."""
        return np.abs(self.samples.astype(np.complex128)) ** 2

    @cached_property
    def ground_power(self) -> Power:
        """The power to be expected of the ground: the reflectivity as the system blurs it."""
        rows, cols = self.reflectivity.shape
        kernels = [np.abs(np.fft.ifft(self.band.transfer(length))) ** 2 for length in (rows, cols)]
        down, across = (np.fft.fft(kernel) for kernel in kernels)
        blurred = np.fft.fft2(self.reflectivity) * down[:, None] * across
        return np.maximum(np.fft.ifft2(blurred).real, 0)

    @cached_property
    def is_ground(self) -> Mask:
        """Where no point is near."""
        return self._distance > NEAR_PX

    @cached_property
    def is_clutter(self) -> Mask:
        """Where a point is a few pixels away and adds little itself."""
        least, most = RING_PX
        is_beside = (self._distance >= least) & (self._distance <= most)
        return is_beside & (np.abs(self.response) ** 2 < FAINT * self.ground_power)

    @cached_property
    def _distance(self) -> Power:
        from scipy.spatial import cKDTree  # lazy: evaluation only

        shape = self.reflectivity.shape
        if not len(self.points):
            return np.full(shape, np.inf)
        away, _ = cKDTree(self.points[:, :2]).query(np.indices(shape).reshape(2, -1).T)
        return np.asarray(away).reshape(shape)


def synthetic_truth(
    spectrum: str, ground: str, side_px: int, number: int, *, has_points: bool = True
) -> SyntheticTruth:
    """Return a scene of `SPECTRA` and a kind of ground.

    Parameters
    ----------
    number : which of the endless many, from 0
    has_points : among roads, of 20 to 40 dB over the ground, anywhere between the pixels
    """
    size = Size(side_px, side_px)
    seed = FIRST_SEED + number
    rng = np.random.default_rng([seed, 7101])
    sigma = reflectivity_of(ground, size, seed)
    count = round(POINTS_OF_ROADS * size.pixels) if ground == "roads" and has_points else 0
    places = rng.uniform(0, side_px - 1, (count, 2))
    points = _over_ground(sigma, places, rng.uniform(*POINT_LEVELS_DB[::2], count))
    return _made((spectrum, ground), SPECTRA[spectrum], sigma, points, rng)


def point_scene(spectrum: str, place: Place, side_px: int, number: int) -> SyntheticTruth:
    """Return fields with points of 20, 30 and 40 dB in turn, on pixels or between them.

    A point stands every 28 px, moved at random by up to 4; of those between pixels both
    coordinates are a quarter to three quarters of a pixel away from whole numbers.
    """
    seed = FIRST_SEED + number
    rng = np.random.default_rng([seed, 7102])
    sigma = reflectivity_of("fields", Size(side_px, side_px), seed)
    steps = np.arange(SPACING_PX // 2, side_px - SPACING_PX // 2 + 1, SPACING_PX)
    grid = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)
    places = np.round(grid + rng.uniform(-JITTER_PX, JITTER_PX, grid.shape))
    if place == "between":
        places += rng.uniform(0.25, 0.75, places.shape)
    levels = np.resize(POINT_LEVELS_DB, len(places))
    points = _over_ground(sigma, places, levels)
    return _made((spectrum, "fields"), POINT_SPECTRA[spectrum], sigma, points, rng)


def point_levels(scene: SyntheticTruth) -> npt.NDArray[np.int64]:
    """Return the level (dB) of each point of a `point_scene`."""
    return np.resize(POINT_LEVELS_DB, len(scene.points))


def _over_ground(sigma: Power, places: Power, levels_db: Power) -> npt.NDArray[np.float64]:
    row, col = np.round(places).astype(int).T
    peaks = sigma[row, col] * 10 ** (np.asarray(levels_db) / 10)
    return np.column_stack([places, peaks]).astype(np.float64)


def _made(
    names: tuple[str, str],
    band: Band,
    sigma: npt.NDArray[np.float32],
    points: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> SyntheticTruth:
    bands, size = (band, band), Size(*sigma.shape)
    speckle = surface(sigma, bands, rng)
    response = responses(points, size, bands, rng)
    return SyntheticTruth(*names, band, speckle + response, sigma, response, points)

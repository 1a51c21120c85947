"""Centre, measure_centre: where the spectrum of a complex scene lies, and moving it to 0.

A despeckler learns that real and imaginary part are independent, which holds for a spectrum
centred on 0 only. The ramp that moves it follows from the place in the scene, not in the tile.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Size, Window
from satstudio.pixels.spectral.region_spectrum import centroid
from satstudio.scenes.scene import Scene

Samples = npt.NDArray[Any]
PLACES = 5
SIDE_PX = 128
WANDERS = 0.1
"""Cycles a pixel; from this deviation on one centre for the whole scene is a poor one."""

LEAST_CORRELATION = 0.02
"""Of neighbours; below it the spectrum is white and has no centre."""


@dataclass(frozen=True, slots=True)
class Centre:
    """Centre of the spectrum in cycles a pixel.

    Attributes
    ----------
    azimuth, range_ : along rows and along columns, one a band
    deviation : largest circular standard deviation over the scene (as of unsorted TOPS bursts)
    """

    azimuth: tuple[float, ...]
    range_: tuple[float, ...]
    deviation: float

    @property
    def remark(self) -> str:
        """A sentence where one centre is a poor one for the whole scene; else empty."""
        if self.deviation <= WANDERS:
            return ""
        return (
            f"The centre of the spectrum wanders over the scene by {self.deviation:.2f} cycles a "
            "pixel, as within TOPS bursts: neighbours stay correlated and the result keeps more "
            "speckle; restore a window inside one burst."
        )

    def removed(self, values: Samples, corner: Window) -> Samples:
        """Return (bands, rows, cols) samples of the window with the spectrum centred."""
        rows = np.arange(corner.row, corner.end_row)
        cols = np.arange(corner.col, corner.end_col)
        moved = np.empty(values.shape, np.complex64)
        for band, (down, across) in enumerate(zip(self.azimuth, self.range_, strict=True)):
            moved[band] = values[band] * _turns(rows, down)[:, None] * _turns(cols, across)
        return moved


def measure_centre(scene: Scene, bands: Sequence[int]) -> Centre:
    """Measure on places spread over the whole scene, the same whatever part is restored."""
    places = [
        _blanked(scene, window, bands) for window in _places(scene.grid.size, PLACES, SIDE_PX)
    ]
    azimuth, range_ = _centres(places, 0), _centres(places, 1)
    return Centre(azimuth, range_, max(_deviation(places, 0), _deviation(places, 1)))


def _places(size: Size, count: int, side: int) -> list[Window]:
    rows, cols = min(side, size.rows), min(side, size.cols)
    return [
        Window(int(row), int(col), rows, cols)
        for row in np.unique(np.linspace(0, size.rows - rows, count).astype(int))
        for col in np.unique(np.linspace(0, size.cols - cols, count).astype(int))
    ]


def _blanked(scene: Scene, window: Window, bands: Sequence[int]) -> Samples:
    raster = scene.read(window, bands=bands)
    return np.where(raster.valid, raster.pixels, np.complex64(np.nan))


def _centres(places: list[Samples], axis: int) -> tuple[float, ...]:
    """Return the centre of each band over all places; 0 where the spectrum is white."""
    stacked = [np.stack([place[band] for place in places]) for band in _bands(places)]
    return tuple(
        centroid(z, axis) if abs(_correlation(z, axis)) > LEAST_CORRELATION else 0.0
        for z in stacked
    )


def _deviation(places: list[Samples], axis: int) -> float:
    """Return the largest circular standard deviation of the places' centres."""
    worst = 0.0
    for band in _bands(places):
        found = np.array([_correlation(place[band], axis) for place in places])
        found = found[np.abs(found) > 3 * LEAST_CORRELATION]
        if len(found) > 1:
            length = min(abs((found / np.abs(found)).mean()), 1.0)
            worst = max(worst, math.sqrt(-2 * math.log(max(length, 1e-9))) / (2 * math.pi))
    return worst


def _correlation(z: Samples, axis: int) -> complex:
    """Return the correlation of neighbours along one of the last two axes; 0 without power."""
    lines = np.moveaxis(np.nan_to_num(z), axis - 2, -1).astype(np.complex128)
    power = np.vdot(lines, lines).real
    return complex(np.vdot(lines[..., :-1], lines[..., 1:]) / power) if power > 0 else 0j


def _bands(places: list[Samples]) -> range:
    return range(len(places[0]))


def _turns(places: npt.NDArray[Any], cycles: float) -> Samples:
    """Return exp(-2 pi j places cycles), exact far from the corner too."""
    turned: Samples = np.exp(-2j * np.pi * (places * cycles % 1.0)).astype(np.complex64)
    return turned

"""spectra_of: the spectra of the system that made a complex scene, measured once a scene."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from satstudio.core.grid import Window
from satstudio.pixels.spectral.axis_spectrum import AxisSpectrum, estimate_spectrum
from satstudio.pixels.spectral.drift import Drift, common_centre, measure_drift, wanders
from satstudio.scenes.scene import Scene

Complexes = npt.NDArray[np.complex64]
PLACES, PLACE_PX = 5, 256
"""Spectra are measured on so many squares, this large, along each side of the scene."""

MOST_SCENES = 16


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """What is known of the system that made a scene, for both axes (azimuth, range).

    Attributes
    ----------
    axes : power spectra, centred
    drifts : where they lie; None where each block is measured by itself
    """

    axes: tuple[AxisSpectrum, AxisSpectrum]
    drifts: tuple[Drift | None, Drift | None]


_KNOWN: OrderedDict[str, Spectra] = OrderedDict()
_KNOWN_LOCK = threading.Lock()


def spectra_of(scene: Scene) -> Spectra:
    """Measure the spectra of a scene, all bands together, once; whoever restores shares them."""
    with _KNOWN_LOCK:
        if scene.identity not in _KNOWN:
            _KNOWN[scene.identity] = _measured(scene)
            while len(_KNOWN) > MOST_SCENES:
                _KNOWN.popitem(last=False)
        _KNOWN.move_to_end(scene.identity)
        return _KNOWN[scene.identity]


def _measured(scene: Scene) -> Spectra:
    size = scene.grid.size
    rows, cols = (min(PLACE_PX, side) for side in (size.rows, size.cols))
    places = [
        Window(int(row), int(col), rows, cols)
        for row in np.unique(np.linspace(0, size.rows - rows, PLACES).astype(int))
        for col in np.unique(np.linspace(0, size.cols - cols, PLACES).astype(int))
    ]
    blocks = [
        (place, read_samples(scene, place, band))
        for place in places
        for band in range(len(scene.bands))
    ]
    axes, drifts = zip(*(_along(blocks, axis) for axis in (0, 1)), strict=True)
    return Spectra((axes[0], axes[1]), (drifts[0], drifts[1]))


def _along(
    blocks: Sequence[tuple[Window, Complexes]], axis: int
) -> tuple[AxisSpectrum, Drift | None]:
    starts = [(place.row, place.col)[axis] for place, _ in blocks]
    each = [measure_drift(z, axis, start) for start, (_, z) in zip(starts, blocks, strict=True)]
    is_own = wanders(each)
    common = common_centre([z for _, z in blocks], axis)
    centred = []
    for drift, start, (_, z) in zip(each, starts, blocks, strict=True):
        turns = (drift if is_own else Drift((0.0,), (common,))).turns(
            np.arange(start, start + z.shape[axis])
        )
        centred.append(z * (turns[:, None] if axis == 0 else turns))
    spectrum = estimate_spectrum(centred, axis)
    if spectrum.is_white:
        return spectrum, Drift()
    plain = replace(spectrum, centre=0.0)
    return plain, None if is_own else Drift((0.0,), (common + spectrum.centre,))


def read_samples(scene: Scene, window: Window, band: int) -> Complexes:
    """Return samples (rows, cols) of a band, 0 where there is no data."""
    raster = scene.read(window, bands=[band])
    z = raster.pixels[0]
    return np.where(raster.valid & np.isfinite(z), z, 0).astype(np.complex64)

"""patch_of: the image that a foreign network is tried on, of a scene or synthetic."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from satstudio.core.errors import InputError
from satstudio.core.grid import Window
from satstudio.core.raster import Quantity
from satstudio.scenes.scene import Scene, open_scene

Values = npt.NDArray[np.float32]
EIGHT_BITS: Final = 255.0
TWELVE_BITS, SIXTEEN_BITS = 4095.0, 65_535.0
REFLECTANCE: Final = 10_000.0
"""Sentinel-2 and many others hold reflectance times this."""

MADE: Final = "a synthetic image of 8-bit values"
SEED: Final = 16
LEAST_PX: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class TrialPatch:
    """An image to try a network on.

    Attributes
    ----------
    values : (bands, rows, cols), finite
    top : what its values may be divided by so that they lie from 0 to 1; 1 where they do already
    about : what it is, in words
    """

    values: Values
    top: float
    about: str
    quantity: Quantity = "dn"


def patch_of(address: str, bands: int, side_px: int) -> TrialPatch:
    """Return the middle of a scene; a synthetic image where no scene is named.

    A smaller scene is mirrored at its edges; of complex samples the moduli are taken; pixels
    without data hold the median.

    Raises
    ------
    InputError
        If the scene has fewer bands than the network takes, or nothing but gaps there.
    """
    if not address:
        return TrialPatch(made_image(bands, side_px), EIGHT_BITS, MADE)
    with closing(open_scene(address)) as scene:
        if len(scene.bands) < bands:
            raise InputError(
                f"{scene.name} has {len(scene.bands)} band(s), the model takes {bands}; name "
                "another scene for the trial, or none."
            )
        size = scene.grid.size
        rows, cols = min(size.rows, side_px), min(size.cols, side_px)
        window = Window((size.rows - rows) // 2, (size.cols - cols) // 2, rows, cols)
        raster = scene.read(window, bands=tuple(range(bands)))
        pixels = np.abs(raster.pixels) if scene.is_complex else raster.pixels
        values = _filled(pixels.astype(np.float32), raster.valid, scene.name)
        quantity: Quantity = "amplitude" if scene.is_complex else scene.quantity
        where = f"the middle of {scene.name}" + ", its moduli" * scene.is_complex
        return TrialPatch(_mirrored(values, side_px), _top(scene, values), where, quantity)


def made_image(bands: int, side_px: int) -> Values:
    """Return a synthetic image (bands, side, side): clouds, sharp edges, fine grain; 0 to 255."""
    rng = np.random.default_rng(SEED)
    side = max(side_px, LEAST_PX)
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(side)] * 2, indexing="ij"))
    frequency[0, 0] = 1.0
    planes = []
    for _ in range(bands):
        noise = np.fft.fft2(rng.standard_normal((side, side)))
        clouds = np.fft.ifft2(noise / frequency**1.5).real
        plane = 110 + 40 * clouds / clouds.std()
        for _ in range(24):
            row, col = rng.integers(0, side - 8, 2)
            tall, wide = rng.integers(4, 64, 2)
            plane[row : row + tall, col : col + wide] += rng.uniform(-60, 60)
        planes.append(plane + 6 * rng.standard_normal((side, side)))
    made = np.clip(np.stack(planes), 0, EIGHT_BITS).astype(np.float32)
    cut: Values = np.ascontiguousarray(made[:, :side_px, :side_px])
    return cut


def _filled(pixels: Values, valid: npt.NDArray[Any], name: str) -> Values:
    good = np.isfinite(pixels) & valid
    if not good.any():
        raise InputError(f"The middle of {name} has no data; name another scene for the trial.")
    filled: Values = np.where(good, pixels, np.median(pixels[good])).astype(np.float32)
    return filled


def _mirrored(values: Values, side_px: int) -> Values:
    rows, cols = values.shape[1:]
    wanted: Values = np.pad(
        values, ((0, 0), (0, side_px - rows), (0, side_px - cols)), mode="symmetric"
    )
    return wanted


def _top(scene: Scene, values: Values) -> float:
    """Return what the type of a scene's values, or else their size, lets one divide by."""
    largest = float(np.percentile(np.abs(values), 99.9))
    if scene.dtype == "uint8":
        return EIGHT_BITS
    if largest <= 1.5 or scene.quantity == "db":
        return 1.0
    if scene.quantity == "reflectance":
        return REFLECTANCE
    tops = (EIGHT_BITS, TWELVE_BITS, REFLECTANCE, SIXTEEN_BITS)
    return next((top for top in tops if largest <= top), largest)

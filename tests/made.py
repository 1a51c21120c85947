"""Makers of tiny scenes: speckle of known looks, point targets, phase ramps, RGB; real files.

Arrays are (rows, cols); files are (bands, rows, cols). Everything follows from its arguments.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.transform import from_origin

Complex = npt.NDArray[np.complex64]
Real = npt.NDArray[np.float32]

UTM = "EPSG:32633"
TRANSFORM = from_origin(500_000, 5_000_000, 10, 10)
"""Upper-left corner at 15 E, 45.1535 N; pixels of 10 m."""


# ------------------------------------------------------------------------------------- arrays


def speckle(rows: int, cols: int, power: float = 1.0, seed: int = 0) -> Complex:
    """Single-look complex speckle of this mean power, white: E|z|^2 = power."""
    rng = np.random.default_rng(seed)
    parts = rng.standard_normal((2, rows, cols)).astype(np.float32)
    return ((parts[0] + 1j * parts[1]) * np.sqrt(power / 2)).astype(np.complex64)


def speckle_power(rows: int, cols: int, looks: int = 1, power: float = 1.0, seed: int = 0) -> Real:
    """Intensity of this many looks and mean power (gamma distributed)."""
    rng = np.random.default_rng(seed)
    return rng.gamma(looks, power / looks, (rows, cols)).astype(np.float32)


def point_targets(
    rows: int, cols: int, places: Sequence[tuple[int, int]], amplitude: complex = 100
) -> Complex:
    """Zeros with one bright pixel at each (row, col)."""
    pixels = np.zeros((rows, cols), np.complex64)
    for row, col in places:
        pixels[row, col] = amplitude
    return pixels


def phase_ramp(
    rows: int,
    cols: int,
    row_cycles: float = 0.02,
    col_cycles: float = 0.05,
    amplitude: float = 1.0,
) -> Complex:
    """exp(2 pi j (row_cycles row + col_cycles col)): cycles a pixel along each axis."""
    row, col = np.mgrid[:rows, :cols]
    turns = row_cycles * row + col_cycles * col
    return (amplitude * np.exp(2j * np.pi * turns)).astype(np.complex64)


def rgb(rows: int, cols: int) -> npt.NDArray[np.uint8]:
    """(3, rows, cols): red grows along rows, green along columns, blue is 128."""
    row, col = np.mgrid[:rows, :cols]
    red, green = row * 255 // max(rows - 1, 1), col * 255 // max(cols - 1, 1)
    return np.stack([red, green, np.full_like(red, 128)]).astype(np.uint8)


def gcps(rows: int, cols: int, count: int = 4) -> list[GroundControlPoint]:
    """A grid of count x count GCPs in lon/lat, affine to the pixels: 1e-4 degrees a pixel."""
    return [
        GroundControlPoint(row=r, col=c, x=15 + c * 1e-4, y=45 - r * 1e-4, z=0.0)
        for r in np.linspace(0, rows, count)
        for c in np.linspace(0, cols, count)
    ]


# -------------------------------------------------------------------------------------- files


def write_geotiff(path: Path, pixels: npt.NDArray[Any], **profile: Any) -> Path:
    """Write (rows, cols) or (bands, rows, cols) as GeoTIFF.

    Parameters
    ----------
    path, pixels : where and what
    profile : rasterio's (`crs`, `transform`, `gcps`, `nodata`, `tiled`, ...) and: `dtype`
        (as `complex_int16`; default that of `pixels`), `names` of the bands, `tags` of the
        file, `band_tags` (one mapping a band)
    """
    pixels = pixels[np.newaxis] if pixels.ndim == 2 else pixels
    names: Sequence[str] = profile.pop("names", ())
    tags: Mapping[str, str] = profile.pop("tags", {})
    band_tags: Sequence[Mapping[str, str]] = profile.pop("band_tags", ())
    points = profile.pop("gcps", None)
    crs = profile.pop("crs", None)
    profile.setdefault("dtype", pixels.dtype.name)
    if points is None:
        profile.setdefault("transform", TRANSFORM)
        crs = UTM if crs is None else crs
    bands, rows, cols = pixels.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    size = {"count": bands, "height": rows, "width": cols}
    if points is not None:
        profile["gcps"], crs = points, crs or "EPSG:4326"
    with rasterio.open(path, "w", driver="GTiff", crs=crs, **size, **profile) as target:
        target.write(pixels)
        for band, name in enumerate(names, 1):
            target.set_band_description(band, name)
        target.update_tags(**tags)
        for band, items in enumerate(band_tags, 1):
            target.update_tags(band, **items)
    return path


def made_slc(
    folder: Path, rows: int = 256, cols: int = 192, seed: int = 0, name: str = "slc.tif"
) -> Path:
    """Single-look complex scene as CInt16 with GCPs: speckle, darker on the left half.

    Band "VV", nodata 0, tag ACQUISITION_DATE; amplitude about 300 right, 30 left, one bright
    point in the middle.
    """
    scene = speckle(rows, cols, 300.0**2, seed)
    scene[:, : cols // 2] *= 0.1
    scene[rows // 2, cols // 2] = 20_000
    return write_geotiff(
        folder / name,
        scene,
        dtype="complex_int16",
        gcps=gcps(rows, cols),
        nodata=0,
        names=["VV"],
        tags={"ACQUISITION_DATE": "2022-09-18"},
    )


def made_complex(
    folder: Path, rows: int = 128, cols: int = 128, seed: int = 0, name: str = "complex.tif"
) -> Path:
    """CFloat32 scene of white speckle (power 1) with CRS and transform, one band "HH"."""
    return write_geotiff(folder / name, speckle(rows, cols, 1.0, seed), names=["HH"])


def made_intensity(
    folder: Path, rows: int = 128, cols: int = 128, looks: int = 4, name: str = "intensity.tif"
) -> Path:
    """Float32 intensity of known looks (power 1), nodata -9999 in the first 16 columns."""
    power = speckle_power(rows, cols, looks)
    power[:, :16] = -9999
    return write_geotiff(folder / name, power, nodata=-9999, names=["sigma0"])


def made_rgb(folder: Path, rows: int = 96, cols: int = 128, name: str = "rgb.tif") -> Path:
    """Three uint8 bands, coloured as red, green, blue, with CRS."""
    return write_geotiff(folder / name, rgb(rows, cols), photometric="RGB")


def made_optical(
    folder: Path, rows: int = 128, cols: int = 128, bands: int = 4, name: str = "optical.tif"
) -> Path:
    """Smooth uint16 bands (reflectance x 10 000), each brighter than the one before."""
    row, col = np.mgrid[:rows, :cols]
    base = 1_000 + 500 * np.sin(row / 9) + 400 * np.cos(col / 7)
    pixels = np.stack([base * (1 + band / 2) for band in range(bands)]).astype(np.uint16)
    return write_geotiff(folder / name, pixels, names=[f"B{band + 1}" for band in range(bands)])

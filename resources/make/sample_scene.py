"""Makes resources/demo/sample_slc.tif: a simulated single-look complex scene of a synthetic coast.

    python resources/make/sample_scene.py [OUT]

All physics is in satstudio/pixels/synthetic, simulate.py and coast.py; the tags of the file say
with which numbers. `reflectivity(model.size, model.seed)` is the truth behind it, to the last bit.
"""

import hashlib
import math
import sys
from pathlib import Path

import numpy as np

from satstudio.core.grid import Gcp, GeoGrid, Window
from satstudio.core.paths import resources_folder
from satstudio.pixels.synthetic.simulate import SceneModel, reflectivity, simulate_scene
from satstudio.scenes.source import Details
from satstudio.scenes.write import create_scene

MODEL = SceneModel(rows=1280, cols=1280, seed=1)
DN_PER_AMPLITUDE = 150.0
"""Surfaces then lie at 10 to 100: rounding adds 1/6 to powers of 100 or more, and it packs well."""

SPACING_M = (3.0, 2.5)
"""Azimuth, ground range."""

LATITUDE, LONGITUDE = 48.30, -4.62
"""Of the middle. The coast is invented; this is where such a coast might lie."""

HEADING_RAD = math.radians(-10)
"""Ascending orbit, looking right: rows go north, columns east."""

METRES_PER_DEGREE = 111_320.0
GCPS_A_SIDE = 5


def make_sample_scene(out: Path) -> Path:
    """Simulate the scene and write it as CInt16 GeoTIFF with ground control points."""
    scene = np.round(simulate_scene(MODEL) * np.float32(DN_PER_AMPLITUDE))
    grid = GeoGrid(MODEL.size, gcps=_gcps(), gcp_crs="EPSG:4326", spacing_m=SPACING_M)
    details = Details(tags=_tags(), band_tags=({"POLARISATION": "VV", "UNIT": "DN"},))
    with create_scene(out, grid, ["VV"], "complex_int16", details=details) as target:
        target.write(scene[np.newaxis], Window.whole(MODEL.size))
    return out


def _tags() -> dict[str, str]:
    truth = reflectivity(MODEL.size, MODEL.seed).astype("<f4").tobytes()
    return {
        "SATSTUDIO_QUANTITY": "complex",
        "SATSTUDIO_SOURCE": "simulated: resources/make/sample_scene.py",
        "SATSTUDIO_SCENE_MODEL": MODEL.model_dump_json(),
        "SATSTUDIO_REFLECTIVITY_SHA256": hashlib.sha256(truth).hexdigest(),
        "SATSTUDIO_CALIBRATION": f"sigma0 = (|DN| / {DN_PER_AMPLITUDE:g})^2, linear",
        "SATSTUDIO_DN_PER_AMPLITUDE": f"{DN_PER_AMPLITUDE:g}",
        "DOPPLER_CENTROID": f"{MODEL.doppler_centroid:g} cycles/pixel",
        "AZIMUTH_PIXEL_SPACING": f"{SPACING_M[0]:g} m",
        "RANGE_PIXEL_SPACING": f"{SPACING_M[1]:g} m (ground range)",
        "POLARISATION": "VV",
    }


def _gcps() -> tuple[Gcp, ...]:
    rows = np.linspace(0, MODEL.rows, GCPS_A_SIDE)
    cols = np.linspace(0, MODEL.cols, GCPS_A_SIDE)
    return tuple(_gcp(float(row), float(col)) for row in rows for col in cols)


def _gcp(row: float, col: float) -> Gcp:
    along = (row - MODEL.rows / 2) * SPACING_M[0]
    across = (col - MODEL.cols / 2) * SPACING_M[1]
    north = along * math.cos(HEADING_RAD) - across * math.sin(HEADING_RAD)
    east = along * math.sin(HEADING_RAD) + across * math.cos(HEADING_RAD)
    longitude = east / (METRES_PER_DEGREE * math.cos(math.radians(LATITUDE)))
    return Gcp(row, col, LONGITUDE + longitude, LATITUDE + north / METRES_PER_DEGREE)


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    made = make_sample_scene(given or resources_folder() / "demo" / "sample_slc.tif")
    print(f"{made}: {made.stat().st_size / 1e6:.2f} MB")

"""Several inputs of any size take no more memory than a few blocks of them."""

import subprocess
import sys

import numpy as np
import rasterio
from made import TRANSFORM
from made_ports import sar_optical
from rasterio.transform import Affine

MEASURED = """
import resource, sys
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
sar, optical, model, out = sys.argv[1:]
recipe = RestoreRecipe(inputs={"optical": (optical,)}, threads=1)
restore_scene(sar, model, recipe, Path(out), Progress())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def noise(path, bands, rows, cols, transform):
    """Write a scene in strips."""
    rng = np.random.default_rng(0)
    profile = {"count": bands, "height": rows, "width": cols, "dtype": "float32", "tiled": True}
    with rasterio.open(
        path, "w", driver="GTiff", crs="EPSG:32633", transform=transform, **profile
    ) as target:
        for row in range(0, rows, 256):
            strip = rng.standard_normal((bands, min(256, rows - row), cols)).astype(np.float32)
            target.write(strip, window=((row, row + strip.shape[1]), (0, cols)))
    return path


def test_memory_does_not_grow_with_the_scene(tmp_path):
    model = sar_optical(tmp_path / "m.onnx", tile_px=256)
    most = {}
    for rows in (1024, 8192):
        sar = noise(tmp_path / f"sar{rows}.tif", 2, rows, 1024, TRANSFORM)
        optical = noise(tmp_path / f"o{rows}.tif", 3, rows // 2, 512, TRANSFORM * Affine.scale(2))
        out = tmp_path / f"out{rows}.tif"
        words = [sys.executable, "-c", MEASURED, *map(str, (sar, optical, model, out))]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        most[rows] = int(done.stdout.split()[-1])
    assert most[8192] < most[1024] + 150, f"{most} MB"

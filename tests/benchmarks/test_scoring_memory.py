"""Scoring and comparing a scene of any size takes the same memory: it goes by tiles."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, UTM
from rasterio.windows import Window

ROOM_BYTES = 3 * 2**30
MEASURED = """
import resource, sys
from satstudio.cli.main import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""
METRICS = "mse,psnr,ssim,radiometric_bias_db,enl,ratio_image_stats,epi_ratio"


def made_pair(folder: Path, side: int) -> list[str]:
    """Speckle and a smoother twin, float32 in tiles of 512 px, written row of tiles by row."""
    paths = [folder / f"{name}{side}.tif" for name in ("noisy", "smooth")]
    random = np.random.default_rng(0)
    profile = {
        "driver": "GTiff", "width": side, "height": side, "count": 1, "dtype": "float32",
        "crs": UTM, "transform": TRANSFORM, "tiled": True, "blockxsize": 512, "blockysize": 512,
    }  # fmt: skip
    with (
        rasterio.open(paths[0], "w", **profile) as one,
        rasterio.open(paths[1], "w", **profile) as other,
    ):
        for row in range(0, side, 512):
            rows = min(512, side - row)
            noisy = random.standard_exponential((1, rows, side), np.float32)
            one.write(noisy, window=Window(0, row, side, rows))
            other.write(0.1 * noisy + 0.9, window=Window(0, row, side, rows))
    return [str(path) for path in paths]


def peak_mb(words: list[str]) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return int(done.stderr.splitlines()[-1]), done.stdout


@pytest.mark.nightly
@pytest.mark.parametrize("command", ["score", "compare"])
def test_12_000_pixels_a_side_take_hardly_more_memory_than_2_000(
    tmp_path, command, record_testsuite_property
):
    if shutil.disk_usage(tmp_path).free < ROOM_BYTES:
        pytest.skip(f"{tmp_path} has no room for two scenes of 0.6 GB")
    peaks = {}
    for side in (2_000, 12_000):
        words = [command, *made_pair(tmp_path, side), "--metrics", METRICS, "--data-range", "20"]
        words += ["--out", str(tmp_path / f"{side}.png")] if command == "compare" else []
        peaks[side], said = peak_mb([*words, "--json"])
    figures = json.loads(said)
    found = figures if command == "score" else figures["figures"]["smooth12000.tif"]
    assert found["mse"]["n"] == 12_000**2
    assert found["mse"]["value"] == pytest.approx(0.81, rel=0.01)
    record_testsuite_property(f"{command}_peak_mb", json.dumps(peaks))
    assert peaks[12_000] < 900
    assert peaks[12_000] < peaks[2_000] + 150

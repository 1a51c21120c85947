"""Open a 20 000 x 20 000 complex GeoTIFF in a real window: time and memory of its first picture.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/big_scene.py [--side N] [--dtype NAME]
        [--layout tiled|strips] [--folder DIR] [--pyramid]

Makes the scene in a temporary folder (1.6 GB as complex_int16, 3.2 GB as complex64), deletes it
at the end, and prints one JSON document. The ratio is the wall time from "open" to a complete
picture over that of one nearest-decimated rasterio read of the same file, to the size of the
level that the picture shows, in a process of its own, before and after. Memory is resident MB of
the window's process above the empty window.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import rasterio

READ = """
import sys, time
import rasterio
path, side = sys.argv[1], int(sys.argv[2])
start = time.perf_counter()
with rasterio.Env(GDAL_CACHEMAX=64 * 2**20), rasterio.open(path) as dataset:
    dataset.read(1, out_shape=(side, side))
print(time.perf_counter() - start)
"""


def make_scene(path: Path, side: int, dtype: str, layout: str) -> Path:
    """Write speckle with slow changes of brightness; one strip of it is repeated."""
    rng = np.random.default_rng(0)
    strip = rng.standard_normal((2, 256, side), np.float32)
    pattern = (strip[0] + 1j * strip[1]).astype(np.complex64)
    pattern *= 200 * (1.2 + np.sin(np.arange(side, dtype=np.float32) / 700))
    tiles = {"tiled": True, "blockxsize": 256, "blockysize": 256} if layout == "tiled" else {}
    with rasterio.open(
        path, "w", "GTiff", side, side, 1, dtype=dtype, BIGTIFF="YES", **tiles
    ) as target:
        for row in range(0, side, 256):
            rows = min(256, side - row)
            gain = np.float32(1.2 + np.sin(row / 900))
            target.write(pattern[:rows] * gain, 1, window=((row, row + rows), (0, side)))
    return path


def decimated_read_s(path: Path, side: int) -> float:
    """Time one nearest-decimated read in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path), str(side)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


class Peak(threading.Thread):
    """Watches the resident memory of this process."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process()
        self.peak = 0
        self.is_over = threading.Event()

    def now_mb(self) -> float:
        return self.process.memory_info().rss / 2**20

    def run(self) -> None:
        while not self.is_over.wait(0.005):
            self.peak = max(self.peak, self.process.memory_info().rss)

    def taken_mb(self) -> float:
        peak, self.peak = self.peak, 0
        return peak / 2**20


def measure(path: Path, with_pyramid: bool) -> dict[str, object]:
    """Open the scene in a window as the user would."""
    from satstudio.gui.shell.app import make_application, make_window

    app = make_application()
    window = make_window(app)
    window.show()
    page = window.page_widget("view")

    def until(condition, seconds: float = 600) -> float:
        start = time.perf_counter()
        while not condition():
            app.processEvents()
            time.sleep(0.001)
            if time.perf_counter() - start > seconds:
                raise TimeoutError("the picture is not complete")
        return time.perf_counter() - start

    settle = time.perf_counter() + 1
    until(lambda: time.perf_counter() > settle)
    watch = Peak()
    empty_mb = watch.now_mb()
    watch.start()
    if not with_pyramid:
        window.context.scenes.build_pyramid = lambda address: None
    canvas = page.canvas
    start = time.perf_counter()
    window.context.open([str(path)])
    until(lambda: canvas.scene is not None)
    opened_s = time.perf_counter() - start
    until(lambda: len(canvas.picture.images) > 0)
    something_s = time.perf_counter() - start
    until(lambda: canvas.missing == 0)
    first_s = time.perf_counter() - start
    canvas.grab()
    first_mb = watch.taken_mb()
    level = canvas.picture.level
    result: dict[str, object] = {
        "opened_s": opened_s,
        "first_tile_s": something_s,
        "first_picture_s": first_s,
        "level": list(canvas.scene.levels[level]),
        "empty_window_mb": empty_mb,
        "peak_above_empty_mb": first_mb - empty_mb,
    }
    if with_pyramid:
        until(lambda: canvas.scene.has_pyramid)
        until(lambda: canvas.missing == 0)
        result["pyramid_s"] = time.perf_counter() - start
        result["pyramid_peak_above_empty_mb"] = watch.taken_mb() - empty_mb
    watch.is_over.set()
    window.close()
    app.processEvents()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--dtype", default="complex64", choices=("complex64", "complex_int16"))
    parser.add_argument("--layout", default="tiled", choices=("tiled", "strips"))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pyramid", action="store_true", help="also wait for the pyramid")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="big_scene_", dir=chosen.folder))
    try:
        os.environ["SATSTUDIO_HOME"] = str(folder / "home")
        each = 8 if chosen.dtype == "complex64" else 4
        wanted = chosen.side**2 * each * 1.2 + 2**30
        if shutil.disk_usage(folder).free < wanted:
            sys.exit(f"{folder} has no room for {wanted / 2**30:.1f} GB.")
        path = make_scene(folder / "big.tif", chosen.side, chosen.dtype, chosen.layout)
        side = -(-chosen.side // 16)
        before = decimated_read_s(path, side)
        result = measure(path, chosen.pyramid)
        after = decimated_read_s(path, side)
        read_s = (before + after) / 2
        document = {
            "side": chosen.side,
            "dtype": chosen.dtype,
            "layout": chosen.layout,
            **result,
            "decimated_read_s": [before, after],
            "ratio_to_decimated_read": result["first_picture_s"] / read_s,
        }
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

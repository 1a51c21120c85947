"""Restore whole scenes: throughput beside a bare ONNX Runtime loop, peak memory by scene size.

    python tests/benchmarks/restore.py [--only PART]... [--full] [--repeats N] [--model FILE]
                                       [--folder DIR]

Prints one JSON document; the model is the shipped despeckler where no other is named.
`throughput.ratio` is the time of a bare loop of ONNX Runtime over the tiles of the same scene, cut
and lying in memory, over that of `restore_scene` from file to file; medians of alternating
repeats, one thread for the network in both. On a busy machine look at
`ratio_of_cpu_time` too: it counts reading and writing as if nothing ran beside the network.
`three_inputs` is the same of the cloud removal that comes along, with three dates and SAR;
`workers` the time of two processes with half of the scenes each over that of an archive with two
workers, its start included: 5 s of CPU time, so that small archives gain nothing by it.
`memory` is the peak resident size (MB) of processes that restore a small scene (the least of
several) and a large one, each with a light model, a filter, and a mosaic of three dates. `--full`
takes 5 000 and 20 000 pixels a side (10 GB of disk); else 4 000 and 8 000, of which both fill
GDAL's cache. Everything is deleted at the end.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import onnxruntime
import rasterio
import restore_scale
from made_models import made_restorer
from rasterio.transform import from_origin

from satstudio.core.grid import Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.restore.blocks import TileGrid
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

DESPECKLER = resources_folder() / "models/despeckler_fast.onnx"
LIGHT_TILE_PX = 256
PEAKS = 2
"""Processes of which the smallest peak of the small scene counts."""

PARTS = ("throughput", "three_inputs", "workers", "memory")

SIDE_PX = 2400
"""Of the scene of the throughput."""

CHILD = """
import json, sys, time
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
def peak_mb():
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
start = time.perf_counter()
scene, model, out, inputs = sys.argv[1:]
recipe = RestoreRecipe(threads=1, inputs=json.loads(inputs))
restore_scene(scene, model, recipe, Path(out), Progress())
seconds = time.perf_counter() - start
print(json.dumps({"peak_mb": round(peak_mb(), 1), "seconds": round(seconds, 1)}))
"""


def make_scene(path: Path, side: int, dtype: str = "complex64") -> Path:
    """Write complex speckle, or real noise, in tiles; one strip of it is repeated."""
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((2, 256, side), np.float32)
    strip = parts[0] if dtype == "float32" else (parts[0] + 1j * parts[1]).astype(dtype)
    layout: dict[str, object] = {
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "BIGTIFF": "IF_SAFER",
    }
    layout["transform"] = from_origin(0, 0, 10, 10)
    with rasterio.open(path, "w", "GTiff", side, side, 1, dtype=dtype, **layout) as target:
        for row in range(0, side, 256):
            rows = min(256, side - row)
            target.write(strip[:rows], 1, window=((row, row + rows), (0, side)))
    return path


def tiles_of(scene: Path, model: Path) -> list[np.ndarray]:
    """Return the tiles of a scene as the network takes them, each an array of its own."""
    with rasterio.open(scene) as dataset:
        samples = dataset.read(1)
    card = read_card(model)
    grid = TileGrid(card.tile_px, card.halo_px, card.size_multiple)
    side, margin = card.tile_px, grid.margin
    padded = np.pad(samples, ((margin, side), (margin, side)), mode="reflect")
    pairs = np.stack([padded.real, padded.imag])[None]
    window = Window.whole(Size(*samples.shape))
    return [
        np.ascontiguousarray(pairs[:, :, row : row + side, col : col + side])
        for row in grid.starts(0, window.rows)
        for col in grid.starts(0, window.cols)
    ]


def bare_loop(model: Path, tiles: list[np.ndarray]) -> Callable[[], None]:
    """Return the loop of ONNX Runtime alone; loading the model is not part of it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    session.run(None, {name: tiles[0]})

    def run() -> None:
        for tile in tiles:
            session.run(None, {name: tile})

    return run


def restore(scene: Path, model: Path, out: Path) -> None:
    """Do all that a user waits for: open, load, read, run, write."""
    out.unlink(missing_ok=True)
    restore_scene(scene, model, RestoreRecipe(threads=1), out, Progress())


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return wall time and CPU time of all threads, in seconds."""
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - start_cpu


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def throughput(folder: Path, model: Path, repeats: int) -> dict[str, object]:
    """Measure both loops in turn."""
    scene = make_scene(folder / "scene.tif", SIDE_PX)
    tiles = tiles_of(scene, model)
    bare, whole = [], []
    for _ in range(repeats):
        bare.append(timed(bare_loop(model, tiles)))
        whole.append(timed(lambda: restore(scene, model, folder / "out.tif")))
    (folder / "out.tif").unlink()
    (bare_s, bare_cpu_s), (middle, cpu_s) = _medians(bare), _medians(whole)
    return {
        "model": model.name,
        "side_px": SIDE_PX,
        "tiles": len(tiles),
        "bare_s": [round(seconds, 3) for seconds, _ in bare],
        "restore_s": [round(seconds, 3) for seconds, _ in whole],
        "mpx_per_s": round(SIDE_PX**2 / middle / 1e6, 3),
        "ratio": round(bare_s / middle, 3),
        "ratio_of_cpu_time": round(bare_cpu_s / cpu_s, 3),
        "wanted": ">= 0.85",
    }


def memory(folder: Path, sides: tuple[int, int]) -> dict[str, object]:
    """Restore a small and a large scene, each in a process of its own; the mosaic of three dates.

    Two of its dates are the scene itself: what an image holds does not change the memory.
    """
    light = made_restorer(folder / "light.onnx", "despeckle", tile_px=LIGHT_TILE_PX)
    found: dict[str, list[dict[str, float]]] = {}
    for side, peaks in zip(sides, (PEAKS, 1), strict=True):
        for dtype, names in (
            ("complex64", (str(light), "baseline:lee")),
            ("float32", ("baseline:mosaic",)),
        ):
            scene = make_scene(folder / "scene.tif", side, dtype)
            inputs = {"optical": [str(scene)] * 2} if dtype == "float32" else {}
            for name in names:
                runs = [_restored(scene, name, folder / "out.tif", inputs) for _ in range(peaks)]
                found.setdefault(Path(name).name, []).append(
                    min(runs, key=lambda run: run["peak_mb"])
                )
            scene.unlink()
    result: dict[str, object] = {"sides_px": sides, "wanted": "growth <= 1.10"}
    for name, (small, large) in found.items():
        growth = round(large["peak_mb"] / small["peak_mb"], 3)
        result[name] = {"small": small, "large": large, "growth": growth}
    return result


def _restored(scene: Path, model: str, out: Path, inputs: dict[str, list[str]]) -> dict[str, float]:
    """Restore in a process of one heap: how threads share heaps moves its peak by a tenth."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(scene), model, str(out), json.dumps(inputs)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
    )
    out.unlink()
    run: dict[str, float] = json.loads(done.stdout)
    return run


def main() -> None:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=PARTS, help="this part; may be repeated")
    parser.add_argument("--full", action="store_true", help="5 000 and 20 000 pixels a side")
    parser.add_argument("--model", type=Path, default=DESPECKLER)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where there is room; default: temporary")
    choices = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=choices.folder) as name:
        folder = Path(name)
        sides = (5_000, 20_000) if choices.full else (4_000, 8_000)
        parts: dict[str, Callable[[], object]] = {
            "throughput": lambda: throughput(folder, choices.model, choices.repeats),
            "three_inputs": lambda: restore_scale.inputs(folder, choices.repeats),
            "workers": lambda: restore_scale.workers(folder, choices.model),
            "memory": lambda: memory(folder, sides),
        }
        document = {
            "cpus": os.cpu_count(),
            "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
            "date": time.strftime("%Y-%m-%d"),
            "onnxruntime": onnxruntime.__version__,
            **{name: part() for name, part in parts.items() if name in (choices.only or PARTS)},
        }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

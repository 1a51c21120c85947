"""Restore whole scenes: throughput beside a bare ONNX Runtime loop, peak memory by scene size.

    python tests/benchmarks/restore.py [--full] [--repeats N] [--folder DIR]

Prints one JSON document. `throughput.ratio` is the time of a bare loop of ONNX Runtime over the
tiles of the same scene, cut and lying in memory, over that of `restore_scene` from file to file;
medians of alternating repeats, one thread for the network in both. On a busy machine look at
`ratio_of_cpu_time` too: it counts reading and writing as if nothing ran beside the network.
`memory` is the peak resident size (MB) of processes that restore a small and a large scene, each
with a model and a baseline. `--full` takes 5 000 and 20 000 pixels a side (3.2 GB of disk, about
five minutes); else 1 500 and 6 000. Everything is deleted at the end.
"""

import argparse
import itertools
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
import onnx
import onnxruntime
import rasterio
from made_models import made_restorer, restorer_card
from onnx import TensorProto, helper, numpy_helper
from rasterio.transform import from_origin

from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.restore.blocks import TileGrid
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

TILE_PX, LAYERS, CHANNELS = 256, 5, 32
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
scene, model, out = sys.argv[1:]
restore_scene(scene, model, RestoreRecipe(threads=1), Path(out), Progress())
seconds = time.perf_counter() - start
print(json.dumps({"peak_mb": round(peak_mb(), 1), "seconds": round(seconds, 1)}))
"""


def make_scene(path: Path, side: int) -> Path:
    """Write complex speckle in tiles; one strip of it is repeated."""
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((2, 256, side), np.float32)
    strip = (parts[0] + 1j * parts[1]).astype(np.complex64)
    layout: dict[str, object] = {
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "BIGTIFF": "IF_SAFER",
    }
    layout["transform"] = from_origin(0, 0, 10, 10)
    with rasterio.open(path, "w", "GTiff", side, side, 1, dtype="complex64", **layout) as target:
        for row in range(0, side, 256):
            rows = min(256, side - row)
            target.write(strip[:rows], 1, window=((row, row + rows), (0, side)))
    return path


def make_network(path: Path) -> Path:
    """Write a despeckler of convolutions of 3 x 3, about as costly as a small U-Net."""
    rng = np.random.default_rng(0)
    sides = [2, *[CHANNELS] * (LAYERS - 1), 1]
    nodes, weights, name = [], [], "x"
    for layer, (before, after) in enumerate(itertools.pairwise(sides)):
        kernel = rng.standard_normal((after, before, 3, 3)) / (3 * before**0.5)
        weights.append(numpy_helper.from_array(kernel.astype(np.float32), f"w{layer}"))
        nodes.append(
            helper.make_node("Conv", [name, f"w{layer}"], [f"a{layer}"], pads=[1, 1, 1, 1])
        )
        nodes.append(helper.make_node("Relu", [f"a{layer}"], [f"r{layer}"]))
        name = f"r{layer}"
    nodes.append(helper.make_node("Identity", [name], ["y"]))
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, "rows", "cols"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1, "rows", "cols"])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    card = restorer_card("despeckle", tile_px=TILE_PX, halo_px=LAYERS, size_multiple=1)
    helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
    return path


def tiles_of(scene: Path) -> list[np.ndarray]:
    """Return the tiles of a scene as the network takes them, each an array of its own."""
    with rasterio.open(scene) as dataset:
        samples = dataset.read(1)
    grid = TileGrid(TILE_PX, LAYERS)
    margin = grid.margin
    padded = np.pad(samples, ((margin, TILE_PX), (margin, TILE_PX)), mode="reflect")
    pairs = np.stack([padded.real, padded.imag])[None]
    window = Window.whole(Size(*samples.shape))
    return [
        np.ascontiguousarray(pairs[:, :, row : row + TILE_PX, col : col + TILE_PX])
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
    session.run(None, {"x": tiles[0]})

    def run() -> None:
        for tile in tiles:
            session.run(None, {"x": tile})

    return run


def restore(scene: Path, model: Path, out: Path) -> None:
    """Do all that a user waits for: open, load, read, run, write."""
    restore_scene(scene, model, RestoreRecipe(threads=1), out, Progress())


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return wall time and CPU time of all threads, in seconds."""
    start, start_cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - start_cpu


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    wall, cpu = zip(*times, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def throughput(folder: Path, repeats: int) -> dict[str, object]:
    """Measure both loops in turn."""
    scene, model = make_scene(folder / "scene.tif", SIDE_PX), make_network(folder / "net.onnx")
    tiles = tiles_of(scene)
    bare, whole = [], []
    for _ in range(repeats):
        bare.append(timed(bare_loop(model, tiles)))
        whole.append(timed(lambda: restore(scene, model, folder / "out.tif")))
    (bare_s, bare_cpu_s), (middle, cpu_s) = _medians(bare), _medians(whole)
    return {
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
    """Restore a small and a large scene, each in a process of its own."""
    model = made_restorer(folder / "light.onnx", "despeckle", tile_px=TILE_PX)
    result: dict[str, object] = {"sides_px": sides, "wanted": "growth <= 1.10"}
    for name in (str(model), "baseline:lee"):
        runs = []
        for side in sides:
            scene = make_scene(folder / "scene.tif", side)
            done = subprocess.run(
                [sys.executable, "-c", CHILD, str(scene), name, str(folder / "out.tif")],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            runs.append(json.loads(done.stdout))
            (folder / "out.tif").unlink()
        growth = round(runs[1]["peak_mb"] / runs[0]["peak_mb"], 3)
        result[Path(name).name] = {"small": runs[0], "large": runs[1], "growth": growth}
    return result


def main() -> None:
    """Print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="5 000 and 20 000 pixels a side")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where there is room; default: temporary")
    choices = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=choices.folder) as name:
        folder = Path(name)
        sides = (5_000, 20_000) if choices.full else (1_500, 6_000)
        document = {
            "cpus": os.cpu_count(),
            "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
            "onnxruntime": onnxruntime.__version__,
            "throughput": throughput(folder, choices.repeats),
            "memory": memory(folder, sides),
        }
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()

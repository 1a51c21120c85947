"""Cutting patches from a deflated scene, beside a plain script that makes the same files.

    python tests/benchmarks/cutting.py [--side N] [--count N] [--size PX] [--rounds N] [--out FILE]
        [--cutter NAME=PYTHON:CHECKOUT ...]

The scene is a complex64 GeoTIFF in deflated tiles of 256 x 256, as `satstudio crop` writes it. The
plain script (PLAIN below) reads the whole file once with rasterio, takes the windows that the
manifest names, and saves the patches of each split with `numpy.save`; its pixels must be those of
the shards. It hashes nothing, fits no scaling and holds all in memory. Each runs in a process of
its own, in turns; the least wall time and the least CPU time count.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio

CUT = """
import json, resource, sys, time
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.patches.cut import PatchRecipe, cut_patches
scene, out, count, size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
start, cpu = time.perf_counter(), time.process_time()
cut_patches([scene], PatchRecipe(size_px=size, count=count), out, Progress())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, peak]))
"""

PLAIN = """
import json, resource, sys, time
import numpy as np
import rasterio
scene, folder, out = sys.argv[1:4]
entries = json.load(open(folder + "/manifest.json"))["patches"]
start, cpu = time.perf_counter(), time.process_time()
with rasterio.open(scene) as dataset:
    pixels = dataset.read()
for split in ("train", "validation"):
    windows = [entry["window"] for entry in entries if entry["split"] == split]
    patches = [pixels[:, r : r + h, c : c + w] for r, c, h, w in windows]
    np.save(f"{out}/{split}.npy", np.stack(patches))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([time.perf_counter() - start, time.process_time() - cpu, peak]))
"""


def make_scene(path: Path, side: int) -> Path:
    """Write deflated speckle."""
    rng = np.random.default_rng(0)
    layout = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate"}
    with rasterio.open(path, "w", "GTiff", side, side, 1, dtype="complex64", **layout) as target:
        for row in range(0, side, 256):
            parts = rng.standard_normal((2, min(256, side - row), side), np.float32)
            pixels = (parts[0] + 1j * parts[1]).astype(np.complex64)
            target.write(pixels, 1, window=((row, row + len(pixels)), (0, side)))
    return path


def run(python: str, checkout: str, code: str, *arguments: object) -> list[float]:
    done = subprocess.run(
        [python, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": checkout},
        cwd=Path(sys.executable).parent,  # `-c` looks for modules here first
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def are_alike(cut: Path, plain: Path) -> bool:
    for split in ("train", "validation"):
        shards = [np.load(path, mmap_mode="r") for path in sorted(cut.glob(f"{split}-???.npy"))]
        expected = np.load(plain / f"{split}.npy", mmap_mode="r")
        start = 0
        for shard in shards:
            if not np.array_equal(shard, expected[start : start + len(shard)]):
                return False
            start += len(shard)
        if start != len(expected):
            return False
    return True


def measure(chosen: argparse.Namespace, folder: Path) -> dict[str, object]:
    scene = make_scene(folder / "scene.tif", chosen.side)
    here = str(Path(__file__).resolve().parents[2])
    cutters = chosen.cutter or [f"satstudio={sys.executable}:{here}"]
    times: dict[str, list[list[float]]] = {}
    for _ in range(chosen.rounds):
        for named in cutters:
            name, _, rest = named.partition("=")
            python, _, checkout = rest.partition(":")
            out = folder / "sets" / name
            shutil.rmtree(out, ignore_errors=True)
            found = run(python, checkout, CUT, scene, out, chosen.count, chosen.size)
            times.setdefault(name, []).append(found)
        plain = folder / "plain"
        plain.mkdir(exist_ok=True)
        found = run(sys.executable, "", PLAIN, scene, out, plain)
        times.setdefault("plain script", []).append(found)
        if not are_alike(out, plain):
            sys.exit("The plain script and the patch set differ.")
    least = {name: np.min(found, axis=0).tolist() for name, found in times.items()}
    return {
        "side": chosen.side,
        "patches": chosen.count,
        "size_px": chosen.size,
        "scene_mb": round(scene.stat().st_size / 2**20),
        "rounds": chosen.rounds,
        "processors": os.cpu_count(),
        "load_at_end": os.getloadavg(),
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "times": {
            name: {
                "wall_s": round(wall, 2),
                "cpu_s": round(cpu, 2),
                "peak_mb": round(peak),
                "wall_over_plain": round(wall / least["plain script"][0], 2),
                "cpu_over_plain": round(cpu / least["plain script"][1], 2),
            }
            for name, (wall, cpu, peak) in least.items()
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=6000)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cutter", action="append", metavar="NAME=PYTHON:CHECKOUT")
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="cutting_"))
    try:
        text = json.dumps(measure(chosen, folder), indent=2) + "\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if chosen.out:
        chosen.out.write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()

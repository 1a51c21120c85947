"""Parts of restore.py: a model of three inputs beside a bare loop; an archive beside processes."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnxruntime
from made import write_geotiff
from made_ports import card, port, save
from onnx import helper

from satstudio.core.progress import Progress
from satstudio.restore.blocks import TileGrid
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

TILE_PX, HALO_PX = 256, 8
CHANNELS, LAYERS = 64, 6
"""150 000 multiplications a pixel: a light network of those that come along."""
ROLES = {"sar": 2, "optical": 4, "height": 1}

HALF = """
import sys
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
out, model, *scenes = sys.argv[1:]
for scene in scenes:
    to = Path(out) / Path(scene).name
    restore_scene(scene, model, RestoreRecipe(threads=1), to, Progress())
"""


def three_inputs(path: Path) -> Path:
    """Write a network of LAYERS convolutions of 3 x 3 over three images on one grid."""
    rng = np.random.default_rng(0)
    widths = [sum(ROLES.values()), *[CHANNELS] * (LAYERS - 1), 4]
    nodes, weights = [helper.make_node("Concat", list(ROLES), ["x0"], axis=1)], {}
    for layer, (taken, given) in enumerate(pairwise(widths)):
        weights[f"w{layer}"] = rng.standard_normal((given, taken, 3, 3)).astype(np.float32) / taken
        made = "target" if layer == LAYERS - 1 else f"c{layer}"
        nodes.append(helper.make_node("Conv", [f"x{layer}", f"w{layer}"], [made], pads=[1] * 4))
        if made != "target":
            nodes.append(helper.make_node("Relu", [made], [f"x{layer + 1}"]))
    ports = tuple(port(role, bands) for role, bands in ROLES.items())
    said = card(ports, (port("target", 4),), tile_px=TILE_PX, halo_px=HALO_PX)
    return save(path, nodes, weights, said)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall time and CPU time of this process and its children, in seconds."""
    start, before = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - start, _cpu() - before


def inputs(folder: Path, side: int, repeats: int) -> dict[str, object]:
    """Measure a restoration with three inputs beside the bare network on the same tiles."""
    rng = np.random.default_rng(1)
    scenes = {
        role: write_geotiff(
            folder / f"{role}.tif",
            rng.standard_normal((bands, side, side), np.float32),
            tiled=True,
            blockxsize=256,
            blockysize=256,
        )
        for role, bands in ROLES.items()
    }
    model = three_inputs(folder / "three.onnx")
    others = {role: (str(scenes[role]),) for role in ("optical", "height")}
    recipe = RestoreRecipe(threads=1, inputs=others)
    out = folder / "out.tif"
    loop = _bare(model, len(TileGrid(TILE_PX, HALO_PX).starts(0, side)) ** 2)
    bare, whole = [], []
    for _ in range(repeats):
        bare.append(timed(loop))
        whole.append(
            timed(lambda: restore_scene(scenes["sar"], model, recipe, out, Progress(), True))
        )
    ratios = [
        statistics.median(b[part] for b in bare) / statistics.median(w[part] for w in whole)
        for part in (0, 1)
    ]
    return {
        "side_px": side,
        "bare_s": [round(wall, 2) for wall, _ in bare],
        "restore_s": [round(wall, 2) for wall, _ in whole],
        "ratio": round(ratios[0], 3),
        "ratio_of_cpu_time": round(ratios[1], 3),
        "wanted": ">= 0.85",
    }


def workers(folder: Path, model: Path, side: int, count: int) -> dict[str, object]:
    """Measure an archive with two workers beside two processes that have half of it each."""
    rng = np.random.default_rng(2)
    archive = folder / "archive"
    archive.mkdir()
    scenes = []
    for number in range(count):
        values = rng.standard_normal((2, side, side), np.float32)
        samples = (values[0] + 1j * values[1]).astype(np.complex64)
        scenes.append(write_geotiff(archive / f"{number}.tif", samples, tiled=True))
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    apart = folder / "apart"
    apart.mkdir()

    def by_processes() -> None:
        halves = [
            subprocess.Popen(
                [sys.executable, "-c", HALF, *map(str, (apart, model, *scenes[first::2]))], env=env
            )
            for first in (0, 1)
        ]
        if any(half.wait() for half in halves):
            raise RuntimeError("a process failed")

    def by_archive() -> None:
        words = ["restore", "--archive", archive, "--model", model, "--workers", "2"]
        words += ["--threads", "1", "--out", folder / "together"]
        subprocess.run([sys.executable, "-m", "satstudio", *map(str, words)], env=env, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    (one, one_cpu), (other, other_cpu) = timed(by_processes), timed(by_archive)
    return {
        "scenes": count,
        "side_px": side,
        "two_processes_s": round(one, 1),
        "two_workers_s": round(other, 1),
        "ratio": round(one / other, 3),
        "two_processes_cpu_s": round(one_cpu, 1),
        "two_workers_cpu_s": round(other_cpu, 1),
        "ratio_of_cpu_time": round(one_cpu / other_cpu, 3),
        "wanted": ">= 0.9",
    }


def _bare(model: Path, tiles: int) -> Callable[[], None]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    fed = {
        role: np.zeros((1, bands, TILE_PX, TILE_PX), np.float32) for role, bands in ROLES.items()
    }
    session.run(None, fed)

    def run() -> None:
        for _ in range(tiles):
            session.run(None, fed)

    return run


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(json.dumps(inputs(Path(name), 1200, 1), indent=2) + "\n")

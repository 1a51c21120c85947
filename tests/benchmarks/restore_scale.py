"""Parts of restore.py: a model of three inputs beside a bare loop; an archive beside processes."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
from made import write_geotiff

from satstudio.core.paths import resources_folder
from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.restore.blocks import TileGrid
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

CLOUDS = resources_folder() / "models/cloud_removal.onnx"
DATES, TILES = 3, 4
"""Images, and tiles along a side: of fewer, most lie at the edges, where they are mirrored."""

MANY, MANY_SIDE_PX = 10, 2_000
"""Scenes of an archive; what it takes to start counts less with more of them."""

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


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall time and CPU time of this process and its children, in seconds."""
    start, before = time.perf_counter(), _cpu()
    work()
    return time.perf_counter() - start, _cpu() - before


def inputs(folder: Path, repeats: int) -> dict[str, object]:
    """Measure a restoration with three inputs beside the bare network on as many tiles.

    Three optical dates of thirteen bands, their masks, a SAR scene: the cloud removal that comes
    along, over TILES x TILES of its tiles.
    """
    card = read_card(CLOUDS)
    step = TileGrid(card.tile_px, card.halo_px, card.unit_px).step
    side, rng = TILES * step, np.random.default_rng(1)
    optical, _, sar = card.inputs

    def made(name: str, port: BoundPort, quantity: str, scale: float, start: float) -> str:
        names = tuple(map(str, port.bands)) if isinstance(port.bands, tuple) else ()
        values = start + scale * rng.standard_normal((len(names), side, side), np.float32)
        tags = {"SATSTUDIO_QUANTITY": quantity}
        path = folder / f"{name}.tif"
        return str(
            write_geotiff(
                path,
                values.astype(np.float32),
                names=names,
                tags=tags,
                tiled=True,
                blockxsize=256,
                blockysize=256,
            )
        )

    dates = [made(f"date{number}", optical, "reflectance", 0.05, 0.3) for number in range(DATES)]
    others = {"optical": tuple(dates[1:]), "sar": (made("sar", sar, "db", 2.0, -12.0),)}
    recipe, out = RestoreRecipe(threads=1, inputs=others), folder / "out.tif"
    loop, bare, whole = _bare(card), [], []
    for _ in range(repeats):
        bare.append(timed(loop))
        whole.append(timed(lambda: restore_scene(dates[0], CLOUDS, recipe, out, Progress(), True)))
    ratios = [
        statistics.median(b[part] for b in bare) / statistics.median(w[part] for w in whole)
        for part in (0, 1)
    ]
    return {
        "model": CLOUDS.name,
        "side_px": side,
        "bare_s": [round(wall, 2) for wall, _ in bare],
        "restore_s": [round(wall, 2) for wall, _ in whole],
        "ratio": round(ratios[0], 3),
        "ratio_of_cpu_time": round(ratios[1], 3),
        "wanted": ">= 0.85",
    }


def workers(
    folder: Path, model: Path, side: int = MANY_SIDE_PX, count: int = MANY
) -> dict[str, object]:
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


def _bare(card: ModelCard) -> Callable[[], None]:
    """Return the loop of ONNX Runtime alone over tiles that lie in memory."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        CLOUDS.read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    fed = {}
    for port in card.inputs:
        frames = () if port.frames == (1, 1) else (DATES,)
        shape = (1, *frames, port.band_count or 1, card.tile_px, card.tile_px)
        fed[port.role] = np.ones(shape, np.float32)
    session.run(None, fed)

    def run() -> None:
        for _ in range(TILES**2):
            session.run(None, fed)

    return run


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        sys.stdout.write(json.dumps(inputs(Path(name), 1), indent=2) + "\n")

"""Whatever writes is killed or stopped on its way: a result is whole, or it is not there."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from made import made_complex
from PIL import Image

from satstudio.bench.compare import CompareRecipe, compare_scenes
from satstudio.core.errors import Cancelled
from satstudio.core.grid import Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.jobs.client import run_job
from satstudio.jobs.job import Job
from satstudio.patches.cut import cut_patches
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.positions import PatchRecipe
from satstudio.restore.generate.samples import SampleRecipe, draw_samples
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.crop import crop_scene

pytestmark = [
    pytest.mark.slow,
    pytest.mark.learn,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX"),
]
MODEL = resources_folder() / "demo/generator.onnx"
DESPECKLER = resources_folder() / "models/despeckler_fast.onnx"
WRITER = """
import os, signal, sys
from pathlib import Path
from test_killed_and_stopped import WRITERS
from satstudio.core.progress import Progress

def report(share, text):
    if share >= float(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

WRITERS[sys.argv[1]](Path(sys.argv[3]), Path(sys.argv[4]), Progress(report))
"""


def write_crop(source: Path, out: Path, progress: Progress) -> None:
    crop_scene(source / "complex.tif", Window(3, 5, 1100, 1090), out, progress)


def write_patches(source: Path, out: Path, progress: Progress) -> None:
    recipe = PatchRecipe(size_px=16, stride_px=32)
    cut_patches([source / "complex.tif"], recipe, out, progress)


def write_samples(source: Path, out: Path, progress: Progress) -> None:
    draw_samples(MODEL, SampleRecipe(count=200), out, progress)


def write_model(source: Path, out: Path, progress: Progress) -> None:
    from satstudio.learn.export.onnx_export import export_onnx  # lazy: torch, in the child only

    export_onnx(source / "run", out, progress)


def write_restored(source: Path, out: Path, progress: Progress) -> None:
    recipe = RestoreRecipe(threads=1, tile_px=128, window=Window(7, 3, 500, 400))
    restore_scene(source / "complex.tif", DESPECKLER, recipe, out, progress)


def write_comparison(source: Path, out: Path, progress: Progress) -> None:
    addresses = [str(source / "complex.tif"), str(source / "lee.tif")]
    compare_scenes(addresses, CompareRecipe(window="0,0,600,500"), out, progress)


WRITERS = {
    "crop.tif": write_crop,
    "restored.tif": write_restored,
    "compare.png": write_comparison,
    "patches": write_patches,
    "samples.npy": write_samples,
    "samples": write_samples,
    "model.onnx": write_model,
}
OPENERS: dict[str, Callable[[Path], object]] = {
    "crop.tif": lambda path: rasterio.open(path).checksum(1),
    "restored.tif": lambda path: rasterio.open(path).checksum(1),
    "compare.png": lambda path: Image.open(path).load(),
    "patches": lambda path: PatchSet.open(path).train[:],
    "samples.npy": np.load,
    "samples": lambda path: np.load(path / "samples.npy"),
    "model.onnx": read_card,
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scene, and a training run of its patches."""
    folder = tmp_path_factory.mktemp("source")
    made_complex(folder, 1200, 1200)
    lee = folder / "lee.tif"
    restore_scene(folder / "complex.tif", "baseline:lee", RestoreRecipe(), lee, Progress())
    write_patches(folder, folder / "set", Progress())
    arguments = {
        "patches": str(folder / "set"),
        "recipe": {"preset": "tiny", "steps": 2},
        "run_dir": str(folder / "run"),
    }
    run_job(Job(kind="train", arguments=arguments, nice=0), Progress())
    return folder


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("name", WRITERS)
def test_kill_9_leaves_no_half_of_a_result(
    source: Path, tmp_path: Path, name: str, share: float
) -> None:
    out = tmp_path / name
    child = subprocess.run(
        [sys.executable, "-c", WRITER, name, str(share), str(source), str(out)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, import_folders()))},
        capture_output=True,
        check=False,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert not out.exists()
    WRITERS[name](source, out, Progress())
    OPENERS[name](out)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "model.onnx"])
def test_a_stop_at_any_time_leaves_nothing(source: Path, tmp_path: Path, name: str) -> None:
    seen: list[float] = []
    WRITERS[name](source, tmp_path / "whole" / name, Progress(lambda share, _: seen.append(share)))
    for step in np.linspace(0, len(seen) - 2, 5).astype(int):
        reports: list[float] = []
        progress = Progress(
            lambda share, _, reports=reports: reports.append(share),
            is_stopped=lambda reports=reports, step=step: len(reports) > step,
        )
        folder = tmp_path / f"stopped{step}"
        with pytest.raises(Cancelled):
            WRITERS[name](source, folder / name, progress)
        assert not folder.exists() or list(folder.iterdir()) == []


LIMITED = """
import resource, signal, sys
from pathlib import Path
from test_killed_and_stopped import WRITERS
from satstudio.core.errors import SatstudioError
from satstudio.core.progress import Progress

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    WRITERS[sys.argv[1]](Path(sys.argv[3]), Path(sys.argv[4]), Progress())
except SatstudioError as error:
    print(error)
    raise SystemExit(error.exit_code) from error
"""


@pytest.mark.parametrize("limit", [2_000, 20_000])
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(
    source: Path, tmp_path: Path, name: str, limit: int
) -> None:
    folder = tmp_path / "out"
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, name, str(limit), str(source), str(folder / name)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, import_folders()))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 2, child.stderr
    assert child.stdout.startswith("Cannot write")
    assert "free space" in child.stdout
    assert len(child.stdout.splitlines()) == 1
    assert list(folder.iterdir()) == []


def import_folders() -> list[Path]:
    tests = Path(__file__).parents[1]
    return [Path(__file__).parent, tests, tests.parent]

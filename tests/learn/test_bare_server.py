"""Training alone runs on a server that holds what installer/server.txt lists, and no more."""

import json
import sys
from pathlib import Path

import pytest
import torch
from bare_environment import environment_of, run_in

from satstudio.learn.loop.checkpoint import newest_checkpoint

LISTED = Path(__file__).parents[2] / "installer/server.txt"
ABSENT = """
import importlib.util
for name in ("PySide6", "shiboken6", "rasterio", "osgeo", "skimage", "matplotlib", "click",
             "rich", "psutil", "h5py", "onnx", "onnxscript", "onnxruntime"):
    assert importlib.util.find_spec(name) is None, name
"""
EXPORT = """
import sys
from pathlib import Path
from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
export_onnx(Path(sys.argv[1]), Path(sys.argv[2]), Progress())
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="links want rights on Windows"),
]


def listed(*, export: bool) -> list[str]:
    """The requirements of training; with those of export, which stand below them."""
    text = LISTED.read_text("utf-8")
    part = text if export else text.partition("# for `export` only")[0]
    return [line for line in part.splitlines() if line and not line.startswith("#")]


def test_training_runs_on_what_is_listed_and_gives_the_same_weights(patches, recipe, run, tmp_path):
    python = environment_of(tmp_path / "server", listed(export=False))
    file, out = recipe.save(tmp_path / "recipe.toml"), tmp_path / "run"
    assert run_in(python, "-c", ABSENT).returncode == 0
    assert run_in(python, "-c", "import lightning_fabric").returncode == 0
    command = ["-m", "satstudio.learn", str(patches), "--recipe", str(file), "--out", str(out)]
    done = run_in(python, *command)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "run.json").read_text("utf-8"))["status"] == "done"
    wanted, found = (newest_checkpoint(path / "checkpoints") for path in (run, out))
    assert all(torch.equal(value, found.tensors[key]) for key, value in wanted.tensors.items())


def test_export_runs_on_what_is_listed(run, tmp_path):
    python = environment_of(tmp_path / "server", listed(export=True))
    done = run_in(python, "-c", EXPORT, str(run), str(tmp_path / "made.onnx"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "made.onnx").is_file()

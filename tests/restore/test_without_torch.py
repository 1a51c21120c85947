"""A generator in its ONNX file needs no torch: in an environment that has none."""

import sys

import numpy as np
import pytest
from bare_environment import environment_without, run_in

from satstudio.core.paths import resources_folder
from satstudio.restore.generate.samples import generate

MODEL = resources_folder() / "demo/generator.onnx"
TORCH = ("torch", "torchvision", "torchmetrics", "safetensors", "onnx", "onnxscript", "onnx-ir")
ABSENT = """
import importlib.util
for name in ("torch", "functorch", "safetensors", "onnx", "onnxscript"):
    assert importlib.util.find_spec(name) is None, name
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="links want rights on Windows"),
]


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    return environment_without(tmp_path_factory.mktemp("bare") / "venv", TORCH)


def test_samples_are_drawn_where_torch_is_not_installed(python, tmp_path):
    assert run_in(python, "-c", ABSENT).returncode == 0
    out = tmp_path / "samples.npy"
    command = ["sample", str(MODEL), "--count", "5", "--seed", "40", "--out", str(out)]
    done = run_in(python, "-m", "satstudio", *command)
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(out), generate(MODEL, range(40, 45)))


def test_training_says_in_one_sentence_that_torch_is_missing(python, tmp_path):
    command = ["train", str(tmp_path), "--out", str(tmp_path / "run")]
    done = run_in(python, "-m", "satstudio", *command)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1
    assert "torch" in done.stderr.lower()


def test_methods_say_why_none_can_train(python):
    done = run_in(python, "-m", "satstudio", "methods", "--json")
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert "torch" in (done.stdout + done.stderr).lower()

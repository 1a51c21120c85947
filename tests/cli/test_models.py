"""models convert: a worker reads the file, what it made is told, and what is none is refused."""

import json
import subprocess
import sys

import pytest
from bare_environment import environment_without, run_in

from satstudio.cli.main import main
from satstudio.core.files.replacing import sha256_of
from satstudio.jobs.job import KINDS
from satstudio.restore.models.model_file import read_card


def run(*words):
    return subprocess.run(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


def refused(words, capsys):
    assert main([str(word) for word in words]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.mark.learn
@pytest.mark.slow
def test_a_file_of_weights_becomes_a_model_file_with_its_card(tmp_path, capsys):
    import torch  # lazy: 4 seconds

    from satstudio.learn.nets.log_unet import seeded_weights

    weights, out = tmp_path / "mine.pth", tmp_path / "o.onnx"
    torch.save(seeded_weights(0), weights)
    convert = ["models", "convert", "merlin", weights, "--out", out]
    assert "say --sensor stripmap, spotlight or sentinel1" in refused(convert, capsys)
    done = run(*convert, "--sensor", "spotlight", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {
        "path": str(out),
        "network": "merlin_spotlight",
        "reason": "you say so",
        "weights_sha256": sha256_of(weights),
    }
    assert read_card(out).method == "merlin_spotlight"
    assert "exists" in refused([*convert, "--sensor", "spotlight"], capsys)


@pytest.mark.learn
@pytest.mark.slow
@pytest.mark.parametrize("network", ["merlin", "sar2sar"])
def test_a_file_that_is_no_weights_is_refused(tmp_path, capsys, network):
    path = tmp_path / "w.pth"
    path.write_bytes(b"nothing")
    words = ["models", "convert", network, path, "--out"]
    assert "w.pth is no file of weights that can be read safely" in refused(
        [*words, tmp_path / "o.onnx"], capsys
    )
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_usage_is_told_in_one_sentence(tmp_path, capsys):
    path = tmp_path / "w.onnx"
    path.write_bytes(b"nothing")
    words = ["models", "convert", "merlin", path, "--out"]
    assert "must end with .onnx" in refused([*words, tmp_path / "o.pth"], capsys)
    assert "w.onnx" in refused([*words, path, "--overwrite"], capsys)
    assert "'x' is not one of" in refused([*words, tmp_path / "o.onnx", "--sensor", "x"], capsys)


def test_conversions_are_jobs_of_a_worker():
    assert {"convert_merlin", "convert_sar2sar"} <= set(KINDS)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="links want rights on Windows")
def test_without_torch_it_says_what_is_missing(tmp_path):
    path = tmp_path / "w.pth"
    path.write_bytes(b"nothing")
    absent = ("torch", "torchvision", "torchmetrics", "safetensors", "onnx", "onnxscript")
    python = environment_without(tmp_path / "venv", absent)
    out = tmp_path / "o.onnx"
    words = ("-m", "satstudio", "models", "convert", "sar2sar", str(path), "--out", str(out))
    done = run_in(python, *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'torch' is missing" in done.stderr

"""Sets of images on the command line: the same numbers as in Python, clear refusals."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from bare_environment import environment_without, run_in
from made_features import features_card, made_network, rough_images

from satstudio.bench.set_scores import SetScoreRecipe, score_sets
from satstudio.cli.main import main
from satstudio.core.progress import Progress
from satstudio.restore.features.choice import ExtractorRecipe


@pytest.fixture
def pair(tmp_path):
    paths = tmp_path / "real.npy", tmp_path / "made.npy"
    for path, images in zip(paths, (rough_images(80, 1), rough_images(60, 2)), strict=True):
        np.save(path, images)
    return paths


def document(words, capsys):
    assert main([*map(str, words), "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def refused(words, capsys):
    assert main([str(word) for word in words]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


def test_the_command_line_gives_what_python_gives(pair, tmp_path, capsys):
    net = made_network(tmp_path / "net.onnx", features_card())
    bands = ["--bands", "3,2,1", "--stretch", "0,1", "--resize", "clean"]
    choice = {"bands": (3, 2, 1), "stretch": (0, 1), "resize": "clean"}
    for features, words, more in (
        ("handcrafted", [], {}),
        ("random", [], {}),
        (net, bands, choice),
    ):
        found = document(
            ["score", *pair, "--features", features, *words, "--metrics", "fd,precision",
             "--resamples", 20], capsys
        )  # fmt: skip
        recipe = SetScoreRecipe(
            extractor=ExtractorRecipe(features=str(features), **more),
            metrics=("fd", "precision"),
            resamples=20,
        )
        known = score_sets(*pair, recipe, Progress())
        assert list(found) == list(known)
        for name, one in known.items():
            assert found[name]["value"] == one.value
            assert found[name]["definition"] == one.definition
            assert found[name]["note"] == one.note
            assert found[name]["parts"] == dict(one.parts)
            assert found[name]["n"] == 60
    assert list(found) == ["fd_custom@clean", "kid_custom@clean", "precision_custom@clean"]


def test_people_read_the_number_with_its_definition_and_warning(pair, capsys):
    assert main(["score", *map(str, pair), "--features", "random"]) == 0
    told = capsys.readouterr().out
    for part in ("fd_random", "kid_random", "n 80 and 60", "red: n 60", "interval_low"):
        assert part in told


def test_wrong_usage_is_told_in_one_sentence(pair, tmp_path, capsys):
    score = ["score", *pair]
    features = [*score, "--features", "handcrafted"]
    assert "not for" not in refused([*score, "--resize", "tf1"], capsys)
    assert "say --features" in refused([*score, "--bands", "1,2,3"], capsys)
    assert "are for scenes" in refused([*features, "--data-range", "1"], capsys)
    assert "are for scenes" in refused([*features, "--window", "0,0,2,2"], capsys)
    assert "no features 'good'" in refused([*score, "--features", "good"], capsys)
    assert "3 numbers" in refused([*features, "--bands", "1,2"], capsys)
    assert "belong to an ONNX file" in refused([*features, "--resize", "tf1"], capsys)
    assert "none of features" in refused([*features, "--metrics", "psnr"], capsys)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"broken")
    assert "broken.onnx" in refused([*score, "--features", broken, "--resize", "tf1"], capsys)
    few = tmp_path / "few.npy"
    np.save(few, rough_images(20))
    assert "too few" in refused(["score", pair[0], few, "--features", "handcrafted"], capsys)


@pytest.mark.slow
def test_features_and_rules_are_listed(capsys):
    found = document(["features", "list"], capsys)
    assert {"handcrafted", "random"} <= set(found["features"])
    assert set(found["resize"]) == {"tf1", "ptfid", "clean"}
    assert main(["features", "list"]) == 0
    assert "torch-fidelity" in capsys.readouterr().out
    kinds = {(row["kind"], row["name"]) for row in document(["plugins"], capsys)}
    assert {("extractor", "handcrafted"), ("extractor", "random")} <= kinds


def test_the_card_of_a_network_of_features_is_shown(tmp_path, capsys):
    net = made_network(tmp_path / "net.onnx", features_card())
    found = document(["card", net], capsys)
    assert (found["task"], found["resize"], found["n_features"]) == ("features", "tf1", 5)


def test_a_model_of_features_restores_nothing(tmp_path, pair, capsys):
    net = made_network(tmp_path / "net.onnx", features_card())
    words = ["sample", net, "--out", tmp_path / "o.npy"]
    assert "gives features, not images" in refused(words, capsys)


@pytest.mark.learn
@pytest.mark.slow
def test_a_file_that_is_no_weights_is_refused_by_convert(tmp_path, capsys):
    path = tmp_path / "w.pth"
    path.write_bytes(b"nothing")
    words = ["features", "convert", path, "--out"]
    assert "read safely" in refused([*words, tmp_path / "o.onnx"], capsys)
    assert "must end with .onnx" in refused([*words, tmp_path / "o.pth"], capsys)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="links want rights on Windows")
def test_without_torch_sets_are_scored_and_convert_says_what_is_missing(tmp_path, pair):
    absent = ("torch", "torchvision", "torchmetrics", "safetensors", "onnx", "onnxscript")
    python = environment_without(tmp_path / "venv", absent)
    net = made_network(tmp_path / "net.onnx", features_card())
    for features in ("handcrafted", str(net)):
        words = ["score", *map(str, pair), "--features", features, "--resamples", "0"]
        if features != "handcrafted":
            words += ["--bands", "1,2,3", "--stretch", "0,1"]
        done = run_in(python, "-m", "satstudio", *words)
        assert done.returncode == 0, done.stderr
    done = run_in(
        python,
        "-m",
        "satstudio",
        "features",
        "convert",
        str(net),
        "--out",
        str(tmp_path / "o.onnx"),
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'torch' is missing" in done.stderr


def test_help_shows_an_example():
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", "features", "convert", "--help"],
        check=True, capture_output=True, text=True, env=dict(os.environ),
    )  # fmt: skip
    assert "Example: satstudio features convert" in done.stdout

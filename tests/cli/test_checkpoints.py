"""export and sample of any checkpoint of a run; bad settings of a training, as one types them."""

import json
import subprocess
import sys

import pytest
from made_patches import made_patches


def typed(*words):
    """Run a command; returns its exit status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.learn
@pytest.mark.slow
@pytest.mark.nightly
def test_any_checkpoint_is_exported_and_sampled_by_its_name(tmp_path):
    patches, run = made_patches(tmp_path / "patches"), tmp_path / "run"
    chosen = ["--method", "cvwgan/tiny", "--steps", "5", "--set", "checkpoint_every_s=1e-9"]
    assert typed("train", patches, *chosen, "--set", "keep_checkpoints=4", "--out", run)[0] == 0
    best = json.loads((run / "run.json").read_text("utf-8"))["best"]["step"]
    for which in ("best", "3", run / "checkpoints/step-000000004.safetensors"):
        out = tmp_path / "made.onnx"
        out.unlink(missing_ok=True)
        assert typed("export", run, "--checkpoint", which, "--out", out)[0] == 0
        assert out.is_file()
    code, out, said = typed("export", run, "--checkpoint", "77", "--out", tmp_path / "none.onnx")
    assert (code, out) == (2, "")
    assert f"no checkpoint '77'; it has best (step {best}), newest (step 5), step 2" in said
    assert not (tmp_path / "none.onnx").exists()
    pictures = []
    for which in ("2", "newest"):
        made = tmp_path / f"{which}.npy"
        assert typed("sample", run, "--checkpoint", which, "--count", "2", "--out", made)[0] == 0
        pictures.append(made.read_bytes())
    assert pictures[0] != pictures[1]
    code, _, said = typed("sample", tmp_path / "made.onnx", "--checkpoint", "2", "--out", made)
    assert code == 2
    assert "is no run" in said


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (["a=3", "a.x=1"], "'a.x=1' reaches into 'a', which is 3 and no table"),
        (["a=" + "[" * 3000], "nested too deeply"),
        ([".".join("a" * 3000) + "=1"], "nested too deeply"),
    ],
)
def test_settings_that_make_no_recipe_are_refused_in_one_sentence(tmp_path, settings, reason):
    words = [word for text in settings for word in ("--set", text)]
    code, out, said = typed("train", tmp_path, *words, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert reason in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_recipe_that_is_nested_too_deeply_is_refused_in_one_sentence(tmp_path):
    recipe = tmp_path / "deep.toml"
    recipe.write_text("options = " + "[" * 3000 + "]" * 3000, "utf-8")
    code, out, said = typed("train", tmp_path, "--recipe", recipe, "--out", tmp_path / "run")
    assert (code, out) == (2, "")
    assert "deep.toml: its tables and lists are nested too deeply." in said
    assert said.count("\n") == 1

import json
import os
import signal
import subprocess
import sys

import pytest
import torch

from satstudio.core.progress import Progress
from satstudio.core.system.processes import mark_of
from satstudio.learn.__main__ import main
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import train

DOOR = (sys.executable, "-m", "satstudio.learn")


@pytest.fixture
def recipe_file(recipe, tmp_path):
    return recipe.save(tmp_path / "recipe.toml")


def test_a_killed_run_goes_on_to_the_same_weights(patches, recipe, tmp_path):
    """kill -9 in the middle, a half-written file left behind, resume; against an unbroken run."""
    often = recipe.changed(steps=60, checkpoint_every_s=0.05, log_every_s=0.1, sample_every_s=1e6)
    whole = train(patches, often.changed(checkpoint_every_s=60), tmp_path / "whole", Progress())
    out, file = tmp_path / "run", often.save(tmp_path / "often.toml")
    child = subprocess.Popen(
        [*DOOR, str(patches), "--recipe", str(file), "--out", str(out), "--set", "steps=1000000"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    with child:
        saved = 0
        for line in child.stderr:
            event = json.loads(line)
            saved += event["ev"] == "saved"
            if saved == 3 or event.get("step", 0) > 50:
                os.kill(child.pid, signal.SIGKILL)
                break
    assert child.wait() == -signal.SIGKILL
    assert json.loads((out / "run.json").read_text())["status"] == "running"
    half = f".step-000000099.part-{mark_of(os.getpid())[:-8]}00000000-7.safetensors"
    (out / "checkpoints" / half).write_bytes(b"half")
    at = newest_checkpoint(out / "checkpoints").step
    assert 0 < at < 60
    train(patches, often, out, Progress(), resume=True)
    wanted, found = (newest_checkpoint(path / "checkpoints") for path in (whole, out))
    assert wanted.step == found.step == 60
    assert all(torch.equal(value, found.tensors[key]) for key, value in wanted.tensors.items())
    assert not list(out.rglob("*.part-*"))


def test_settings_and_limits_of_the_command_count(patches, recipe_file, tmp_path, capsys):
    arguments = [str(patches), "--recipe", str(recipe_file), "--out", str(tmp_path / "run")]
    assert main([*arguments, "--steps", "3", "--set", "gp=5"]) == 0
    told = json.loads((tmp_path / "run/run.json").read_text())
    assert told["steps"] == 3
    assert "gp = 5.0" in (tmp_path / "run/recipe.toml").read_text()
    assert main([str(patches), "--out", str(tmp_path / "run"), "--resume", "--steps", "5"]) == 0
    assert json.loads((tmp_path / "run/run.json").read_text())["steps"] == 5


def test_bad_input_is_one_sentence_and_exit_code_2(patches, tmp_path, capsys):
    assert main([str(tmp_path), "--out", str(tmp_path / "run")]) == 2
    told = capsys.readouterr().err
    assert "no patch set" in told
    assert told.count("\n") == 1

"""Ctrl-C on the command line: exit status 130, one sentence, nothing half-written."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from made import made_complex, write_geotiff

from satstudio.core.progress import Progress
from satstudio.patches.cut import PatchRecipe, cut_patches

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def started(words):
    """Start the program as a terminal does: in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "satstudio", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def interrupted(process, is_time):
    """Press Ctrl-C when it is time; return what the program said."""
    while process.poll() is None and not is_time():
        pass
    os.killpg(process.pid, signal.SIGINT)
    out, text = process.communicate(timeout=60)
    assert process.returncode == 130, text
    assert out == ""
    assert text == "Stopped by the user.\n"


def test_a_stopped_cut_leaves_nothing_half_written(tmp_path):
    scene = write_geotiff(tmp_path / "large.tif", np.ones((6000, 6000), np.complex64), tiled=True)
    words = ["patches", "cut", scene, "--size", "8", "--stride", "1", "--out", tmp_path / "out"]
    interrupted(started(words), lambda: list(tmp_path.glob(".out.part*")))
    assert [path.name for path in tmp_path.iterdir()] == ["large.tif"]


@pytest.mark.learn
@pytest.mark.slow
def test_a_stopped_training_has_a_checkpoint_and_goes_on(tmp_path):
    recipe = PatchRecipe(size_px=16, stride_px=16)
    patches = cut_patches([made_complex(tmp_path)], recipe, tmp_path / "patches", Progress())
    run = tmp_path / "run"
    words = ["train", patches, "--out", run]
    chosen = ["--method", "cvwgan/tiny", "--set", "log_every_s=0"]
    interrupted(started([*words, *chosen]), (run / "log.jsonl").exists)
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert facts["status"] == "stopped"
    assert list((run / "checkpoints").glob(f"step-*{facts['steps']}.safetensors"))
    steps = str(facts["steps"] + 2)
    with started([*words, "--resume", "--steps", steps]) as process:
        assert process.wait(60) == 0
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert (facts["status"], str(facts["steps"])) == ("done", steps)

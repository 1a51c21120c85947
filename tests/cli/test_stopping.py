"""Ctrl-C on the command line: exit status 130, one sentence, nothing half-written."""

import json
import os
import signal
import subprocess
import sys
import time

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


DEAF = """
import sys, time
from satstudio.cli.commands import inspecting as look
from satstudio.cli.main import main

def crop_scene(*arguments, **options):
    {work}

look.crop_scene = crop_scene
print("ready", flush=True)
sys.exit(main(["crop", "a.tif", "--window", "0,0,1,1", "--out", "b.tif"]))
"""
BUSY = "while True: time.sleep(0.01)"  # hears the signal, never asks whether to stop

IN_C = "import hashlib; hashlib.pbkdf2_hmac('sha256', b'a', b'b', 2**31 - 1)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("work", [BUSY, IN_C], ids=["busy", "one call of C"])
def test_work_that_never_asks_whether_to_stop_ends_within_two_seconds(number, work):
    with subprocess.Popen(
        [sys.executable, "-c", DEAF.format(work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)  # until it is in the middle of it
        start = time.monotonic()
        process.send_signal(number)
        _, text = process.communicate(timeout=30)
        assert (process.returncode, text) == (130, "Stopped by the user.\n")
        assert time.monotonic() - start < 3

"""Training survives: the window a crash of training, the run a kill -9."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from made import made_complex
from safetensors import safe_open

from satstudio.core.files.replacing import sha256_of
from satstudio.core.progress import Progress
from satstudio.jobs.client import WorkerClient, run_job
from satstudio.jobs.job import Job
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe

pytestmark = [
    pytest.mark.slow,
    pytest.mark.learn,
    pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX"),
]


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    scene = made_complex(tmp_path, 256, 256)
    recipe = PatchRecipe(size_px=16, stride_px=16)
    return cut_patches([scene], recipe, tmp_path / "patches", Progress())


def training(patches: Path, run: Path, *, resume: bool = False, **choices: object) -> Job:
    recipe = {"preset": "tiny", "checkpoint_every_s": 0.3, "sample_every_s": 60, **choices}
    arguments = {"patches": str(patches), "recipe": recipe, "run_dir": str(run), "resume": resume}
    return Job.build({"kind": "train", "arguments": arguments, "nice": 0})


def test_a_run_goes_on_after_kill_9(patches: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    saved = 0
    for attempt in range(3):  # killed at another moment each time, also while it saves
        with WorkerClient(training(patches, run, resume=attempt > 0)) as client:
            for event in client.events():
                if event.name == "saved" and event.fields["step"] > saved:
                    saved = event.fields["step"]
                    os.kill(client.pid, signal.SIGKILL)
        assert event.name == "error"
        assert "SIGKILL" in event.text
        assert "continue from the last checkpoint" in event.text

    steps = saved + 5
    run_job(training(patches, run, resume=True, steps=steps), Progress())
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert (facts["status"], facts["steps"]) == ("done", steps)
    log = [json.loads(line) for line in (run / "log.jsonl").read_text("utf-8").splitlines()]
    counted = [line["step"] for line in log]
    assert counted == sorted(set(counted))
    assert not [path for path in run.rglob("*") if ".part" in path.name]


@pytest.mark.nightly
def test_a_run_that_was_killed_at_once_still_begins_with_the_weights_it_was_given(
    patches: Path, tmp_path: Path
) -> None:
    first, model, run = tmp_path / "first", tmp_path / "first.onnx", tmp_path / "run"
    tiny = {"method": "despeckle", "threads": 1, "keep_checkpoints": 9}
    run_job(training(patches, first, steps=3, **tiny), Progress())
    export = {"run_dir": str(first), "out": str(model)}
    run_job(Job.build({"kind": "export", "arguments": export, "nice": 0}), Progress())
    begun = {**tiny, "start": str(model), "steps": 2}
    with WorkerClient(training(patches, run, **begun)) as client:
        for event in client.events():
            if (run / "recipe.toml").is_file() and event.name not in ("error", "done"):
                os.kill(client.pid, signal.SIGKILL)
                break
        *_, last = client.events()
    assert "SIGKILL" in last.text
    run_job(training(patches, run, resume=True, **begun), Progress())
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert (facts["status"], facts["steps"]) == ("done", 2)
    assert facts["start"] == {"path": str(model), "sha256": sha256_of(model), "fresh": ""}
    with safe_open(run / "checkpoints" / "step-000000000.safetensors", "numpy") as stream:
        begun_with = stream.get_tensor("shown.part.net._last.weight")
    (wanted,) = (
        onnx.numpy_helper.to_array(item)
        for item in onnx.load(model).graph.initializer
        if item.name == "part.net._last.weight"
    )
    assert np.array_equal(begun_with, wanted)


def test_a_stop_saves_and_the_run_goes_on_where_it_was(patches: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with WorkerClient(training(patches, run)) as client:
        has_asked = False
        for event in client.events():
            if event.name == "logged" and not has_asked:  # a second stop would be a kill
                client.stop()
                has_asked = True
        assert event.name == "stopped"
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert facts["status"] == "stopped"
    run_job(training(patches, run, resume=True, steps=facts["steps"] + 2), Progress())
    again = json.loads((run / "run.json").read_text("utf-8"))
    assert (again["status"], again["steps"]) == ("done", facts["steps"] + 2)


LIMITED = """
import json, resource, signal, sys
from pathlib import Path
from satstudio.core.errors import SatstudioError
from satstudio.core.progress import Progress
from satstudio.learn.loop.loop import TrainRecipe, train

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
patches, run, recipe = sys.argv[1:]
try:
    train(Path(patches), TrainRecipe.build(json.loads(recipe)), Path(run), Progress(), resume=True)
except SatstudioError as error:
    print(error)
    raise SystemExit(error.exit_code) from error
"""


def test_on_a_full_disk_a_run_ends_with_a_sentence_and_goes_on_when_there_is_room(
    patches: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    run_job(training(patches, run, steps=4), Progress())
    before = {path.name: path.read_bytes() for path in (run / "checkpoints").iterdir()}
    recipe = json.dumps(training(patches, run, steps=200).arguments["recipe"])
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, str(patches), str(run), recipe],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 2, child.stderr
    assert child.stdout.startswith("Cannot write")
    assert "free space" in child.stdout
    assert len(child.stdout.splitlines()) == 1
    after = {path.name: path.read_bytes() for path in (run / "checkpoints").iterdir()}
    assert after == before
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert (facts["status"], facts["message"]) == ("failed", child.stdout.strip())

    run_job(training(patches, run, resume=True, steps=8), Progress())
    facts = json.loads((run / "run.json").read_text("utf-8"))
    assert (facts["status"], facts["steps"]) == ("done", 8)

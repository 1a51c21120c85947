"""A worker process: one job in, events out, stop on stdin."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from satstudio.core.errors import Cancelled, InputError, RecipeError
from satstudio.core.progress import Progress
from satstudio.jobs import client as client_module
from satstudio.jobs.client import (
    WorkerClient,
    WorkerDiedError,
    WorkerFailedError,
    run_job,
    worker_command,
)
from satstudio.jobs.job import PROTOCOL, Job

COMMAND = (sys.executable, str(Path(__file__).with_name("kinds_for_tests.py")))


def started(kind, nice=0, environment=None, **arguments):
    job = Job(kind=kind, arguments=arguments, nice=nice)
    return WorkerClient(job, COMMAND, environment)


def events_of(kind, **arguments):
    with started(kind, **arguments) as client:
        return list(client.events())


def until_ready(client):
    events = client.events()
    for event in events:
        if event.name == "ready":
            return events
    raise AssertionError("the job was never ready")


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setattr(client_module, "worker_command", lambda: COMMAND)

    def run(kind, progress=None, **arguments):
        return run_job(Job(kind=kind, arguments=arguments, nice=0), progress or Progress())

    return run


def test_a_job_says_when_it_starts_and_what_it_made(tmp_path):
    events = events_of("echo", path=str(tmp_path), recipe={"size": 7})
    assert [event.name for event in events] == ["started", "done"]
    assert events[0].fields["protocol"] == PROTOCOL
    assert events[1].fields["result"] == str(tmp_path / "size-7")
    assert len({event.job for event in events}) == 1


def test_progress_is_told_ten_times_a_second_at_most_and_never_after_the_end():
    events = events_of("count", steps=20_000)
    names = [event.name for event in events]
    seconds = events[-1].time_s - events[0].time_s
    assert names.count("progress") <= 10 * seconds + 3
    assert names[-3:] == ["progress", "logged", "done"]  # what was held back came first
    assert events[-3].text == "step 19999"


def test_what_libraries_print_stays_out_of_the_protocol():
    with started("noisy", lines=5_000) as client:
        events = list(client.events())
    assert [event.name for event in events] == ["started", "done"]
    assert len(client.stderr_lines) == 200
    assert "a stray line of C" in client.stderr_lines


def test_a_job_stops_when_asked():
    with started("until_stopped") as client:
        events = until_ready(client)
        client.stop()
        assert list(events)[-1].name == "stopped"


def test_a_job_that_does_not_stop_is_killed_and_that_is_said():
    with started("deaf") as client:
        events = until_ready(client)
        client.stop(kill_after_s=0.2)
        last = list(events)[-1]
    assert last.name == "error"
    assert "did not stop in time" in last.text


def test_a_stop_leaves_nothing_half_written(tmp_path):
    with started("half", out=str(tmp_path / "result.txt")) as client:
        events = until_ready(client)
        client.stop()
        assert list(events)[-1].name == "stopped"
    assert list(tmp_path.iterdir()) == []


def test_a_worker_whose_window_is_gone_stops():
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    out, _ = process.communicate(Job(kind="until_stopped", nice=0).to_line(), timeout=60)
    assert process.returncode == Cancelled.exit_code
    assert json.loads(out.splitlines()[-1])["ev"] == "stopped"


def test_an_error_of_ours_is_a_sentence_without_a_traceback():
    last = events_of("bad")[-1]
    assert last.name == "error"
    assert last.fields == {
        "class": "InputError",
        "sentence": "There is no scene today; try tomorrow.",
        "exit_code": 2,
    }


def test_an_unexpected_error_brings_its_traceback():
    last = events_of("broken")[-1]
    assert last.fields["class"] == "ZeroDivisionError"
    assert "in broken" in last.fields["traceback"]


def test_a_death_is_told_with_its_signal_and_the_last_lines():
    last = events_of("die")[-1]
    assert last.name == "error"
    assert "SIGKILL" in last.text
    assert "memory ran out" in last.text
    assert "last words" in last.fields["stderr"]


def test_a_wrong_choice_is_named():
    last = events_of("echo", path="here", recipe={"size": 0})[-1]
    assert last.fields["class"] == "RecipeError"
    assert "recipe.size" in last.text


def test_an_argument_that_the_job_does_not_know_is_named():
    last = events_of("echo", path="here", recipe={}, colour="red")[-1]
    assert last.fields["class"] == "RecipeError"
    assert "colour" in last.text


def test_an_unknown_kind_names_what_there_is():
    last = events_of("fly")[-1]
    assert "no job 'fly'" in last.text
    assert "train" in last.text


def test_requests_reach_the_job():
    with started("asked") as client:
        events = until_ready(client)
        client.send("checkpoint")
        client.send("preview")
        assert list(events)[-1].fields["result"] == ["checkpoint", "preview"]
        with pytest.raises(ValueError, match="no such command"):
            client.send("explode")


def test_a_worker_steps_back_and_has_a_clean_environment(monkeypatch):
    monkeypatch.setenv("QT_SCALE_FACTOR", "2")
    monkeypatch.setenv("PROJ_DATA", "/of/another/program")
    with started("environment", nice=7, environment={"MARK": "1"}) as client:
        result = list(client.events())[-1].fields["result"]
    assert result["nice"] >= 7
    assert result["OMP_WAIT_POLICY"].lower() == "passive"
    assert int(result["OMP_NUM_THREADS"]) >= 1
    assert (result["MARK"], result["QT_SCALE_FACTOR"], result["PROJ_DATA"]) == ("1", None, None)
    assert not {"torch", "rasterio", "PySide6", "numpy"} & set(result["modules"])


def test_a_function_without_progress_and_with_a_recipe_as_result(run):
    assert run("plainly", size=3) == {"size": 3}


def test_run_job_gives_the_result_and_passes_progress_on(run):
    told, announced = [], []
    progress = Progress(
        lambda share, text: told.append(share),
        announce=lambda name, fields: announced.append((name, fields["step"])),
    )
    assert run("count", progress, steps=1000) == 1000
    assert told == sorted(told)
    assert announced == [("logged", 1000)]


def test_run_job_raises_the_workers_own_error(run):
    with pytest.raises(InputError, match="no scene today"):
        run("bad")
    with pytest.raises(RecipeError, match=r"recipe\.size"):
        run("echo", path="here", recipe={"size": -1})
    with pytest.raises(WorkerDiedError, match="SIGKILL"):
        run("die")
    with pytest.raises(WorkerFailedError, match="ZeroDivisionError") as caught:
        run("broken")
    assert "Traceback" in caught.value.details


def test_run_job_passes_the_wish_to_stop_on(run):
    is_ready = []
    progress = Progress(
        is_stopped=lambda: bool(is_ready), announce=lambda name, fields: is_ready.append(name)
    )
    with pytest.raises(Cancelled):
        run("until_stopped", progress)


def test_a_program_that_cannot_start_says_so():
    with pytest.raises(WorkerDiedError, match="Cannot start the worker"):
        WorkerClient(Job(kind="echo"), ("/no/such/program",)).start()


def test_the_installed_program_starts_its_console_twin(monkeypatch, tmp_path):
    for name in ("satstudio", "satstudio-cli"):
        (tmp_path / name).touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "satstudio"))
    assert worker_command() == (str(tmp_path / "satstudio-cli"), "worker")


def test_the_door_of_a_worker_needs_a_job():
    process = subprocess.run(
        [sys.executable, "-m", "satstudio", "worker"], input="nonsense\n", capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert process.returncode == InputError.exit_code
    assert json.loads(process.stdout)["class"] == "InputError"

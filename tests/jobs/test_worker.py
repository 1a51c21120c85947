"""A worker process: one job in, events out, stop on stdin."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from satstudio.core.errors import Cancelled, InputError, RecipeError
from satstudio.core.progress import Progress
from satstudio.jobs import client as client_module
from satstudio.jobs.client import WorkerClient, run_job, worker_command
from satstudio.jobs.job import PROTOCOL, Job
from satstudio.jobs.worker_errors import WorkerDiedError, WorkerFailedError

PATIENCE_S = 6.0
"""Two seconds, and what a busy machine adds to them."""

COMMAND = (sys.executable, str(Path(__file__).with_name("kinds_for_tests.py")))


def started(kind, nice=0, environment=None, **arguments):
    job = Job(kind=kind, arguments=arguments, nice=nice)
    return WorkerClient(job, COMMAND, environment)


def events_of(kind, **arguments):
    with started(kind, **arguments) as client:
        return list(client.events())


def lives(number):
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


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


# ---------------------------------------------------------------- stopped before it began


def test_a_stop_before_the_process_exists_is_kept_and_no_process_is_made():
    client = started("deaf")
    client.stop()
    with client:
        (last,) = client.events()
    assert (last.name, last.text) == ("stopped", "Stopped before it began.")
    assert client.pid is None


def test_a_kill_before_the_process_exists_is_kept():
    client = started("deaf")
    client.kill()
    with client:
        assert [event.name for event in client.events()] == ["stopped"]
    assert client.pid is None


@pytest.mark.parametrize("wish", ["stop", "kill"])
def test_what_is_asked_for_while_the_process_is_made_is_carried_out(monkeypatch, wish):
    """A second thread asks between the decision to start and the finished start."""
    client, made = started("deaf"), []
    popen = subprocess.Popen

    def slowly(*arguments, **options):
        getattr(client, wish)()
        made.append(popen(*arguments, **options))
        return made[0]

    monkeypatch.setattr(client_module.subprocess, "Popen", slowly)
    begun = time.monotonic()
    with client:
        last = list(client.events())[-1]
    assert last.name == "stopped"
    assert made[0].returncode is not None
    assert time.monotonic() - begun < PATIENCE_S


def test_a_stop_ends_a_job_that_still_imports(monkeypatch):
    """What training imports takes many seconds; nothing is half-written yet."""
    with started("slow_import") as client:
        events = client.events()
        assert next(events).name == "started"
        begun = time.monotonic()
        client.stop()
        last = list(events)[-1]
    assert (last.name, last.text) == ("stopped", "Stopped before it began.")
    assert time.monotonic() - begun < PATIENCE_S


def test_a_process_that_does_not_come_to_its_job_is_killed_two_seconds_after_a_stop(monkeypatch):
    command = (sys.executable, "-c", "import time; time.sleep(600)")
    client = WorkerClient(Job(kind="crop"), command)
    with client:
        begun = time.monotonic()
        client.stop()
        (last,) = client.events()
    assert (last.name, last.text) == ("stopped", "Stopped before it began.")
    assert time.monotonic() - begun < PATIENCE_S


def test_a_second_stop_is_a_kill():
    with started("deaf") as client:
        events = until_ready(client)
        client.stop()
        client.stop()
        begun = time.monotonic()
        last = list(events)[-1]
    assert last.name == "stopped"
    assert last.text.startswith("Ended at once")
    assert time.monotonic() - begun < PATIENCE_S


def test_a_kill_is_told_as_one():
    with started("deaf") as client:
        events = until_ready(client)
        client.kill()
        last = list(events)[-1]
    assert last.name == "error"
    assert "was ended at once" in last.text


def test_a_kill_ends_what_the_worker_started_too():
    with started("parent") as client:
        events = client.events()
        child = next(event.fields["child"] for event in events if event.name == "ready")
        begun = time.monotonic()
        client.kill()
        assert list(events)[-1].is_final
    while (is_alive := lives(child)) and time.monotonic() - begun < PATIENCE_S:
        time.sleep(0.05)  # the kernel tells of a kill before it has carried it out
    assert not is_alive
    assert time.monotonic() - begun < PATIENCE_S


def test_what_is_asked_for_before_the_process_exists_reaches_the_job():
    client = started("asked")
    client.send("checkpoint")
    client.send("preview")
    with client:
        assert list(client.events())[-1].fields["result"] == ["checkpoint", "preview"]


# ---------------------------------------------------------------- questions and answers


def replies(events, count):
    """The next replies by their number."""
    found = {}
    for event in events:
        if event.number is not None:
            found[event.number] = event
        if len(found) == count:
            return found
    raise AssertionError(f"{count} replies were to come, {len(found)} came")


def test_questions_are_answered_while_the_worker_lives():
    with started("answering") as client:
        events = until_ready(client)
        numbers = [client.ask("square", {"number": number}) for number in (3, 4, 5)]
        found = replies(events, 3)
        assert [found[number].fields["answer"] for number in numbers] == [
            {"square": 9}, {"square": 16}, {"square": 25},
        ]  # fmt: skip
        assert {event.name for event in found.values()} == {"answer"}
        client.stop()
        assert list(events)[-1].name == "stopped"


def test_the_lines_of_the_protocol_are_what_other_programs_may_rely_on():
    process = subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdin.write(Job(kind="answering", nice=0).to_line())
    process.stdin.write(json.dumps({"ask": "square", "id": 7, "number": 6}) + "\n")
    process.stdin.write(json.dumps({"ask": "wrong", "id": 8}) + "\n")
    process.stdin.flush()
    lines = [json.loads(process.stdout.readline()) for _ in range(4)]
    process.communicate("stop\n", timeout=60)
    assert [line["ev"] for line in lines] == ["started", "ready", "answer", "error"]
    assert (lines[2]["answer"], lines[2]["id"]) == ({"square": 36}, 7)
    assert (lines[3]["sentence"], lines[3]["id"]) == ("There is no scene today; try tomorrow.", 8)


def test_a_question_before_the_process_exists_is_kept():
    client = started("answering")
    number = client.ask("square", {"number": 2})
    with client:
        assert replies(client.events(), 1)[number].fields["answer"] == {"square": 4}


def test_a_newer_question_ends_the_older_one_at_work_and_both_are_told():
    with started("answering") as client:
        events = until_ready(client)
        old = client.ask("endless", {"wait": True})
        deadline = time.monotonic() + 30
        while "at work" not in client.stderr_lines and time.monotonic() < deadline:
            time.sleep(0.01)
        new = client.ask("endless", {"wait": False})
        found = replies(events, 2)
    assert found[old].fields["class"] == "Cancelled"
    assert found[new].fields["answer"] == {"end": "reached"}


def test_an_error_about_one_question_is_not_the_end():
    with started("answering") as client:
        events = until_ready(client)
        asked = {
            kind: client.ask(kind, fields)
            for kind, fields in (
                ("wrong", {}), ("broken", {}), ("unknown", {}), ("array", {"number": "x"}),
                ("square", {"number": 1}),
            )
        }  # fmt: skip
        found = replies(events, len(asked))
        assert found[asked["wrong"]].text == "There is no scene today; try tomorrow."
        assert "in broken" in found[asked["broken"]].fields["traceback"]
        assert "answers no 'unknown'; it knows: square" in found[asked["unknown"]].text
        assert found[asked["array"]].fields["class"] == "RecipeError"
        assert "array: number" in found[asked["array"]].text
        assert found[asked["square"]].fields["answer"] == {"square": 1}
        assert client.is_running


def test_a_job_that_answers_nothing_says_so():
    with started("until_stopped") as client:
        events = until_ready(client)
        number = client.ask("square", {"number": 1})
        assert "answers no questions" in replies(events, 1)[number].text


def test_a_job_may_answer_between_its_steps():
    with started("between_steps") as client:
        events = until_ready(client)
        number = client.ask("enough", {})
        rest = list(events)
    (reply,) = [event for event in rest if event.number == number]
    assert rest[-1].name == "done"
    assert rest[-1].fields["result"] == reply.fields["answer"]["step"] > 0


def test_a_serving_worker_ends_at_once_when_it_is_to_stop():
    with started("answering") as client:
        events = until_ready(client)
        begun = time.monotonic()
        client.stop()
        assert list(events)[-1].name == "stopped"
    assert time.monotonic() - begun < PATIENCE_S


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_job_that_is_let_go_outlives_its_client_and_its_terminal_and_still_heeds_a_signal():
    with started("until_stopped") as client:
        events = until_ready(client)
        client.detach()
        last = [event.name for event in events][-1]
        number = client.pid
    client.kill()  # it is not ours any more
    assert last == "detached"
    time.sleep(0.3)
    assert lives(number)
    assert os.getsid(number) == number, "the terminal's end is not its end"
    os.kill(number, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == Cancelled.exit_code

"""WarmWorker: one process that is asked; real child processes."""

import sys
import time
from pathlib import Path

import psutil
import pytest

from satstudio.core.job_requests import RequestKind
from satstudio.gui.jobs.warm_worker import WarmWorker
from satstudio.jobs import client as client_module

COMMAND = (sys.executable, str(Path(__file__).parents[1] / "jobs/kinds_for_tests.py"))
ASKED = (
    RequestKind("square", is_newest_only=False),
    *(RequestKind(name) for name in ("endless", "array", "die", "wrong", "broken")),
)


@pytest.fixture
def warm(qtbot, monkeypatch):
    monkeypatch.setattr(client_module, "worker_command", lambda: COMMAND)
    made = WarmWorker("answering", ASKED, nice=0)
    made.told = []
    made.answered.connect(lambda kind, fields: made.told.append((kind, dict(fields))))
    yield made
    made.close()


def wait_told(warm, qtbot, count=1):
    qtbot.waitUntil(lambda: len(warm.told) >= count, timeout=60_000)


def test_every_question_of_a_kind_that_keeps_all_is_answered(warm, qtbot):
    for number in range(5):
        warm.ask("square", {"number": number})
    wait_told(warm, qtbot, 5)
    assert [fields["square"] for _, fields in warm.told] == [0, 1, 4, 9, 16]
    assert not warm.is_waiting("square")


def test_a_stale_answer_is_not_told(warm, qtbot):
    """The older answer is on its way when the newer question is asked."""
    warm.ask("array", {"number": 1})
    (old,) = warm._open
    qtbot.waitUntil(lambda: warm.pid is not None, timeout=20_000)
    deadline = time.monotonic() + 60
    while not (warm.folder / "1.bin").is_file() and time.monotonic() < deadline:
        time.sleep(0.01)  # the window's thread is busy: the answer waits in its queue
    time.sleep(0.2)
    warm.ask("array", {"number": 2})
    assert old not in warm._open
    wait_told(warm, qtbot)
    warm.ask("square", {"number": 1})
    wait_told(warm, qtbot, 2)
    assert [kind for kind, _ in warm.told] == ["array", "square"]
    assert Path(warm.told[0][1]["path"]).name == "2.bin"
    assert not (warm.folder / "1.bin").exists(), "nobody reads it"


def test_an_error_is_the_sentence_of_its_question_and_the_process_lives_on(warm, qtbot):
    warm.ask("wrong", {})
    wait_told(warm, qtbot)
    pid = warm.pid
    warm.ask("square", {"number": 3})
    wait_told(warm, qtbot, 2)
    assert warm.told[0] == ("wrong", {"sentence": "There is no scene today; try tomorrow."})
    assert warm.told[1] == ("square", {"square": 9})
    assert warm.pid == pid


def test_a_process_that_dies_unasked_is_one_clear_error_and_the_next_question_starts_another(
    warm, qtbot
):
    warm.ask("square", {"number": 1})
    wait_told(warm, qtbot)
    first = warm.pid
    warm.ask("die", {})
    wait_told(warm, qtbot, 2)
    kind, fields = warm.told[1]
    assert kind == "die"
    assert "SIGKILL" in fields["sentence"]
    assert len(warm.told) == 2
    warm.ask("square", {"number": 5})
    wait_told(warm, qtbot, 3)
    assert warm.told[2] == ("square", {"square": 25})
    assert warm.pid != first


def test_a_question_is_not_kept_waiting_by_a_process_that_is_let_go(warm, qtbot):
    warm.ask("endless", {"wait": True})
    qtbot.waitUntil(lambda: warm.pid is not None, timeout=20_000)
    first = warm.pid
    warm.forget("endless")
    warm.release()
    warm.ask("square", {"number": 4})
    wait_told(warm, qtbot)
    assert warm.told == [("square", {"square": 16})]
    assert warm.pid != first
    qtbot.waitUntil(lambda: not psutil.pid_exists(first), timeout=20_000)


@pytest.mark.parametrize("wait_ms", [0, 50, 300])
def test_closing_right_after_a_question_does_not_block_and_leaves_no_process(warm, qtbot, wait_ms):
    warm.ask("endless", {"wait": True})
    qtbot.wait(wait_ms)
    runner = warm._runner
    begun = time.monotonic()
    warm.close()
    assert time.monotonic() - begun < 2.0
    assert runner.wait(20_000)
    assert runner.pid is None or not psutil.pid_exists(runner.pid)
    assert warm.told == []

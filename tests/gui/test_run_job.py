import os
import re
import signal
from pathlib import Path
from threading import Thread

import pytest
from made import made_slc
from PySide6.QtCore import QObject, QThread, Slot

import satstudio.gui
from satstudio.core.errors import Cancelled
from satstudio.gui.jobs.run_job import JobCenter

GUI = Path(satstudio.gui.__file__).parent


@pytest.fixture
def jobs(qtbot):
    center = JobCenter()
    yield center
    center.close(15_000)
    qtbot.waitUntil(lambda: not center.running, timeout=15_000)


class Listener(QObject):
    """Notes what is told, and in which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.threads: set[bool] = set()

    @Slot(object)
    def take(self, event) -> None:
        self.names.append(event.name)
        self.threads.add(QThread.currentThread() is self.thread())


def cut(jobs, scene, out, count=20):
    arguments = {"scenes": [scene], "recipe": {"size_px": 16, "count": count}, "out": out}
    return jobs.start("cut", arguments, "Cut")


def test_a_job_runs_in_a_process_and_tells_in_the_windows_thread(jobs, qtbot, tmp_path):
    listener = Listener()
    task = cut(jobs, made_slc(tmp_path), tmp_path / "set")
    task.told.connect(listener.take)
    qtbot.waitUntil(lambda: task.has_ended, timeout=60_000)
    assert task.state == "done", task.text
    assert Path(task.result) == tmp_path / "set"
    assert listener.names[-1] == "done"
    assert listener.threads == {True}
    assert task.share == 1.0


def test_an_expected_error_is_its_sentence(jobs, qtbot, tmp_path):
    task = cut(jobs, tmp_path / "gone.tif", tmp_path / "set")
    qtbot.waitUntil(lambda: task.has_ended, timeout=60_000)
    assert task.state == "failed"
    assert "gone.tif" in task.text
    assert "Traceback" not in task.text


def test_a_killed_worker_is_explained(jobs, qtbot, tmp_path):
    task = cut(jobs, made_slc(tmp_path), tmp_path / "set")
    qtbot.waitUntil(lambda: task.runner.pid is not None, timeout=20_000)
    os.kill(task.runner.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: task.has_ended, timeout=20_000)
    assert task.state == "failed"
    assert "SIGKILL" in task.text
    assert not (tmp_path / "set").exists()


def test_stop_ends_a_job_and_leaves_nothing_half_written(jobs, qtbot, tmp_path):
    task = cut(jobs, made_slc(tmp_path, 512, 512), tmp_path / "set", count=100_000)
    qtbot.waitUntil(lambda: task.share > 0, timeout=60_000)
    task.stop()
    assert task.state == "stopping"
    assert task.can_stop, "a second time: it is ended at once"
    qtbot.waitUntil(lambda: task.has_ended, timeout=15_000)
    assert task.state == "stopped"
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".tif"] == []


def test_ended_tasks_are_cleared_and_running_ones_stay(jobs, qtbot, tmp_path):
    removed = []
    jobs.removed.connect(removed.append)
    ended = cut(jobs, tmp_path / "gone.tif", tmp_path / "set")
    qtbot.waitUntil(lambda: ended.has_ended, timeout=60_000)
    local = jobs.add_local("Overviews")
    jobs.clear_ended()
    assert removed == [ended]
    assert jobs.tasks == (local,)
    local.finish()
    qtbot.waitUntil(lambda: local.has_ended, timeout=2_000)


def test_local_work_reports_from_its_thread_and_can_be_stopped(jobs, qtbot):
    task = jobs.add_local("Overviews")
    outcome = []

    def work():
        try:
            for step in range(10_000_000):
                task.progress.report(step / 10_000_000, "Reading")
        except Cancelled:
            task.give_up()
            outcome.append("cancelled")

    thread = Thread(target=work)
    thread.start()
    qtbot.waitUntil(lambda: task.text == "Reading", timeout=5_000)
    task.stop()
    qtbot.waitUntil(lambda: task.has_ended, timeout=5_000)
    thread.join(5)
    assert task.state == "stopped"
    assert outcome == ["cancelled"]


def test_what_speaks_across_threads_is_never_connected_to_a_lambda():
    names = "told|_progressed|_finished|_answered|_built|arrived|_found_out"
    wrong = [
        f"{path.name}: {line.strip()}"
        for path in GUI.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if re.search(rf"\.({names})\.connect\((lambda|partial)", line)
    ]
    assert wrong == []

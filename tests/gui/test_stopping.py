"""Stop buttons, pressed with the mouse, on real worker processes: at once, twice, by mistake."""

import sys
import time
from pathlib import Path

import psutil
import pytest
from made import made_slc
from PySide6.QtCore import Qt
from window_made import made_window, open_sample, put_fast_first

from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.jobs import client as client_module
from satstudio.patches.cut import cut_patches
from satstudio.patches.positions import PatchRecipe

LEFT = Qt.MouseButton.LeftButton
SAMPLE = resources_folder() / "demo/sample_slc.tif"
COMMAND = (sys.executable, str(Path(__file__).parents[1] / "jobs/kinds_for_tests.py"))
PATIENCE_S = 6.0
"""Two seconds, and what a busy machine adds to them."""


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def restore_page(window, qtbot):
    """The Restore page, ready to start."""
    open_sample(qtbot, window, SAMPLE)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(page.run.start.isEnabled, timeout=180_000)
    return page


@pytest.fixture
def deaf_worker(monkeypatch):
    """Workers whose restorations and crops never look whether they are to stop."""
    monkeypatch.setattr(client_module, "worker_command", lambda: COMMAND)
    monkeypatch.setenv("DEAF_KINDS", "restore crop")


def ended_within(qtbot, task, seconds=PATIENCE_S):
    begun = time.monotonic()
    qtbot.waitUntil(lambda: task.has_ended, timeout=60_000)
    took = time.monotonic() - begun
    assert took < seconds, f"it took {took:.1f} s"


def listened(task):
    """Keep the names of the events of a task."""
    task.heard = []
    task.told.connect(lambda event: task.heard.append(event.name))
    return task


def test_a_restoration_stopped_right_after_its_start_ends_at_once(restore_page, qtbot, study):
    page = restore_page
    qtbot.mouseClick(page.run.start, LEFT)
    task = page.work.task
    qtbot.mouseClick(page.run.stop, LEFT)
    ended_within(qtbot, task)
    assert task.state == "stopped"
    assert "Stopped" in page.run.problem.text()
    assert list((study / "restored").glob("**/*")) == []
    qtbot.waitUntil(page.run.start.isEnabled, timeout=10_000)


def task_row(window, qtbot, task):
    """Open the Tasks panel by the line in the status bar."""
    qtbot.mouseClick(window.status.tasks, LEFT)
    row = window.docks.dock("tasks").widget().row(task)
    assert row.isVisible()
    return row


@pytest.mark.learn
@pytest.mark.slow
def test_a_training_stopped_right_after_its_start_ends_at_once(window, qtbot, study, tmp_path):
    recipe = PatchRecipe(size_px=16, count=60)
    cut_patches([made_slc(tmp_path, 192, 192)], recipe, study / "patches" / "made", Progress())
    window.show_page("train")
    page = window.page_widget("train")
    qtbot.waitUntil(lambda: page.form.why_not() == "", timeout=60_000)
    page.form.form.set_values({"steps": 10**6})
    qtbot.mouseClick(page.form.start, LEFT)
    (task,) = page.desk.tasks.values()
    qtbot.mouseClick(task_row(window, qtbot, task).cancel, LEFT)
    ended_within(qtbot, task)
    assert task.state == "stopped"


def test_a_second_press_of_stop_ends_a_restoration_at_once(restore_page, qtbot, deaf_worker):
    page = restore_page
    qtbot.mouseClick(page.run.start, LEFT)
    task = listened(page.work.task)
    qtbot.waitUntil(lambda: "ready" in task.heard, timeout=60_000)
    qtbot.mouseClick(page.run.stop, LEFT)
    assert page.run.stop.text() == "End now"
    assert page.run.stop.isEnabled()
    qtbot.mouseClick(page.run.stop, LEFT)
    ended_within(qtbot, task)
    assert task.state == "stopped"
    assert task.text.startswith("Ended at once")
    assert page.run.stop.text() == "Stop"


def test_a_second_press_of_cancel_in_the_tasks_ends_a_task_at_once(window, qtbot, deaf_worker):
    task = listened(window.context.jobs.start("crop", {}, "A deaf task"))
    row = task_row(window, qtbot, task)
    qtbot.waitUntil(lambda: "ready" in task.heard, timeout=60_000)
    process = psutil.Process(task.runner.pid)
    qtbot.mouseClick(row.cancel, LEFT)
    assert task.state == "stopping"
    assert "at once" in row.cancel.toolTip()
    qtbot.mouseClick(row.cancel, LEFT)
    assert not row.cancel.isEnabled()
    ended_within(qtbot, task)
    assert task.text.startswith("Ended at once")
    assert not process.is_running()


def test_a_double_click_on_cancel_is_one_stop(window, qtbot, deaf_worker):
    """A training would lose what it was about to save."""
    task = listened(window.context.jobs.start("crop", {}, "A deaf task"))
    row = task_row(window, qtbot, task)
    qtbot.waitUntil(lambda: "ready" in task.heard, timeout=60_000)
    qtbot.mouseClick(row.cancel, LEFT)
    qtbot.mouseDClick(row.cancel, LEFT)  # Qt tells the second press of two quick ones apart
    assert task.state == "stopping"
    assert task.text == "Stopping"
    assert task.can_stop
    task.kill()
    ended_within(qtbot, task)


def test_closing_the_window_asks_nothing_more_of_a_task_that_stops_already(
    window, qtbot, deaf_worker
):
    """Else the second stop would kill a training that is saving."""
    task = listened(window.context.jobs.start("crop", {}, "A deaf task"))
    qtbot.waitUntil(lambda: "ready" in task.heard, timeout=60_000)
    task.stop()
    window.close()
    window.closing._stop.click()
    qtbot.wait(300)
    assert task.state == "stopping"
    assert task.text == "Stopping"
    task.kill()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)

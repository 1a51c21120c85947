import pytest
from PySide6.QtCore import Qt
from window_made import made_window

from satstudio.gui.widgets import duration


@pytest.fixture
def panel(qtbot, study):
    with made_window(qtbot, study) as window:
        window.show_page("view")
        yield window.docks.dock("tasks").widget()


def test_a_task_shows_what_it_does_and_can_be_cancelled(panel, qtbot):
    jobs = panel._context.jobs
    cancelled = []
    task = jobs.add_local("Overviews of a.tif", lambda: cancelled.append(1))
    row = panel.row(task)
    assert row._bar.maximum() == 0, "busy until a share is known"
    task._on_progress(0.25, "Reading strips")
    assert row._bar.value() == 250
    assert row._text.text() == "Reading strips"
    qtbot.mouseClick(row.cancel, Qt.MouseButton.LeftButton)
    assert cancelled == [1]
    assert task.progress.is_stopped
    assert not row.cancel.isEnabled()
    task.give_up()
    qtbot.waitUntil(lambda: task.has_ended, timeout=2_000)
    assert row.cancel.isHidden()


def test_the_log_of_a_task_unfolds(panel, qtbot):
    task = panel._context.jobs.add_local("Work")
    task.fail("It cannot be done: the disk is full.")
    qtbot.waitUntil(lambda: task.has_ended, timeout=2_000)
    row = panel.row(task)
    qtbot.mouseClick(row.unfold, Qt.MouseButton.LeftButton)
    assert "disk is full" in row._log.toPlainText()


def test_finished_tasks_are_cleared(panel, qtbot):
    jobs = panel._context.jobs
    done, running = jobs.add_local("Done"), jobs.add_local("Running")
    done.finish()
    qtbot.waitUntil(lambda: done.has_ended, timeout=2_000)
    qtbot.mouseClick(panel._clear, Qt.MouseButton.LeftButton)
    assert jobs.tasks == (running,)
    running.finish()
    qtbot.waitUntil(lambda: running.has_ended, timeout=2_000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "\N{EN DASH}"), (0.4, "0 s"), (61, "1 min 01 s"), (3600 * 2 + 300, "2 h 05 min")],
)
def test_times_are_said_as_people_say_them(seconds, text):
    assert duration(seconds) == text

import pytest
from made import made_complex
from PySide6.QtCore import Qt
from window_made import made_window, open_sample

from satstudio.gui.kit.widgets import duration


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


def test_overviews_that_were_made_do_not_fill_the_list(qtbot, study, tmp_path):
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, made_complex(tmp_path, 700, 700))
        scenes, jobs = window.context.scenes, window.context.jobs
        scene = scenes.scene(window.context.store.session.layer.address)
        qtbot.waitUntil(lambda: scene.has_pyramid, timeout=30_000)
        qtbot.waitUntil(lambda: jobs.tasks == (), timeout=20_000)

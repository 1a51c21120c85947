"""Closing while training: stop and save, keep training in the background, or cancel."""

import json
import os
import signal

import pytest
from made_runs import click_run, made_train_window, row_of
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from satstudio.core.run_info import run_info, trained_by

LEFT = Qt.MouseButton.LeftButton
pytestmark = pytest.mark.slow


def pressed(qtbot, window, text):
    """Press a button of the question, as the user does."""
    box = window.closing.question
    (button,) = [b for b in box.findChildren(QPushButton) if text in b.text().replace("&", "")]
    qtbot.mouseClick(button, LEFT)


def training(qtbot, window, steps=10**6):
    page = window.page_widget("train")
    page.form.form.set_values({"steps": steps})
    qtbot.mouseClick(page.form.start, LEFT)
    qtbot.waitUntil(lambda: any(t.figures.step for t in page.desk.tasks.values()), timeout=20_000)
    (task,) = page.desk.tasks.values()
    return page, task


def recorded(study):
    return json.loads((study / "runs/coast-short/run.json").read_text("utf-8"))


def reaped(pid):
    """Forget a child that was let go; the window's process would be gone by now."""
    os.waitpid(pid, 0)


def test_training_goes_on_in_the_background_and_is_stopped_by_the_next_window(
    qtbot, study, monkeypatch
):
    run = study / "runs/coast-short"
    with made_train_window(qtbot, study, monkeypatch) as window:
        page, task = training(qtbot, window)
        pid = task.runner.pid
        qtbot.mouseClick(page.form.start, LEFT)  # another one waits
        window.close()
        assert task.title in window.closing.question.text()
        pressed(qtbot, window, "Keep training")
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=15_000)
    assert trained_by(run_info(run)) == str(pid)
    before = (run / "log.jsonl").stat().st_size
    qtbot.waitUntil(lambda: (run / "log.jsonl").stat().st_size > before, timeout=20_000)

    with made_train_window(qtbot, study, monkeypatch) as window:
        page = window.page_widget("train")
        qtbot.waitUntil(lambda: "coast-short" in window.statusBar().currentMessage(), timeout=5_000)
        click_run(qtbot, page.table, "coast-short")
        state = lambda: page.table.item(row_of(page.table, "coast-short"), 1).text()  # noqa: E731
        assert state() == "Training"
        assert "without this window" in page.run.said.text()
        first = page.run.facts.text("Step")
        qtbot.waitUntil(lambda: page.run.facts.text("Step") != first, timeout=20_000)
        assert not page.run.go_on.isEnabled()
        assert not page.desk.list.delete.isEnabled()
        assert window.closing.running == [], "what it did not start it does not ask about"
        qtbot.mouseClick(page.run.stop, LEFT)
        assert state() == "Saving and stopping…"
        reaped(pid)
        qtbot.waitUntil(lambda: recorded(study)["status"] == "stopped", timeout=20_000)
        page.desk.refresh()
        qtbot.waitUntil((study / "runs/coast-short-2/run.json").is_file, timeout=20_000)
        qtbot.waitUntil(lambda: state() == "Stopped", timeout=20_000)


def test_a_paused_training_goes_on_in_the_background(qtbot, study, monkeypatch):
    with made_train_window(qtbot, study, monkeypatch) as window:
        page, task = training(qtbot, window)
        qtbot.mouseClick(page.run.pause, LEFT)
        qtbot.waitUntil(lambda: task.figures.told_s is None, timeout=10_000)
        pid = task.runner.pid
        window.close()
        pressed(qtbot, window, "Keep training")
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=15_000)
    log = study / "runs/coast-short/log.jsonl"
    before = log.stat().st_size
    qtbot.waitUntil(lambda: log.stat().st_size > before, timeout=20_000)
    os.kill(pid, signal.SIGTERM)  # as at the end of the machine's session: it saves
    reaped(pid)
    assert recorded(study)["status"] == "stopped"


def test_stop_and_save_or_cancel(qtbot, study, monkeypatch):
    with made_train_window(qtbot, study, monkeypatch) as window:
        page, task = training(qtbot, window)
        qtbot.mouseClick(page.form.start, LEFT)  # another one waits
        window.close()
        pressed(qtbot, window, "Cancel")
        assert window.isVisible()
        assert not task.has_ended
        window.close()
        pressed(qtbot, window, "Stop, save")
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=15_000)
        assert task.state == "stopped"
    assert recorded(study)["status"] == "stopped"
    assert not (study / "runs/coast-short-2").exists(), "what waits does not begin now"
    assert len(json.loads((study / "runs/queue.json").read_text("utf-8"))) == 1

"""Trainings wait for each other, go on with what is left, and say one and the same figures."""

import json
import time

import pytest
from made_runs import click_run, made_run, made_train_page, names_of, row_of
from PySide6.QtCore import Qt

from satstudio.gui.kit.widgets import duration, grouped
from satstudio.gui.shell.tasks_panel import JobsPanel

pytestmark = pytest.mark.slow
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, study, monkeypatch):
    with made_train_page(qtbot, study, monkeypatch) as made:
        yield made


def choose(qtbot, combo, text):
    """Choose an entry of a list with the keyboard."""
    combo.setFocus()
    qtbot.keyClicks(combo, text)


def set_steps(page, steps):
    page.form.form.set_values({"steps": steps})


def started(page, qtbot, name, steps=10**6):
    """Type a name and a number of steps and press Start."""
    set_steps(page, steps)
    page.form.name.setFocus()
    page.form.name.selectAll()
    qtbot.keyClicks(page.form.name, name)
    qtbot.mouseClick(page.form.start, LEFT)


def live(page):
    return [path.name for path, task in page.desk.tasks.items() if not task.has_ended]


def begun(page, qtbot, name):
    """Wait until a training has logged something."""
    task = lambda: {path.name: task for path, task in page.desk.tasks.items()}.get(name)  # noqa: E731
    qtbot.waitUntil(lambda: task() is not None and task().figures.step > 0, timeout=20_000)
    return task()


def state_in_list(page, name):
    return page.table.item(row_of(page.table, name), 1).text()


def recorded(study, name):
    return json.loads((study / "runs" / name / "run.json").read_text("utf-8"))


def test_trainings_wait_are_reordered_taken_off_and_begin_in_their_order(page, qtbot, study):
    started(page, qtbot, "first")
    task = begun(page, qtbot, "first")
    for name in ("b", "c", "d"):
        started(page, qtbot, name, steps=20)
        assert "waits for first" in page.told[-1]
    assert live(page) == ["first"]
    assert names_of(page.table)[:3] == ["b", "c", "d"]
    assert state_in_list(page, "c") == "Queued (2)"
    bar = page.run.queue
    click_run(qtbot, page.table, "d")
    assert bar.place.text() == "3 of 3 in the queue"
    assert not page.run.stop.isVisible()
    for _ in range(2):
        qtbot.mouseClick(bar.earlier, LEFT)
    assert not bar.earlier.isEnabled()
    qtbot.mouseClick(bar.later, LEFT)
    assert names_of(page.table)[:3] == ["b", "d", "c"]
    click_run(qtbot, page.table, "b")
    qtbot.mouseClick(bar.remove, LEFT)
    assert names_of(page.table)[:2] == ["d", "c"]
    page._context.store.undo()
    assert names_of(page.table)[:3] == ["b", "d", "c"]
    page._context.store.redo()

    page.hide()  # another page is shown: the queue goes on all the same
    task.stop()
    for name in ("d", "c"):
        qtbot.waitUntil(lambda name=name: live(page) == [name], timeout=20_000)
    qtbot.waitUntil(lambda: live(page) == [], timeout=20_000)
    page.show()
    assert [recorded(study, name)["status"] for name in ("first", "d", "c")] == [
        "stopped", "done", "done",
    ]  # fmt: skip
    assert not (study / "runs/b").exists()
    assert not (study / "runs/queue.json").exists()


def test_a_waiting_training_can_begin_at_once(page, qtbot):
    started(page, qtbot, "first")
    begun(page, qtbot, "first")
    started(page, qtbot, "second")
    qtbot.mouseClick(page.run.queue.start, LEFT)
    begun(page, qtbot, "second")
    assert sorted(live(page)) == ["first", "second"]


def test_a_name_that_waits_is_taken_and_a_failed_training_does_not_hold_the_others(
    page, qtbot, study
):
    started(page, qtbot, "first")
    begun(page, qtbot, "first")
    started(page, qtbot, "second", steps=5)
    page.form.name.selectAll()
    qtbot.keyClicks(page.form.name, "second")
    assert "there already" in page.form.problem.text()
    page.desk.tasks[study / "runs/first"].kill()
    qtbot.waitUntil((study / "runs/second").is_dir, timeout=20_000)
    qtbot.waitUntil(lambda: live(page) == [], timeout=20_000)


def test_the_queue_is_there_after_a_restart_and_begins_only_when_asked(qtbot, study, monkeypatch):
    with made_train_page(qtbot, study, monkeypatch) as page:
        started(page, qtbot, "first")
        begun(page, qtbot, "first")
        started(page, qtbot, "second", steps=5)
        page._context.jobs.stop_all()
        qtbot.waitUntil(lambda: state_in_list(page, "first") == "Stopped", timeout=20_000)
        qtbot.waitUntil(lambda: not page.desk._is_reading, timeout=10_000)
        assert live(page) == [], "where all was stopped nothing begins by itself"
    with made_train_page(qtbot, study, monkeypatch) as page:
        click_run(qtbot, page.table, "second")
        assert state_in_list(page, "second") == "Queued (1)"
        assert live(page) == []
        qtbot.mouseClick(page.run.queue.start, LEFT)
        qtbot.waitUntil((study / "runs/second/run.json").is_file, timeout=20_000)
        qtbot.waitUntil(lambda: live(page) == [], timeout=20_000)


@pytest.mark.parametrize("text", ["[", "5", '[{"run": 5}]', "\x00"])
def test_a_damaged_queue_is_told_and_holds_nothing_up(qtbot, study, monkeypatch, text):
    made_run(study / "runs", "one")
    (study / "runs/queue.json").write_text(text, "utf-8")
    with made_train_page(qtbot, study, monkeypatch) as page:
        qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=10_000)
        assert len(page.desk.queue.waiting) == 0


def test_list_panel_and_tasks_say_the_same_figures_and_pauses_are_not_counted(page, qtbot, study):
    panel = JobsPanel(page._context)
    qtbot.addWidget(panel)
    started(page, qtbot, "first", steps=100_000)
    task = begun(page, qtbot, "first")

    def said():
        page.desk._show_now()
        row, facts = row_of(page.table, "first"), page.run.facts
        in_list = [page.table.item(row, column).text() for column in (2, 3, 4)]
        in_panel = [facts.text(name) for name in ("Step", "Elapsed", "Left")]
        assert in_list == in_panel
        panel.row(task).show_task()
        assert panel.row(task)._times.text().startswith(in_list[1])
        assert in_list[2] in panel.row(task)._times.text() or in_list[2] == "\N{EN DASH}"
        assert in_list[0] == grouped(task.figures.step)
        return in_list

    qtbot.waitUntil(lambda: task.figures.seconds > 1.1, timeout=20_000)
    assert said()[2] != "\N{EN DASH}"
    qtbot.mouseClick(page.run.pause, LEFT)
    qtbot.waitUntil(lambda: task.figures.told_s is None, timeout=10_000)
    before = task.elapsed_s
    end = time.monotonic() + 1.2
    qtbot.waitUntil(lambda: time.monotonic() > end, timeout=5_000)
    assert task.elapsed_s == before, "a pause is no training time"
    assert said()[2] == "\N{EN DASH}"
    qtbot.mouseClick(page.run.pause, LEFT)
    qtbot.waitUntil(lambda: task.figures.told_s is not None, timeout=10_000)
    qtbot.mouseClick(page.run.stop, LEFT)
    qtbot.waitUntil(lambda: task.has_ended, timeout=10_000)
    first = recorded(study, "first")
    qtbot.waitUntil(lambda: task.figures.step == first["steps"], timeout=10_000)
    assert said()[:2] == [grouped(first["steps"]), duration(first["seconds"])]

    qtbot.waitUntil(page.run.go_on.isEnabled, timeout=10_000)
    qtbot.mouseClick(page.run.go_on, LEFT)
    qtbot.waitUntil(lambda: live(page) == ["first"], timeout=10_000)
    task = page.desk.tasks[study / "runs/first"]
    assert task.elapsed_s == pytest.approx(first["seconds"]), "the earlier part is counted"
    qtbot.waitUntil(lambda: task.figures.step > first["steps"], timeout=20_000)
    said()


def test_continue_goes_on_with_what_is_left_of_the_steps(page, qtbot, study):
    started(page, qtbot, "first", steps=60)
    task = begun(page, qtbot, "first")
    qtbot.mouseClick(page.run.stop, LEFT)
    qtbot.waitUntil(lambda: task.has_ended, timeout=10_000)
    assert recorded(study, "first")["steps"] < 60
    qtbot.waitUntil(page.run.go_on.isEnabled, timeout=10_000)
    qtbot.mouseClick(page.run.go_on, LEFT)
    qtbot.waitUntil(lambda: recorded(study, "first")["status"] == "done", timeout=20_000)
    assert recorded(study, "first")["steps"] == 60


def test_continue_goes_on_with_what_is_left_of_the_time(page, qtbot, study):
    made_run(
        study / "runs", "timed", steps=40, seconds=20.0, recipe={"budget_s": 20.5},
        patches=str(study / "patches/coast"),
    )  # fmt: skip
    page.desk.refresh()
    click_run(qtbot, page.table, "timed")
    qtbot.mouseClick(page.run.go_on, LEFT)
    qtbot.waitUntil(lambda: recorded(study, "timed")["status"] == "done", timeout=20_000)
    assert page.limit is None
    assert 20.5 <= recorded(study, "timed")["seconds"] < 21.5
    assert recorded(study, "timed")["steps"] < 100


def test_a_run_at_its_end_asks_how_much_more(page, qtbot, study):
    made_run(study / "runs", "whole", steps=100, status="done")
    page.desk.refresh()
    click_run(qtbot, page.table, "whole")
    qtbot.mouseClick(page.run.go_on, LEFT)
    qtbot.waitUntil(lambda: page.limit is not None, timeout=10_000)
    assert (page.limit.kind.currentText(), page.limit.amount.value()) == ("steps", 100)
    page.limit.amount.selectAll()
    qtbot.keyClicks(page.limit.amount, "7")
    qtbot.mouseClick(page.limit.train, LEFT)
    qtbot.waitUntil(lambda: recorded(study, "whole")["steps"] == 107, timeout=20_000)


def test_a_preset_without_an_end_asks_for_one(page, qtbot, study):
    choose(qtbot, page.form.preset, "endless")
    qtbot.mouseClick(page.form.start, LEFT)
    dialog = page.limit
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.limit is None, timeout=10_000)
    assert live(page) == []
    qtbot.mouseClick(page.form.start, LEFT)
    dialog = page.limit
    choose(qtbot, dialog.kind, "steps")
    dialog.amount.selectAll()
    qtbot.keyClicks(dialog.amount, "12")
    qtbot.keyClick(dialog.amount, Qt.Key.Key_Return)
    qtbot.waitUntil((study / "runs/coast-endless/run.json").is_file, timeout=20_000)
    qtbot.waitUntil(lambda: recorded(study, "coast-endless")["steps"] == 12, timeout=20_000)


def test_until_i_stop_it_is_an_answer_too(page, qtbot):
    choose(qtbot, page.form.preset, "endless")
    qtbot.mouseClick(page.form.start, LEFT)
    choose(qtbot, page.limit.kind, "until")
    assert not page.limit.amount.isVisible()
    qtbot.mouseClick(page.limit.train, LEFT)
    task = begun(page, qtbot, "coast-endless")
    assert task.remaining_s is None

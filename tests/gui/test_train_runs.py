"""The list of runs: odd ones, those of the command line, sorting, names, notes, deletion."""

import json
import shutil

import pytest
from made_runs import (
    cell_place,
    click_head,
    click_run,
    made_run,
    made_train_page,
    made_train_window,
    names_of,
    row_of,
)
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from satstudio.core.runs.queue_file import Waiting

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def runs(study):
    folder = study / "runs"
    made_run(folder, "alpha", steps=40, seconds=20.0, best={"step": 20, "swd": 0.5})
    made_run(folder, "beta", steps=90, seconds=5.0, recipe={"options": {"lr": 0.02}, "batch": 8})
    made_run(folder, "gamma", steps=10, seconds=80.0, best={"step": 10, "swd": 0.1})
    return folder


@pytest.fixture
def page(qtbot, study, runs, monkeypatch):
    with made_train_page(qtbot, study, monkeypatch) as made:
        qtbot.waitUntil(lambda: made.table.rowCount() == 3, timeout=10_000)
        yield made


@pytest.fixture
def window(qtbot, study, runs, monkeypatch):
    with made_train_window(qtbot, study, monkeypatch) as made:
        yield made


def columns(table, column):
    return [table.item(row, column).text() for row in range(table.rowCount())]


def show_anew(page):
    """Leave the page and come back to it."""
    page.hide()
    page.show()


def test_an_odd_run_is_listed_with_its_reason_beside_the_others(page, qtbot, study):
    odd = made_run(study / "runs", "odd")
    (odd / "run.json").write_bytes(b'{"status": ["\xff')
    cut = made_run(study / "runs", "cut")
    (cut / "log.jsonl").write_bytes(b'{"step": 10, "seconds": 2}\n{"step": 20, "sec\n')
    made_run(study / "runs", "wrong", best=[1], features="x", remarks=3, epoch="NaN")
    show_anew(page)
    qtbot.waitUntil(lambda: page.table.rowCount() == 6, timeout=10_000)
    for name, reason in (
        ("odd", "run.json cannot be read"),
        ("cut", "1 line of log.jsonl cannot be read"),
        ("wrong", "'best' is not a table"),
    ):
        click_run(qtbot, page.table, name)
        qtbot.waitUntil(page.run.message.isVisible, timeout=10_000)
        qtbot.waitUntil(lambda reason=reason: reason in page.run.message.text(), timeout=10_000)
    assert page.table.item(row_of(page.table, "odd"), 1).text() == "Damaged"
    click_run(qtbot, page.table, "alpha")
    assert page.run.facts.text("Step") == "40"
    assert not page.run.message.isVisible()


def test_what_the_command_line_made_and_deleted_is_seen_when_the_page_is_shown(page, qtbot, runs):
    page.hide()
    shutil.rmtree(runs / "beta")
    made_run(runs, "of the command line")
    page.show()
    wanted = ["alpha", "gamma", "of the command line"]
    qtbot.waitUntil(lambda: sorted(names_of(page.table)) == wanted, timeout=10_000)


def test_what_happened_while_another_window_was_in_front_is_seen_too(page, qtbot, runs):
    other = QLineEdit()
    qtbot.addWidget(other)
    with qtbot.waitActive(other):
        other.show()
        other.activateWindow()
    made_run(runs, "meanwhile")
    with qtbot.waitActive(page):
        page.activateWindow()
    qtbot.waitUntil(lambda: "meanwhile" in names_of(page.table), timeout=10_000)


def test_a_click_on_a_head_sorts_by_the_figure_and_is_remembered(page, qtbot):
    table = page.table
    click_head(qtbot, table, 2)
    assert columns(table, 2) == ["90", "40", "10"]
    click_head(qtbot, table, 2)
    assert columns(table, 2) == ["10", "40", "90"]
    click_head(qtbot, table, 5)
    assert names_of(table) == ["gamma", "alpha", "beta"], "a run without a best comes last"
    click_head(qtbot, table, 0)
    assert names_of(table) == ["alpha", "beta", "gamma"]
    assert page._context.settings.train_sort == "Run"
    chosen = table.key
    click_head(qtbot, table, 0)
    click_head(qtbot, table, 0)
    assert page._context.settings.train_sort == ""
    assert table.key == chosen


def test_f2_renames_undo_takes_it_back_and_redo_does_it_again(window, qtbot, study):
    page = window.page_widget("train")
    table = page.table
    click_run(qtbot, table, "beta")
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "best so far")
    page.desk.refresh()  # a list that comes meanwhile does not end the typing
    qtbot.wait(100)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: row_of(table, "best so far") >= 0, timeout=10_000)
    assert (study / "runs/best so far/run.json").is_file()
    assert table.key == study / "runs/best so far"
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: row_of(table, "beta") >= 0, timeout=10_000)
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: row_of(table, "best so far") >= 0, timeout=10_000)


def test_a_name_that_is_taken_is_refused_in_words(page, qtbot, study):
    click_run(qtbot, page.table, "beta")
    qtbot.mouseClick(page.desk.list.rename, Qt.MouseButton.LeftButton)
    editor = page.table.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "alpha")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(page.told), timeout=10_000)
    assert "beta cannot be called 'alpha'" in page.told[-1]
    qtbot.waitUntil(lambda: "beta" in names_of(page.table), timeout=10_000)


def test_deleted_runs_come_back_with_undo_or_from_the_menu(page, qtbot, study):
    table = page.table
    click_run(qtbot, table, "alpha")
    click_run(qtbot, table, "gamma", CTRL)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names_of(table) == ["beta"], timeout=10_000)
    assert page.run.run.row.name == "beta"
    assert page.desk.list.deleted.text() == "2 deleted"
    assert page._context.store.undo_text in ("Delete alpha, gamma", "Delete gamma, alpha")
    page._context.store.undo()
    qtbot.waitUntil(lambda: table.rowCount() == 3, timeout=10_000)
    assert not page.desk.list.deleted.isVisible()

    click_run(qtbot, table, "alpha")
    qtbot.mouseClick(page.desk.list.delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "alpha" not in names_of(table), timeout=10_000)
    page.desk.list.deleted.menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: "alpha" in names_of(table), timeout=10_000)


def test_deleted_runs_leave_the_disk_only_after_a_question(page, qtbot, study):
    click_run(qtbot, page.table, "alpha")
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(page.desk.list.deleted.isVisible, timeout=10_000)
    for answer in ("Cancel", "Remove"):
        page.desk.list.deleted.menu().actions()[-1].trigger()
        box = page.desk.list.question
        (button,) = [b for b in box.findChildren(QPushButton) if b.text().strip("&") == answer]
        assert (study / "runs/.deleted/alpha").is_dir()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.desk.list.deleted.isVisible(), timeout=10_000)
    assert not (study / "runs/.deleted/alpha").exists()
    assert sorted(names_of(page.table)) == ["beta", "gamma"]


def test_a_note_is_written_in_the_panel_shown_in_the_list_and_undone(page, qtbot, study):
    click_run(qtbot, page.table, "beta")
    qtbot.mouseClick(page.run.note, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(page.run.note, "smooth over sea")
    click_run(qtbot, page.table, "gamma")  # leaving the line keeps it
    shown = lambda: page.table.item(row_of(page.table, "beta"), 6).text()  # noqa: E731
    qtbot.waitUntil(lambda: shown() == "smooth over sea", timeout=10_000)
    assert (study / "runs/beta/note.txt").read_text("utf-8") == "smooth over sea\n"
    assert not (study / "runs/gamma/note.txt").exists()
    page._context.store.undo()
    qtbot.waitUntil(lambda: shown() == "", timeout=10_000)


def test_configurations_of_several_runs_stand_beside_each_other(page, qtbot, study):
    (study / "runs/gamma/recipe.toml").write_text("this is = = no toml", "utf-8")
    table, desk = page.table, page.desk
    click_run(qtbot, table, "alpha")
    assert not desk.list.compare.isEnabled()
    for name in ("beta", "gamma"):
        click_run(qtbot, table, name, CTRL)
    qtbot.mouseClick(desk.list.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.list.dialog is not None, timeout=10_000)
    dialog = desk.list.dialog
    order = [dialog.table.horizontalHeaderItem(c).text() for c in range(1, 4)]
    assert sorted(order) == ["alpha", "beta", "gamma"]
    shown = {dialog.table.item(r, 0).text(): r for r in range(dialog.table.rowCount())}
    values = dict(zip(order, columns_of_row(dialog.table, shown["Learning rate"]), strict=True))
    assert (values["alpha"], values["beta"]) == ("0.001", "0.02")
    assert "recipe.toml" in dialog.problem.text()
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert "Learning rate\t" in QApplication.clipboard().text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: desk.list.dialog is None, timeout=10_000)


def columns_of_row(table, row):
    return [table.item(row, column).text() for column in range(1, table.columnCount())]


def test_only_what_differs_is_shown_until_all_is_asked_for(page, qtbot):
    click_run(qtbot, page.table, "alpha")
    click_run(qtbot, page.table, "beta", CTRL)
    qtbot.mouseClick(page.desk.list.compare, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.desk.list.dialog is not None, timeout=10_000)
    dialog = page.desk.list.dialog
    assert sorted(columns(dialog.table, 0)) == ["Learning rate", "batch"]
    assert dialog.table.item(0, 1).font().bold()
    dialog.only.setFocus()
    qtbot.keyClick(dialog.only, Qt.Key.Key_Space)
    assert "Steps" in columns(dialog.table, 0)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_right_click_offers_what_can_be_done(page, qtbot, study):
    table = page.table
    place = cell_place(table, "beta")
    table.customContextMenuRequested.emit(place)
    menu = page.desk.list.menu
    assert table.key == study / "runs/beta"
    entries = {action.text().partition("\t")[0]: action for action in menu.actions()}
    assert not entries["Compare configurations"].isEnabled()
    entries["Write a note"].trigger()
    assert page.run.note.hasFocus()
    menu.close()


def test_the_chosen_run_that_is_gone_leaves_nothing_behind(page, qtbot, study):
    click_run(qtbot, page.table, "alpha")
    page.hide()
    shutil.rmtree(study / "runs")
    page.show()
    qtbot.waitUntil(lambda: page.table.rowCount() == 0, timeout=10_000)
    assert page.run.facts.text("State") == "No run chosen"
    assert not page.run.go_on.isEnabled()
    made_run(study / "runs", "new", status="done")
    show_anew(page)
    qtbot.waitUntil(lambda: page.run.facts.text("State") == "Done", timeout=10_000)
    assert json.loads((study / "runs/new/run.json").read_text())["steps"] == 40


def test_another_run_is_shown_after_the_task_of_the_one_shown_was_cleared(window, qtbot, study):
    page = window.page_widget("train")
    folder = study / "runs"
    qtbot.waitUntil(lambda: page.table.rowCount() == 3, timeout=10_000)
    page.desk.train(Waiting(str(folder / "alpha"), str(study / "gone"), {}, resume=True))
    jobs = window.context.jobs
    jobs.tasks[0].kill()
    qtbot.waitUntil(lambda: jobs.tasks[0].has_ended, timeout=20_000)
    qtbot.waitUntil(lambda: page.desk.view._task is not None)
    with qtbot.waitSignal(jobs.tasks[0].destroyed):
        jobs.clear_ended()
    click_run(qtbot, page.table, "gamma")
    assert page.desk.view.run.path == folder / "gamma"
    click_run(qtbot, page.table, "alpha")
    assert page.desk.view.run.path == folder / "alpha"

"""What is chosen on a page is undone by Ctrl+Z there, and comes back after a kill."""

import itertools
import shutil

import pytest
from made import made_slc
from made_patches import made_patches
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_made import made_window, open_sample

from satstudio.gui.kit.pages.page_list import PageList
from satstudio.session.autosave import autosave_file, restore_session, save_session
from satstudio.session.page_state import page_state

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, study):
    made_patches(study / "patches" / "coast")
    with made_window(qtbot, study) as made:
        made.context.store._clock = itertools.count(0, 10).__next__
        yield made


def state(window, name):
    page = PageList.of(window.context).find(name)
    return page_state(window.context.store.session, name, page.state)


def undo(qtbot, widget):
    qtbot.keyClick(widget, Qt.Key.Key_Z, CTRL)


def ready(qtbot, window, name):
    """The page, once its lists have arrived."""
    window.show_page(name)
    page = window.page_widget(name)
    waits = {
        "train": lambda: page.form.method.count() and page.form.patches.count(),
        "sweeps": lambda: page.form.plan.count() and page.form.patches.count(),
        "restore": lambda: (
            page.form.models.box.findData("baseline:boxcar") >= 0
            and not page.desk.is_waiting("cards")
        ),
        "sample": lambda: page.models.box.count() and page.models.problem.isHidden(),
    }
    qtbot.waitUntil(lambda: bool(waits.get(name, lambda: True)()), timeout=60_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    return page


def field(page, name):
    form = getattr(page, "form", None)
    return (form.form if hasattr(form, "form") else form).field(name).widget


@pytest.mark.parametrize(
    ("name", "key"),
    [("patches", "size_px"), ("sweeps", "seeds"), ("sample", "seed"), ("train", "seed")],
)
def test_a_number_typed_on_a_page_is_undone_by_its_key(window, qtbot, name, key):
    page = ready(qtbot, window, name)
    line, store = field(page, key), window.context.store
    before, steps = line.text(), len(store._done)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "7")
    qtbot.waitUntil(lambda: state(window, name).values.get(key) == 7)
    assert len(store._done) == steps + 1
    undo(qtbot, line)
    assert line.text() == before
    assert state(window, name).values[key] == page.choices._last.values[key]
    qtbot.keyClick(line, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert line.text() == "7"


def test_the_model_and_an_option_of_a_restoration_are_two_steps(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    page = ready(qtbot, window, "restore")
    box, store = page.form.models.box, window.context.store
    first = page.form.models.key
    box.setFocus()
    while page.form.models.key != "baseline:lee":
        qtbot.keyClick(box, Qt.Key.Key_Down)
        qtbot.wait(1)
    steps = len(store._done)
    line = page.form.options.form.field("looks").widget
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "3")
    qtbot.waitUntil(lambda: state(window, "restore").options["looks"] == 3)
    assert len(store._done) == steps + 1
    undo(qtbot, line)
    assert page.form.models.key == "baseline:lee"
    assert line.text() != "3"
    while page.form.models.key != first and store.undo_text == "Restore with":
        undo(qtbot, box)
    assert page.form.models.key == first


def test_lists_that_arrive_late_are_no_choice(window, qtbot):
    for name in window.page_names:
        ready(qtbot, window, name)
    assert window.context.store.undo_text == ""
    assert dict(window.context.store.session.pages) == {}


def test_choices_come_back_after_the_program_was_killed(qtbot, study, tmp_path):
    made_patches(study / "patches" / "coast")
    kept = tmp_path / "kept.json"
    with made_window(qtbot, study) as first:
        open_sample(qtbot, first, made_slc(tmp_path))
        for name, key in (("patches", "size_px"), ("train", "seed"), ("sweeps", "seeds")):
            page = ready(qtbot, first, name)
            line = field(page, key)
            line.setFocus()
            line.selectAll()
            qtbot.keyClicks(line, "5")
            qtbot.waitUntil(lambda name=name, key=key: state(first, name).values.get(key) == 5)
        restore = ready(qtbot, first, "restore")
        restore.form.models.choose("baseline:boxcar")
        restore.form.models.box.activated.emit(restore.form.models.box.currentIndex())
        qtbot.waitUntil(lambda: state(first, "restore").model == "baseline:boxcar")
        first.keeper.save()
        shutil.copy(autosave_file(), kept)  # what a kill leaves: nothing is written after it
    assert restore_session(kept).session.pages.keys() == {"patches", "train", "sweeps", "restore"}
    with made_window(qtbot, study) as second:
        save_session(restore_session(kept).session)
        second.keeper.restore()
        qtbot.waitUntil(lambda: second.page == "restore")
        page = ready(qtbot, second, "restore")
        qtbot.waitUntil(lambda: page.form.models.key == "baseline:boxcar")
        for name, key in (("patches", "size_px"), ("train", "seed"), ("sweeps", "seeds")):
            page = ready(qtbot, second, name)
            qtbot.waitUntil(lambda page=page, key=key: field(page, key).text() == "5")
        assert second.context.store.undo_text == ""
        assert QApplication.focusWidget() is not None


def test_choices_come_back_where_no_scene_was_open(qtbot, study):
    made_patches(study / "patches" / "coast")
    with made_window(qtbot, study) as first:
        page = ready(qtbot, first, "sweeps")
        line = field(page, "seeds")
        line.setFocus()
        line.selectAll()
        qtbot.keyClicks(line, "5")
        qtbot.waitUntil(lambda: state(first, "sweeps").values.get("seeds") == 5)
    with made_window(qtbot, study) as second:
        second.keeper.restore()
        qtbot.waitUntil(lambda: second.page == "sweeps")
        page = ready(qtbot, second, "sweeps")
        qtbot.waitUntil(lambda: field(page, "seeds").text() == "5")


def test_a_damaged_state_is_left_aside(window, qtbot):
    store = window.context.store
    store.change(
        pages={"train": {"values": 3}, "sweeps": {"plan": []}, "view": {"crop_multiple": 8}}
    )
    ready(qtbot, window, "train")
    ready(qtbot, window, "sweeps")
    window.show_page("view")
    assert window.page_widget("view").crop_bar.multiple.currentData() == 8

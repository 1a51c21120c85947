"""Each change of what is shown can be taken back and done again; a drag is one step."""

import itertools

import pytest
from made import made_slc
from PySide6.QtCore import QPoint, Qt
from window_made import made_window, open_sample

from satstudio.core.grid import Window


@pytest.fixture
def window(qtbot, study, tmp_path):
    with made_window(qtbot, study) as made:
        made.context.store._clock = itertools.count().__next__
        open_sample(qtbot, made, made_slc(tmp_path, 64, 96, name="a.tif"))
        open_sample(qtbot, made, made_slc(tmp_path, 64, 96, name="b.tif"))
        made.page_widget("view")
        yield made


def look(window):
    """What undo is about: scenes in their order, styles, crop."""
    session = window.context.store.session
    return session.layers, session.active, session.crop


def style_panel(window):
    widget = window.docks.dock("style").widget()
    return widget if hasattr(widget, "gamma") else widget.widget()


CHANGES = {
    "view": lambda window: window.context.actions.trigger("view.as_db"),
    "gamma": lambda window: style_panel(window).gamma.setValue(7),
    "stretch": lambda window: style_panel(window)._on_limits(1.0, 2.0),
    "percentiles": lambda window: style_panel(window).percents[1].click(),
    "paper": lambda window: style_panel(window).paper.click(),
    "crop": lambda window: window.context.store.change(crop=Window(1, 2, 30, 20), text="Crop"),
    "close": lambda window: window.context.actions.trigger("file.close"),
    "close all": lambda window: window.context.actions.trigger("file.close_all"),
    "move up": lambda window: window.context.actions.trigger("edit.scene_up"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_change_is_undone_and_done_again(window, name):
    actions = window.context.actions
    before, text = look(window), actions.text("edit.undo")
    CHANGES[name](window)
    after = look(window)
    assert after != before
    assert actions.text("edit.undo") != text
    actions.trigger("edit.undo")
    assert look(window) == before
    assert actions.text("edit.undo") == text
    assert actions.text("edit.redo").startswith("&Redo: ")
    actions.trigger("edit.redo")
    assert look(window) == after


def test_dragging_the_gamma_slider_is_one_step(window, qtbot):
    slider, store = style_panel(window).gamma, window.context.store
    before, steps = look(window), len(store._done)
    slider.setSliderDown(True)
    for value in range(1, 15):
        slider.setValue(value)  # a second apart, by the clock of the fixture
    slider.setSliderDown(False)
    assert len(store._done) == steps + 1
    assert store.undo_text == f"Gamma {store.session.layer.style.gamma}"
    slider.setSliderDown(True)
    slider.setValue(-4)
    slider.setSliderDown(False)
    assert len(store._done) == steps + 2
    store.undo()
    store.undo()
    assert look(window) == before


def test_dragging_a_line_of_the_histogram_is_one_step(window, qtbot):
    view, store = style_panel(window).histogram, window.context.store
    before, steps = look(window), len(store._done)
    middle = view.height() // 2
    start = int(view.place_of(view.limits[0]))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(start, middle))
    for x in range(start, start + 40, 5):
        qtbot.mouseMove(view, QPoint(x, middle))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(start + 40, middle))
    assert len(store._done) == steps + 1
    store.undo()
    assert look(window) == before


def test_drawing_a_crop_is_one_step_and_undo_shows_it_again(window, qtbot):
    page, store = window.page_widget("view"), window.context.store
    window.context.actions.trigger("view.crop")
    steps = len(store._done)
    middle = page.canvas.rect().center()
    qtbot.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=middle)
    for n in range(5, 60, 5):
        qtbot.mouseMove(page.canvas, middle + QPoint(n, n))
    qtbot.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(60, 60))
    drawn = store.session.crop
    assert drawn is not None
    assert len(store._done) == steps + 1
    page.cropping.leave()
    assert page.tool is None
    store.undo()
    assert page.tool is not None
    assert page.tool.window == drawn
    assert page.crop_bar.isVisible()
    store.undo()
    assert store.session.crop is None


def test_two_views_chosen_quickly_are_two_steps(window):
    store = window.context.store
    store._clock = lambda: 0.0
    steps = len(store._done)
    for view in ("db", "phase"):
        window.context.actions.trigger(f"view.as_{view}")
    assert len(store._done) == steps + 2


def test_scenes_are_put_in_another_order_by_the_mouse(window, qtbot):
    store, layers = window.context.store, style_panel(window).layers
    first, second = store.session.addresses
    model = layers.list.model()
    model.moveRow(model.index(0, 0).parent(), 1, model.index(0, 0).parent(), 0)
    qtbot.waitUntil(lambda: store.session.addresses == (second, first))
    assert store.session.layer.address == second
    assert [layers.list.item(row).text() for row in range(2)] == ["b.tif", "a.tif"]
    assert store.undo_text == "Reorder scenes"


def test_the_next_scene_comes_in_front_without_a_step_of_undo(window):
    store, actions = window.context.store, window.context.actions
    text = store.undo_text
    for wanted in (0, 1, 0):
        actions.trigger("edit.next_scene")
        assert store.session.active == wanted
    actions.trigger("edit.previous_scene")
    assert store.session.active == 1
    assert store.undo_text == text

import pytest
from made import made_slc
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from window_made import made_window, open_sample

from satstudio.core.grid import Window

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot, study, tmp_path):
    with made_window(qtbot, study) as made:
        made.steps.history._clock = iter(range(0, 10_000, 10)).__next__
        open_sample(qtbot, made, made_slc(tmp_path, 200, 300, name="a.tif"))
        yield made


def look_at(window, qtbot, row):
    """Look elsewhere as by the mouse, and rest there."""
    page = window.page_widget("view")
    page.canvas.fit_to(Window(row, row, 40, 40))
    qtbot.waitUntil(lambda: not page._keep_view.isActive())
    return page.canvas.viewport


def test_keys_walk_back_and_forward_from_the_canvas(window, qtbot):
    canvas = window.page_widget("view").canvas
    first, second = look_at(window, qtbot, 10), look_at(window, qtbot, 100)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Left, ALT)
    assert canvas.viewport == first
    qtbot.keyClick(canvas, Qt.Key.Key_Left, ALT)
    assert canvas.wanted_viewport is None, "the whole scene, as it was opened"
    actions = window.context.actions
    assert not actions.qaction("view.back").isEnabled()
    assert "no place before" in actions.qaction("view.back").toolTip()
    for wanted in (first, second):
        qtbot.keyClick(canvas, Qt.Key.Key_Right, ALT)
        assert canvas.viewport == wanted
    assert not actions.qaction("view.forward").isEnabled()


def test_going_back_is_no_step_of_undo(window, qtbot):
    text = window.context.store.undo_text
    look_at(window, qtbot, 10)
    window.context.actions.trigger("view.back")
    assert window.context.store.undo_text == text


def test_back_returns_to_the_scene_before(window, qtbot, tmp_path):
    store = window.context.store
    first = store.session.layer.address
    place = look_at(window, qtbot, 50)
    second = open_sample(qtbot, window, made_slc(tmp_path, 64, 64, name="b.tif"))
    window.context.actions.trigger("view.back")
    assert store.session.layer.address == first
    assert window.page_widget("view").canvas.viewport == place
    window.context.actions.trigger("view.forward")
    assert store.session.layer.address == second
    window.context.actions.trigger("file.close")
    window.context.actions.trigger("view.back")
    assert store.session.layer.address == first


def test_the_side_buttons_of_the_mouse_go_back_and_forward(window, qtbot):
    canvas = window.page_widget("view").canvas
    place = look_at(window, qtbot, 50)
    qtbot.mouseClick(canvas, Qt.MouseButton.BackButton, pos=QPoint(20, 20))
    assert canvas.wanted_viewport is None
    qtbot.mouseClick(canvas, Qt.MouseButton.ForwardButton, pos=QPoint(20, 20))
    assert canvas.viewport == place


def test_other_pages_say_where_it_works(window, qtbot):
    look_at(window, qtbot, 50)
    window.show_page("patches")
    action = window.context.actions.qaction("view.back")
    window.context.actions.refresh()
    assert "View page" in action.toolTip()
    assert action.shortcut() == QKeySequence("Alt+Left")

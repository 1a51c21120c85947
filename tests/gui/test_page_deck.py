"""Any two pages stand side by side: one is torn off, has the keyboard, comes back after a start."""

import pytest
from made import made_slc
from made_patches import made_patches
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDockWidget
from window_made import made_window, open_sample

from satstudio.gui.pages.compare.state import CompareState
from satstudio.session.page_state import with_page_state

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CTRL = Qt.KeyboardModifier.ControlModifier
TEAR = CTRL | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def rail_button(window, name):
    return window.bars.rail.widgetForAction(window.context.actions.qaction(f"page.{name}"))


def test_a_key_tears_the_page_off_and_the_next_one_stands_in_the_middle(window, qtbot):
    window.show_page("train")
    qtbot.keyClick(window, Qt.Key.Key_T, TEAR)
    train, sample = window.page_widget("train"), window.page_widget("sample")
    assert train.isVisible()
    assert sample.isVisible()
    assert window.page == "train", "the page that was torn off keeps the keyboard"
    qtbot.keyClick(window, Qt.Key.Key_6, CTRL)
    assert train.isVisible()
    assert window.page_widget("compare").isVisible()
    assert window.page == "compare"
    qtbot.keyClick(window, Qt.Key.Key_3, CTRL)
    assert window.page == "train"
    assert window.page_widget("compare").isVisible()


def test_the_menu_of_the_rail_tears_a_page_off_and_closing_puts_it_back(window, qtbot):
    place = rail_button(window, "restore").geometry().center()
    window.bars.rail.customContextMenuRequested.emit(place)
    (action,) = [one for one in window.bars.rail_menu.actions() if not one.isSeparator()]
    assert action.text() == "&Tear off Restore"
    action.trigger()
    window.bars.rail_menu.close()
    dock = window.findChild(QDockWidget, "dock_page_restore")
    restore = window.page_widget("restore")
    assert dock.isAncestorOf(restore)
    dock.close()
    assert window.deck.torn == {}
    assert window.deck.stack.currentWidget().isAncestorOf(restore)
    assert window.page == "restore"


def test_the_page_that_is_clicked_has_the_keyboard_and_its_one_key_actions(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path, 64, 96, name="a.tif"))
    open_sample(qtbot, window, made_slc(tmp_path, 64, 96, name="b.tif"))
    window.deck.toggle("view")
    window.show_page("compare")
    view, compare = window.page_widget("view"), window.page_widget("compare")
    canvas = compare.views.first.canvas
    qtbot.waitUntil(lambda: view.canvas.isVisible() and canvas.isVisible())
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.mouseClick(view.canvas, LEFT, pos=QPoint(20, 20))
    assert window.page == "view"
    assert window.context.actions.qaction("page.view").isChecked()
    assert window.context.actions.qaction("view.crop").isEnabled()
    assert not window.context.actions.qaction("compare.swipe").isEnabled()
    qtbot.keyClick(view.canvas, Qt.Key.Key_C)
    assert view.tool is not None
    qtbot.mouseClick(canvas, LEFT, pos=QPoint(20, 20))
    assert window.page == "compare"
    assert not window.context.actions.qaction("view.crop").isEnabled()
    qtbot.keyClick(canvas, Qt.Key.Key_W)
    assert window.context.actions.qaction("compare.swipe").isChecked()
    assert not window.docks.dock("style").isHidden(), "View is seen, so its panels are"


def test_what_is_dropped_on_a_page_beside_is_for_that_page(window, qtbot, tmp_path):
    folder = made_patches(tmp_path / "elsewhere")
    window.deck.toggle("patches")
    window.show_page("train")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(folder))])
    key = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, key)
    window.deck.torn["patches"].dropEvent(event)
    sets = window.page_widget("patches").sets
    qtbot.waitUntil(lambda: sets.path is not None and str(sets.path) == str(folder))


def test_pages_beside_each_other_come_back_at_the_next_start(qtbot, study):
    with made_window(qtbot, study) as first:
        first.deck.toggle("view")
        first.deck.toggle("sweeps")
        dock = first.deck.torn["sweeps"]
        first.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    with made_window(qtbot, study) as second:
        assert set(second.deck.torn) == {"view", "sweeps"}
        dock = second.deck.torn["sweeps"]
        assert second.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
        assert second.page_widget("sweeps").isVisible()
        assert second.page_widget("view").isVisible()
        second.context.actions.trigger("window.reset")
        assert second.deck.torn == {}
    with made_window(qtbot, study) as third:
        assert third.deck.torn == {}


def test_the_last_page_in_the_middle_stays(window):
    names = window.page_names
    for name in names[:-1]:
        window.deck.toggle(name)
    assert set(window.deck.torn) == set(names[:-1])
    window.show_page(names[-1])
    actions = window.context.actions
    assert "only page in the middle" in actions.reason("window.tear_off")
    actions.trigger("window.tear_off")
    assert names[-1] not in window.deck.torn
    assert actions.reason(f"tear_off.{names[0]}") == ""


def test_undo_leads_to_the_page_whose_choice_it_takes_back(window, qtbot):
    store = window.context.store
    window.show_page("compare")
    window.context.store.replace(
        with_page_state(store.session, "compare", CompareState(mode="swipe")), text="Swipe"
    )
    window.show_page("train")
    qtbot.keyClick(window, Qt.Key.Key_Z, CTRL)
    assert window.page == "compare"
    assert window.page_widget("compare").isVisible()
    assert QApplication.focusWidget() is not None

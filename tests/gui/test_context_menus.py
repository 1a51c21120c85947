"""A right click offers what can be done with what is under the mouse."""

import pytest
from made import made_slc
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from window_made import made_window, open_sample

from satstudio.gui.kit import desktop
from satstudio.gui.panels.layers import LayersPanel

RIGHT = Qt.MouseButton.RightButton


@pytest.fixture
def window(qtbot, study, tmp_path):
    with made_window(qtbot, study) as made:
        open_sample(qtbot, made, made_slc(tmp_path))
        yield made


def right_click(qtbot, widget, place) -> QMenu:
    """Press the right button; the desktop asks for the menu as it does on Linux: at the press."""
    qtbot.mousePress(widget, RIGHT, pos=place)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))
    qtbot.mouseRelease(widget, RIGHT, pos=place)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(qtbot, menu, start):
    """Click the entry that begins so."""
    entry = next(one for one in menu.actions() if one.text().replace("&", "").startswith(start))
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())


def test_on_the_picture(window, qtbot):
    canvas = window.page_widget("view").canvas
    menu = right_click(qtbot, canvas, canvas.rect().center())
    choose(qtbot, menu, "One to one")
    assert canvas.viewport.scale == 1.0


def test_on_a_scene_of_the_list(window, qtbot):
    listed = window.docks.dock("style").findChild(LayersPanel).list
    place = listed.visualItemRect(listed.item(0)).center()
    choose(qtbot, right_click(qtbot, listed.viewport(), place), "Copy path")
    assert QGuiApplication.clipboard().text() == window.context.store.session.layer.address
    choose(qtbot, right_click(qtbot, listed.viewport(), place), "Close scene")
    assert window.context.store.session.layer is None


def test_on_a_task(window, qtbot):
    qtbot.mouseClick(window.status.tasks, Qt.MouseButton.LeftButton)
    task = window.context.jobs.add_local("Count sheep")
    row = window.docks.dock("tasks").widget().row(task)
    choose(qtbot, right_click(qtbot, row, row.rect().center()), "Cancel")
    assert task.state == "stopping"
    task.give_up()


def test_a_folder_that_no_program_shows_is_named(window, qtbot, monkeypatch):
    monkeypatch.setattr(desktop.sys, "platform", "linux")
    monkeypatch.setattr(desktop.shutil, "which", lambda _: None)
    window.context.actions.trigger("tools.study")
    assert str(window.context.study) in window.statusBar().currentMessage()

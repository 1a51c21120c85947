import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_made import made_window

from satstudio.core.settings import Settings
from satstudio.gui.kit.actions import Action, ActionRegistry
from satstudio.session.settings_file import load_settings, save_settings

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def dialog(window, qtbot):
    window.context.actions.trigger("help.shortcuts")
    shown = window.dialog
    with qtbot.waitActive(shown):
        shown.activateWindow()
    yield shown
    if window.dialog is shown:
        shown.reject()


def press(dialog, key, modifier=Qt.KeyboardModifier.NoModifier):
    dialog.keys.setFocus()
    QTest.keyClick(dialog.keys, key, modifier)


def keys_of_row(dialog, name):
    row = dialog.table._keys.index(name)
    return dialog.table.item(row, 1).text()


def test_new_keys_work_at_once_and_are_saved(window, dialog, qtbot):
    dialog.choose("page.patches")
    press(dialog, Qt.Key.Key_J, CTRL)
    assert dialog.conflict == ""
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert keys_of_row(dialog, "page.patches") == "Ctrl+J *"
    assert load_settings().shortcuts == {"page.patches": "Ctrl+J"}
    dialog.reject()
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_J, CTRL)
    assert window.page == "patches"


def test_keys_of_another_action_are_named_before_they_are_taken(window, dialog, qtbot):
    dialog.choose("file.close")
    press(dialog, Qt.Key.Key_O, CTRL)
    assert "“Open”" in dialog.conflict
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert keys_of_row(dialog, "file.close") == "Ctrl+O *"
    assert keys_of_row(dialog, "file.open") == " *"
    assert load_settings().shortcuts == {"file.close": "Ctrl+O", "file.open": ""}


def test_one_of_two_keys_is_taken_and_the_other_stays(window, dialog, qtbot):
    dialog.choose("file.close")
    press(dialog, Qt.Key.Key_K, CTRL)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert keys_of_row(dialog, "tools.palette") == "Ctrl+Shift+P *"


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Return])
def test_keys_that_move_in_the_window_stay_free(dialog, key):
    dialog.choose("file.close")
    press(dialog, key)
    assert "stays free" in dialog.conflict
    assert not dialog.use.isEnabled()


def test_no_keys_first_keys_and_reset_all(window, dialog, qtbot):
    actions = window.context.actions
    for name in ("file.open", "file.close"):
        dialog.choose(name)
        qtbot.mouseClick(dialog.none, Qt.MouseButton.LeftButton)
        assert actions.qaction(name).shortcuts() == []
    qtbot.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    assert actions.qaction("file.close").shortcut().toString() == "Ctrl+W"
    assert actions.shortcut("file.open") == ""
    qtbot.mouseClick(dialog.reset_all, Qt.MouseButton.LeftButton)
    assert actions.qaction("file.open").shortcut().toString() == "Ctrl+O"
    assert load_settings().shortcuts == {}


def test_the_table_is_searched_by_letters_and_by_keys(dialog, qtbot):
    qtbot.keyClicks(dialog.search, "ctrl+w")
    assert dialog.table._keys == ["file.close"]
    dialog.search.clear()
    qtbot.keyClicks(dialog.search, "clsc")
    assert "file.close" in dialog.table._keys


def test_saved_keys_come_back_at_the_next_start(qtbot, study):
    with made_window(qtbot, study) as first:
        first.context.actions.give_keys("file.quit", "Ctrl+Alt+X")
        own = load_settings().shortcuts
    save_settings(Settings(shortcuts=own))
    actions = ActionRegistry(load_settings().shortcuts)
    actions.add(Action("file.quit", "Quit", print, shortcut="Ctrl+Q"))
    assert actions.qaction("file.quit").shortcut().toString() == "Ctrl+Alt+X"


def test_saved_keys_that_a_new_action_has_do_not_stop_the_program(caplog):
    actions = ActionRegistry({"a": "Ctrl+T"})
    actions.add(Action("a", "A", print, shortcut="Ctrl+J"))
    actions.add(Action("b", "B", print, shortcut="Ctrl+T; Ctrl+U"))
    assert actions.shortcut("a") == "Ctrl+T"
    assert actions.shortcut("b") == "Ctrl+U"
    assert "share the shortcut" in caplog.text

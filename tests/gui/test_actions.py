import re
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from window_made import made_window

import satstudio.gui
from satstudio.core.errors import InputError
from satstudio.gui.kit.actions import Action, ActionRegistry

GUI = Path(satstudio.gui.__file__).parent


def test_nothing_but_the_registry_creates_a_qaction():
    makers = [
        path.relative_to(GUI).as_posix()
        for path in GUI.rglob("*.py")
        if re.search(
            r"\bQAction\(|\.addAction\(\s*(self\.tr\(|f?[\"'])|QShortcut\(", path.read_text("utf-8")
        )
    ]
    assert makers == ["kit/actions.py"]


def test_no_two_shortcuts_of_the_window_collide(qtbot, study):
    with made_window(qtbot, study) as window:
        actions = window.context.actions
        for name in window.page_names:
            window.page_widget(name)
        keys = Counter(actions.qaction(row.id).shortcut().toString() for row in actions.rows())
        keys.pop("", None)
        assert [key for key, count in keys.items() if count > 1] == []


def test_a_second_action_of_an_id_or_a_shortcut_is_refused(qtbot):
    actions = ActionRegistry()
    actions.add(Action("a", "A", print, shortcut="Ctrl+T"))
    with pytest.raises(InputError, match="called 'a'"):
        actions.add(Action("a", "A", print))
    with pytest.raises(InputError, match="share the shortcut"):
        actions.add(Action("b", "B", print, shortcut="Ctrl+T"))


def test_a_shortcut_of_the_user_wins(qtbot):
    actions = ActionRegistry({"a": "Ctrl+J"})
    actions.add(Action("a", "A", print, shortcut="Ctrl+T"))
    assert actions.qaction("a").shortcut().toString() == "Ctrl+J"


def test_a_disabled_action_says_why(qtbot):
    actions = ActionRegistry()
    calls = []
    reasons = ["no scene is open"]
    actions.add(
        Action(
            "a", "Fi&t", lambda: calls.append(1), tip="Show all", enabled_when=lambda: reasons[0]
        )
    )
    actions.trigger("a")
    assert calls == []
    assert "no scene is open" in actions.qaction("a").toolTip()
    reasons[0] = ""
    actions.trigger("a")
    assert calls == [1]
    assert actions.qaction("a").toolTip() == "Fit\nShow all"


def test_a_local_shortcut_works_inside_its_widget_only(qtbot):
    actions = ActionRegistry()
    calls = []
    actions.add(Action("a", "A", lambda: calls.append(1), shortcut="H", local=True))
    outer = QWidget()
    inner, other = QWidget(outer), QWidget(outer)
    qtbot.addWidget(outer)
    actions.attach(inner, "a")
    with qtbot.waitActive(outer):
        outer.show()
        outer.activateWindow()
    other.setFocus()
    qtbot.keyClick(other, "h")
    assert calls == []
    inner.setFocus()
    qtbot.keyClick(inner, "h")
    assert calls == [1]

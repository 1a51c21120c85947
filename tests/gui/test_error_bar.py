"""MessageBar: what it shows, and that nothing told is lost."""

import pytest

from satstudio.gui.shell.error_bar import MessageBar


@pytest.fixture
def bar(qtbot):
    made = MessageBar()
    qtbot.addWidget(made)
    return made


def test_several_errors_at_once_are_all_to_be_read(bar):
    for name in ("a.tif", "b.tif", "c.tif"):
        bar.show_message(f"Cannot open {name}.", "error")
    assert bar.text == "Cannot open c.tif."
    assert "a.tif" in bar.detail
    assert "b.tif" in bar.detail


def test_an_error_after_a_closed_one_stands_alone(bar):
    bar.show_message("Cannot open a.tif.", "error")
    bar.hide()
    bar.show_message("Cannot open b.tif.", "error")
    assert bar.detail == ""


def test_a_hint_has_nothing_to_copy(bar):
    bar.show_message("First steps", "hint")
    assert not bar._copy.isVisible()
    bar.show_message("It failed.", "error")
    assert bar._copy.isVisible()


def test_a_message_goes_when_its_cause_is_settled_and_those_of_others_stay(bar):
    bar.show_message("Cannot open a.tif.", "error", "", "a.tif")
    bar.show_message("Cannot open b.tif.", "error", "", "b.tif")
    bar.settle("b.tif")
    assert (bar.text, bar.detail) == ("Cannot open a.tif.", "")
    bar.settle("a.tif")
    assert not bar.isVisible()


def test_what_is_said_twice_is_shown_once(bar):
    bar.show_message("It failed.", "error")
    bar.show_message("It failed.", "error", "more", "task")
    assert bar.detail == "more"

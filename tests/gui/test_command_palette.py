import pytest
from hypothesis import given
from hypothesis.strategies import data, just, lists, sampled_from, text
from made import made_slc
from PySide6.QtCore import Qt
from window_made import made_window, open_sample

from satstudio.gui.shell.palette.command_palette import CommandPalette
from satstudio.gui.shell.palette.fuzzy import found

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def opened(qtbot, window, key=Qt.Key.Key_K, modifier=CTRL):
    with qtbot.waitActive(window):
        window.activateWindow()
    qtbot.keyClick(window, key, modifier)
    palette = window.dialog
    assert isinstance(palette, CommandPalette)
    qtbot.waitUntil(palette.line.hasFocus)
    return palette


@given(data(), text(max_size=30))
def test_letters_of_a_text_in_their_order_are_found(given_data, words):
    some = lists(sampled_from(range(len(words))), unique=True) if words else just([])
    places = sorted(given_data.draw(some))
    letters = "".join(words[place] for place in places)
    way = found(letters, words)
    assert way is not None
    spoken = [words[place].casefold() for place in way.places]
    assert spoken == [letter.casefold() for letter in letters if not letter.isspace()]
    assert list(way.places) == sorted(set(way.places))


@pytest.mark.parametrize(
    ("letters", "better", "worse"),
    [("os", "Open scene", "Close all"), ("fit", "Fit to window", "File it"), ("S", "Stop", "Uses")],
)
def test_beginnings_of_words_and_letters_in_a_row_count_more(letters, better, worse):
    assert found(letters, better).score > found(letters, worse).score


def test_letters_in_another_order_are_not_found():
    assert found("nepo", "Open") is None


@pytest.mark.parametrize(("key", "modifier"), [(Qt.Key.Key_K, CTRL), (Qt.Key.Key_P, CTRL | SHIFT)])
def test_two_keys_open_the_palette_and_escape_closes_it(window, qtbot, key, modifier):
    palette = opened(qtbot, window, key, modifier)
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.dialog is None)


def test_letters_and_enter_show_a_page(window, qtbot):
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.line, "ptch")
    assert palette.texts[0] == "Patches"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.page == "patches"


def test_arrows_go_round_and_pages_stop_at_the_ends(window, qtbot):
    palette = opened(qtbot, window)
    last = palette.list.count() - 1
    qtbot.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.list.currentRow() == last
    qtbot.keyClick(palette.line, Qt.Key.Key_PageDown)
    assert palette.list.currentRow() == last
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 0


def test_every_action_is_there_but_the_palette_itself(window, qtbot):
    palette = opened(qtbot, window)
    rows = window.context.actions.rows()
    assert palette.list.count() == len(rows) - 1


def test_what_cannot_run_now_says_why_and_the_palette_stays(window, qtbot):
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.line, "save picture")
    assert palette.current.text == "Save picture as"
    assert "no scene is open" in palette.note.text()
    assert "no scene is open" in palette.line.accessibleDescription()
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_an_open_scene_comes_to_the_front(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path, name="lake.tif"))
    open_sample(qtbot, window, made_slc(tmp_path, name="river.tif"))
    window.show_page("patches")
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.line, "lake")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.context.store.session.layer.name == "lake.tif"
    assert window.page == "view"


def test_letters_that_nothing_has_say_so(window, qtbot):
    palette = opened(qtbot, window)
    qtbot.keyClicks(palette.line, "qqqq")
    assert palette.texts == ()
    assert palette.note.text()
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()

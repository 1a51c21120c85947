"""The list of models in the window: searched, noted, drawn, compared, used."""

import pytest
from made_foreign import foreign
from made_models import made_restorer
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from window_made import ChosenFiles, made_window, put_fast_first

from satstudio.gui.pages.restore.models.describe_dialog import DescribeDialog
from satstudio.restore.model_list import model_rows
from satstudio.restore.model_list.model_note import note_file, read_model_note
from satstudio.restore.models.model_file import read_card

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def models(study):
    folder = study / "models"
    folder.mkdir(parents=True)
    made_restorer(folder / "blur.onnx", "blur")
    made_restorer(folder / "speckle.onnx", "despeckle")
    foreign(folder / "theirs.onnx")
    return folder


@pytest.fixture
def window(qtbot, study, models, monkeypatch):
    put_fast_first(monkeypatch)
    monkeypatch.setattr(model_rows, "SHIPPED_FOLDERS", ("demo",))  # the others are slow to draw
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot):
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:lee") > 0, timeout=20_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    return page


@pytest.fixture
def dialog(page, qtbot, models):
    """The list with its cards read."""
    qtbot.mouseClick(page.form.models.list, LEFT)
    dialog = page.form.models.dialogs.dialog
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=30_000)
    yield dialog
    page.form.models.dialogs.dialog and page.form.models.dialogs.dialog.close()


def names(dialog):
    return [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]


def click_row(dialog, qtbot, name, keys=Qt.KeyboardModifier.NoModifier):
    row = names(dialog).index(name)
    place = dialog.table.visualItemRect(dialog.table.item(row, 0)).center()
    qtbot.mouseClick(dialog.table.viewport(), LEFT, keys, place)


def test_files_of_the_study_and_of_the_program_are_listed(dialog, models):
    assert names(dialog) == ["blur.onnx", "speckle.onnx", "theirs.onnx", "generator.onnx"]
    row = names(dialog).index("theirs.onnx")
    assert dialog.table.item(row, 1).text() == "no card"


def test_a_search_by_keys_finds_and_enter_uses(dialog, qtbot, page, models):
    dialog.search.setFocus()
    qtbot.keyClicks(dialog.search, "restore bl")
    assert names(dialog) == ["blur.onnx"]
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    assert page.form.models.key == str(models / "blur.onnx")
    qtbot.waitUntil(lambda: page.form.models.dialogs.dialog is None, timeout=5_000)


def test_the_arrows_move_from_the_search_into_the_list(dialog, qtbot):
    dialog.search.setFocus()
    first = dialog.table.key
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    assert dialog.table.key != first
    assert dialog.table.hasFocus()


def test_tags_and_notes_are_kept_beside_the_model_and_found(dialog, qtbot, models):
    blur = models / "blur.onnx"
    click_row(dialog, qtbot, "blur.onnx")
    assert dialog.sheet.path == blur
    dialog.sheet.tags.setFocus()
    qtbot.keyClicks(dialog.sheet.tags, "optical, Mine")
    qtbot.keyClick(dialog.sheet.tags, Qt.Key.Key_Tab)
    assert read_model_note(blur).tags == ("Mine", "optical")
    assert dialog.table.item(names(dialog).index("blur.onnx"), 3).text() == "Mine, optical"
    dialog.sheet.note.setFocus()
    qtbot.keyClicks(dialog.sheet.note, "for clouds")
    click_row(dialog, qtbot, "speckle.onnx")
    assert read_model_note(blur).note == "for clouds"
    assert dialog.sheet.note.toPlainText() == ""
    qtbot.keyClicks(dialog.search, "CLOUDS mine")
    assert names(dialog) == ["blur.onnx"]
    assert not note_file(models / "speckle.onnx").exists()


def test_a_note_is_kept_when_the_list_is_closed_at_once(dialog, qtbot, models):
    click_row(dialog, qtbot, "blur.onnx")
    dialog.sheet.note.setFocus()
    qtbot.keyClicks(dialog.sheet.note, "late")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert read_model_note(models / "blur.onnx").note == "late"


def test_models_of_the_program_take_no_notes(dialog, qtbot):
    click_row(dialog, qtbot, "generator.onnx")
    assert not dialog.sheet.tags.isEnabled()
    assert "comes with the program" in dialog.sheet.tags.toolTip()


def test_what_models_make_is_drawn_beside_them(dialog, qtbot):
    click_row(dialog, qtbot, "blur.onnx")
    qtbot.waitUntil(lambda: not dialog.sheet.picture.pixmap().isNull(), timeout=60_000)
    row = names(dialog).index("blur.onnx")
    assert not dialog.table.item(row, 0).icon().isNull()


def test_two_cards_are_compared(dialog, qtbot):
    click_row(dialog, qtbot, "blur.onnx")
    assert not dialog.compare.isEnabled()
    click_row(dialog, qtbot, "speckle.onnx", CONTROL)
    qtbot.mouseClick(dialog.compare, LEFT)
    cards = dialog.cards
    rows = {
        cards.table.item(r, 0).text(): [cards.table.item(r, c).text() for c in (1, 2)]
        for r in range(cards.table.rowCount())
    }
    assert rows["task"] == ["restore", "despeckle"]
    assert "version" not in rows
    cards.only.click()
    assert cards.table.rowCount() > len(rows)
    qtbot.mouseClick(cards.copy, LEFT)
    assert "task\trestore\tdespeckle" in QApplication.clipboard().text()
    cards.close()


def test_what_is_chosen_decides_what_can_be_done(dialog, qtbot, page, models):
    click_row(dialog, qtbot, "generator.onnx")
    assert not dialog.use.isEnabled()
    click_row(dialog, qtbot, "theirs.onnx")
    assert not dialog.use.isEnabled()
    assert dialog.describe.isEnabled()
    assert "without a satstudio card" in dialog.sheet.about.text()
    qtbot.mouseClick(dialog.describe, LEFT)
    other = page.form.models.dialogs.dialog
    assert isinstance(other, DescribeDialog)
    other.close()


def test_a_copy_for_qgis_is_saved_where_one_says(dialog, qtbot, window, tmp_path):
    click_row(dialog, qtbot, "speckle.onnx")
    assert not dialog.qgis.isEnabled()
    click_row(dialog, qtbot, "blur.onnx")
    out = tmp_path / "blur_qgis.onnx"
    window.context.files = ChosenFiles(str(out))
    qtbot.mouseClick(dialog.qgis, LEFT)
    qtbot.waitUntil(out.exists, timeout=30_000)
    assert read_card(out).tile_px == 32


def test_the_action_opens_the_list_from_any_page(window, qtbot, page):
    window.show_page("view")
    window.context.actions.trigger("restore.models")
    assert window.page == "restore"
    dialog = page.form.models.dialogs.dialog
    qtbot.waitUntil(lambda: dialog.table.rowCount() > 0, timeout=30_000)
    dialog.close()
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=20_000)

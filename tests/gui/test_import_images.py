"""Patches: a folder of telescope images, or a seed, becomes pairs; they are shown side by side."""

import pytest
from made_images import picture
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QToolButton
from window_made import ChosenFiles, jobs_end, made_window

from satstudio.gui.pages.patches.import_dialog import ImportDialog
from satstudio.gui.pages.patches.sheet_model import IMAGE
from satstudio.patches.patch_set import PatchSet

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        made.resize(1366, 768)
        yield made


@pytest.fixture
def page(window):
    window.show_page("patches")
    return window.page_widget("patches")


def asked(page, qtbot, kind):
    """The dialog, opened by a click, with a data set chosen by the keys."""
    qtbot.mouseClick(page.bring, LEFT)
    dialog = page.findChild(ImportDialog)
    pick(qtbot, dialog.dataset, dialog.dataset.findData(kind))
    return dialog


def pick(qtbot, box: QComboBox, row: int):
    """Choose in a list with the keys."""
    box.setFocus()
    for _ in range(box.count()):
        if box.currentIndex() != row:
            is_below = box.currentIndex() < row
            qtbot.keyClick(box, Qt.Key.Key_Down if is_below else Qt.Key.Key_Up)
    assert box.currentIndex() == row


def write(qtbot, line, text):
    line.selectAll()
    qtbot.keyClicks(line, text)


def end(page, window, qtbot):
    """Wait until the set is there and drawn."""
    jobs_end(qtbot, window.context)
    sheet = page.sets.sheet
    qtbot.waitUntil(lambda: sheet.model.rowCount() > 0, timeout=20_000)
    qtbot.waitUntil(lambda: isinstance(sheet.model.index(0).data(IMAGE), QImage), timeout=20_000)
    return sheet


def test_a_folder_of_telescope_images_becomes_pairs_on_the_sheet(
    page, window, qtbot, study, open_data
):
    root = open_data / "astro/hubble_top100_128px"
    window.context.files = ChosenFiles(str(root))
    dialog = asked(page, qtbot, "folder")
    assert not dialog.file.isVisible()
    assert "Choose where" in dialog.problem.text()
    qtbot.mouseClick(dialog.folder, LEFT)
    write(qtbot, dialog.form.field("size_px").widget, "64")
    write(qtbot, dialog.form.field("test_share").widget, "0.25")
    assert dialog.name.text() == "hubble_top100_128px"
    qtbot.mouseClick(dialog.start, LEFT)
    sheet = end(page, window, qtbot)
    patches = PatchSet.open(study / "patches" / "hubble_top100_128px")
    assert patches.manifest.counts == {"train": 10, "validation": 2, "test": 4}
    assert sheet.band_box.currentText() == "input | target"
    pair = sheet.model.index(0).data(IMAGE)
    assert pair.width() == 2 * 64 + 2
    grey = [pair.pixelColor(20, row) for row in range(64)]
    colour = [pair.pixelColor(86, row) for row in range(64)]
    assert all(c.red() == c.green() == c.blue() for c in grey)
    assert any(abs(c.red() - c.blue()) > 10 for c in colour)
    place = sheet.view.visualRect(sheet.model.index(0))
    assert place.width() > 1.8 * place.height()
    pick(qtbot, sheet.part_box, sheet.part_box.findData("test"))
    sheet.part_box.activated.emit(sheet.part_box.currentIndex())
    assert sheet.model.rowCount() == 4
    assert page.sets.table.item(0, 3).text() == "4"
    pick(qtbot, sheet.band_box, sheet.band_box.findText("target, colour"))
    sheet.band_box.activated.emit(sheet.band_box.currentIndex())
    qtbot.waitUntil(lambda: sheet.model.source.role == "target", timeout=10_000)
    place = sheet.view.visualRect(sheet.model.index(0))
    assert place.width() == place.height()


def test_two_folders_are_chosen_by_buttons_and_what_is_missing_is_said(
    page, window, qtbot, study, tmp_path
):
    for number in range(6):
        picture(tmp_path / f"sar/{number}.png", number, bands=1)
        picture(tmp_path / f"optical/{number}.png", 9 + number)
    (tmp_path / "sar/notes.txt").write_text("none")
    window.context.files = ChosenFiles(str(tmp_path / "sar"))
    dialog = asked(page, qtbot, "folder")
    qtbot.mouseClick(dialog.folder, LEFT)
    assert dialog.start.isEnabled()
    target = dialog.form.field("target").widget
    assert not target.isVisible()
    pick(qtbot, dialog.form.field("kind").widget, 1)
    assert target.isVisible()
    assert "needs target" in dialog.problem.text()
    assert not dialog.start.isEnabled()
    target.dialogs = ChosenFiles(str(tmp_path / "optical"))
    (button,) = target.findChildren(QToolButton)
    qtbot.mouseClick(button, LEFT)
    assert target.text() == str(tmp_path / "optical")
    write(qtbot, dialog.form.field("size_px").widget, "32")
    qtbot.mouseClick(dialog.start, LEFT)
    end(page, window, qtbot)
    patches = PatchSet.open(study / "patches" / "sar")
    assert [port.band_count for port in patches.ports] == [1, 3]
    qtbot.waitUntil(lambda: "no leakage" in page.sets.report.text(), timeout=60_000)
    assert "sar: 1 left out, no images: notes.txt" in page.sets.report.text()


def test_what_has_no_meaning_for_a_kind_is_neither_shown_nor_taken(page, qtbot, tmp_path):
    dialog = asked(page, qtbot, "folder")
    form = dialog.form
    assert not form.field("fold").widget.isVisible()
    assert form.field("test_share").widget.isVisible()
    write(qtbot, form.field("folds").widget, "4")
    assert form.field("fold").widget.isVisible()
    assert not form.field("test_share").widget.isVisible()
    pick(qtbot, form.field("kind").widget, 1)
    form.field("target").set_value(str(tmp_path))
    write(qtbot, form.field("ratio").widget, "3")
    assert form.values()["ratio"] == 3
    pick(qtbot, form.field("kind").widget, 0)
    assert (form.values()["target"], form.values()["ratio"]) == (None, 1)
    dialog.reject()


def test_nebulae_are_made_without_a_file(page, window, qtbot, study):
    dialog = asked(page, qtbot, "nebulae")
    assert not dialog.root.isVisible()
    assert not dialog.folder.isVisible()
    assert dialog.name.text() == "nebulae"
    write(qtbot, dialog.form.field("count").widget, "12")
    write(qtbot, dialog.form.field("size_px").widget, "32")
    qtbot.mouseClick(dialog.start, LEFT)
    sheet = end(page, window, qtbot)
    assert PatchSet.open(study / "patches/nebulae").manifest.counts["train"] == 10
    assert sheet.model.index(0).data(IMAGE).width() == 66
    assert page.bring.isEnabled()


def test_making_is_stopped_and_leaves_nothing(page, window, qtbot, study):
    dialog = asked(page, qtbot, "nebulae")
    write(qtbot, dialog.form.field("count").widget, "100000")
    qtbot.mouseClick(dialog.start, LEFT)
    (task,) = window.context.jobs.running
    qtbot.waitUntil(lambda: task.share > 0, timeout=60_000)
    task.stop()
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    assert task.state == "stopped"
    assert not list((study / "patches").iterdir())
    assert page.bring.isEnabled()

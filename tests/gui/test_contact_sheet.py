"""Patches: the contact sheet is zoomed and shown in other ways, a click rejects a patch; Train."""

import shutil

import numpy as np
import pytest
from made_patches import made_patches
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu
from window_made import made_window

from satstudio.gui.pages.patches.sheet_model import IMAGE
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.rejected import Rejected

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def folder(study):
    (study / "patches").mkdir()
    return made_patches(study / "patches" / "made", train=10, validation=4, size=16)


@pytest.fixture
def window(qtbot, study, folder):
    with made_window(qtbot, study) as made:
        made.resize(1366, 768)
        yield made


@pytest.fixture
def page(window, qtbot):
    window.show_page("patches")
    page = window.page_widget("patches")
    bar = page._tabs.tabBar()
    qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(1).center())
    qtbot.waitUntil(lambda: is_drawn(page.sets.sheet), timeout=10_000)
    return page


def is_drawn(sheet):
    rows = range(sheet.model.rowCount())
    return bool(rows) and all(isinstance(image(sheet, row), QImage) for row in rows)


def image(sheet, row):
    return sheet.model.index(row).data(IMAGE)


def click(page, qtbot, row, button=LEFT):
    view = page.sets.sheet.view
    place = view.visualRect(page.sets.sheet.model.index(row)).center()
    qtbot.mouseClick(view.viewport(), button, pos=place)


def pick(qtbot, box, text):
    """Choose in a list with the keys."""
    box.setFocus()
    row = box.findText(text)
    for _ in range(box.count()):
        if box.currentIndex() != row:
            is_below = box.currentIndex() < row
            qtbot.keyClick(box, Qt.Key.Key_Down if is_below else Qt.Key.Key_Up)
    assert box.currentText() == text


def rejected(folder):
    return PatchSet.open(folder).rejected


def test_a_click_rejects_a_patch_and_undo_takes_it_back(page, window, qtbot, folder):
    store = window.context.store
    before = image(page.sets.sheet, 3)
    shown = page.sets.sheet.view.viewport().grab().toImage()
    click(page, qtbot, 3)
    assert rejected(folder) == Rejected(train=(3,))
    assert len(PatchSet.open(folder).train) == 9
    assert page.sets.sheet.view.viewport().grab().toImage() != shown, "it is crossed out"
    assert image(page.sets.sheet, 3) == before
    click(page, qtbot, 11)
    click(page, qtbot, 5)
    assert rejected(folder) == Rejected(train=(3, 5), validation=(1,))
    assert "3 rejected" in page.sets.sheet.count.text()
    assert store.undo_text == "Reject train/5", "each click is a step of its own"
    window.context.actions.trigger("edit.undo")
    assert rejected(folder) == Rejected(train=(3,), validation=(1,))
    window.context.actions.trigger("edit.redo")
    click(page, qtbot, 3)
    assert store.undo_text == "Take train/3 back"
    assert rejected(folder) == Rejected(train=(5,), validation=(1,))
    for _ in range(4):
        window.context.actions.trigger("edit.undo")
    assert not rejected(folder)
    assert not page.sets.sheet.all_back.isVisible()
    qtbot.waitUntil(lambda: page.sets.table.item(0, 1).text() == "10", timeout=5_000)


def test_what_others_rejected_is_the_start_of_undo(page, window, qtbot, folder):
    click(page, qtbot, 0)
    window.context.store.undo()
    Rejected(train=(7,)).write(folder)
    pick(qtbot, page.sets.sheet.view_box, "Intensity")
    qtbot.waitUntil(lambda: page.sets.sheet.model.rejected.train == (7,), timeout=5_000)
    click(page, qtbot, 1)
    assert rejected(folder).train == (1, 7)
    window.context.store.undo()
    assert rejected(folder).train == (7,)
    qtbot.mouseClick(page.sets.sheet.all_back, LEFT)
    assert not rejected(folder)
    window.context.store.undo()
    assert rejected(folder).train == (7,)


def test_keys_move_and_reject_and_the_menu_does_too(page, qtbot, folder):
    view = page.sets.sheet.view
    click(page, qtbot, 0)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Space)
    assert rejected(folder).train == (0, 1)
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert rejected(folder).train == (0,)
    place = view.visualRect(page.sets.sheet.model.index(2)).center()
    view.customContextMenuRequested.emit(place)
    menu = page.sets.sheet.findChild(QMenu)
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[0]).center())
    assert rejected(folder).train == (0, 2)


def test_the_sheet_is_zoomed_by_buttons_keys_and_wheel(page, qtbot):
    view = page.sets.sheet.view
    side = view.visualRect(page.sets.sheet.model.index(0)).width()
    qtbot.mouseClick(page.sets.sheet.larger, LEFT)
    larger = view.visualRect(page.sets.sheet.model.index(0)).width()
    assert larger > side
    qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert view.visualRect(page.sets.sheet.model.index(0)).width() == side
    turn = QWheelEvent(
        QPointF(20, 20), view.viewport().mapToGlobal(QPointF(20, 20)), QPoint(), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), turn)
    assert view.visualRect(page.sets.sheet.model.index(0)).width() == larger
    for _ in range(12):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert not page.sets.sheet.larger.isEnabled()
    for _ in range(12):
        qtbot.keyClick(view, Qt.Key.Key_Minus)
    assert not page.sets.sheet.smaller.isEnabled()


def test_patches_are_shown_as_amplitude_and_that_is_remembered(page, window, qtbot, folder):
    sheet = page.sets.sheet
    coloured = image(sheet, 0)
    assert not coloured.isGrayscale()
    pick(qtbot, sheet.view_box, "Amplitude")
    qtbot.waitUntil(lambda: is_drawn(sheet) and image(sheet, 0) != coloured, timeout=10_000)
    assert all(image(sheet, row).isGrayscale() for row in range(4))
    patch = np.abs(PatchSet.open(folder).train[0][0])
    row, col = np.unravel_index(patch.argmax(), patch.shape)
    low, high = np.unravel_index(patch.argmin(), patch.shape)
    grey = image(sheet, 0)
    assert grey.pixelColor(int(col), int(row)).red() > grey.pixelColor(int(high), int(low)).red()
    qtbot.waitUntil(lambda: window.context.store.undo_text == "Patches shown as")
    window.context.store.undo()
    qtbot.waitUntil(lambda: is_drawn(sheet) and image(sheet, 0) == coloured, timeout=10_000)
    assert sheet.view_box.currentText() == "Phase and magnitude (HSV)"


def test_splits_and_rejected_patches_are_listed_alone(page, qtbot, folder):
    sheet = page.sets.sheet
    click(page, qtbot, 12)
    for text, count in (("Training", 10), ("Validation", 4), ("Rejected", 1), ("All patches", 14)):
        pick(qtbot, sheet.part_box, text)
        assert sheet.model.rowCount() == count
    pick(qtbot, sheet.part_box, "Rejected")
    click(page, qtbot, 0)
    assert not rejected(folder)
    assert sheet.model.rowCount() == 1, "it stays listed, so that a second click rejects it again"


def test_a_folder_that_cannot_be_written_is_told(page, window, qtbot, folder, monkeypatch):
    told = []
    window.context.told.connect(lambda text, kind, detail: told.append((kind, text)))
    (folder / "rejected.json").mkdir()
    click(page, qtbot, 2)
    assert [kind for kind, _ in told] == ["error"]
    assert "rejected.json" in told[0][1]
    assert not page.sets.sheet.model.rejected


def test_of_a_set_that_has_gone_nothing_is_rejected(page, window, qtbot, folder):
    told = []
    window.context.told.connect(lambda text, kind, detail: told.append((kind, text)))
    click(page, qtbot, 0)
    shutil.rmtree(folder)
    click(page, qtbot, 2)
    window.context.store.undo()
    assert [kind for kind, _ in told] == ["error", "error"]
    assert all(f"{folder} is no patch set any more" in text for _, text in told)
    assert not folder.exists()


def test_a_set_that_was_cut_is_chosen_in_train(window, qtbot, study, folder):
    """The state of the Train page names another set; the new one is chosen without a step."""
    window.show_page("train")
    train = window.page_widget("train")
    made_patches(study / "patches" / "older", train=10, validation=4, size=16)
    window.context.study_changed.emit()
    qtbot.waitUntil(lambda: train.form.patches.count() == 2, timeout=20_000)
    is_last = train.form.patches.currentIndex() == 1
    train.form.patches.setFocus()
    qtbot.keyClick(train.form.patches, Qt.Key.Key_Up if is_last else Qt.Key.Key_Down)
    store = window.context.store
    qtbot.waitUntil(lambda: "train" in store.session.pages)
    steps, chosen = len(store._done), train.form.set_path
    new = made_patches(study / "patches" / "new", train=10, validation=4, size=16)
    window.context.new_set = new
    window.context.study_changed.emit()
    qtbot.waitUntil(lambda: train.form.patches.count() == 3, timeout=20_000)
    assert chosen != train.form.set_path == new
    assert store.session.pages["train"]["patches"] == str(new)
    assert len(store._done) == steps
    train.form.patches.choose(chosen)
    window.context.study_changed.emit()
    qtbot.wait(200)
    assert train.form.set_path == chosen, "the user's choice stays"

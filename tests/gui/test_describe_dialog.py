"""A model file of others is described in the window: tried, changed, stopped, saved, used."""

import numpy as np
import pytest
from made import write_geotiff
from made_foreign import foreign
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from window_made import ChosenFiles, made_window, open_sample, put_fast_first

from satstudio.core.files.replacing import sha256_of
from satstudio.gui.pages.restore.models.describe_dialog import DescribeDialog
from satstudio.restore.models.model_file import read_card

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def scene(tmp_path):
    rng = np.random.default_rng(1)
    pixels = np.clip(90 + 40 * rng.standard_normal((3, 200, 220)), 0, 255).astype(np.uint8)
    return write_geotiff(tmp_path / "photo.tif", pixels)


@pytest.fixture
def page(window, qtbot, scene):
    open_sample(qtbot, window, scene)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:lee") > 0, timeout=20_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    return page


def drop(widget, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(QPoint(5, 5), copy, data, LEFT, none),
        QDropEvent(QPointF(5, 5), copy, data, LEFT, none),
    ):
        QApplication.sendEvent(widget, event)


def click(qtbot, button):
    qtbot.mouseClick(button, LEFT)


def chosen(page, qtbot, path):
    """Choose a file from elsewhere on the page, as a person does by 'Other…'."""
    page._context.files = ChosenFiles(str(path))
    click(qtbot, page.form.models.other)
    qtbot.waitUntil(lambda: page.form.models.choice.problem != "", timeout=20_000)


def opened(page, qtbot):
    click(qtbot, page.form.models.describe)
    dialog = page.form.models.dialogs.dialog
    assert isinstance(dialog, DescribeDialog)
    return dialog


def is_tried(dialog):
    return not dialog.is_busy and dialog.found.table.rowCount() > 0


def facts(dialog):
    table = dialog.found.table
    return {table.item(r, 0).text(): table.item(r, 1).text() for r in range(table.rowCount())}


def test_a_file_without_a_card_is_described_and_then_restores(page, qtbot, tmp_path, study):
    path = foreign(tmp_path / "theirs.onnx", "nhwc")
    before = sha256_of(path)
    chosen(page, qtbot, path)
    assert "without a satstudio card" in page.form.models.choice.problem
    assert page.form.models.describe.isVisible()
    dialog = opened(page, qtbot)
    qtbot.waitUntil(lambda: is_tried(dialog), timeout=30_000)
    found = facts(dialog)
    assert found["Layout"] == "bands after columns (NHWC)"
    assert found["Looks around a pixel"] == "2 px"
    assert found["Tried on"] == "the middle of photo.tif"
    assert found["Is fed"] == "value / 255"
    assert not any(shown.pixmap().isNull() for shown in dialog.found.pictures.values())
    assert dialog.name.text() == "theirs_described"
    click(qtbot, dialog.save)
    copy = study / "models" / "theirs_described.onnx"
    qtbot.waitUntil(lambda: page.form.models.key == str(copy), timeout=30_000)
    qtbot.waitUntil(lambda: page.form.models.choice.card is not None, timeout=30_000)
    assert read_card(copy).method == "foreign"
    assert sha256_of(path) == before
    assert not page.form.models.describe.isVisible()
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.waitUntil(lambda: page.form.models.dialogs.dialog is None, timeout=5_000)


def test_another_choice_wants_another_trial_before_it_is_saved(page, qtbot, tmp_path):
    chosen(page, qtbot, foreign(tmp_path / "theirs.onnx"))
    dialog = opened(page, qtbot)
    qtbot.waitUntil(lambda: is_tried(dialog), timeout=30_000)
    assert dialog.save.isEnabled()
    top = dialog.form.field("top").widget
    top.setFocus()
    qtbot.keyClicks(top, "1000")
    assert not dialog.save.isEnabled()
    assert "Try it" in dialog.save.toolTip()
    qtbot.keyClick(dialog, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: dialog.is_busy, timeout=5_000)
    qtbot.waitUntil(lambda: is_tried(dialog), timeout=30_000)
    assert facts(dialog)["Is fed"] == "value / 1000"
    assert dialog.save.isEnabled()
    qtbot.keyClicks(dialog.form.field("mean").widget, "0.5")
    assert not dialog.trial.isEnabled()
    assert "as many means" in dialog.problem.text()
    qtbot.keyClicks(dialog.form.field("std").widget, "0.5")
    assert dialog.trial.isEnabled()
    dialog.name.setText("no/name")
    assert not dialog.save.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.form.models.dialogs.dialog is None, timeout=5_000)


def test_a_file_that_cannot_be_tried_says_why_and_another_scene_helps(page, qtbot, tmp_path):
    chosen(page, qtbot, foreign(tmp_path / "five.onnx", bands=5))
    dialog = opened(page, qtbot)
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=30_000)
    assert "photo.tif has 3 band(s), the model takes 5" in dialog.problem.text()
    assert not dialog.save.isEnabled()
    dialog.scene.setCurrentIndex(dialog.scene.count() - 1)
    click(qtbot, dialog.trial)
    qtbot.waitUntil(lambda: is_tried(dialog), timeout=30_000)
    assert facts(dialog)["Bands"] == "5 in, 5 out"
    assert dialog.problem.isHidden()
    dialog.close()


def test_a_trial_is_stopped_and_ends_with_the_dialog(page, qtbot, tmp_path, window):
    chosen(page, qtbot, foreign(tmp_path / "theirs.onnx"))
    dialog = opened(page, qtbot)
    assert dialog.stop.isVisible()
    click(qtbot, dialog.stop)
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)
    assert not dialog.save.isEnabled()
    click(qtbot, dialog.trial)
    assert dialog.is_busy
    close = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Close)
    click(qtbot, close)
    qtbot.waitUntil(lambda: page.form.models.dialogs.dialog is None, timeout=5_000)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=20_000)
    assert not list((window.context.study / "models").glob("*.onnx"))


def test_a_dropped_file_without_a_card_comes_to_the_restore_page(page, qtbot, tmp_path, window):
    path = foreign(tmp_path / "theirs.onnx")
    window.show_page("view")
    drop(window.page_widget("view"), path)
    qtbot.waitUntil(lambda: window.page == "restore", timeout=30_000)
    qtbot.waitUntil(page.form.models.describe.isVisible, timeout=20_000)
    assert page.form.models.key == str(path)


def test_the_action_asks_for_a_file(page, qtbot, tmp_path, window):
    window.context.files = ChosenFiles(str(foreign(tmp_path / "theirs.onnx")))
    window.show_page("view")
    window.context.actions.trigger("restore.describe")
    assert window.page == "restore"
    dialog = page.form.models.dialogs.dialog
    qtbot.waitUntil(lambda: is_tried(dialog), timeout=30_000)
    dialog.close()

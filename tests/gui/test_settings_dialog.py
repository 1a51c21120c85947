from pathlib import Path

import pytest
from made import made_slc
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit
from window_made import ChosenFiles, made_window, open_sample

from satstudio.core.paths import plugins_folder, settings_folder
from satstudio.core.settings import Settings
from satstudio.gui.kit.scenes.tile_cache import MIB
from satstudio.gui.kit.theme import is_dark
from satstudio.gui.shell.dialogs.settings import HIDDEN
from satstudio.scenes.pyramid.build import stored_pyramids
from satstudio.session.settings_file import load_settings


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def dialog(window):
    window.show_settings()
    yield window.dialog
    if window.dialog is not None:
        window.dialog.reject()


def choose(dialog, **values):
    dialog.form.set_values(values)
    dialog.take()


def test_every_setting_can_be_changed_or_is_changed_elsewhere(dialog):
    shown = set(dialog.form.values()) - set(HIDDEN)
    assert shown == set(Settings.model_fields) - set(HIDDEN)


def test_a_setting_takes_effect_at_once_and_is_remembered(window, dialog, qtbot):
    dialog.form.field("theme").widget.setCurrentIndex(2)
    qtbot.waitUntil(is_dark)
    assert load_settings().theme == "dark"
    choose(dialog, theme="light")
    assert not is_dark()


def test_the_memory_for_tiles_is_shared_out_anew(window, dialog, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path))
    canvas = window.page_widget("view").canvas
    choose(dialog, cache_mb=1000)
    assert window.context.scenes.raw.limit_bytes == 625 * MIB
    canvas.grab()
    assert canvas.picture.images.limit_bytes == 375 * MIB


def test_a_number_out_of_bounds_is_not_taken(dialog):
    choose(dialog, cache_mb=3)
    assert load_settings().cache_mb == 256
    assert "at least 64" in dialog.form.problem()


def test_threads_are_those_of_the_next_task(dialog, window):
    jobs = window.context.jobs
    assert jobs.threads is None
    choose(dialog, threads=3)
    task = jobs.start("card", {"path": "gone.onnx"}, "Card", is_quiet=True)
    assert task.job.threads == 3
    assert jobs.start("card", {"path": "gone.onnx"}, "Card", threads=2).job.threads == 2


def test_the_room_for_overviews_is_that_of_the_next_one(dialog, window):
    choose(dialog, pyramid_cache_gb=0.5)
    assert window.context.scenes._room_bytes == 2**29


def test_places_are_written_in_the_chosen_way_at_once(window, dialog, qtbot, tmp_path):
    page = window.page_widget("view")
    choose(dialog, coordinates="seconds")
    assert page.readout._coordinates == "seconds"


def test_all_go_back_to_their_defaults_but_the_study(dialog, study):
    choose(dialog, cache_mb=512, threads=2, theme="dark", lengths="imperial")
    dialog.reset.click()
    assert load_settings() == Settings(study=study)
    assert not is_dark()


def test_the_study_folder_is_chosen_and_checked(window, dialog, tmp_path):
    (tmp_path / "file").write_text("x")
    for text, why in (("some/where", "whole path"), (str(tmp_path / "file"), "is a file")):
        dialog._study.setText(text)
        dialog._on_study()
        assert why in dialog.problem.text()
        assert load_settings().study != Path(text)
    window.context.files = ChosenFiles(str(tmp_path / "other"))
    dialog._on_browse()
    assert load_settings().study == tmp_path / "other"
    assert window.context.study == tmp_path / "other"


def test_the_cache_is_emptied_but_for_open_scenes(window, dialog, qtbot, tmp_path):
    first = made_slc(tmp_path, 600, 600, name="a.tif")
    address = open_sample(qtbot, window, first)
    scenes = window.context.scenes
    window.page_widget("view")
    scenes.build_pyramid(address)
    qtbot.waitUntil(lambda: scenes.scene(address).has_pyramid, timeout=20_000)
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=20_000)
    dialog._look_up()
    qtbot.waitUntil(lambda: "all of scenes" in dialog.stored)
    assert not dialog.clear.isEnabled()
    window.context.actions.trigger("file.close")
    dialog._look_up()
    qtbot.waitUntil(lambda: "can be cleared" in dialog.stored)
    dialog.clear.click()
    qtbot.waitUntil(lambda: dialog.stored == "nothing on disk yet")
    assert stored_pyramids() == (0, 0)


def test_the_folder_of_plugins_is_made_and_shown(window, dialog, monkeypatch):
    shown = []
    monkeypatch.setattr(window.context, "show_file", shown.append)
    lines = dialog.findChildren(QLineEdit)
    line = next(line for line in lines if line.text() == str(plugins_folder()))
    dialog._on_show(line)
    assert shown == [plugins_folder()]
    assert (plugins_folder() / "readers").is_dir()


def test_settings_that_cannot_be_saved_hold_until_the_end(window, dialog, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("satstudio.gui.kit.context.save_settings", full)
    choose(dialog, theme="dark")
    assert is_dark()
    assert "No space left" in window.bar.text
    assert settings_folder().is_dir()


def test_the_dialog_has_one_button_to_close(dialog):
    dialog._box.button(QDialogButtonBox.StandardButton.Close).click()
    assert load_settings().theme == "light"

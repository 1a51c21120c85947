from pathlib import Path

import numpy as np
import pytest
from made import made_slc, write_geotiff
from made_idx import made_idx
from PySide6.QtCore import Qt
from window_made import ChosenFiles, jobs_end, made_window, open_sample

from satstudio.gui.import_dialog import ImportDialog
from satstudio.patches.store import PatchSet


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path, 256, 256))
    window.show_page("patches")
    made = window.page_widget("patches")
    made.form.set_values({"size_px": 32, "count": 30})
    made.form.changed.emit()
    qtbot.waitUntil(made.cut.isEnabled, timeout=5_000)
    return made


def test_without_a_scene_the_page_says_what_to_do(window):
    window.show_page("patches")
    page = window.page_widget("patches")
    assert "Open a scene" in page.problem.text()
    assert not page.cut.isEnabled()


def test_planned_positions_are_counted_and_drawn(page, qtbot):
    with qtbot.waitSignal(page.positions.planned, timeout=10_000) as planned:
        page.form.field("seed").widget.setText("5")
    assert sum(planned.args) == 30
    (overlay,) = page.positions.canvas.overlays
    assert (len(overlay.train), len(overlay.validation)) == tuple(planned.args)
    assert not any(a.overlaps(b) for a in overlay.train for b in overlay.validation)


def test_a_side_larger_than_the_scene_is_explained(page, qtbot):
    page.form.field("size_px").widget.setText("1024")
    qtbot.waitUntil(lambda: "smaller side" in page.problem.text(), timeout=10_000)
    assert not page.cut.isEnabled()


def test_cutting_makes_a_set_its_sheet_and_its_check(page, window, qtbot, study):
    name = page.name.text()
    qtbot.mouseClick(page.cut, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context)
    qtbot.waitUntil(lambda: not page.sets.sheet.image.isNull(), timeout=20_000)
    qtbot.waitUntil(lambda: "no leakage" in page.sets.report.text(), timeout=60_000)
    patches = PatchSet.open(study / "patches" / name)
    assert len(patches.train) + len(patches.validation) == 30
    assert page.sets.path == study / "patches" / name
    assert page.name.text() == f"{name}-2", "a free name is proposed next"


def test_an_unticked_scene_is_not_cut_from(page):
    page.scenes.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert page.addresses == []
    assert "Tick a scene" in page.problem.text()


def test_a_scene_can_be_kept_for_validation_as_a_whole(page, window, qtbot, tmp_path):
    other = open_sample(qtbot, window, made_slc(tmp_path, 128, 128, name="other.tif"))
    window.show_page("patches")
    with qtbot.waitSignal(page.positions.planned, timeout=10_000) as planned:
        page.scenes.role_box(1).setFocus()
        qtbot.keyClick(page.scenes.role_box(1), Qt.Key.Key_Down)
    assert tuple(planned.args) == (24, 6)
    page.positions.scene_box.setCurrentIndex(1)
    (overlay,) = page.positions.canvas.overlays
    assert (len(overlay.train), len(overlay.validation)) == (0, 6)
    assert page.form.values()["validation_scenes"] == [other], "it is cut so"
    box = page.scenes.role_box(1)
    assert box.isVisible()
    assert page.scenes.rect().contains(box.mapTo(page.scenes, box.rect().bottomRight()))
    qtbot.keyClick(page.scenes.role_box(0), Qt.Key.Key_Down)
    assert "leave one for training" in page.problem.text()


def test_a_name_that_is_taken_is_refused(page, study):
    (study / "patches" / "mine").mkdir(parents=True)
    page.name.setText("mine")
    page.name.textEdited.emit("mine")
    assert "there already" in page.problem.text()
    assert not page.cut.isEnabled()


def test_only_scenes_like_the_one_in_view_are_ticked(window, qtbot, tmp_path):
    real = write_geotiff(tmp_path / "real.tif", np.ones((3, 200, 200), np.uint8))
    open_sample(qtbot, window, real)
    for name in ("a.tif", "b.tif"):
        open_sample(qtbot, window, made_slc(tmp_path, 200, 200, name=name))
    window.show_page("patches")
    page = window.page_widget("patches")
    assert [Path(address).name for address in page.addresses] == ["a.tif", "b.tif"]


def test_a_long_name_does_not_widen_the_window(window, qtbot, tmp_path):
    for number in range(2):
        open_sample(qtbot, window, made_slc(tmp_path, 200, 200, name=f"{'long_' * 40}{number}.tif"))
    window.resize(1000, 700)
    window.show_page("patches")
    qtbot.waitUntil(window.page_widget("patches").cut.isEnabled, timeout=10_000)
    assert window.minimumSizeHint().width() <= 1000


def asked(page):
    """The dialog that asks for a data set."""
    page.bring.click()
    return page.findChild(ImportDialog)


def test_idx_files_become_a_set_of_spectra_without_a_scene(window, qtbot, study, tmp_path):
    window.show_page("patches")
    page = window.page_widget("patches")
    window.context.files = ChosenFiles(str(made_idx(tmp_path / "digits.gz")))
    dialog = asked(page)
    assert "Choose where" in dialog.problem.text()
    assert not dialog.start.isEnabled()
    dialog.file.click()
    dialog.form.set_values({"domain": "fourier", "size_px": 16})
    assert dialog.name.text() == "digits-fourier"
    dialog.start.click()
    jobs_end(qtbot, window.context)
    qtbot.waitUntil(lambda: not page.sets.sheet.image.isNull(), timeout=20_000)
    manifest = PatchSet.open(study / "patches" / "digits-fourier").manifest
    assert (manifest.domain, manifest.count("train")) == ("fourier", 16)
    qtbot.waitUntil(lambda: "no leakage" in page.sets.report.text(), timeout=60_000)
    assert page.bring.isEnabled()


def test_a_damaged_data_set_ends_in_one_sentence(window, qtbot, tmp_path):
    window.show_page("patches")
    page = window.page_widget("patches")
    (tmp_path / "digits.gz").write_bytes(b"nothing")
    dialog = asked(page)
    dialog.root.setText(str(tmp_path / "digits.gz"))
    dialog.start.click()
    qtbot.waitUntil(lambda: not window.context.jobs.running, timeout=60_000)
    failed = [task.text for task in window.context.jobs.tasks if task.state == "failed"]
    assert "digits.gz is no gzip file" in failed[0]
    assert page.bring.isEnabled()


def test_a_data_set_is_not_read_into_a_name_that_is_taken(window, study, tmp_path):
    window.show_page("patches")
    (study / "patches" / "mine").mkdir(parents=True)
    dialog = asked(window.page_widget("patches"))
    dialog.root.setText(str(made_idx(tmp_path / "mine")))
    assert dialog.name.text() == "mine-2"
    dialog.name.setText("mine")
    dialog.name.textEdited.emit("mine")
    assert "there already" in dialog.problem.text()
    dialog.root.setText(str(tmp_path / "nowhere"))
    assert "There is no" in dialog.problem.text()
    dialog.reject()

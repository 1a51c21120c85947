from pathlib import Path

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, made_intensity, made_slc, write_geotiff
from made_idx import made_idx
from PySide6.QtCore import QPoint, Qt
from window_made import ChosenFiles, jobs_end, made_window, open_sample

from satstudio.gui.pages.patches.cut_scenes import CutScenes
from satstudio.gui.pages.patches.import_dialog import ImportDialog
from satstudio.gui.pages.patches.state import PatchesState
from satstudio.patches.patch_set import PatchSet
from satstudio.session.page_state import page_state


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
    qtbot.waitUntil(lambda: page.sets.sheet.model.rowCount() > 0, timeout=20_000)
    qtbot.waitUntil(lambda: "no leakage" in page.sets.report.text(), timeout=60_000)
    patches = PatchSet.open(study / "patches" / name)
    assert len(patches.train) + len(patches.validation) == 30
    assert page.sets.path == study / "patches" / name
    assert page.name.text() == f"{name}-2", "a free name is proposed next"


def tick(page, qtbot, row):
    """Click the tick of a scene."""
    line = page.scenes.visualItemRect(page.scenes.topLevelItem(row))
    place = QPoint(line.left() + 10, line.center().y())
    qtbot.mouseClick(page.scenes.viewport(), Qt.MouseButton.LeftButton, pos=place)


def names(page):
    return [Path(address).name for address in page.addresses]


def kept_of(window):
    return page_state(window.context.store.session, "patches", PatchesState)


def test_a_scene_is_unticked_and_ticked_by_clicks_and_undo(page, window, qtbot):
    tick(page, qtbot, 0)
    assert names(page) == []
    assert "Tick a scene" in page.problem.text()
    qtbot.waitUntil(lambda: window.context.store.undo_text == "Scene slc.tif")
    window.context.store.undo()
    assert names(page) == ["slc.tif"]
    page.scenes.setCurrentItem(page.scenes.topLevelItem(0))
    page.scenes.setFocus()
    qtbot.keyClick(page.scenes, Qt.Key.Key_Space)
    assert names(page) == []
    tick(page, qtbot, 0)
    assert names(page) == ["slc.tif"]


def test_a_scene_that_is_opened_later_waits_for_its_tick(page, window, qtbot, tmp_path):
    for name in ("b.tif", "c.tif"):
        open_sample(qtbot, window, made_slc(tmp_path, 128, 128, name=name))
    window.show_page("patches")
    assert names(page) == ["slc.tif"]
    tick(page, qtbot, 1)
    assert names(page) == ["slc.tif", "b.tif"]
    qtbot.waitUntil(lambda: window.context.store.undo_text == "Scene b.tif")
    window.context.store.undo()
    assert names(page) == ["slc.tif"]
    window.context.store.redo()
    store = window.context.store
    store.replace(store.session.closed(str(tmp_path / "b.tif")), text="Close")
    assert names(page) == ["slc.tif"]
    open_sample(qtbot, window, tmp_path / "b.tif")
    assert names(page) == ["slc.tif", "b.tif"], "it is as it was"


def test_scenes_opened_into_an_empty_list_are_ticked(window, qtbot, tmp_path):
    window.show_page("patches")
    page = window.page_widget("patches")
    window.show_page("view")
    for name in ("a.tif", "b.tif"):
        open_sample(qtbot, window, made_slc(tmp_path, 128, 128, name=name))
    window.show_page("patches")
    assert names(page) == ["a.tif", "b.tif"]


def test_scenes_dropped_on_the_empty_page_are_ticked_together(window, qtbot, tmp_path):
    window.show_page("patches")
    page = window.page_widget("patches")
    store = window.context.store
    for name in ("a.tif", "b.tif"):
        scene = str(made_slc(tmp_path, 128, 128, name=name))
        store.replace(store.session.opened(scene), text="Open")
    assert names(page) == ["a.tif", "b.tif"]
    qtbot.waitUntil(lambda: len(kept_of(window).ticks) == 2, timeout=5_000)
    scene = str(made_slc(tmp_path, 128, 128, name="c.tif"))
    store.replace(store.session.opened(scene), text="Open")
    assert names(page) == ["a.tif", "b.tif"]


def test_what_is_ticked_comes_back_at_the_next_start(page, window, qtbot, study, tmp_path):
    open_sample(qtbot, window, made_slc(tmp_path, 128, 128, name="b.tif"))
    window.show_page("patches")
    tick(page, qtbot, 0)
    tick(page, qtbot, 1)
    qtbot.waitUntil(lambda: list(kept_of(window).ticks.values()) == [False, True])
    kept = kept_of(window)
    other = CutScenes(window.context)
    qtbot.addWidget(other)
    other.show_chosen(kept.ticks, kept.roles)
    assert [Path(address).name for address in other.addresses] == ["b.tif"]


def test_a_name_that_is_taken_is_refused(page, study):
    (study / "patches" / "mine").mkdir(parents=True)
    page.name.setText("mine")
    page.name.textEdited.emit("mine")
    assert "there already" in page.problem.text()
    assert not page.cut.isEnabled()


def test_a_name_that_no_disk_takes_is_refused(page, qtbot):
    page.name.selectAll()
    qtbot.keyClicks(page.name, "a" * 300)
    assert "The name is too long" in page.problem.text()
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
    """The dialog that asks for a data set, with IDX files chosen."""
    page.bring.click()
    dialog = page.findChild(ImportDialog)
    dialog.dataset.setCurrentIndex(dialog.dataset.findData("idx"))
    return dialog


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
    qtbot.waitUntil(lambda: page.sets.sheet.model.rowCount() > 0, timeout=20_000)
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


@pytest.fixture
def on_ground(window, qtbot, tmp_path):
    """The page with a scene that has a transform."""
    open_sample(qtbot, window, made_intensity(tmp_path, 256, 256))
    window.show_page("patches")
    page = window.page_widget("patches")
    page.form.set_values({"size_px": 32, "count": 30})
    page.form.changed.emit()
    qtbot.waitUntil(page.cut.isEnabled, timeout=5_000)
    return page


@pytest.fixture
def with_other(on_ground, window, qtbot, tmp_path):
    """The page, and the address of a scene on the same ground with pixels of half the size."""
    transform = rasterio.Affine(TRANSFORM.a / 2, 0, TRANSFORM.c, 0, TRANSFORM.e / 2, TRANSFORM.f)
    values = np.random.default_rng(0).random((1, 512, 512)).astype(np.float32)
    open_sample(qtbot, window, write_geotiff(tmp_path / "other.tif", values, transform=transform))
    window.show_page("patches")
    return on_ground, str(tmp_path / "other.tif")


def test_a_scene_beside_is_added_by_a_click_and_cut_with_its_role(with_other, window, qtbot, study):
    page, address = with_other
    qtbot.mouseClick(page.pairs.add, Qt.MouseButton.LeftButton)
    assert page.pairs.scene_box(0).currentData() == address
    assert address not in page.addresses
    role = page.pairs.role_edit(0)
    role.selectAll()
    qtbot.keyClicks(role, "optical")
    assert page.pairs.pairs == [f"optical={address}"]
    qtbot.waitUntil(page.cut.isEnabled, timeout=10_000)
    name = page.name.text()
    qtbot.mouseClick(page.cut, Qt.MouseButton.LeftButton)
    jobs_end(qtbot, window.context)
    qtbot.waitUntil(lambda: page.sets.sheet.model.rowCount() > 0, timeout=20_000)
    patches = PatchSet.open(study / "patches" / name)
    assert [(port.role, port.ratio) for port in patches.ports] == [("input", "1"), ("optical", "2")]
    assert patches.split("train", "optical").shape[1:] == (1, 64, 64)


def test_a_role_that_is_none_or_taken_is_explained(with_other, qtbot):
    page, _ = with_other
    qtbot.mouseClick(page.pairs.add, Qt.MouseButton.LeftButton)
    role = page.pairs.role_edit(0)
    for text, reason in (("My Role", "is no role"), ("input", "have the role 'input' themselves")):
        role.selectAll()
        qtbot.keyClicks(role, text)
        assert reason in page.problem.text()
        assert not page.cut.isEnabled()


def test_a_line_is_taken_away_by_a_click(with_other, qtbot):
    page, _ = with_other
    for _ in range(2):
        qtbot.mouseClick(page.pairs.add, Qt.MouseButton.LeftButton)
    assert page.pairs.table.rowCount() == 2
    assert page.pairs.role_edit(1).text() == "optical"
    qtbot.mouseClick(page.pairs.remove, Qt.MouseButton.LeftButton)
    assert page.pairs.table.rowCount() == 1
    assert [pair.partition("=")[0] for pair in page.pairs.pairs] == ["target"]


def test_a_scene_that_lies_elsewhere_is_refused_before_the_cut(on_ground, window, qtbot, tmp_path):
    page = on_ground
    far = rasterio.Affine(10, 0, TRANSFORM.c + 12_345, 0, -10, TRANSFORM.f)
    values = np.ones((1, 64, 64), np.float32)
    open_sample(qtbot, window, write_geotiff(tmp_path / "far.tif", values, transform=far))
    window.show_page("patches")
    qtbot.mouseClick(page.pairs.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "far.tif" in page.problem.text(), timeout=10_000)
    assert not page.cut.isEnabled()

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from made_models import made_model, made_restorer
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_made import ChosenFiles, made_window, open_sample, put_fast_first

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.paths import resources_folder
from satstudio.gui.canvas.scene_actions import show_view
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.pages.restore.restorers import shipped_files
from satstudio.restore.models.model_card import PARTS
from satstudio.scenes.scene import open_scene
from satstudio.scenes.write import create_scene

SAMPLE = resources_folder() / "demo/sample_slc.tif"
FAST_KEY = str(resources_folder() / "models/despeckler_fast.onnx")
LEFT = Qt.MouseButton.LeftButton


def made_scene(path: Path, dtype: str = "complex64", side: int = 300, bands: int = 1) -> Path:
    """A scene of noise."""
    rng = np.random.default_rng(len(path.name))
    size = Size(side, side)
    shape = (bands, side, side)
    pixels = rng.standard_normal(shape) + 4.0
    if dtype == "complex64":
        pixels = (rng.standard_normal(shape) + 1j * rng.standard_normal(shape)) * 30
    names = [f"b{number + 1}" for number in range(bands)]
    with create_scene(path, GeoGrid(size), names, dtype) as target:
        target.write(pixels.astype(dtype), Window.whole(size))
    return path


@pytest.fixture
def window(qtbot, study, monkeypatch):
    put_fast_first(monkeypatch)
    with made_window(qtbot, study) as made:
        yield made


@pytest.fixture
def page(window, qtbot):
    """The page with the sample scene and the shipped despeckler."""
    open_sample(qtbot, window, SAMPLE)
    window.show_page("restore")
    page = window.page_widget("restore")
    qtbot.waitUntil(lambda: page.form.models.box.findData("baseline:lee") > 0, timeout=20_000)
    with qtbot.waitActive(window):
        window.activateWindow()
    page.preview.canvas.setFocus()
    return page


def is_previewed(page):
    return page.preview.picture.image is not None and not page.preview.source.is_busy


def choose(page, qtbot, key, *, fits=True):
    page.form.models.choose(key)
    assert page.form.models.choice.key == key
    if fits:
        qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)


def open_too(qtbot, window, path):
    """Open another scene and come back, as opening goes to the View page."""
    address = open_sample(qtbot, window, path)
    window.show_page("restore")
    return address


def drop(widget, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, no_keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, LEFT, no_keys)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    event = QDropEvent(QPointF(5, 5), copy, data, LEFT, no_keys)
    QApplication.sendEvent(widget, event)


# ---------------------------------------------------------------------------------- preview


def test_the_better_despeckler_comes_first_and_every_shipped_file_is_there():
    names = [path.stem for path in shipped_files()]
    assert names[:2] == ["despeckler", "despeckler_fast"]
    assert "cloud_removal" in names
    assert all(path.is_file() for path in shipped_files())


def test_the_shipped_despeckler_previews_the_scene(page, qtbot):
    assert page.form.models.choice.key == FAST_KEY
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    restored = page.preview.source.restored
    assert restored.window == page.preview.source.restored.window
    assert max(restored.window.rows, restored.window.cols) <= 512
    assert restored.raster.quantity == "power"
    assert page.preview.style_now.view == "db"


def test_a_despeckler_is_seen_beside_the_classic_filters(page, qtbot, tmp_path):
    page.form.models.add_files([made_restorer(tmp_path / "model.onnx", "despeckle")])
    qtbot.waitUntil(lambda: page.form.models.choice.card is not None, timeout=20_000)
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    box, overlay = page.preview.head.bar.box, page.preview.picture.overlay
    names = [box.itemText(row) for row in range(box.count())]
    assert names[:3] == ["Scene", "Boxcar", "Lee"]
    assert "Unchanged" not in names
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: overlay.beside is not None, timeout=30_000)
    assert overlay.beside_name == "Lee"
    page.form.models.choose("baseline:lee")
    assert box.findText("Lee") < 0, "nothing stands beside itself"


def lines_of(head):
    return 1 + (head.bar.mapTo(head, QPoint()).y() > head.name.y() + head.name.height())


def test_the_head_of_the_preview_takes_two_lines_where_one_has_no_room(page, qtbot, window):
    head = page.preview.head
    for width, lines in ((1500, 1), (1000, 2), (1500, 1)):
        window.resize(width, 700)
        qtbot.waitUntil(lambda wanted=lines: lines_of(head) == wanted)
        assert window.width() == width
        right = head.one_to_one.mapTo(window, head.one_to_one.rect().bottomRight()).x()
        assert right < width, "nothing is pushed out of the window"


def test_the_preview_follows_model_options_and_view(page, qtbot):
    page.form.models.choose("baseline:boxcar")
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)

    def pixels():
        return page.preview.source.restored.raster.pixels

    boxcar = pixels()
    page.form.models.choose("baseline:lee")
    qtbot.waitUntil(lambda: not np.array_equal(pixels(), boxcar), timeout=20_000)
    lee = pixels()
    page.form.options.form.field("filter_px").widget.setText("15")
    qtbot.waitUntil(lambda: not np.array_equal(pixels(), lee), timeout=20_000)
    before = page.preview.source.restored.window
    page._context.actions.trigger("view.one_to_one")
    qtbot.keyClick(page.preview.canvas, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: page.preview.source.restored.window != before, timeout=20_000)


def test_the_view_page_and_the_preview_look_at_the_same_place(page, qtbot, window):
    page._context.actions.trigger("view.one_to_one")
    store = window.context.store
    qtbot.waitUntil(lambda: store.session.viewport is not None, timeout=5_000)
    assert store.session.viewport == page.preview.canvas.wanted_viewport


def test_a_move_is_not_lost_when_something_else_changes_at_once(page, window):
    page._context.actions.trigger("view.one_to_one")
    wanted = page.preview.canvas.wanted_viewport
    window.context.store.change(crop=Window(0, 0, 10, 10), text="Crop")
    assert page.preview.canvas.wanted_viewport == wanted is not None


def test_the_restored_part_is_painted_right_of_the_divider_only(page, qtbot):
    page.form.models.choose("baseline:boxcar")
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    canvas, divider = page.preview.canvas, page.preview.picture.divider
    qtbot.waitUntil(lambda: canvas.missing == 0, timeout=20_000)

    def shown():
        return canvas.grab().toImage()

    divider.setValue(1000)
    before = shown()
    divider.setValue(0)
    after = shown()
    high, wide = before.height(), before.width()
    places = [
        (round(wide * x), round(high * y)) for x in (0.4, 0.45, 0.55, 0.6) for y in (0.4, 0.6)
    ]
    assert sum(before.pixel(*place) != after.pixel(*place) for place in places) > 4
    divider.setValue(500)
    both = shown()
    for place in places:
        is_left = place[0] < wide / 2
        assert both.pixel(*place) == (before if is_left else after).pixel(*place)


def test_the_divider_moves_by_mouse_and_keys(page, qtbot):
    page.form.models.choose("baseline:boxcar")
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    divider, canvas = page.preview.picture.divider, page.preview.canvas
    middle = divider.rect().center()
    qtbot.mousePress(divider, LEFT, pos=middle)
    qtbot.mouseMove(divider, middle + QPoint(-100, 0))
    qtbot.mouseRelease(divider, LEFT, pos=middle)
    assert page.preview.picture.share == pytest.approx(0.5 - 100 / canvas.width(), abs=0.01)
    qtbot.keyClick(divider, Qt.Key.Key_Home)
    assert page.preview.picture.share == 0
    qtbot.keyClick(divider, Qt.Key.Key_Right)
    assert page.preview.picture.share == pytest.approx(0.02)
    qtbot.keyClick(divider, Qt.Key.Key_PageUp)
    assert page.preview.picture.share == pytest.approx(0.12)
    assert divider.accessibleName()
    assert divider.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_one_stretch_is_explained_by_one_legend(page, qtbot, window):
    assert page.preview.legend.legend is not None
    page._context.actions.trigger("view.legend")
    assert not page.preview.legend.is_visible
    window.context.actions.trigger("view.zoom_in")
    assert page.preview.canvas.wanted_viewport is not None
    assert window.page_widget("view").canvas is not page.preview.canvas


def test_the_preview_takes_the_view_of_the_scene_until_another_is_chosen(page, qtbot, window):
    show_view(window.context, "amplitude")
    assert page.preview.style_now.view == "amplitude"
    page.preview.head.view_box.setCurrentIndex(page.preview.head.view_box.findData("intensity"))
    page.preview.head.view_box.activated.emit(2)
    look = page.preview.canvas.picture
    qtbot.waitUntil(lambda: look.look.style.view == "intensity", timeout=5_000)
    page.form.models.choose("baseline:identity")
    qtbot.waitUntil(lambda: page.preview.head.view_box.findData("hsv") >= 0, timeout=20_000)
    assert page.preview.style_now.view == "intensity"


def test_a_scene_dropped_on_the_page_is_opened_there(page, qtbot, window, tmp_path):
    scene = made_scene(tmp_path / "dropped.tif")
    drop(page, scene)
    qtbot.waitUntil(lambda: str(scene) in page.form.scenes.ticked, timeout=20_000)
    qtbot.waitUntil(lambda: window.page == "restore", timeout=5_000)


# ---------------------------------------------------------------------------------- choices


def test_each_choice_shows_only_the_options_it_reads(page, qtbot):
    choose(page, qtbot, "baseline:lee", fits=False)
    assert page.form.options.names == ("keep_phase", "filter_px", "looks")
    choose(page, qtbot, "baseline:identity", fits=False)
    assert page.form.options.names == ()
    choose(page, qtbot, FAST_KEY, fits=False)
    assert page.form.options.names == ("keep_phase", "tile_px", "halo_px", "threads")
    assert not page.form.options.advanced.isVisible()
    qtbot.mouseClick(page.form.options.more, LEFT)
    assert page.form.options.advanced.isVisible()


def test_an_option_keeps_its_value_while_another_filter_is_chosen(page, qtbot):
    choose(page, qtbot, "baseline:lee", fits=False)
    page.form.options.form.field("filter_px").widget.setText("9")
    choose(page, qtbot, "baseline:identity", fits=False)
    choose(page, qtbot, "baseline:boxcar", fits=False)
    assert page.form.options.recipe().filter_px == 9


def test_the_strength_of_a_filter_of_log_intensity_is_empty_until_it_is_chosen(page, qtbot):
    choose(page, qtbot, "baseline:nlm", fits=False)
    assert page.form.options.names == ("keep_phase", "looks", "strength")
    assert page.form.options.recipe().strength is None
    page.form.options.form.field("strength").widget.setText("0.8")
    choose(page, qtbot, "baseline:tv", fits=False)
    assert page.form.options.recipe().strength == 0.8


def test_the_phase_can_be_kept_of_complex_scenes_only(page, qtbot, window, tmp_path):
    choose(page, qtbot, "baseline:lee", fits=False)
    page.form.options.form.field("keep_phase").widget.setChecked(True)
    assert page.wish[2].keep_phase
    open_too(qtbot, window, made_scene(tmp_path / "real.tif", "float32"))
    qtbot.waitUntil(lambda: page.form.scenes.ticked == (str(tmp_path / "real.tif"),), timeout=5_000)
    qtbot.waitUntil(lambda: "keep_phase" not in page.form.options.names, timeout=5_000)
    assert not page.wish[2].keep_phase


def test_a_wrong_option_is_told_before_the_run(page, qtbot):
    choose(page, qtbot, "baseline:lee")
    page.form.options.form.field("filter_px").widget.setText("8")
    assert "odd" in page.run.problem.text()
    assert not page.run.start.isEnabled()


def test_a_model_that_does_not_fit_is_refused_with_the_reason(page, qtbot, window, tmp_path):
    real = open_too(qtbot, window, made_scene(tmp_path / "real.tif", "float32"))
    qtbot.waitUntil(lambda: page.form.scenes.ticked == (real,), timeout=5_000)
    qtbot.waitUntil(lambda: "takes complex samples" in page.run.problem.text(), timeout=60_000)
    assert not page.run.start.isEnabled()
    choose(page, qtbot, "baseline:lee")
    assert page.run.problem.isHidden()


def test_bands_of_a_scene_of_several_can_be_chosen(page, qtbot, window, tmp_path):
    open_too(qtbot, window, made_scene(tmp_path / "two.tif", bands=2))
    qtbot.waitUntil(lambda: "1 band(s); 2" in page.run.problem.text(), timeout=60_000)
    page.form.options.form.field("bands").widget.setText("2")
    assert page.wish[2].bands == (1,)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)


def test_models_of_the_study_that_take_images_are_offered(page, qtbot, study, window):
    (study / "models").mkdir()
    good = made_restorer(study / "models" / "good.onnx", "despeckle")
    noise = made_model(study / "models" / "noise.onnx")
    window.context.study_changed.emit()
    qtbot.waitUntil(lambda: page.form.models.box.findData(str(good)) > 0, timeout=60_000)
    qtbot.waitUntil(lambda: page.form.models.box.findData(str(noise)) < 0, timeout=60_000)
    choose(page, qtbot, str(good))
    assert "complex samples" in page.form.models.summary_text()


def test_a_dropped_model_is_chosen_and_previewed(page, qtbot, tmp_path):
    model = made_restorer(tmp_path / "dropped.onnx", "despeckle")
    drop(page, model)
    assert page.form.models.choice.key == str(model)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)
    again = made_restorer(tmp_path / "again.onnx", "despeckle")
    drop(page.preview.canvas, again)
    assert page.form.models.choice.key == str(again)


@pytest.mark.parametrize("is_noise", [False, True])
def test_a_file_that_is_no_restorer_is_named_with_the_reason(page, qtbot, tmp_path, is_noise):
    path = tmp_path / "bad.onnx"
    if is_noise:
        made_model(path)
    else:
        path.write_bytes(b"no model at all")
    page._context.files = ChosenFiles(str(path))
    qtbot.mouseClick(page.form.models.other, LEFT)
    qtbot.waitUntil(lambda: "bad.onnx" in page.run.problem.text(), timeout=60_000)
    expected = "takes noise" if is_noise else "no ONNX model"
    assert expected in page.run.problem.text()
    assert not page.run.start.isEnabled()
    assert page.preview.picture.image is None


def test_the_whole_card_is_there_on_demand(page, qtbot):
    qtbot.waitUntil(page.form.models.card.isEnabled, timeout=60_000)
    qtbot.mouseClick(page.form.models.card, LEFT)
    table = page.form.models.dialog.table
    shown = {
        table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())
    }
    assert shown["Halo"] == "40 px"
    assert shown["Licence"]
    qtbot.keyClick(page.form.models.dialog, Qt.Key.Key_Escape)


# ---------------------------------------------------------------------------------- run


def test_ticks_survive_a_change_of_the_list(page, qtbot, window, tmp_path):
    first = open_too(qtbot, window, made_scene(tmp_path / "a.tif"))
    page.form.scenes.tick(str(SAMPLE), is_on=True)
    assert page.form.scenes.ticked == (str(SAMPLE), first)
    second = open_too(qtbot, window, made_scene(tmp_path / "b.tif"))
    assert page.form.scenes.ticked == (str(SAMPLE), first, second), (
        "opened here: to be restored too"
    )
    window.show_page("view")
    third = open_too(qtbot, window, made_scene(tmp_path / "c.tif"))
    window.show_page("restore")
    assert page.form.scenes.ticked == (str(SAMPLE), first, second)
    store = window.context.store
    store.replace(store.session.closed(first), text="Close")
    assert page.form.scenes.ticked == (str(SAMPLE), second)
    assert third in store.session.addresses


def test_the_estimate_says_time_size_and_tiles(page, qtbot):
    choose(page, qtbot, "baseline:lee")
    qtbot.waitUntil(lambda: page.form.figures.values["size"].text() == "6.55 MB", timeout=30_000)
    assert page.form.figures.values["tiles"].text() == "4"
    assert " s" in page.form.figures.values["time"].text()
    page.form.part.setCurrentIndex(page.form.part.findData("seen"))
    page._context.actions.trigger("view.one_to_one")
    qtbot.waitUntil(
        lambda: page.form.figures.values["size"].text() not in ("6.55 MB", "…"), timeout=30_000
    )


def test_a_hidden_page_asks_nothing_and_keeps_what_it_knows(page, qtbot, window, monkeypatch):
    choose(page, qtbot, "baseline:lee")
    qtbot.waitUntil(lambda: page.check.estimate != {}, timeout=30_000)
    qtbot.waitUntil(lambda: is_previewed(page), timeout=30_000)
    asked, ask, estimate = [], page.desk.ask, page.check.estimate
    monkeypatch.setattr(page.desk, "ask", lambda *what: (asked.append(what[0]), ask(*what)))
    window.show_page("view")
    window.context.actions.trigger("view.one_to_one")
    show_view(window.context, "amplitude")
    assert asked == []
    window.show_page("restore")
    assert page.check.estimate is estimate
    qtbot.waitUntil(lambda: asked == ["preview"], timeout=20_000)


def test_a_scene_is_restored_and_its_result_opened(page, qtbot, study, window):
    choose(page, qtbot, "baseline:refined_lee")
    qtbot.mouseClick(page.run.start, LEFT)
    assert page.run.bar.isVisible()
    qtbot.waitUntil(page.run.result.isVisible, timeout=60_000)
    made = study / "restored" / "sample_slc-refined_lee.tif"
    assert made.is_file()
    qtbot.mouseClick(page.run.compare, LEFT)
    store = window.context.store
    qtbot.waitUntil(lambda: str(made) in store.session.addresses, timeout=20_000)
    qtbot.waitUntil(lambda: window.page == "compare")
    assert page.form.scenes.ticked == (str(SAMPLE),)
    assert page.form.target.out.name == "sample_slc-refined_lee-2.tif"


def test_the_part_in_view_and_the_crop_are_restored(page, qtbot, study, window):
    items = page.form.part.model()
    assert not items.item(page.form.part.findData("crop")).isEnabled()
    window.context.store.change(crop=Window(10, 20, 100, 200), text="Crop")
    choose(page, qtbot, "baseline:boxcar")
    page.form.part.setCurrentIndex(page.form.part.findData("crop"))
    qtbot.waitUntil(page.run.start.isEnabled, timeout=30_000)
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(page.run.result.isVisible, timeout=60_000)
    scene = open_scene(study / "restored" / "sample_slc-boxcar.tif")
    assert scene.grid.size == Size(100, 200)
    scene.close()
    window.context.store.change(crop=None, text="No crop")
    assert page.form.part.currentData() == "whole"


@pytest.mark.slow
def test_a_stack_is_restored_band_by_band(page, qtbot, study, window, tmp_path):
    paths = [made_scene(tmp_path / "a.tif"), made_scene(tmp_path / "b.tif")]
    address = stack_address([str(path) for path in paths])
    open_too(qtbot, window, address)
    assert page.form.scenes.ticked == (address,)
    choose(page, qtbot, "baseline:boxcar")
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(page.run.result.isVisible, timeout=60_000)
    scene = open_scene(study / "restored" / "a-and-1-boxcar.tif")
    assert len(scene.bands) == 2
    scene.close()


def test_too_little_room_on_the_disk_is_told_before_the_run(page, qtbot):
    choose(page, qtbot, "baseline:lee")
    qtbot.waitUntil(lambda: page.check.estimate != {}, timeout=30_000)
    page.desk.answered.emit("estimate", {**page.check.estimate, "free": 5_000_000})
    assert "only 5 MB are free" in page.run.problem.text()
    assert not page.run.start.isEnabled()


@pytest.mark.slow
def test_a_killed_run_is_told_and_can_be_started_again(page, qtbot, study):
    choose(page, qtbot, FAST_KEY)
    qtbot.mouseClick(page.run.start, LEFT)
    task = page.work.task
    qtbot.waitUntil(lambda: task.share > 0, timeout=60_000)
    task.kill()
    qtbot.waitUntil(lambda: task.has_ended, timeout=30_000)
    assert "restore in the same way again" in page.run.problem.text()
    assert not list((study / "restored").glob("[!.]*"))
    qtbot.waitUntil(page.run.start.isEnabled, timeout=20_000)  # checked again after the failure


def test_the_tab_key_goes_down_the_form(page, qtbot):
    choose(page, qtbot, "baseline:lee")
    form, options = page.form, page.form.options
    wanted = [
        form.scenes, form.part, form.models.box, form.models.other, form.models.list,
        *(options.parts.form.field(part).widget for part in PARTS),
        *(options.form.field(name).widget for name in ("keep_phase", "filter_px", "looks")),
        form.seams.button, form.target.name, form.target.choose,
        page.run.start, page.preview.head.bar.box, page.preview.head.bar.difference,
        page.preview.head.view_box, page.preview.head.fit, page.preview.head.one_to_one,
        page.preview.canvas, page.preview.picture.divider,
    ]  # fmt: skip
    qtbot.waitUntil(lambda: is_previewed(page), timeout=20_000)
    page.form.scenes.setFocus()
    for widget in wanted[1:]:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is widget


@pytest.mark.slow
def test_several_scenes_go_into_one_folder(page, qtbot, study, window, tmp_path):
    other = open_too(qtbot, window, made_scene(tmp_path / "a.tif"))
    page.form.scenes.tick(str(SAMPLE), is_on=True)
    assert set(page.form.scenes.ticked) == {str(SAMPLE), other}
    choose(page, qtbot, "baseline:boxcar")
    qtbot.mouseClick(page.run.start, LEFT)
    qtbot.waitUntil(page.run.result.isVisible, timeout=60_000)
    made = study / "restored" / "2-scenes-boxcar"
    assert sorted(path.name for path in made.iterdir()) == ["a.tif", "sample_slc.tif"]


@pytest.mark.slow
def test_a_stopped_run_leaves_nothing_half_written(page, qtbot, study):
    choose(page, qtbot, FAST_KEY)
    qtbot.mouseClick(page.run.start, LEFT)
    task = page.work.task
    qtbot.waitUntil(lambda: task.share > 0, timeout=60_000)
    qtbot.mouseClick(page.run.stop, LEFT)
    qtbot.waitUntil(lambda: task.has_ended, timeout=30_000)
    assert task.state == "stopped"
    assert "Stopped" in page.run.problem.text()
    assert list((study / "restored").glob("**/*")) == []
    assert page.run.start.isEnabled()


@pytest.mark.slow
def test_the_process_behind_the_preview_may_die(page, qtbot):
    choose(page, qtbot, FAST_KEY)
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    os.kill(page.desk.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.desk.pid is None, timeout=20_000)
    page.form.models.choose("baseline:lee")
    qtbot.waitUntil(lambda: is_previewed(page), timeout=60_000)
    qtbot.waitUntil(page.run.start.isEnabled, timeout=60_000)

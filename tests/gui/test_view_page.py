from pathlib import Path

import numpy as np
import pytest
import rasterio
from gui_made import made_context, open_in, pixels_of, shown_page, wait_complete
from made import made_complex, made_rgb, made_slc, speckle, write_geotiff
from PySide6.QtCore import QPoint, Qt

from satstudio.core.grid import Window
from satstudio.gui.canvas.scene_actions import layer_style
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.gui.pages.view.page import make_page
from satstudio.render.compose import render
from satstudio.session.viewport import Viewport


class Chosen:
    """A file dialog whose user always chooses the same."""

    def __init__(self, path=""):
        self.path = str(path)

    def save_file(self, title, proposal, filters):
        return self.path

    def open_files(self, title, filters=""):
        return self.path.split("|")


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 640, 520) as made:
        yield made


def active_style(context):
    return layer_style(context, context.store.session.layer)


def test_an_opened_scene_is_shown_as_render_draws_it(page, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_complex(tmp_path))
    page.canvas.set_viewport(Viewport(row=64, col=64, scale=1))
    wait_complete(page.canvas, qtbot)
    scene, style = context.scenes.scene(address), active_style(context)
    expected = render(scene.read(), style)
    seen = pixels_of(page.canvas)
    top, left = page.canvas.height() / 2 - 64, page.canvas.width() / 2 - 64
    if top % 1 or left % 1:
        return
    part = seen[int(top) : int(top) + 128, int(left) : int(left) + 128]
    assert (part[30:100, 5:100, :3] == expected[30:100, 5:100, :3]).all()


@pytest.mark.parametrize(
    ("key", "view"),
    [
        (Qt.Key.Key_2, "amplitude"),
        (Qt.Key.Key_3, "intensity"),
        (Qt.Key.Key_4, "db"),
        (Qt.Key.Key_5, "phase"),
        (Qt.Key.Key_6, "real"),
        (Qt.Key.Key_7, "imag"),
    ],
)
def test_one_key_shows_another_view_and_another_goes_back(
    page, context, qtbot, tmp_path, key, view
):
    open_in(context, qtbot, made_complex(tmp_path))
    wait_complete(page.canvas, qtbot)
    page.canvas.setFocus()
    before = pixels_of(page.canvas)
    qtbot.keyClick(page.canvas, key)
    assert active_style(context).view == view
    wait_complete(page.canvas, qtbot)
    assert (pixels_of(page.canvas) != before).any()
    qtbot.keyClick(page.canvas, Qt.Key.Key_1)
    wait_complete(page.canvas, qtbot)
    assert active_style(context).view == "hsv"


def test_views_of_complex_scenes_are_refused_for_real_ones(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_rgb(tmp_path))
    assert active_style(context).view == "rgb"
    assert context.actions.reason("view.as_hsv")
    qtbot.keyClick(page.canvas, Qt.Key.Key_8)
    assert active_style(context).view == "band"
    qtbot.keyClick(page.canvas, Qt.Key.Key_9)
    assert active_style(context).bands == (0, 1, 2)


def test_a_view_is_undone(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    context.actions.trigger("view.as_db")
    assert context.store.undo_text == "dB"
    context.store.undo()
    assert active_style(context).view == "hsv"


def test_the_read_out_tells_the_pixel_under_the_cursor(page, context, qtbot, tmp_path):
    path = made_slc(tmp_path)
    address = open_in(context, qtbot, path)
    qtbot.waitUntil(lambda: context.scenes.locator(address) is not None, timeout=5000)
    wait_complete(page.canvas, qtbot)
    page.canvas.one_to_one()
    place = page.canvas.view.viewport.to_screen(128.5, 96.5, page.canvas.view.size)
    qtbot.mouseMove(page.canvas, QPoint(int(place[1]), int(place[0])))
    with rasterio.open(path) as dataset:
        z = complex(dataset.read(1)[128, 96])
    told = ("row 128  col 96", f"|z| {abs(z):.5g}", "dB")  # the value follows the place
    qtbot.waitUntil(lambda: all(part in page.readout.text for part in told), timeout=5000)
    text = page.readout.text
    assert "approx. (GCP)" in text
    assert "° N" in text


def test_coarse_complex_views_say_that_phase_needs_full_resolution(page, context, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "large.tif", speckle(2000, 2000), tiled=True)
    open_in(context, qtbot, path)
    wait_complete(page.canvas, qtbot)
    assert any("full resolution only" in note for note in page.canvas.notes)
    page.canvas.one_to_one()
    assert not page.canvas.notes


def test_the_mean_replaces_the_nearest_pixels_when_the_pyramid_is_there(
    page, context, qtbot, tmp_path
):
    path = write_geotiff(tmp_path / "large.tif", speckle(2000, 2000), tiled=True)
    address = open_in(context, qtbot, path)
    context.actions.trigger("view.as_db")
    qtbot.waitUntil(lambda: page.canvas.picture.sampling == "nearest", timeout=5000)
    wait_complete(page.canvas, qtbot)
    before = pixels_of(page.canvas)[100:300, 260:360, 0].astype(float)
    qtbot.waitUntil(lambda: context.scenes.scene(address).has_pyramid, timeout=20_000)
    qtbot.waitUntil(lambda: page.canvas.picture.sampling == "mean", timeout=10_000)
    wait_complete(page.canvas, qtbot)
    after = pixels_of(page.canvas)[100:300, 260:360, 0].astype(float)
    assert after.std() < 0.8 * before.std()
    (task,) = context.jobs.tasks
    assert task.state == "done"


def test_a_pyramid_is_cancelled_in_the_tasks_panel(page, context, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "large.tif", speckle(3000, 3000), tiled=True)
    with qtbot.waitSignal(context.jobs.added, timeout=20_000) as added:
        address = open_in(context, qtbot, path)
    task = added.args[0]
    task.stop()
    qtbot.waitUntil(lambda: task.has_ended, timeout=10_000)
    if task.state == "stopped":
        assert not context.scenes.scene(address).has_pyramid
        context.scenes.build_pyramid(address)  # as after the next complete picture
        assert context.jobs.tasks == (task,)


def test_a_crop_is_drawn_and_saved_as_a_job(page, context, qtbot, tmp_path):
    path = made_slc(tmp_path)
    open_in(context, qtbot, path)
    wait_complete(page.canvas, qtbot)
    page.canvas.setFocus()
    qtbot.keyClick(page.canvas, Qt.Key.Key_C)
    assert page.tool is not None
    assert page.crop_bar.isVisible()
    start = page.canvas.view.viewport.to_screen(40, 30, page.canvas.view.size)
    end = page.canvas.view.viewport.to_screen(140, 130, page.canvas.view.size)
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(page.canvas, left, pos=QPoint(round(start[1]), round(start[0])))
    qtbot.mouseMove(page.canvas, QPoint(round(end[1]), round(end[0])))
    qtbot.mouseRelease(page.canvas, left, pos=QPoint(round(end[1]), round(end[0])))
    window = context.store.session.crop
    assert window == page.tool.window
    assert page.crop_bar.rows.value() == window.rows == pytest.approx(100, abs=2)
    page.crop_bar.rows.setValue(64)
    assert context.store.session.crop.rows == 64
    context.files = Chosen(tmp_path / "crop.tif")
    page.crop_bar.save.click()
    (task,) = [task for task in context.jobs.tasks if task.kind == "crop"]
    qtbot.waitUntil(lambda: task.has_ended, timeout=30_000)
    assert task.state == "done", task.log_text()
    window = context.store.session.crop
    with rasterio.open(path) as whole, rasterio.open(tmp_path / "crop.tif") as part:
        expected = whole.read(1)[window.slices]
        assert part.dtypes == ("complex_int16",)
        assert (part.read(1) == expected).all()
        assert part.gcps[0]


def test_escape_leaves_the_crop(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_slc(tmp_path))
    wait_complete(page.canvas, qtbot)
    context.actions.trigger("view.crop")
    context.store.change(crop=Window(1, 2, 30, 40), text="Crop")
    assert page.tool.window == Window(1, 2, 30, 40)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert page.tool is None
    assert not page.crop_bar.isVisible()
    assert context.store.session.crop is None


def test_a_typed_box_of_degrees_becomes_a_rectangle(page, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_slc(tmp_path))
    qtbot.waitUntil(lambda: context.scenes.locator(address) is not None, timeout=5000)
    context.actions.trigger("view.crop")
    bar = page.crop_bar
    for edit, text in zip(bar._edits(), ("15.002", "44.98", "15.012", "44.99"), strict=True):
        edit.clear()
        qtbot.keyClicks(edit, text)
    qtbot.keyClick(bar.north, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: context.store.session.crop is not None, timeout=5000)
    window = context.store.session.crop
    assert (window.row, window.col) == pytest.approx((100, 20), abs=1)
    assert (window.rows, window.cols) == pytest.approx((100, 100), abs=2)


def test_several_dropped_files_may_become_one_stack(page, context, qtbot, tmp_path):
    paths = [str(made_complex(tmp_path, name=f"{n}.tif", seed=n)) for n in range(2)]
    page.drop(paths)
    page.chooser.stack.setChecked(True)
    with qtbot.waitSignal(context.scenes.opened, timeout=10_000):
        page.chooser.accept()
    scene = context.scenes.scene(stack_address(paths))
    assert len(scene.bands) == 2
    wait_complete(page.canvas, qtbot)


def test_a_missing_file_is_told_in_one_sentence(page, context, qtbot, tmp_path):
    with qtbot.waitSignal(context.scenes.failed, timeout=5000) as failed:
        context.open([str(tmp_path / "nothing.tif")])
    address, sentence = failed.args
    assert address == str(tmp_path / "nothing.tif")
    assert "nothing.tif" in sentence
    assert "\n" not in sentence


def test_corrupt_files_are_refused_with_a_sentence(context, qtbot, open_data):
    told, opened = {}, []
    context.scenes.failed.connect(told.__setitem__)
    context.scenes.opened.connect(opened.append)
    paths = [str(path) for path in sorted((open_data / "corrupt").iterdir())]
    for path in paths:
        context.scenes.open(path)
    qtbot.waitUntil(lambda: len(told) + len(opened) == len(paths), timeout=30_000)
    for path, sentence in told.items():
        assert Path(path).stem in sentence
        assert "Traceback" not in sentence
    assert len(told) > len(paths) / 2


def test_a_scene_closed_while_it_opens_leaves_nothing(context, page, qtbot, tmp_path):
    path = str(made_complex(tmp_path, 800, 800))
    context.scenes.open(path)
    context.scenes.close_scene(path)
    qtbot.wait(300)
    assert context.scenes.addresses == ()
    assert page.canvas.scene is None


def test_a_file_that_vanishes_leaves_the_window_alive(page, context, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "gone.tif", speckle(1500, 1500), tiled=True)
    open_in(context, qtbot, path)
    Path(path).write_bytes(b"")
    page.canvas.one_to_one()
    qtbot.waitUntil(lambda: page.canvas.missing == 0, timeout=10_000)


def test_closing_the_scene_empties_the_page(page, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_complex(tmp_path))
    wait_complete(page.canvas, qtbot)
    context.store.replace(context.store.session.closed(address))
    assert page.canvas.scene is None
    context.scenes.close_scene(address)


def test_the_view_is_kept_in_the_session(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    page.canvas.zoom(4)
    qtbot.waitUntil(lambda: context.store.session.viewport is not None, timeout=3000)
    assert context.store.session.viewport == page.canvas.viewport


def test_nan_and_nodata_are_not_painted(page, context, qtbot, tmp_path):
    pixels = speckle(256, 256)
    pixels[:, :128] = np.nan
    open_in(context, qtbot, write_geotiff(tmp_path / "nan.tif", pixels))
    page.canvas.set_viewport(Viewport(row=128, col=128, scale=1))
    wait_complete(page.canvas, qtbot)
    seen = pixels_of(page.canvas)
    middle, across = page.canvas.height() // 2, page.canvas.width() // 2
    assert (seen[middle - 50 : middle + 50, across - 100 : across - 20, :3] == 30).all()


def test_a_real_sentinel_1_scene_is_shown_sample_by_sample(page, context, qtbot, open_data):
    path = open_data / "sar_slc/geotiff/s1a-iw3-slc-vv_crop_601x1401.tiff"
    address = open_in(context, qtbot, path)
    page.canvas.set_viewport(Viewport(row=300, col=700, scale=1))
    context.actions.trigger("view.legend")
    wait_complete(page.canvas, qtbot)
    view, seen = page.canvas.view, pixels_of(page.canvas)
    top, left = view.viewport.to_image(0, 0, view.size)
    if top % 1 or left % 1:
        return
    window = Window(int(top) + 50, int(left) + 50, 200, 300)
    expected = render(context.scenes.scene(address).read(window), active_style(context))
    assert (seen[50:250, 50:350, :3] == expected[..., :3]).all()


@pytest.mark.parametrize(
    "name",
    [
        "sentinel2/TCI.tif",
        "landsat/rgb16.tif",
        "palette_landcover.tif",
        "enmap_224band_float32.tif",
    ],
)
def test_real_optical_scenes_are_shown_and_read_out(page, context, qtbot, open_data, name):
    address = open_in(context, qtbot, open_data / "optical" / name)
    wait_complete(page.canvas, qtbot)
    assert not page.canvas.picture.failures
    size = context.scenes.scene(address).grid.size
    page.readout.hover((size.rows / 2, size.cols / 2))
    qtbot.waitUntil(lambda: len(page.readout.text.split("   ")) > 2, timeout=5000)
    assert np.unique(pixels_of(page.canvas)[..., :3]).size > 5


def test_classes_of_a_palette_are_never_averaged(page, context, qtbot, open_data):
    address = open_in(context, qtbot, open_data / "optical/palette_landcover.tif")
    wait_complete(page.canvas, qtbot)
    context.scenes.build_pyramid(address)
    assert context.jobs.tasks == ()
    assert page.legend.legend.kind == "classes"


def test_the_zoom_in_the_read_out_follows_the_size_of_the_window(page, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    wait_complete(page.canvas, qtbot)
    before = page.readout.text
    page.resize(1200, 1000)
    qtbot.waitUntil(lambda: page.readout.text != before, timeout=3000)
    assert page.readout.text.endswith(f"{100 * page.canvas.viewport.scale:.3g} %")

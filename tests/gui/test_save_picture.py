"""Save picture and Copy picture by mouse and keys: what is seen, with or without overlays."""

import numpy as np
import pytest
from gui_made import made_context, open_in, rest_on, shown_page, wait_complete
from made import made_slc, speckle_power, write_geotiff
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from window_made import ChosenFiles, made_window, open_sample

from satstudio.core.grid import Window
from satstudio.gui.canvas.scene_actions import layer_style
from satstudio.gui.pages.view.page import make_page
from satstudio.render.picture import scene_picture, to_rgba
from satstudio.session.viewport import Viewport

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 1000, 620) as made:
        yield made


def array(image):
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(plain.constBits(), np.uint8)
    return bits.reshape(plain.height(), plain.width(), 4)[..., :3].copy()


def saved(qtbot, page, context, out, part="seen", legend=True, scale_bar=True):
    """Press Ctrl+S, choose with the mouse, save; returns the picture."""
    context.files = ChosenFiles(str(out))
    context.actions.trigger("file.save_picture")
    dialog = page.pictures.dialog
    button = dialog.parts[part]
    qtbot.mouseClick(button, LEFT, pos=QPoint(8, button.height() // 2))
    for box, is_wanted in ((dialog.legend, legend), (dialog.scale_bar, scale_bar)):
        if box.isChecked() != is_wanted:
            qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    qtbot.mouseClick(dialog.save, LEFT)
    qtbot.waitUntil(out.is_file, timeout=10_000)
    return array(QImage(str(out)))


@pytest.fixture
def scene(page, context, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "s.tif", speckle_power(900, 900)[np.newaxis])
    address = open_in(context, qtbot, path)
    page.canvas.set_viewport(Viewport(300, 500, 1.5), tell=True)
    wait_complete(page.canvas, qtbot)
    return address


def test_what_is_seen_is_saved_pixel_by_pixel(page, context, qtbot, tmp_path, scene):
    rest_on(qtbot, page.canvas, 200, 150)
    page.readout.setFocus()
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    seen = array(page.canvas.grab().toImage())
    made = saved(qtbot, page, context, tmp_path / "seen.png")
    assert made.shape == seen.shape
    frame = np.zeros(seen.shape[:2], bool)
    frame[3:-3, 3:-3] = True  # but the frame that says where the keyboard is
    assert (made == seen)[frame].all()


def test_tools_and_marks_are_no_part_of_the_picture(page, context, qtbot, tmp_path, scene):
    before = saved(qtbot, page, context, tmp_path / "a.png")
    qtbot.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    size = page.canvas.size()
    context.store.change(crop=Window(250, 400, 100, 100), text="Crop")

    def is_as_large():
        """The numbers of the crop take room below the canvas."""
        page.resize(page.width(), page.height() + size.height() - page.canvas.height())
        return page.canvas.size() == size

    qtbot.waitUntil(is_as_large)
    wait_complete(page.canvas, qtbot)
    assert (saved(qtbot, page, context, tmp_path / "b.png") == before).all()


@pytest.mark.parametrize(("legend", "scale_bar"), [(True, False), (False, True), (False, False)])
def test_legend_and_scale_bar_are_options(page, context, qtbot, tmp_path, scene, legend, scale_bar):
    bare = saved(qtbot, page, context, tmp_path / "bare.png", legend=False, scale_bar=False)
    made = saved(qtbot, page, context, tmp_path / "made.png", legend=legend, scale_bar=scale_bar)
    context.change_settings(legend=False, scale_bar=False)
    seen = array(page.canvas.grab().toImage())
    assert (bare[3:-3, 3:-3] == seen[3:-3, 3:-3]).all()
    differs = (made != bare).any(axis=2)
    half = differs.shape[1] // 2
    assert differs[:, half:].any() == legend, "the legend stands at the right"
    assert differs[:, :half].any() == scale_bar, "the scale bar at the left"


def test_options_follow_what_the_screen_shows_and_leave_it_alone(
    page, context, qtbot, tmp_path, scene
):
    qtbot.keyClick(page.canvas, Qt.Key.Key_L)
    assert not page.legend.is_visible
    context.actions.trigger("file.save_picture")
    assert not page.pictures.dialog.legend.isChecked()
    assert page.pictures.dialog.scale_bar.isChecked()
    qtbot.keyClick(page.pictures.dialog, Qt.Key.Key_Escape)
    saved(qtbot, page, context, tmp_path / "with.png", legend=True)
    assert not page.legend.is_visible


def test_the_whole_scene_and_the_crop_are_saved_as_render_draws_them(
    page, context, qtbot, tmp_path, scene
):
    context.store.change(crop=Window(100, 50, 600, 500), text="Crop")
    opened, style = context.scenes.scene(scene), layer_style(context, context.store.session.layer)
    for part, window in (("whole", None), ("crop", Window(100, 50, 600, 500))):
        out = tmp_path / f"{part}.png"
        made = saved(qtbot, page, context, out, part, legend=False, scale_bar=False)
        expected = to_rgba(scene_picture(opened, style, window, 4096, square=True))[..., 2::-1]
        assert (made == expected).all()
        more = saved(qtbot, page, context, tmp_path / f"{part}2.png", part)
        assert more.shape == made.shape
        assert (more[-150:, -150:] != made[-150:, -150:]).any()


def test_a_small_crop_is_enlarged_so_that_its_legend_has_room(
    page, context, qtbot, tmp_path, scene
):
    context.store.change(crop=Window(100, 50, 60, 80), text="Crop")
    made = saved(qtbot, page, context, tmp_path / "small.png", "crop")
    assert made.shape[:2] == (480, 640)


def test_what_is_seen_is_copied_by_keys_and_by_the_dialog(qtbot, tmp_path):
    with made_window(qtbot, tmp_path / "study") as window:
        open_sample(qtbot, window, made_slc(tmp_path))
        page = window.page_widget("view")
        wait_complete(page.canvas, qtbot)
        with qtbot.waitActive(window):
            window.activateWindow()
        page.canvas.setFocus()
        clipboard = QGuiApplication.clipboard()
        clipboard.clear()
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        qtbot.keyClick(page.canvas, Qt.Key.Key_C, keys)
        seen = array(page.canvas.grab().toImage())
        copied = array(clipboard.image())
        assert (copied[3:-3, 3:-3] == seen[3:-3, 3:-3]).all()
        clipboard.clear()
        qtbot.keyClick(page.canvas, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        dialog = page.pictures.dialog
        qtbot.mouseClick(dialog.legend, LEFT, pos=QPoint(8, dialog.legend.height() // 2))
        qtbot.mouseClick(dialog.copy, LEFT)
        assert (array(clipboard.image()) != copied).any()
        with qtbot.waitActive(window):
            window.activateWindow()
        window.show_page("patches")
        reason = window.context.actions.reason("file.save_picture")
        assert reason == "it works on the View page and the Compare page"
        window.show_page("compare")
        compare = window.page_widget("compare")
        wait_complete(compare.views.first.canvas, qtbot)
        clipboard.clear()
        qtbot.keyClick(compare.views.first.canvas, Qt.Key.Key_C, keys)
        assert clipboard.image().size() == compare.views.stage.size()


def test_the_scene_itself_is_not_overwritten_by_its_picture(page, context, qtbot, tmp_path):
    from PIL import Image

    path = tmp_path / "photo.png"
    Image.fromarray(np.arange(64 * 64, dtype=np.uint8).reshape(64, 64)).save(path)
    before = path.read_bytes()
    open_in(context, qtbot, path)
    wait_complete(page.canvas, qtbot)
    told = []
    context.told.connect(lambda text, kind, detail: told.append((text, kind)))
    context.files = ChosenFiles(str(path))
    context.files.confirmed = str(path)
    context.actions.trigger("file.save_picture")
    qtbot.mouseClick(page.pictures.dialog.save, LEFT)
    qtbot.waitUntil(lambda: bool(told) and told[-1][1] == "error", timeout=5000)
    assert "photo.png" in told[-1][0]
    assert path.read_bytes() == before

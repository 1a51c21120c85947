import threading
import time

import numpy as np
import pytest
from gui_made import pixels_of, rest_on, wait_complete, wheel
from made import made_rgb, speckle, speckle_power, write_geotiff
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Size, Window
from satstudio.gui.canvas import canvas as canvas_module
from satstudio.gui.canvas.canvas import SURROUND, Canvas
from satstudio.gui.canvas.overlays import WindowsOverlay
from satstudio.gui.canvas.tiles import requests as tile_look
from satstudio.gui.kit.scenes.loader import SceneKeeper
from satstudio.gui.kit.scenes.tile_cache import ByteCache
from satstudio.gui.kit.scenes.tile_grid import Tile
from satstudio.render.compose import render
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import open_scene
from satstudio.session.viewport import Viewport

DB = DisplayStyle(view="db", low=-20, high=10)
RGB = DisplayStyle(view="rgb", bands=(0, 1, 2), low=0, high=255)


@pytest.fixture
def keeper(qtbot):
    made = SceneKeeper()
    yield made
    made.close()


@pytest.fixture
def canvas(keeper, qtbot):
    widget = Canvas(keeper)
    qtbot.addWidget(widget)
    widget.resize(400, 300)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.fixture
def scene(tmp_path):
    opened = open_scene(write_geotiff(tmp_path / "s.tif", speckle(600, 800), tiled=True))
    yield opened
    opened.close()


def shown(canvas, scene, style, qtbot, viewport=None):
    canvas.show_scene(scene, style)
    canvas.set_viewport(viewport)
    wait_complete(canvas, qtbot)


def test_one_to_one_shows_each_pixel_as_render_colours_it(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=300, col=400, scale=1))
    window = Window(300 - 150, 400 - 200, 300, 400)
    expected = render(scene.read(window), DB)
    seen = pixels_of(canvas)
    inner = (slice(40, -40), slice(40, -40), slice(0, 3))
    assert (seen[inner] == expected[inner]).all()


def test_a_pixel_of_a_zoomed_view_is_a_block_of_one_colour(canvas, tmp_path, qtbot):
    scene = open_scene(made_rgb(tmp_path))
    shown(canvas, scene, RGB, qtbot, Viewport(row=48, col=64, scale=10))
    seen = pixels_of(canvas)[..., :3]
    expected = render(scene.read(), RGB)[48, 64, :3]
    assert (seen[150:160, 200:210] == expected).all()
    scene.close()


def test_the_surround_is_grey_in_every_theme(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=-500, col=400, scale=1))
    assert pixels_of(canvas)[100, 100, 0] == SURROUND.blue()


def test_the_wheel_zooms_to_the_cursor(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot)
    place = QPointF(120, 90)
    before, scale = canvas.image_at(place), canvas.viewport.scale
    wheel(canvas, place, 240)
    assert canvas.viewport.scale == pytest.approx(scale * 1.0015**240)
    assert canvas.image_at(place) == pytest.approx(before)
    wheel(canvas, place, -240)
    assert canvas.viewport.scale == pytest.approx(scale)


def test_dragging_moves_the_picture_with_the_mouse(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=300, col=400, scale=2))
    before = canvas.image_at(QPointF(100, 100))
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    qtbot.mouseMove(canvas, QPoint(130, 80))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(130, 80))
    assert canvas.image_at(QPointF(130, 80)) == pytest.approx(before)


def test_keys_pan_zoom_and_fit(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot)
    fitted = canvas.viewport
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Plus)
    assert canvas.viewport.scale > fitted.scale
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.viewport.col > fitted.col
    qtbot.keyClick(canvas, Qt.Key.Key_Down)
    assert canvas.viewport.row > fitted.row
    qtbot.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.viewport == fitted


def test_pixels_that_are_six_times_as_high_are_drawn_so(canvas, tmp_path, qtbot):
    path = write_geotiff(
        tmp_path / "wide.tif", speckle(100, 600), transform=(2.5, 0, 500000, 0, -15, 5e6)
    )
    scene = open_scene(path)
    assert scene.grid.aspect == pytest.approx(6)
    shown(canvas, scene, DB, qtbot)
    rows, cols = canvas.viewport.scales
    assert rows / cols == pytest.approx(6)
    scene.close()


def test_the_first_view_fits_and_stays_fitted_when_the_window_grows(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot)
    assert canvas.viewport.scale == pytest.approx(0.5)
    canvas.resize(800, 600)
    assert canvas.viewport.scale == pytest.approx(1.0)


def test_the_old_style_stays_until_the_new_one_is_there(canvas, scene, qtbot, monkeypatch):
    shown(canvas, scene, DB, qtbot, Viewport(row=300, col=400, scale=1))
    before = pixels_of(canvas)[60:-60, 60:-60, :3]
    monkeypatch.setattr(canvas._loader, "want", lambda requests, seen: None)
    canvas.set_style(DB.changed(low=-40.0))
    assert canvas.missing > 0
    assert (pixels_of(canvas)[60:-60, 60:-60, :3] == before).all()
    monkeypatch.undo()
    canvas._asked = ()
    canvas.update()
    wait_complete(canvas, qtbot)
    assert not (pixels_of(canvas)[60:-60, 60:-60, :3] == before).all()


def test_a_drag_of_styles_ends_with_the_last_one(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot)
    for low in np.linspace(-40, -10, 40):
        canvas.set_style(DB.changed(low=float(low)))
        QApplication.processEvents()
    wait_complete(canvas, qtbot)
    assert canvas.picture.look.style.low == -10


def test_a_missing_tile_shows_its_part_of_a_coarser_one(canvas, tmp_path, qtbot, monkeypatch):
    pixels = np.zeros((1, 1024, 1024), np.uint8)
    pixels[:, :, 512:] = 200
    scene = open_scene(write_geotiff(tmp_path / "half.tif", pixels, tiled=True))
    style = DisplayStyle(view="band", low=0, high=255)
    shown(canvas, scene, style, qtbot)
    monkeypatch.setattr(canvas._loader, "want", lambda requests, seen: None)
    canvas.set_viewport(Viewport(row=512, col=512, scale=1))
    seen = pixels_of(canvas)
    assert canvas.missing > 0
    assert seen[150, 100, 0] == 0
    assert seen[150, 300, 0] == 200
    scene.close()


def test_a_failed_tile_is_hatched_and_read_again_when_clicked(canvas, scene, qtbot, monkeypatch):
    read = scene.read

    def broken(*_):
        raise SceneReadError("The disk is gone.")

    monkeypatch.setattr(scene, "read", broken)
    canvas.show_scene(scene, DB)
    canvas.set_viewport(Viewport(row=128, col=128, scale=1))
    qtbot.waitUntil(lambda: bool(canvas.picture.failures) and canvas.missing == 0, timeout=10_000)
    monkeypatch.setattr(scene, "read", read)
    failed = len(canvas.picture.failures)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.waitUntil(lambda: len(canvas.picture.failures) < failed, timeout=10_000)


def test_nothing_is_read_on_the_gui_thread(canvas, scene, qtbot, monkeypatch):
    from threading import current_thread, main_thread

    read = scene.read
    seen = set()

    def noting(*arguments):
        seen.add(current_thread())
        return read(*arguments)

    monkeypatch.setattr(scene, "read", noting)
    shown(canvas, scene, DB, qtbot)
    canvas.zoom(8)
    wait_complete(canvas, qtbot)
    assert seen
    assert main_thread() not in seen


def test_a_coarse_view_asks_for_no_more_than_the_screen_shows(canvas, tmp_path, qtbot, monkeypatch):
    scene = open_scene(write_geotiff(tmp_path / "l.tif", speckle(2000, 3000), tiled=True))
    read, shapes = scene.read, []

    def noting(window=None, shape=None, bands=None):
        shapes.append(shape or window.size)
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", noting)
    shown(canvas, scene, DB, qtbot)
    qtbot.waitUntil(lambda: not canvas._loader._wanted, timeout=10_000)
    assert max(shape.rows for shape in shapes) <= 256
    assert sum(shape.pixels for shape in shapes) < 2000 * 3000 / 4
    scene.close()


def test_values_stand_in_pixels_from_64_on(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=300.5, col=400.5, scale=60))
    plain = pixels_of(canvas)
    canvas.set_viewport(Viewport(row=300.5, col=400.5, scale=100))
    wait_complete(canvas, qtbot)
    assert len(np.unique(pixels_of(canvas)[120:180, 160:240, 0])) > 5
    assert len(np.unique(plain[135:165, 180:220, 0])) == 1


def test_closing_a_scene_while_it_loads_shows_nothing_of_it(canvas, scene, qtbot):
    canvas.show_scene(scene, DB)
    canvas.grab()
    canvas.show_scene(None)
    qtbot.wait(50)
    assert canvas.missing == 0
    assert pixels_of(canvas)[10, 10, 0] == SURROUND.blue()


def test_dropped_files_are_told(canvas, qtbot, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.tif"))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(canvas.dropped) as signal:
        assert canvas.event(event)
    assert signal.args == [[str(tmp_path / "a.tif")]]


def test_the_place_under_the_cursor_is_told(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot)
    told = []
    canvas.hovered.connect(told.append)
    rest_on(qtbot, canvas, 200, 150)
    qtbot.waitUntil(lambda: bool(told))
    row, col = told[-1]
    assert (row, col) == pytest.approx((300, 400), abs=2)


def test_many_windows_are_painted_in_two_colours(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=300, col=400, scale=1))
    canvas.set_overlays([WindowsOverlay((Window(280, 380, 40, 40),), (Window(280, 450, 40, 40),))])
    seen = pixels_of(canvas).astype(int)
    blue_edge, orange_edge = seen[131:171, 180], seen[131:171, 250]
    assert (blue_edge[:, 0] > blue_edge[:, 2] + 60).mean() > 0.5
    assert (orange_edge[:, 2] > orange_edge[:, 0] + 60).mean() > 0.3


def test_the_canvas_says_what_it_is(canvas):
    assert canvas.accessibleName()
    assert canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert canvas.view.size == Size(300, 400)


def test_closing_the_canvas_ends_its_threads(keeper, scene, qtbot):
    widget = Canvas(keeper)
    widget.resize(300, 200)
    widget.show_scene(scene, DB)
    widget.grab()
    threads = widget._loader._threads
    widget.deleteLater()
    qtbot.waitUntil(lambda: not any(thread.is_alive() for thread in threads), timeout=5000)


def test_shift_and_arrows_move_the_cursor_pixel_by_pixel(canvas, scene, qtbot):
    shown(canvas, scene, DB, qtbot, Viewport(row=300, col=400, scale=4))
    canvas.pointer.hover(QPointF(202, 152))
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.waitSignal(canvas.hovered) as signal:
        qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert signal.args[0] == (301.5, 401.5)
    assert canvas.viewport == Viewport(row=300, col=400, scale=4)
    for _ in range(60):
        qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    down, _ = canvas.viewport.to_screen(361.5, 401.5, canvas.view.size)
    assert 0 <= down <= 300


def values(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = np.frombuffer(image.constBits(), np.uint8)
    return bits.reshape(image.height(), image.width(), 4)[..., :3].copy()


def counted_paints(canvas, monkeypatch):
    areas, draw = [], canvas.picture.draw
    monkeypatch.setattr(canvas_module, "BUSY_AFTER_MS", 60_000)  # however slow: no words over it

    def drawing(painter, view, focus=None, dirty=None):
        areas.append(dirty)
        return draw(painter, view, focus, dirty)

    monkeypatch.setattr(canvas.picture, "draw", drawing)
    return areas


def test_a_view_of_many_tiles_is_painted_a_few_times_and_not_for_each_tile(
    canvas, tmp_path, qtbot, monkeypatch
):
    scene = open_scene(write_geotiff(tmp_path / "l.tif", speckle(2000, 2600), tiled=True))
    canvas.resize(1300, 1000)
    monkeypatch.setattr(canvas_module, "TAKE_MS", 200)
    areas = counted_paints(canvas, monkeypatch)
    start = time.monotonic()
    shown(canvas, scene, DB, qtbot, Viewport(row=1000, col=1300, scale=0.6))
    allowed = 4 + (time.monotonic() - start) / 0.2
    assert len(canvas.picture.images) >= 60
    assert len(areas) <= allowed
    scene.close()


def test_tiles_read_ahead_out_of_view_paint_nothing(canvas, tmp_path, qtbot, monkeypatch):
    scene = open_scene(write_geotiff(tmp_path / "l.tif", speckle(2000, 2600), tiled=True))
    areas = counted_paints(canvas, monkeypatch)
    shown(canvas, scene, DB, qtbot, Viewport(row=1000, col=1300, scale=1))
    QApplication.processEvents()
    seen = len(canvas.picture.images)
    areas.clear()
    qtbot.waitUntil(lambda: len(canvas.picture.images) >= seen + 8, timeout=10_000)
    qtbot.wait(100)
    assert not areas
    scene.close()


def test_only_where_something_was_missing_is_painted(canvas, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(canvas_module, "BUSY_AFTER_MS", 60_000)  # its sign would be one more
    scene = open_scene(write_geotiff(tmp_path / "l.tif", speckle(1024, 1024), tiled=True))
    shown(canvas, scene, DB, qtbot, Viewport(row=512, col=512, scale=1))
    late = [image for image in canvas.picture.images._items if image[1] == Tile(0, 1, 1)]
    canvas.picture.images.drop(lambda key: key in late)
    areas = counted_paints(canvas, monkeypatch)
    canvas.update(5, 5, 1, 1)
    qtbot.waitUntil(lambda: len(areas) >= 2 and canvas.missing == 0, timeout=10_000)
    (area,) = areas[1:]
    corner = canvas.view.rect(canvas.picture.look.grid.window(Tile(0, 1, 1)))
    assert area.right() <= corner.right() + 2
    assert area.bottom() <= corner.bottom() + 2
    scene.close()


def test_what_was_painted_in_parts_looks_like_the_whole(canvas, tmp_path, qtbot, monkeypatch):
    monkeypatch.setattr(canvas_module, "BUSY_AFTER_MS", 60_000)
    scene = open_scene(write_geotiff(tmp_path / "l.tif", speckle(2000, 2600), tiled=True))
    canvas.resize(1000, 800)
    for scale in (0.37, 0.61, 1.0, 2.3):
        shown(canvas, scene, DB, qtbot, Viewport(row=987.3, col=1291.6, scale=scale))
        QApplication.processEvents()
        parts = canvas.screen().grabWindow(canvas.winId()).toImage()
        apart = np.abs(values(parts).astype(int) - values(canvas.grab().toImage()))
        rounding = int(scale < 1)  # Qt's own when it shrinks within another clip: 1 of 255
        assert apart.max() <= rounding, (scale, np.argwhere(apart)[:3], len(np.argwhere(apart)))
    scene.close()


def test_a_late_failure_of_an_old_style_does_not_mark_the_new_one(
    canvas, tmp_path, qtbot, monkeypatch
):
    pixels = np.ones((2, 300, 300), np.float32)
    scene = open_scene(write_geotiff(tmp_path / "two.tif", pixels))
    read, is_late, first = scene.read, threading.Event(), threading.Lock()

    def one_fails_late(window=None, shape=None, bands=None):
        if bands == (0,) and first.acquire(blocking=False):
            is_late.wait(10)
            raise SceneReadError("The disk is gone.")
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", one_fails_late)
    canvas.show_scene(scene, DisplayStyle(view="band", bands=(0,), low=0, high=2))
    qtbot.waitUntil(first.locked, timeout=10_000)
    canvas.set_style(DisplayStyle(view="band", bands=(1,), low=0, high=2))
    canvas._apply_style()
    wait_complete(canvas, qtbot)
    is_late.set()
    qtbot.wait(100)
    assert not canvas.picture.failures
    assert (pixels_of(canvas)[140:160, 190:210, 0] == 128).all()
    scene.close()


def test_a_style_that_another_band_helps_forgets_what_failed(canvas, tmp_path, qtbot, monkeypatch):
    pixels = np.ones((2, 300, 300), np.float32)
    scene = open_scene(write_geotiff(tmp_path / "two.tif", pixels))
    read = scene.read

    def first_band_fails(window=None, shape=None, bands=None):
        if bands == (0,):
            raise SceneReadError("The disk is gone.")
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", first_band_fails)
    shown(canvas, scene, DisplayStyle(view="band", bands=(0,), low=0, high=2), qtbot)
    failed = dict(canvas.picture.failures)
    assert failed
    canvas.set_style(DisplayStyle(view="band", bands=(0,), low=0, high=3))
    wait_complete(canvas, qtbot)
    assert canvas.picture.failures == failed
    canvas.set_style(DisplayStyle(view="band", bands=(1,), low=0, high=2))
    wait_complete(canvas, qtbot)
    assert not canvas.picture.failures
    assert (pixels_of(canvas)[140:160, 190:210, 0] == 128).all()
    scene.close()


def test_a_small_memory_still_shows_every_tile_of_a_file_in_strips_and_reads_each_strip_once(
    keeper, tmp_path, qtbot, monkeypatch
):
    monkeypatch.setattr(tile_look, "LARGE_PX", 1000)
    monkeypatch.setattr(tile_look, "BASE_PX", 1024)
    monkeypatch.setattr(keeper, "raw", ByteCache(2**21))  # two tiles and a bit
    pixels = np.stack([speckle_power(2048, 2048, seed=band) for band in range(3)])
    scene = open_scene(write_geotiff(tmp_path / "strips.tif", pixels, blockysize=16))
    read, asked = scene.read, []

    def counting(window=None, shape=None, bands=None):
        asked.append(window)
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", counting)
    canvas = Canvas(keeper)
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    canvas.show()
    shown(canvas, scene, DisplayStyle(view="rgb", bands=(0, 1, 2), low=0, high=3), qtbot)
    assert not canvas.picture.failures
    assert sorted((w.row, w.col, w.rows, w.cols) for w in asked) == [
        (row, 0, 512, 2048) for row in range(0, 2048, 512)
    ]
    canvas.resize(900, 500)
    canvas.set_viewport(Viewport(row=1024, col=1024, scale=1))
    del asked[:]
    QApplication.processEvents()
    wait_complete(canvas, qtbot)
    assert len([window for window in asked if window.rows == 256]) <= 4
    assert len({window.row for window in asked}) == len(asked)
    canvas.close_loader()
    assert keeper.raw.used_bytes <= 2**21
    scene.close()

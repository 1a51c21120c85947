import threading
from contextlib import contextmanager

import numpy as np
import pytest
from made import speckle, write_geotiff
from PySide6.QtGui import QImage

from satstudio.core.errors import SceneReadError
from satstudio.core.grid import Window
from satstudio.gui.canvas.tiles import loader as load_tiles
from satstudio.gui.canvas.tiles import requests as tile_look
from satstudio.gui.canvas.tiles.loader import TileLoader
from satstudio.gui.canvas.tiles.requests import TileLook, TileRequest
from satstudio.gui.kit.scenes.tile_cache import ByteCache
from satstudio.gui.kit.scenes.tile_grid import Tile, TileGrid
from satstudio.render.compose import render
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import open_scene

STYLE = DisplayStyle(view="db", low=-20, high=10)


@contextmanager
def loader_of(threads=2):
    loader = TileLoader(ByteCache(160 * 2**20), threads)
    try:
        yield loader
    finally:
        loader.close()


def look_at(scene, style=STYLE, generation=1, epoch=0):
    return TileLook(generation, scene, epoch, TileGrid(scene.grid.size, scene.levels), style)


@pytest.fixture
def scene(tmp_path):
    path = write_geotiff(tmp_path / "s.tif", speckle(700, 900), tiled=True)
    opened = open_scene(path)
    yield opened
    opened.close()


def fetch(loader, requests, qtbot):
    done = []

    def are_here():
        done.extend(loader.take())
        return len(done) >= len(requests)

    loader.want(requests)
    qtbot.waitUntil(are_here, timeout=10_000)
    return done


def test_a_tile_is_what_render_makes_of_its_window(scene, qtbot):
    look = look_at(scene)
    with loader_of() as loader:
        (done,) = fetch(loader, [TileRequest(look, Tile(0, 1, 2))], qtbot)
    window = look.grid.window(Tile(0, 1, 2))
    expected = render(scene.read(window), STYLE)
    assert (done.colours == expected).all()
    assert done.image.format() == QImage.Format.Format_RGB32  # nothing shines through
    assert (done.image.width(), done.image.height()) == (window.cols, window.rows)


def test_another_style_is_drawn_without_reading_again(scene, qtbot, monkeypatch):
    with loader_of() as loader:
        fetch(loader, [TileRequest(look_at(scene), Tile(0, 0, 0))], qtbot)
        monkeypatch.setattr(scene, "read", None)
        other = look_at(scene, STYLE.changed(view="amplitude", low=0.0, high=3.0), 2)
        (done,) = fetch(loader, [TileRequest(other, Tile(0, 0, 0))], qtbot)
    assert done.image is not None


def test_bands_are_read_by_themselves(tmp_path, qtbot):
    pixels = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((5, 300, 300), np.uint8)
    opened = open_scene(write_geotiff(tmp_path / "b.tif", pixels * 10))
    style = DisplayStyle(view="rgb", bands=(4, 2, 0), low=0, high=255)
    with loader_of() as loader:
        (done,) = fetch(loader, [TileRequest(look_at(opened, style), Tile(0, 0, 0))], qtbot)
    assert done.colours[0, 0].tolist() == [0, 20, 40, 255]
    opened.close()


def test_a_newer_list_replaces_what_was_wanted(scene, qtbot, monkeypatch):
    look = look_at(scene)
    read = scene.read
    asked = []

    def slow(window=None, shape=None, bands=None):
        asked.append(window)
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", slow)
    with loader_of(threads=1) as loader:
        with loader._turn:
            loader.want([TileRequest(look, Tile(0, 0, col)) for col in range(4)])
            loader.want([TileRequest(look, Tile(0, 2, 0))])
        qtbot.waitUntil(lambda: bool(loader._done), timeout=10_000)
    assert asked == [look.grid.window(Tile(0, 2, 0))]


def test_a_run_of_tiles_of_a_file_in_strips_is_read_in_one_window(tmp_path, qtbot, monkeypatch):
    path = write_geotiff(tmp_path / "strips.tif", speckle(300, 1100), blockysize=1)
    opened = open_scene(path)
    look, read, asked = look_at(opened), opened.read, []

    def counting(window=None, shape=None, bands=None):
        asked.append(window)
        return read(window, shape, bands)

    monkeypatch.setattr(opened, "read", counting)
    with loader_of(threads=1) as loader, loader._turn:
        pass
    with loader_of(threads=1) as loader:
        done = fetch(loader, [TileRequest(look, Tile(0, 0, col)) for col in range(5)], qtbot)
    assert asked == [Window(0, 0, 256, 1100)]
    for item in done:
        assert (item.colours == render(read(look.grid.window(item.tile)), STYLE)).all()
    opened.close()


def test_a_large_scene_without_a_pyramid_is_read_once_for_all_coarse_levels(
    scene, qtbot, monkeypatch
):
    monkeypatch.setattr(tile_look, "LARGE_PX", 1000)
    monkeypatch.setattr(tile_look, "BASE_PX", 500)
    look, read, asked = look_at(scene), scene.read, []
    assert look.base == 1

    def counting(window=None, shape=None, bands=None):
        asked.append(window)
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", counting)
    top = look.grid.top
    tiles = [Tile(top, 0, 0), *look.grid.covering(1, Window.whole(look.grid.size))]
    with loader_of() as loader:
        done = fetch(loader, [TileRequest(look, tile) for tile in tiles], qtbot)
    assert sum(window.rows * window.cols for window in asked) == scene.grid.size.pixels
    (coarse,) = [item for item in done if item.tile == Tile(top, 0, 0)]
    assert coarse.sampling == "nearest"
    shape = look.grid.shape(Tile(top, 0, 0))
    assert coarse.colours.shape[:2] == (shape.rows, shape.cols)


def test_a_tile_that_cannot_be_read_says_why(scene, qtbot, monkeypatch):
    def broken(*_):
        raise SceneReadError("The disk is gone.")

    monkeypatch.setattr(scene, "read", broken)
    with loader_of() as loader:
        (done,) = fetch(loader, [TileRequest(look_at(scene), Tile(0, 0, 0))], qtbot)
        assert done.image is None
        assert done.failure == "The disk is gone."
        monkeypatch.undo()
        (again,) = fetch(loader, [TileRequest(look_at(scene), Tile(0, 0, 0))], qtbot)
    assert again.image is not None


def test_one_signal_stands_for_many_tiles(scene, qtbot):
    look = look_at(scene)
    told = []
    with loader_of(threads=1) as loader:
        loader.arrived.connect(lambda: told.append(1))
        wanted = [TileRequest(look, Tile(0, row, col)) for row in range(3) for col in range(4)]
        loader.want(wanted)
        qtbot.waitUntil(lambda: len(loader._done) == len(wanted), timeout=10_000)
        assert len(told) <= 1
        assert len(loader.take()) == len(wanted)


def test_closing_ends_the_threads_while_tiles_are_wanted(scene):
    loader = TileLoader(ByteCache(1 << 20))
    look = look_at(scene)
    loader.want([TileRequest(look, Tile(0, row, col)) for row in range(3) for col in range(4)])
    loader.close()
    assert not any(thread.is_alive() for thread in loader._threads)


def test_a_tile_asked_for_again_while_it_is_made_is_made_once(scene, qtbot, monkeypatch):
    painted, may_go = [], threading.Event()
    made = load_tiles.render

    def slowly(raster, style):
        may_go.wait(10)
        painted.append(raster.grid)
        return made(raster, style)

    monkeypatch.setattr(load_tiles, "render", slowly)
    request = TileRequest(look_at(scene), Tile(0, 0, 0))
    with loader_of() as loader:
        for _ in range(3):
            loader.want([request])
            qtbot.waitUntil(lambda: request in loader._working or bool(loader._done))
        may_go.set()
        qtbot.waitUntil(lambda: bool(loader._done), timeout=10_000)
        loader.want([request])
        qtbot.wait(50)
        assert len(loader.take()) == 1
    assert len(painted) == 1


def test_the_last_tile_missing_in_view_is_told_at_once(scene, qtbot):
    look = look_at(scene)
    seen = [TileRequest(look, Tile(0, 0, col)) for col in range(2)]
    more = [TileRequest(look, Tile(0, 1, col)) for col in range(3)]
    with loader_of(threads=1) as loader:
        with qtbot.waitSignal(loader.finished, timeout=10_000):
            loader.want(seen + more, seen)
        done = {image.tile for image in loader.take()}
    assert done >= {request.tile for request in seen}


def test_a_run_of_strips_reaches_to_both_sides(tmp_path, qtbot, monkeypatch):
    opened = open_scene(write_geotiff(tmp_path / "s.tif", speckle(300, 1500), blockysize=4))
    look, read, asked = look_at(opened), opened.read, []

    def counting(window=None, shape=None, bands=None):
        asked.append(window)
        return read(window, shape, bands)

    monkeypatch.setattr(opened, "read", counting)
    with loader_of() as loader:
        wanted = [TileRequest(look, Tile(0, 0, col)) for col in (3, 2, 4, 1, 5, 0)]
        done = fetch(loader, wanted, qtbot)
    assert asked == [Window(0, 0, 256, 1500)]
    for item in done:
        assert (item.colours == render(read(look.grid.window(item.tile)), STYLE)).all()
    opened.close()


def test_other_bands_of_a_tile_are_other_pixels(tmp_path, qtbot):
    """The pixels in memory are known by their bands."""
    pixels = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((3, 300, 300), np.uint8)
    opened = open_scene(write_geotiff(tmp_path / "b.tif", pixels * 100))
    first, second = (
        look_at(opened, DisplayStyle(view="band", bands=(band,), low=0, high=200), band + 1)
        for band in (0, 2)
    )
    with loader_of() as loader:
        fetch(loader, [TileRequest(first, Tile(0, 0, 0))], qtbot)
        (done,) = fetch(loader, [TileRequest(second, Tile(0, 0, 0))], qtbot)
    opened.close()
    assert done.colours[0, 0].tolist() == [255, 255, 255, 255]


def test_a_request_that_is_old_by_now_is_not_queued_again(scene, qtbot, monkeypatch):
    """A coarse tile is made row by row; nobody looks there any more when its first row is read."""
    monkeypatch.setattr(tile_look, "LARGE_PX", 1000)
    monkeypatch.setattr(tile_look, "BASE_PX", 500)
    look, read, asked = look_at(scene), scene.read, []
    is_reading, may_go = threading.Event(), threading.Event()

    def slowly(window=None, shape=None, bands=None):
        asked.append(window)
        is_reading.set()
        assert may_go.wait(10)
        return read(window, shape, bands)

    monkeypatch.setattr(scene, "read", slowly)
    old = TileRequest(look, Tile(look.grid.top, 0, 0))
    new = TileRequest(look, Tile(0, 2, 0))
    with loader_of(threads=1) as loader:
        loader.want([old])
        assert is_reading.wait(10)
        loader.want([new])
        may_go.set()
        qtbot.waitUntil(lambda: bool(loader._done), timeout=10_000)
        qtbot.waitUntil(lambda: not loader._working and not loader._wanted, timeout=10_000)
        done = [image.tile for image in loader.take()]
    assert done == [new.tile]
    assert asked[1:] == [look.grid.window(new.tile)], "the rest of the old tile is not read"

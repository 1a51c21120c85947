import numpy as np
import pytest
from made import speckle, write_geotiff
from PySide6.QtGui import QImage, QPainter

from satstudio.core.grid import Size, Window
from satstudio.gui.canvas.tiles.painter import TRIES, TilePicture, View, retry_due
from satstudio.gui.canvas.tiles.requests import TileImage
from satstudio.gui.kit.scenes.tile_grid import Tile
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import open_scene
from satstudio.session.viewport import Viewport

STYLE = DisplayStyle(view="db", low=-20, high=10)


@pytest.fixture
def scene(tmp_path):
    opened = open_scene(write_geotiff(tmp_path / "s.tif", speckle(1000, 1200), tiled=True))
    yield opened
    opened.close()


@pytest.fixture
def painter(qapp):
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    made = QPainter(image)
    yield made
    made.end()


def view_of(scale, dpr=1.0):
    return View(Viewport(row=500, col=600, scale=scale), Size(300, 400), dpr)


def picture_of(scene):
    picture = TilePicture()
    picture.show(scene, STYLE)
    return picture


def test_the_level_follows_device_pixels(scene, painter):
    picture = picture_of(scene)
    picture.draw(painter, view_of(0.5))
    assert picture.level == 1
    picture.draw(painter, view_of(0.5, dpr=2.0))
    assert picture.level == 0
    picture.draw(painter, view_of(0.25, dpr=2.0))
    assert picture.level == 1


def test_the_tile_in_the_middle_is_wanted_before_those_at_the_edge(scene, painter):
    picture = picture_of(scene)
    wanted = [request.tile for request in picture.draw(painter, view_of(0.6)).wanted]
    here = [tile for tile in wanted if tile.level == 0]
    assert here[0] in (Tile(0, 1, 2), Tile(0, 2, 2))
    assert picture.missing == len(here)


def test_what_lies_around_is_wanted_when_nothing_is_missing(scene, painter):
    picture = picture_of(scene)
    view = view_of(1.0)
    for request in picture.draw(painter, view).wanted:
        picture.put(image_of(request.look, request.tile))
    more = [request.tile for request in picture.draw(painter, view).wanted]
    assert picture.missing == 0
    assert {tile.level for tile in more} == {0, 1}


def image_of(look, tile):
    image = QImage(256, 256, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return TileImage(look, tile, image)


def test_an_answer_for_another_scene_is_dropped(scene, tmp_path):
    picture = picture_of(scene)
    other = open_scene(write_geotiff(tmp_path / "o.tif", speckle(300, 300)))
    old = picture.look
    picture.show(other, STYLE)
    assert not picture.put(image_of(old, Tile(0, 0, 0)))
    assert len(picture.images) == 0
    other.close()


def test_a_tile_of_an_old_style_stands_in_but_is_not_complete(scene, painter):
    picture = picture_of(scene)
    view = view_of(2.0)
    for request in picture.draw(painter, view).wanted:
        picture.put(image_of(request.look, request.tile))
    picture.show(scene, STYLE.changed(low=-30.0))
    picture.draw(painter, view)
    assert picture.missing > 0
    assert len(picture.images) > 0


def test_a_failed_tile_is_tried_once_more_and_then_left(scene, painter, monkeypatch):
    now = 100.0
    monkeypatch.setattr("satstudio.gui.canvas.tiles.painter.time.monotonic", lambda: now)
    picture = picture_of(scene)
    view = view_of(1.0)
    tile = picture.draw(painter, view).wanted[-1].tile
    failed = TileImage(picture.look, tile, None, failure="The disk is gone.")
    picture.put(failed)
    assert tile not in [request.tile for request in picture.draw(painter, view).wanted]
    assert retry_due(picture.failures) == 2.0
    now += 3
    assert tile in [request.tile for request in picture.draw(painter, view).wanted]
    picture.put(failed)
    now += 3
    assert picture.failures[tile].tries == TRIES
    assert retry_due(picture.failures) is None
    assert tile not in [request.tile for request in picture.draw(painter, view).wanted]
    picture.retry(tile)
    assert tile in [request.tile for request in picture.draw(painter, view).wanted]


def striped(look, tile):
    """A tile of which each pixel tells its column in the scene."""
    shape = look.grid.shape(tile)
    cols = (tile.col * 256 + np.arange(shape.cols)) % 250
    values = np.zeros((shape.rows, shape.cols, 4), np.uint8)
    values[..., :3], values[..., 3] = cols[None, :, None], 255
    kind = QImage.Format.Format_RGB32
    image = QImage(values.data, shape.cols, shape.rows, 4 * shape.cols, kind).copy()
    return TileImage(look, tile, image)


def drawn(picture, view):
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    picture.draw(painter, view)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(300, 400, 4)[..., 0].astype(int)


def test_scaled_tiles_lie_where_they_belong_wherever_the_view_goes(scene):
    picture = picture_of(scene)
    for row, col, scale in ((500, 600, 0.9), (480, 700, 0.8), (200, 250, 0.7), (790, 930, 0.9)):
        view = View(Viewport(row=row, col=col, scale=scale), Size(300, 400))
        drawn(picture, view)
        for tile in picture.look.grid.covering(0, Window(0, 0, 1000, 1200)):
            picture.put(striped(picture.look, tile))
        places = col + (np.arange(400) + 0.5 - 200) / scale
        inside = (places > 1) & (places < 1199) & (np.abs(places % 250 - 125) < 120)
        seen, expected = drawn(picture, view)[150], places % 250 - 0.5
        assert np.abs(seen - expected)[inside].max() <= 1.5
        assert picture.missing == 0


def test_a_tile_that_comes_later_replaces_what_stood_in_on_the_sheet(scene):
    picture = picture_of(scene)
    view = View(Viewport(row=500, col=600, scale=0.8), Size(300, 400))
    drawn(picture, view)
    top = Tile(picture.look.grid.top, 0, 0)
    blank = QImage(150, 125, QImage.Format.Format_RGB32)
    blank.fill(0x00640064 | 0xFF000000)
    picture.put(TileImage(picture.look, top, blank))
    assert (drawn(picture, view)[150] == 0x64).all()
    for tile in picture.look.grid.covering(0, Window(0, 0, 1000, 1200)):
        picture.put(striped(picture.look, tile))
    assert len(np.unique(drawn(picture, view)[150])) > 100


@pytest.mark.parametrize("scale", [0.358, 0.72, 1.0, 1.37, 3.0])
@pytest.mark.parametrize(("high", "wide"), [(300, 400), (301, 401), (300, 401)])
def test_no_ground_shows_between_tiles(scene, scale, high, wide):
    picture = TilePicture()
    picture.show(scene, DisplayStyle(view="phase"))
    for row, col in ((500, 600), (512, 512), (500.5, 511.5), (499.25, 640.75)):
        view = View(Viewport(row=row, col=col, scale=scale), Size(high, wide))
        image = QImage(wide, high, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        for request in picture.draw(painter, view).seen:
            shape = request.look.grid.shape(request.tile)
            tile = QImage(shape.cols, shape.rows, QImage.Format.Format_RGB32)
            tile.fill(0xFFFFFFFF)
            picture.put(TileImage(request.look, request.tile, tile))
        image.fill(0)
        picture.draw(painter, view)
        painter.end()
        colours = np.frombuffer(image.constBits(), np.uint32).reshape(high, -1)[:, :wide]
        down = row + (np.arange(high) + 0.5 - high / 2) / scale
        right = col + (np.arange(wide) + 0.5 - wide / 2) / scale
        inside = np.ix_((down > 2) & (down < 998), (right > 2) & (right < 1198))
        assert (colours[inside] & 0xFFFFFF == 0xFFFFFF).all()

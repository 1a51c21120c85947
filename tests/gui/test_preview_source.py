"""PreviewSource: what answers an older wish is never shown for the newer one."""

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.raster import Raster
from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.pages.restore.preview.preview_source import PreviewSource
from satstudio.gui.pages.restore.preview.restored_picture import Restored, picture_of
from satstudio.render.style import DisplayStyle
from satstudio.restore.recipe import RestoreRecipe

STYLE = DisplayStyle(view="amplitude", low=0.0, high=4.0)


class Answers(QObject):
    """Stands for the process: the test answers."""

    answered = Signal(str, object)

    def __init__(self, folder):
        super().__init__()
        self.folder, self.count, self.asked = folder, 0, []

    def is_waiting(self, kind):
        return False

    def ask_preview(self, *wish):
        self.asked.append(wish)

    def forget(self, kind):
        pass

    def answer(self, value):
        """Answer the newest question with pixels of one value."""
        self.count += 1
        path = self.folder / f"{self.count}.npz"
        pixels = np.full((1, 8, 8), value, np.float32)
        np.savez(path, pixels=pixels, valid=np.ones((8, 8), bool))
        fields = {"path": str(path), "bands": ["b"], "quantity": "amplitude"}
        self.answered.emit("preview", fields)


@pytest.fixture
def desk(tmp_path):
    return Answers(tmp_path)


@pytest.fixture
def source(qtbot, desk):
    calls = BackgroundCalls(1)
    yield PreviewSource(desk, calls)
    calls.close()


def wish(row):
    return "scene.tif", "baseline:lee", RestoreRecipe(window=Window(row, 0, 8, 8))


def test_pixels_of_an_older_wish_are_not_taken_for_the_newer_one(source, desk, qtbot):
    """They were read from the answer's file when the user moved on."""
    source.want(wish(0))
    desk.answer(1.0)
    source.want(wish(100))
    qtbot.waitUntil(lambda: not source._is_reading, timeout=10_000)
    assert source.restored is None
    desk.answer(2.0)
    qtbot.waitUntil(lambda: source.restored is not None, timeout=10_000)
    assert source.restored.window == Window(100, 0, 8, 8)
    assert (source.restored.raster.pixels == 2.0).all()


def test_nothing_is_shown_of_what_was_dropped(source, desk, qtbot):
    source.want(wish(0))
    desk.answer(1.0)
    source.drop()
    qtbot.waitUntil(lambda: not source._is_reading, timeout=10_000)
    assert source.restored is None


def test_a_picture_of_older_pixels_is_not_shown(source, desk, qtbot):
    """It was being drawn when newer pixels came."""
    shown = []
    source.drawn.connect(shown.append)
    source.want(wish(0))
    desk.answer(1.0)
    qtbot.waitUntil(lambda: source.restored is not None, timeout=10_000)
    older = source.restored
    source.draw(STYLE, "amplitude", 1)
    source.restored = None  # as where the newer wish has no preview
    qtbot.wait(200)
    assert shown == []
    source.restored = older
    source.draw(STYLE.changed(high=5.0), "amplitude", 1)
    qtbot.waitUntil(lambda: bool(shown), timeout=10_000)
    assert shown[0].restored is older


@pytest.mark.parametrize(("bands", "is_coloured"), [(1, True), (3, False)])
def test_colours_that_were_given_to_a_grey_scene_are_seen(bands, is_coloured):
    """Of a scene of three bands one may be looked at by itself."""
    grid, names = GeoGrid(Size(8, 8)), ("red", "green", "blue")
    pixels = np.stack([np.full((8, 8), value, np.float32) for value in (200, 100, 50)])
    raster = Raster(pixels, grid, names, np.ones((8, 8), bool), "dn")
    style = DisplayStyle(view="band", low=0.0, high=255.0)
    made = picture_of(Restored(Window(0, 0, 8, 8), raster), style, "dn", bands)
    shown = made.image.pixelColor(4, 4)
    assert (shown.red() > shown.green() > shown.blue()) == is_coloured

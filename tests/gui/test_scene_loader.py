import threading

import pytest
from made import made_complex, made_slc, speckle, write_geotiff

from satstudio.gui import scene_opening
from satstudio.gui.errands import Errands
from satstudio.gui.scene_loader import SceneKeeper, stack_address, stacked


@pytest.fixture
def keeper(qtbot):
    made = SceneKeeper()
    yield made
    made.close()


def opened(keeper, qtbot, path):
    with qtbot.waitSignal(keeper.opened, timeout=10_000):
        keeper.open(str(path))
    return str(path)


def test_a_scene_opens_with_statistics_style_and_place(keeper, qtbot, tmp_path):
    address = opened(keeper, qtbot, made_slc(tmp_path))
    assert keeper.scene(address).is_complex
    assert keeper.style(address).view == "hsv"
    qtbot.waitUntil(lambda: keeper.locator(address) is not None, timeout=5000)
    assert keeper.locator(address).note == "approx. (GCP)"


def test_a_finished_pyramid_is_found_again(keeper, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "large.tif", speckle(900, 900), tiled=True)
    address = opened(keeper, qtbot, path)
    assert not keeper.scene(address).has_pyramid
    with qtbot.waitSignal(keeper.pyramid_ready, timeout=20_000):
        keeper.build_pyramid(address)
    assert keeper.epoch(address) == 1
    assert keeper.statistics(address).is_exact
    keeper.close_scene(address)
    opened(keeper, qtbot, path)
    assert keeper.scene(address).has_pyramid


def test_a_product_with_several_images_is_asked_about(keeper, qtbot, monkeypatch, tmp_path):
    from satstudio.scenes.scene import ImageInfo

    images = (ImageInfo("iw1/vv", "IW1 VV"), ImageInfo("iw2/vv", "IW2 VV"))
    monkeypatch.setattr(scene_opening, "list_images", lambda address: images)
    with qtbot.waitSignal(keeper.images_found, timeout=5000) as found:
        keeper.open(str(tmp_path))
    assert found.args == [str(tmp_path), images]
    assert keeper.addresses == ()


def test_closing_during_a_pyramid_stops_it_and_leaves_no_file(keeper, qtbot, tmp_path, home):
    path = write_geotiff(tmp_path / "large.tif", speckle(3000, 3000), tiled=True)
    address = opened(keeper, qtbot, path)
    keeper.build_pyramid(address)
    keeper.close_scene(address)
    qtbot.waitUntil(lambda: not keeper._builders, timeout=10_000)
    assert not list(home.rglob("*.part-*"))


def test_closing_the_keeper_ends_every_thread(qtbot, tmp_path):
    before = set(threading.enumerate())
    keeper = SceneKeeper()
    address = opened(keeper, qtbot, made_complex(tmp_path, 900, 900))
    keeper.build_pyramid(address)
    keeper.close()
    assert set(threading.enumerate()) <= before
    keeper.open(address)
    assert keeper.addresses == ()


def test_the_address_of_a_stack_is_taken_apart_again():
    assert stacked(stack_address(["a b.tif", "c.tif#iw1/vv"])) == ["a b.tif", "c.tif#iw1/vv"]


def test_an_answer_comes_on_the_gui_thread_and_an_error_too(qtbot):
    errands = Errands(1)
    told = []
    errands.ask(
        threading.current_thread, lambda who: told.append((who, threading.current_thread()))
    )
    errands.ask(lambda: 1 / 0, told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=5000)
    worker, here = told[0]
    assert worker is not here is threading.main_thread()
    assert isinstance(told[1], ZeroDivisionError)
    errands.close()

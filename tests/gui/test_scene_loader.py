import threading

import pytest
from made import made_complex, made_slc, speckle, write_geotiff

from satstudio.gui.kit.background_calls import BackgroundCalls
from satstudio.gui.kit.scenes import opening as scene_opening
from satstudio.gui.kit.scenes.loader import SceneKeeper, stack_address, stacked
from satstudio.scenes.scene import Scene


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
    background_calls = BackgroundCalls(1)
    told = []
    background_calls.ask(
        threading.current_thread, lambda who: told.append((who, threading.current_thread()))
    )
    background_calls.ask(lambda: 1 / 0, told.append, told.append)
    qtbot.waitUntil(lambda: len(told) == 2, timeout=5000)
    worker, here = told[0]
    assert worker is not here is threading.main_thread()
    assert isinstance(told[1], ZeroDivisionError)
    background_calls.close()


def test_a_scene_that_nobody_wants_any_more_when_it_is_open_is_closed(
    keeper, qtbot, monkeypatch, tmp_path
):
    """It was closed while it was being opened; its file must not stay open."""
    closed = []
    close = Scene.close

    def noted(scene):
        closed.append(scene.name)
        close(scene)

    monkeypatch.setattr(Scene, "close", noted)
    unwanted, wanted = made_slc(tmp_path), made_complex(tmp_path, 64, 64)
    told = []
    keeper.opened.connect(told.append)
    keeper.open(str(unwanted))
    keeper.close_scene(str(unwanted))
    qtbot.waitUntil(lambda: closed == [unwanted.name], timeout=10_000)
    opened(keeper, qtbot, wanted)
    assert told == [str(wanted)]
    assert keeper.addresses == (str(wanted),)

"""What the values are: shown with who says so, chosen in the window, undone, remembered."""

from contextlib import closing

import numpy as np
import pytest
from made import write_geotiff
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox
from window_made import made_window

from satstudio.gui.canvas.scene_actions import layer_style, views_of
from satstudio.gui.forms.quantity_field import QuantityField
from satstudio.gui.kit.choosers.iq_dialog import IqDialog
from satstudio.gui.kit.scenes.loader import stack_address
from satstudio.scenes.address import parse_address
from satstudio.scenes.scene import open_scene

POWER = np.random.default_rng(3).exponential(0.05, (300, 320)).astype(np.float32)
DB = (10 * np.log10(POWER)).astype(np.float32)


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        yield made


def opened(window, qtbot, path):
    window.context.open([str(path)])
    qtbot.waitUntil(lambda: now(window) is not None, timeout=20_000)
    return now(window)


def now(window):
    layer = window.context.store.session.layer
    return window.context.scenes.scene(layer.address) if layer is not None else None


def field_of(window):
    return window.findChild(QuantityField)


def choose(window, qtbot, title):
    """Open the list, type what is wanted, press Enter; returns the scene as it is read then.

    What is typed soon after other letters continues them, so "" presses End: the last line.
    """
    combo, before = field_of(window).combo, now(window)
    combo.showPopup()
    if title:
        qtbot.keyClicks(combo.view(), title)
    else:
        qtbot.keyClick(combo.view(), Qt.Key.Key_End)
    qtbot.keyClick(combo.view(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: now(window) not in (None, before), timeout=20_000)
    return now(window)


def stepped(window, qtbot, action):
    before = now(window)
    window.context.actions.trigger(action)
    qtbot.waitUntil(lambda: now(window) not in (None, before), timeout=20_000)
    return now(window)


def test_a_choice_reads_the_scene_anew_and_undo_takes_it_back(window, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "scene.tif", DB)
    assert opened(window, qtbot, path).quantity == "dn"
    assert field_of(window).source.text() == "Guessed: nothing says what the values are"
    scene = choose(window, qtbot, "decibels")
    assert (scene.quantity, scene.known.origin) == ("db", "user")
    assert field_of(window).source.text() == "Set by you"
    assert layer_style(window.context, window.context.store.session.layer).view == "db"
    assert stepped(window, qtbot, "edit.undo").quantity == "dn"
    assert stepped(window, qtbot, "edit.redo").quantity == "db"


def test_a_choice_is_remembered_until_it_is_taken_back(window, qtbot, tmp_path):
    path = write_geotiff(tmp_path / "scene.tif", DB)
    opened(window, qtbot, path)
    choose(window, qtbot, "decibels")
    with closing(open_scene(path)) as again:
        assert (again.quantity, again.known.origin) == ("db", "user")
    window.context.actions.trigger("file.close")
    scene = opened(window, qtbot, path)
    assert scene.quantity == "db"
    scene = choose(window, qtbot, "")
    assert (scene.quantity, scene.known.origin) == ("dn", "guess")
    with closing(open_scene(path)) as again:
        assert again.quantity == "dn"
    assert stepped(window, qtbot, "edit.undo").quantity == "db"
    with closing(open_scene(path)) as again:
        assert again.quantity == "db"


def test_heights_are_not_offered_decibels(window, qtbot, tmp_path):
    opened(window, qtbot, write_geotiff(tmp_path / "scene.tif", DB))
    assert "db" in views_of(window.context)
    window.context.actions.trigger("view.as_db")
    choose(window, qtbot, "height")
    assert views_of(window.context) == ("band",)  # one band has no colour image
    assert layer_style(window.context, window.context.store.session.layer).view == "band"
    assert not window.context.actions.qaction("view.as_db").isEnabled()


def test_a_stack_is_said_for_each_of_its_files(window, qtbot, tmp_path):
    paths = [str(write_geotiff(tmp_path / name, DB)) for name in ("a.tif", "b.tif")]
    opened(window, qtbot, stack_address(paths))
    scene = choose(window, qtbot, "decibels")
    assert (scene.quantity, len(scene.bands)) == ("db", 2)
    assert scene.address.count("#quantity=db") == 2


def test_choosing_what_is_chosen_already_changes_nothing(window, qtbot, tmp_path):
    opened(window, qtbot, write_geotiff(tmp_path / "scene.tif", DB))
    scene = choose(window, qtbot, "decibels")
    combo = field_of(window).combo
    for _ in range(2):  # twice in a row, as hasty people do
        combo.showPopup()
        qtbot.keyClicks(combo.view(), "decibels")
        qtbot.keyClick(combo.view(), Qt.Key.Key_Return)
    qtbot.wait(100)
    assert now(window) is scene


def test_the_user_says_which_bands_are_i_and_q(window, qtbot, open_data):
    path = open_data / "sar_slc/opensarship/Cargo_x25478_y9693.tif"
    plain = opened(window, qtbot, path)
    dialog = asked(window, qtbot)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)
    first, second = dialog.rows[0]
    qtbot.keyClick(second, Qt.Key.Key_Down)  # band 3, which is the I of the next pair
    assert not ok.isEnabled()
    assert dialog.problem.text() == "A band stands in two places."
    qtbot.keyClick(second, Qt.Key.Key_Home)
    assert dialog.problem.text() == "A pair has one half only."
    qtbot.keyClicks(second, "2")
    assert (first.currentData(), second.currentData(), ok.isEnabled()) == (0, 1, True)
    qtbot.mouseClick(ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: now(window) not in (None, plain), timeout=20_000)
    scene = now(window)
    assert (scene.is_complex, len(scene.bands)) == (True, 2)
    assert parse_address(window.context.store.session.layer.address).choices.text == "iq=1,2,3,4"
    assert layer_style(window.context, window.context.store.session.layer).view == "hsv"
    dialog = asked(window, qtbot)
    qtbot.mouseClick(dialog.real, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: now(window) not in (None, scene), timeout=20_000)
    assert not now(window).is_complex


def asked(window, qtbot):
    qtbot.mouseClick(field_of(window).iq, Qt.MouseButton.LeftButton)
    dialog = window.findChildren(IqDialog)[-1]
    qtbot.waitUntil(dialog.isVisible)
    return dialog


def test_a_scene_of_one_band_has_no_halves(window, qtbot, tmp_path):
    opened(window, qtbot, write_geotiff(tmp_path / "scene.tif", DB))
    assert not field_of(window).iq.isVisible()
    assert not window.context.actions.qaction("view.iq").isEnabled()

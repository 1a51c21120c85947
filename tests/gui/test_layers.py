"""Layers: visible or not, opacity, the active one on top; regions; other grids say why not."""

import itertools

import numpy as np
import pytest
from gui_made import colour_at, wait_complete
from made import write_geotiff
from PySide6.QtCore import QPoint, Qt
from window_made import made_window, open_sample

from satstudio.core.grid import Window
from satstudio.gui.canvas.regions_overlay import LINE
from satstudio.session.session import Region

SIDE = 64
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot, study):
    with made_window(qtbot, study) as made:
        made.context.store._clock = itertools.count(0, 10).__next__
        yield made


def opened(qtbot, window, tmp_path, side=SIDE, **colours):
    """One-coloured pictures by name, the last one active."""
    for name, colour in colours.items():
        pixels = np.empty((3, side, side), np.uint8)
        pixels[:] = np.array(colour, np.uint8)[:, None, None]
        open_sample(qtbot, window, write_geotiff(tmp_path / f"{name}.tif", pixels))
    page = window.page_widget("view")
    qtbot.waitUntil(lambda: page.canvas.scene is not None)
    wait_complete(page.canvas, qtbot)
    return page.canvas


def middle(canvas):
    """Red, green, blue in the middle of the picture."""
    colour = colour_at(canvas, canvas.height() // 2, canvas.width() // 2)
    return colour.red(), colour.green(), colour.blue()


def panel(window):
    widget = window.docks.dock("style").widget()
    return (widget if hasattr(widget, "layers") else widget.widget()).layers


def settled(qtbot, canvas, wanted):
    qtbot.waitUntil(lambda: np.allclose(middle(canvas), wanted, atol=3), timeout=10_000)


def click_box(qtbot, layers, row):
    box = layers.list.visualItemRect(layers.list.item(row))
    qtbot.mouseClick(layers.list.viewport(), LEFT, pos=QPoint(box.left() + 8, box.center().y()))


def test_the_active_layer_lies_over_the_others_with_its_opacity(window, qtbot, tmp_path):
    canvas = opened(qtbot, window, tmp_path, red=(240, 0, 0), blue=(0, 0, 240))
    settled(qtbot, canvas, (0, 0, 240))
    assert canvas._below.is_alone, "what covers all costs what one layer costs"
    layers, store = panel(window), window.context.store
    layers.opacity.setFocus()
    for _ in range(5):
        qtbot.keyClick(layers.opacity, Qt.Key.Key_PageDown)
    assert store.session.layer.opacity == 0.5
    settled(qtbot, canvas, (120, 0, 120))
    store.undo()
    assert layers.opacity.value() > 50


def test_a_layer_is_hidden_by_its_box_and_shown_again_by_undo(window, qtbot, tmp_path):
    canvas = opened(qtbot, window, tmp_path, red=(240, 0, 0), green=(0, 200, 0), blue=(0, 0, 240))
    layers, store = panel(window), window.context.store
    click_box(qtbot, layers, 2)
    assert not store.session.layers[2].is_visible
    assert store.undo_text == "Hide blue.tif"
    settled(qtbot, canvas, (0, 200, 0))
    click_box(qtbot, layers, 1)
    settled(qtbot, canvas, (240, 0, 0))
    store.undo()
    settled(qtbot, canvas, (0, 200, 0))
    store.undo()
    settled(qtbot, canvas, (0, 0, 240))
    assert layers.list.item(2).checkState() == Qt.CheckState.Checked


def test_nothing_is_drawn_below_a_layer_that_covers(window, qtbot, tmp_path):
    canvas = opened(qtbot, window, tmp_path, red=(240, 0, 0), green=(0, 200, 0), blue=(0, 0, 240))
    store = window.context.store
    store.replace(store.session.drawn(store.session.layer.address, opacity=0.5))
    settled(qtbot, canvas, (0, 100, 120))
    assert len(canvas._below._pictures) == 1


def test_a_layer_of_another_grid_is_not_drawn_and_says_why(window, qtbot, tmp_path):
    opened(qtbot, window, tmp_path, side=32, small=(240, 0, 0))
    canvas = opened(qtbot, window, tmp_path, blue=(0, 0, 240))
    store = window.context.store
    store.replace(store.session.drawn(store.session.layer.address, opacity=0.5))
    qtbot.wait(100)
    assert canvas._below._pictures == []
    tip = panel(window).list.item(0).toolTip()
    assert "not drawn with blue.tif" in tip
    assert "32" in tip


def test_regions_of_the_active_scene_are_drawn_with_their_outline(window, qtbot, tmp_path):
    canvas = opened(qtbot, window, tmp_path, red=(40, 0, 0), blue=(0, 0, 40))
    store = window.context.store
    second = store.session.addresses[1]
    square, whole = Window(16, 16, 32, 32), Window(8, 8, 48, 48)
    corners = ((8.0, 32.0), (56.0, 56.0), (56.0, 8.0))
    store.change(
        regions=(Region("sea", second, square), Region("land", second, whole, corners)), text="x"
    )
    y, x = canvas.viewport.to_screen(16, 20, canvas.view.size)
    near = [colour_at(canvas, round(y) + step, round(x)) for step in (-1, 0, 1)]
    assert max(colour.green() for colour in near) > LINE.green() // 2
    y, x = canvas.viewport.to_screen(56, 32, canvas.view.size)
    near = [colour_at(canvas, round(y) + step, round(x)) for step in (-1, 0, 1)]
    assert max(colour.green() for colour in near) > LINE.green() // 2
    store.replace(store.session.activated(0))
    settled(qtbot, canvas, (40, 0, 0))
    y, x = canvas.viewport.to_screen(16, 20, canvas.view.size)
    assert colour_at(canvas, round(y), round(x)).green() < 20

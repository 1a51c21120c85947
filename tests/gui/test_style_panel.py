import numpy as np
import pytest
from gui_made import made_context, open_in
from made import made_complex, made_optical, made_rgb
from PySide6.QtCore import QPoint, Qt

from satstudio.gui.canvas.scene_actions import layer_style, view_rows
from satstudio.gui.panels.counts import Histogram
from satstudio.gui.panels.histogram import HistogramView
from satstudio.gui.panels.style import StylePanel, make_panel
from satstudio.render.style import style_for


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        made.actions.add(*view_rows(made))
        yield made


@pytest.fixture
def panel(context, qtbot):
    area = make_panel(context)
    qtbot.addWidget(area)
    area.resize(320, 700)
    with qtbot.waitExposed(area):
        area.show()
    widget = area.widget()
    assert isinstance(widget, StylePanel)
    yield widget
    del area


def style_of(context):
    return layer_style(context, context.store.session.layer)


def button(panel, view):
    return next(item for item in panel._views.buttons() if item.property("view") == view)


def test_an_empty_window_has_no_style_to_change(panel):
    assert not panel._body.isVisible()


def test_the_view_buttons_are_those_of_the_scene(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    shown = [item.property("view") for item in panel._views.buttons() if item.isVisible()]
    assert shown == ["hsv", "amplitude", "intensity", "db", "phase", "real", "imag"]
    assert button(panel, "hsv").isChecked()
    context.actions.refresh()
    button(panel, "db").click()
    assert style_of(context).view == "db"
    assert button(panel, "db").isChecked()


def test_a_dragged_limit_changes_the_stretch_and_is_one_step_of_undo(
    panel, context, qtbot, tmp_path
):
    open_in(context, qtbot, made_complex(tmp_path))
    context.actions.refresh()
    context.actions.trigger("view.as_db")
    before = style_of(context)
    view = panel.histogram
    y = view.height() // 2
    start, end = round(view.place_of(before.low)), round(view.place_of(before.low)) + 30
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(start, y))
    for x in range(start, end + 1, 5):
        qtbot.mouseMove(view, QPoint(x, y))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(end, y))
    after = style_of(context)
    assert after.low > before.low
    assert after.high == before.high
    assert float(panel.limits.low.text()) == pytest.approx(after.low, rel=1e-3)


def test_typed_limits_are_taken(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    panel.limits.low.selectAll()
    qtbot.keyClicks(panel.limits.low, "0.25")
    qtbot.keyClick(panel.limits.low, Qt.Key.Key_Return)
    expected = np.log1p(10 ** (0.25 / 20))  # dB of the magnitude, also where phase is shown
    assert style_of(context).low == pytest.approx(expected)
    assert style_of(context).grey == (pytest.approx(expected), style_of(context).high)


def test_percentiles_reset_the_stretch(panel, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_complex(tmp_path))
    first = style_of(context)
    panel.histogram.dragged.emit(-3, 0)
    assert style_of(context).high == pytest.approx(np.log(2))
    panel.percents[0].click()
    assert style_of(context).high == first.high
    panel.percents[2].click()
    statistics = context.scenes.statistics(address)
    expected = style_for("hsv", statistics, percent=(0, 100))
    assert style_of(context).limits() == expected.limits()


def test_paper_scaling_runs_from_the_smallest_to_the_largest(panel, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_complex(tmp_path))
    panel.paper.click()
    style = style_of(context)
    assert style.paper
    assert style.limits() == pytest.approx(context.scenes.statistics(address).paper_limits())
    panel.paper.click()
    assert not style_of(context).paper


def test_gamma_and_colours_are_changed(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    context.actions.refresh()
    context.actions.trigger("view.as_amplitude")
    panel.gamma.setValue(30)
    assert style_of(context).gamma == pytest.approx(2.0, abs=0.01)
    row = panel.colours.findData("viridis")
    if row >= 0:
        panel.colours.setCurrentIndex(row)
        panel.colours.activated.emit(row)
        assert style_of(context).colours == "viridis"


def test_bands_are_chosen_for_red_green_and_blue(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_optical(tmp_path))
    context.actions.refresh()
    context.actions.trigger("view.as_rgb")
    assert [box.isVisible() for box in panel.bands.boxes] == [True, True, True]
    panel.bands.boxes[0].setCurrentIndex(3)
    panel.bands.boxes[0].activated.emit(3)
    assert style_of(context).bands[0] == 3
    context.actions.trigger("view.as_band")
    assert [box.isVisible() for box in panel.bands.boxes] == [True, False, False]


def test_each_channel_has_its_own_limits(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_rgb(tmp_path))
    panel.channel.setCurrentIndex(1)
    panel.histogram.dragged.emit(20.0, 200.0)
    style = style_of(context)
    assert style.limits(1) == (20.0, 200.0)
    assert style.limits(0) == (0.0, 255.0)


def test_the_list_of_scenes_chooses_and_closes(panel, context, qtbot, tmp_path):
    first = open_in(context, qtbot, made_complex(tmp_path, name="a.tif"))
    second = open_in(context, qtbot, made_rgb(tmp_path, name="b.tif"))
    layers = panel.layers
    assert [layers.list.item(row).text() for row in range(2)] == ["a.tif", "b.tif"]
    layers.list.setCurrentRow(0)
    assert context.store.session.layer.address == first
    layers.close_button.click()
    assert context.store.session.addresses == (second,)


def test_keys_move_the_chosen_limit(qtbot):
    view = HistogramView()
    qtbot.addWidget(view)
    view.resize(200, 80)
    view.show_histogram(Histogram(np.ones(10), np.linspace(0, 10, 11)))
    view.show_limits(2, 8)
    with qtbot.waitSignal(view.dragged):
        qtbot.keyClick(view, Qt.Key.Key_Right)
    step = 10 * 1.12 / 200  # of the axis, which has free room on both sides
    assert view.limits == (pytest.approx(2 + step), 8)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.limits == (pytest.approx(2 + step), pytest.approx(8 - step))


def test_a_destroyed_panel_hears_no_more(context, qtbot, tmp_path):
    area = make_panel(context)
    kept = area.widget()
    area.deleteLater()
    qtbot.wait(20)
    open_in(context, qtbot, made_complex(tmp_path))
    assert kept is not None

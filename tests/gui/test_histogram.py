"""The histogram of the style panel by mouse and keys: axis, values, counts, limits, units."""

import numpy as np
import pytest
from gui_made import made_context, open_in, pixels_of, rest_on
from made import made_complex, write_geotiff
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from satstudio.gui.canvas.scene_actions import layer_style, view_rows
from satstudio.gui.panels.counts import Histogram, counted
from satstudio.gui.panels.histogram import HistogramView
from satstudio.gui.panels.style import make_panel
from satstudio.render.limit_units import limit_unit
from satstudio.render.style import DisplayStyle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def context(qtbot):
    with made_context() as made:
        made.actions.add(*view_rows(made))
        yield made


@pytest.fixture
def panel(context, qtbot):
    area = make_panel(context)
    qtbot.addWidget(area)
    area.resize(320, 800)
    with qtbot.waitExposed(area):
        area.show()
    yield area.widget()
    del area


@pytest.fixture
def view(qtbot):
    made = HistogramView()
    qtbot.addWidget(made)
    made.resize(300, 160)
    made.show_histogram(Histogram(np.arange(10.0), np.linspace(0, 100, 11), 45))
    made.show_limits(20, 80)
    made.set_unit("m")
    with qtbot.waitExposed(made):
        made.show()
    return made


def style_of(context):
    return layer_style(context, context.store.session.layer)


def typed(qtbot, edit, text):
    qtbot.mouseDClick(edit, LEFT)
    edit.selectAll()
    if text.isascii():
        qtbot.keyClicks(edit, text)
    else:  # as it is copied from elsewhere
        QGuiApplication.clipboard().setText(text)
        qtbot.keyClick(edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(edit, Qt.Key.Key_Return)


def test_the_axis_names_round_values_from_end_to_end(view):
    assert {0, 20, 100} <= set(view.ticks)
    before = pixels_of(view)
    view.show_histogram(Histogram(np.arange(10.0), np.linspace(0, 1000, 11), 45))
    assert {0, 200, 1000} <= set(view.ticks)
    assert (pixels_of(view)[-16:] != before[-16:]).any(), "the numbers stand at the foot"


def test_the_value_under_the_mouse_is_told_with_its_share(view, qtbot):
    rest_on(qtbot, view, round(view.place_of(95)), 80)
    assert view.pointed_text.endswith(" m: 20 %")
    assert float(view.pointed_text.split()[0]) == pytest.approx(95, abs=1)
    rest_on(qtbot, view, round(view.place_of(5)), 80)
    assert view.pointed_text.endswith(" m: 0 %")


def heights(view):
    """How high bars stand in each column, in pixels of the bars' colour."""
    colours = pixels_of(view)[..., :3].astype(int)
    ground = colours[30, 2]
    foot = int(view._foot) - 2
    return (np.abs(colours[24:foot] - ground).sum(axis=2) > 30).sum(axis=0)


def test_counts_are_shown_as_logarithms_when_asked_for(panel, context, qtbot, tmp_path):
    values = np.ones((1, 100, 100), np.float32)
    values[0, 0, :30] = 5
    values[0, 1, :] = np.linspace(1, 9, 100)
    open_in(context, qtbot, write_geotiff(tmp_path / "rare.tif", values))
    view = panel.histogram
    x = round(view.place_of(5.0))
    before = heights(view)[x - 3 : x + 4].min()
    qtbot.mouseClick(panel.log_counts, LEFT, pos=QPoint(8, panel.log_counts.height() // 2))
    assert heights(view)[x - 3 : x + 4].max() > before + 15
    assert context.settings.histogram_log, "it is remembered"


@pytest.mark.parametrize("view", ["hsv", "db"])
def test_limits_are_typed_in_decibels(panel, context, qtbot, tmp_path, view):
    open_in(context, qtbot, made_complex(tmp_path))
    context.actions.refresh()
    context.actions.trigger(f"view.as_{view}")
    assert panel.limits._unit.text() == "dB"
    typed(qtbot, panel.limits.high, "6")
    typed(qtbot, panel.limits.low, "\N{MINUS SIGN}30,5")
    style = style_of(context)
    expected = (-30.5, 6) if view == "db" else tuple(np.log1p(10 ** (np.array([-30.5, 6]) / 20)))
    assert style.limits() == pytest.approx(expected)
    assert panel.limits.low.text() == "-30.5"
    assert panel.histogram.limits == pytest.approx((-30.5, 6))


def test_limits_carry_the_unit_of_the_values(panel, context, qtbot, tmp_path):
    heights = np.random.default_rng(0).normal(500, 100, (1, 60, 60)).astype(np.float32)
    path = write_geotiff(tmp_path / "dem.tif", heights, tags={"SATSTUDIO_QUANTITY": "height"})
    address = open_in(context, qtbot, path)
    unit = context.scenes.scene(address).unit(0)
    assert unit
    assert panel.limits._unit.text() == unit
    rest_on(qtbot, panel.histogram, 150, 60)
    assert f" {unit}: " in panel.histogram.pointed_text


def test_no_power_at_all_is_minus_infinity_and_can_be_typed(panel, context, qtbot, tmp_path):
    open_in(context, qtbot, made_complex(tmp_path))
    typed(qtbot, panel.limits.low, "-\N{INFINITY}")
    assert style_of(context).low == 0
    assert panel.limits.low.text() == "-\N{INFINITY}"
    assert panel.histogram.grab().width() > 0, "it is painted at the left end"


def test_limits_lie_beyond_the_percentiles_when_typed_or_dragged(panel, context, qtbot, tmp_path):
    address = open_in(context, qtbot, made_complex(tmp_path))
    context.actions.refresh()
    context.actions.trigger("view.as_db")
    largest = context.scenes.statistics(address).values("db").max()
    typed(qtbot, panel.limits.high, "90")
    assert style_of(context).high == 90 > largest
    view = panel.histogram
    assert view.place_of(90) < view.width() - 7, "there is room to go on"
    y = view.height() // 2
    qtbot.mousePress(view, LEFT, pos=QPoint(round(view.place_of(90)), y))
    qtbot.mouseMove(view, QPoint(view.width() - 1, y))
    qtbot.mouseRelease(view, LEFT, pos=QPoint(view.width() - 1, y))
    first = style_of(context).high
    assert first > 90
    qtbot.mousePress(view, LEFT, pos=QPoint(round(view.place_of(first)), y))
    qtbot.mouseMove(view, QPoint(view.width() - 1, y))
    qtbot.mouseRelease(view, LEFT, pos=QPoint(view.width() - 1, y))
    assert style_of(context).high > first, "and on"


@pytest.mark.parametrize("text", ["abc", "", "1e", "nan", "inf"])
def test_what_is_no_number_changes_no_limit(panel, context, qtbot, tmp_path, text):
    open_in(context, qtbot, made_complex(tmp_path))
    before = style_of(context)
    typed(qtbot, panel.limits.high, text)
    assert style_of(context) == before


def test_whole_numbers_have_even_bars(context, qtbot, tmp_path):
    values = np.random.default_rng(1).integers(0, 200, (1, 100, 100)).astype(np.uint8)
    address = open_in(context, qtbot, write_geotiff(tmp_path / "bytes.tif", values))
    found = counted(context.scenes.statistics(address), "band", 0)
    assert set(np.diff(found.edges)) == {found.edges[1] - found.edges[0]}
    assert found.edges[0] == -0.5
    assert found.counts.sum() == found.total
    assert found.counts[1:-1].min() > 0


def test_bars_reach_beyond_the_percentiles_but_not_to_the_farthest_outlier(
    context, qtbot, tmp_path
):
    values = np.random.default_rng(1).normal(0, 1, (1, 200, 200)).astype(np.float32)
    values[0, 0, 0] = 1e6
    address = open_in(context, qtbot, write_geotiff(tmp_path / "tails.tif", values))
    found = counted(context.scenes.statistics(address), "band", 0)
    low, high = np.percentile(values, (0.1, 99.9))
    assert found.edges[0] < low - 0.3
    assert high + 0.3 < found.edges[-1] < 100


@pytest.mark.parametrize("limit", [0.0, 0.1, 1.0, 30.0])
def test_units_lead_there_and_back(limit):
    unit = limit_unit(DisplayStyle(view="hsv", scale=3.0))
    assert unit.kept(unit.shown(limit)) == pytest.approx(limit)


def test_classes_have_no_stretch(panel, context, qtbot, open_data):
    open_in(context, qtbot, open_data / "optical/palette_landcover.tif")
    parts = (panel.histogram, panel.limits, panel.log_counts, panel.gamma, panel.percents[0])
    assert not any(part.isVisible() for part in parts)
    assert panel.legend.sizeHint().height() > 100


@pytest.mark.parametrize("kind", ["constant", "no data", "huge", "tiny", "one pixel", "negative"])
def test_odd_scenes_have_a_histogram_that_can_be_used(panel, context, qtbot, tmp_path, kind):
    values = {
        "constant": np.full((1, 20, 20), 7, np.float32),
        "no data": np.full((1, 20, 20), np.nan, np.float32),
        "huge": np.linspace(0, 3e38, 400, dtype=np.float32).reshape(1, 20, 20),
        "tiny": np.linspace(0, 1e-38, 400, dtype=np.float32).reshape(1, 20, 20),
        "one pixel": np.ones((1, 1, 1), np.float32),
        "negative": -np.arange(400, dtype=np.int16).reshape(1, 20, 20),
    }[kind]
    open_in(context, qtbot, write_geotiff(tmp_path / "odd.tif", values))
    view = panel.histogram
    assert not view.grab().isNull()
    rest_on(qtbot, view, view.width() // 2, 60)
    qtbot.mouseClick(view, LEFT, pos=QPoint(view.width() - 20, 60))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    typed(qtbot, panel.limits.high, "9e9")
    assert not view.grab().isNull()

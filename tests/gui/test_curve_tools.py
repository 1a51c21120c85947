"""Values under the mouse, axes, smoothing, zoom and export of the curves."""

import csv
import json

import pytest
from gui_made import made_context, wheel
from made_runs import made_run
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QTextDocumentFragment
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea
from window_made import ChosenFiles

from satstudio.core.runs.run_rows import read_row
from satstudio.core.settings import Settings
from satstudio.gui.pages.train.curves.smoothing import nearest, smoothed
from satstudio.gui.pages.train.runs.run_view import RunView
from satstudio.gui.pages.train.runs.shown_run import ShownRun
from satstudio.session.settings_file import load_settings

CTRL = Qt.KeyboardModifier.ControlModifier
DISTANCE, SWD = "Wasserstein distance", "Sliced Wasserstein distance"


@pytest.fixture
def context(study):
    with made_context(Settings(study=study)) as made:
        yield made


def shown(view, run):
    row = read_row(run)
    view.show_run(ShownRun(row, row.status, row.figures))


def made_view(context, qtbot, study):
    view = RunView(context)
    qtbot.addWidget(view)
    view.resize(900, 700)
    with qtbot.waitExposed(view):
        view.show()
    run = study / "runs/one"
    shown(view, run if run.exists() else made_run(study / "runs", "one"))
    qtbot.waitUntil(lambda: len(view.curves.points("swd")[0]) == 4, timeout=10_000)
    return view


@pytest.fixture
def view(context, qtbot, study):
    return made_view(context, qtbot, study)


def place_of(plot, step):
    """Return where in a plot a step is, in pixels of the view."""
    box = plot.getViewBox()
    (_, _), (low, high) = plot.viewRange()
    at = plot.mapFromScene(box.mapViewToScene(QPointF(step, (low + high) / 2)))
    return QPoint(round(at.x()), round(at.y()))


def point_at(view, title, step):
    plot = view.curves.plot_of(title)
    QTest.mouseMove(plot.viewport(), place_of(plot, step) + QPoint(0, 3))
    QTest.mouseMove(plot.viewport(), place_of(plot, step))
    return plot


def entry(menu, text):
    """Return an entry of a menu or of those below it."""
    menu.aboutToShow.emit()
    for action in menu.actions():
        if action.text() == text:
            return action
        if action.menu() is not None and (found := entry(action.menu(), text)) is not None:
            return found
    return None


def bubble(view):
    """Return what is said beside the mouse, as lines."""
    text = QTextDocumentFragment.fromHtml(view.curves.bubble.text()).toPlainText()
    return text.splitlines() if view.curves.bubble.isVisible() else []


def test_the_values_under_the_mouse_are_shown_and_the_step_in_every_chart(view, qtbot):
    plot = point_at(view, DISTANCE, 31)
    qtbot.waitUntil(lambda: bubble(view) != [], timeout=5_000)
    assert bubble(view)[0].startswith("step 3")
    assert bubble(view)[1].endswith("training 0.03333")
    assert {round(one.readout.step / 10) for one in view.curves.plots} == {3}
    assert view.curves.rect().contains(view.curves.bubble.geometry()), "nothing cuts it off"
    point_at(view, SWD, 31)
    qtbot.waitUntil(lambda: "generated 0.06667" in bubble(view)[1], timeout=5_000)
    QTest.mouseMove(plot.viewport(), QPoint(2, 2))
    assert bubble(view) == []
    assert plot.readout.step is None


def test_values_of_other_runs_are_named(view, qtbot, study):
    other = read_row(made_run(study / "runs", "other & more", steps=80))
    view.others.show_rows([view.run.row, other])
    entry(view.others._menu, "other && more").trigger()
    qtbot.waitUntil(lambda: view.curves.others.names == ("other & more",), timeout=10_000)
    point_at(view, SWD, 20)
    qtbot.waitUntil(lambda: "other & more 0.1" in bubble(view)[-1], timeout=5_000)


def test_what_one_run_has_under_the_mouse_is_not_said_of_another(view, qtbot, study):
    point_at(view, DISTANCE, 31)
    qtbot.waitUntil(lambda: bubble(view) != [], timeout=5_000)
    shown(view, made_run(study / "runs", "another"))
    assert bubble(view) == []


def test_an_axis_is_logarithmic_where_one_wants_it_and_that_is_remembered(
    view, context, qtbot, study
):
    plot = view.curves.plot_of(DISTANCE)
    assert not plot.is_log
    entry(view.axes._menu, DISTANCE).trigger()
    assert plot.getViewBox().state["logMode"] == [False, True]
    entry(view.axes._menu, f"{SWD} (std. dev.)").trigger()
    assert not view.curves.plot_of(SWD).is_log
    again = made_view(context, qtbot, study)
    assert again.curves.plot_of(DISTANCE).is_log
    assert not again.curves.plot_of(SWD).is_log
    assert DISTANCE in load_settings().train_log_charts, "at the next start too"


def test_the_choice_of_charts_is_remembered(view, context, qtbot, study):
    entry(view.charts._menu, "Gradient penalty").trigger()
    again = made_view(context, qtbot, study)
    titles = [chart.title for chart in again.curves.shown]
    assert "Gradient penalty" not in titles
    assert DISTANCE in titles


def test_smoothing_draws_the_mean_before_the_points_and_shows_the_points_values(
    view, context, qtbot, study
):
    entry(view.axes._menu, "Strong").trigger()
    plot = view.curves.plot_of(DISTANCE)
    line, raw = (item.yData.tolist() for item in (plot.lines["wasserstein_train"],
                                                  plot._raw["wasserstein_train"]))  # fmt: skip
    assert raw == pytest.approx([1 / 10, 1 / 20, 1 / 30, 1 / 40])
    assert line[0] == pytest.approx(1 / 10)
    assert raw[-1] < line[-1] < raw[0]
    point_at(view, DISTANCE, 40)
    qtbot.waitUntil(lambda: any("training 0.025" in line for line in bubble(view)), timeout=5_000)
    assert context.settings.train_smoothing == 0.97
    entry(view.axes._menu, "None").trigger()
    assert plot._raw == {}


def test_a_zoom_is_reset_by_the_button_and_by_a_double_click(view, qtbot):
    plot = view.curves.plot_of(DISTANCE)
    qtbot.waitUntil(lambda: plot.viewRange()[0][1] > 39, timeout=5_000)
    whole = plot.viewRange()[0]
    assert not view.zoom.isEnabled()
    for reset in (
        lambda: qtbot.mouseClick(view.zoom, Qt.MouseButton.LeftButton),
        lambda: double_click(plot),
    ):
        wheel(plot.viewport(), QPointF(place_of(plot, 30)), 480, CTRL)
        qtbot.waitUntil(lambda: plot.viewRange()[0] != whole, timeout=5_000)
        assert view.zoom.isEnabled()
        reset()
        qtbot.waitUntil(lambda: plot.viewRange()[0] == pytest.approx(whole, abs=0.5), timeout=5_000)
        assert not view.zoom.isEnabled()


def test_the_wheel_scrolls_the_charts_and_does_not_zoom_by_itself(view, qtbot):
    view.resize(900, 420)
    plot = view.curves.plot_of(DISTANCE)
    qtbot.waitUntil(lambda: plot.viewRange()[0][1] > 39, timeout=5_000)
    bar = view.curves.findChild(QScrollArea).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 100, timeout=5_000)
    before = plot.viewRange()[0]
    QTest.wheelEvent(view.windowHandle(), plot.mapTo(view, QPoint(300, 30)), QPoint(0, -240))
    assert bar.value() > 0
    assert plot.viewRange()[0] == pytest.approx(before, abs=0.1)


def double_click(plot):
    """As a mouse does: press, release, double press, release."""
    at = place_of(plot, 30)
    QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_a_right_click_offers_what_concerns_the_chart(view, qtbot):
    plot = view.curves.plot_of(DISTANCE)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.RightButton, pos=place_of(plot, 30))
    qtbot.waitUntil(lambda: view.axes.popup is not None, timeout=5_000)
    entry(view.axes.popup, "Logarithmic axis").trigger()
    assert plot.is_log
    entry(view.axes.popup, "Hide this chart").trigger()
    assert plot.isHidden()
    view.axes.popup.close()


def test_values_are_saved_as_a_table(view, context, qtbot, study):
    out = study / "curves.csv"
    context.files = ChosenFiles(str(out))
    entry(view.axes._menu, "Medium").trigger()
    entry(view.axes._menu, "Save values (CSV)…").trigger()
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert [row["step"] for row in rows] == ["10", "20", "30", "40"]
    assert float(rows[1]["wasserstein_train"]) == 0.05, "as logged, not smoothed"
    assert rows[1]["wasserstein_validation"] == ""


def test_the_charts_are_saved_and_copied_as_a_picture(view, context, qtbot, study):
    out = study / "curves.png"
    context.files = ChosenFiles(str(out))
    entry(view.axes._menu, "Save picture (PNG)…").trigger()
    image = QImage(str(out))
    assert image.width() == 2 * view.curves._inner.width()
    assert len({image.pixel(x, y) for x in range(0, 900, 7) for y in range(0, 600, 7)}) > 3
    entry(view.axes._menu, "Copy picture").trigger()
    assert QApplication.clipboard().image().size() == image.size()


def test_where_nothing_can_be_saved_the_reason_is_told(view, context, qtbot, study):
    told = []
    context.told.connect(lambda text, kind, detail: told.append((text, kind)))
    (study / "file").write_text("", "utf-8")
    for name, text in (("a.csv", "Save values (CSV)…"), ("a.png", "Save picture (PNG)…")):
        context.files = ChosenFiles(str(study / "file" / name))
        entry(view.axes._menu, text).trigger()
        assert told[-1][0].startswith("Cannot write")
        assert told[-1][1] == "error"


def test_lines_that_follow_quickly_are_drawn_together_and_none_is_left_out(view, qtbot):
    line = view.curves.plot_of(DISTANCE).lines["wasserstein_train"]
    for step in range(50, 150):
        view.curves.append({"step": step, "wasserstein_train": 1.0})
    qtbot.waitUntil(lambda: len(line.xData) == 104, timeout=5_000)


def test_an_odd_log_draws_what_can_be_read(view, qtbot, study):
    run = made_run(study / "runs", "odd")
    lines = [{"step": 1, "swd": "x"}, {"step": "2"}, [3], {"step": 4, "swd": 0.5}]
    (run / "log.jsonl").write_text("\n".join(map(json.dumps, lines)) + '\n{"st', "utf-8")
    shown(view, run)
    qtbot.waitUntil(lambda: view.curves.points("swd") == ([4], [0.5]), timeout=10_000)
    assert "2 lines of log.jsonl cannot be read" in view.message.text()


def test_averages_begin_at_the_first_value_and_follow():
    assert smoothed([4.0, 4.0, 4.0], 0.9) == pytest.approx([4, 4, 4])
    rising = smoothed([0.0, 1.0, 1.0], 0.5)
    assert rising == pytest.approx([0, 2 / 3, 6 / 7])


def test_the_nearest_point_is_found():
    steps, values = [10.0, 20.0, 40.0], [1.0, 2.0, 4.0]
    assert [nearest(steps, values, s) for s in (-5, 14, 16, 29, 31, 99)] == [1, 1, 2, 2, 4, 4]
    assert nearest([], [], 3) is None

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from satstudio.gui.chart_menu import ChartMenu
from satstudio.gui.charts import CHARTS
from satstudio.gui.curve_points import thinned
from satstudio.gui.curves import Curves
from satstudio.gui.theme import palette_of


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9000))
def test_thinning_keeps_the_largest_and_the_smallest(values):
    steps = [float(index) for index in range(len(values))]
    shown_steps, shown = thinned(steps, values)
    assert len(shown) <= 2000
    assert max(shown) == max(values)
    assert min(shown) == min(values)
    assert shown_steps == sorted(shown_steps)


def test_lines_of_the_log_become_points(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    curves.show_lines([{"step": 1, "wasserstein_train": 2.0, "penalty_train": None}])
    curves.append({"step": 5, "wasserstein_train": 3.0, "ks_modulus": 0.15})
    assert curves.points("wasserstein_train") == ([1.0, 5.0], [2.0, 3.0])
    assert curves.points("penalty_train") == ([], [])
    assert curves.points("ks_share") == ([5.0], [0.5])
    curves.clear()
    assert curves.points("wasserstein_train") == ([], [])


def test_a_curve_goes_back_with_its_training(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    for step in (1, 2, 3, 2, 3):
        curves.append({"step": step, "wasserstein_train": 10.0 * step + (step == 3)})
    assert curves.points("wasserstein_train") == ([1, 2, 3], [10, 20, 31])


def test_other_runs_are_drawn_with_a_legend(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    logs = [
        (name, [{"step": step, "wasserstein_train": slope * step} for step in (1, 2)])
        for name, slope in (("a<b", 1.0), ("other", 2.0))
    ]
    before = len(curves._plots[0].listDataItems())
    curves.show_others(logs)
    assert curves.others.points(1, "wasserstein_train") == ([1, 2], [2, 4])
    assert len(curves._plots[0].listDataItems()) == before + 2
    assert "a&lt;b" in curves.legend.text()
    curves.show_others([])
    assert len(curves._plots[0].listDataItems()) == before
    assert curves.legend.isHidden()


def test_a_log_of_a_restorer_shows_its_own_charts(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)

    def shown():
        return [
            chart.title
            for chart, plot in zip(CHARTS, curves._plots, strict=True)
            if not plot.isHidden()
        ]

    assert "Wasserstein distance" in shown()
    curves.append({"step": 1, "loss_train": 0.6, "loss_validation": 0.7, "ratio_mean": 1.01})
    assert shown() == ["Loss", "Intensity before over after"]
    assert curves.points("ratio_mean") == ([1.0], [1.01])
    curves.show_lines([{"step": 1, "wasserstein_train": 2.0}])
    assert "Loss" not in shown()


def test_curves_of_one_chart_differ_in_their_dashes():
    for chart in CHARTS:
        dashes = [curve.dash for curve in chart.curves]
        assert len(set(dashes)) == len(dashes)
        assert Qt.PenStyle.NoPen not in dashes


def test_the_plots_follow_the_palette(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    for name in ("dark", "light"):
        palette = palette_of(name)
        curves.setPalette(palette)
        plot = curves._plots[0]
        assert plot.backgroundBrush().color() == palette.color(QPalette.ColorRole.Base)


FIGURES = {"step": 5, "wasserstein_train": 3.0, "swd": 0.2, "swd_floor": 0.02}


@pytest.fixture
def curves(qtbot):
    made = Curves()
    qtbot.addWidget(made)
    return made


def titles(curves):
    return [chart.title for chart in curves.shown]


def test_charts_without_figures_are_not_offered(curves):
    menu = ChartMenu(curves)

    def offered():
        menu._menu.aboutToShow.emit()
        return {action.text(): action.isChecked() for action in menu._menu.actions()}

    assert "Distance of spectra (dB)" not in offered()
    curves.append({**FIGURES, "spectrum_azimuth_db": 2.0, "spectrum_range_db": 3.0})
    assert offered()["Sliced Wasserstein distance (std. dev.)"] is True
    assert offered()["Distance of spectra (dB)"] is False
    actions = {action.text(): action for action in menu._menu.actions()}
    actions["Distance of spectra (dB)"].trigger()
    actions["Gradient penalty"].trigger()
    assert "Distance of spectra" in titles(curves)
    assert "Gradient penalty" not in titles(curves)
    curves.show_lines([FIGURES])  # another run, which has no spectrum
    assert "Distance of spectra" not in titles(curves)
    curves.append({"step": 6, "spectrum_azimuth_db": 2.0})
    assert "Distance of spectra" in titles(curves)


def test_only_the_lowest_chart_has_the_axis_of_steps(curves):
    curves.append({**FIGURES, "kid": 0.1})
    for chosen in (True, False):
        curves.choose("Kernel distance", chosen)
        shown = [plot for plot in curves._plots if not plot.isHidden()]
        axes = [plot.getAxis("bottom") for plot in shown]
        assert [axis.style["showValues"] for axis in axes] == [False] * (len(axes) - 1) + [True]
        assert [axis.labelText for axis in axes if axis.label.isVisible()] in ([], ["Step"])


def test_what_real_patches_have_is_a_dashed_line_in_the_colour_of_its_curve(curves):
    curves.append(FIGURES)
    assert curves.points("swd_floor") == ([5.0], [0.02])
    found, floor = (curves._lines[key].opts["pen"] for key in ("swd", "swd_floor"))
    assert (found.style(), floor.style()) == (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
    assert found.color() == floor.color()


def test_a_logarithmic_chart_leaves_out_what_has_no_logarithm(curves):
    for step, value in enumerate((0.1, 0.0, -1.0, 10.0)):
        curves.append({"step": step, "swd": value})
    line = curves._lines["swd"]
    assert line.opts["logMode"] == [False, True]
    assert np.isnan(line.yData).tolist() == [False, True, True, False]


def test_a_distance_of_features_says_of_which_and_how_many(curves):
    curves.show_features({"title": "fd_hand", "n": 256, "note": "amber"})
    headings = [plot.getPlotItem().titleLabel.text for plot in curves._plots]
    assert sum("fd_hand, n 256" in text for text in headings) == 2
    assert curves._plots[8].toolTip().endswith("\namber")
    curves.clear()
    assert curves._plots[8].getPlotItem().titleLabel.text == "Fréchet distance"


def test_other_runs_are_drawn_over_a_logarithmic_axis_too(curves):
    curves.append(FIGURES)
    other = [{"step": 1, "swd": 0.0, "swd_floor": 1}, {"step": 2, "swd": 1}]
    curves.show_others([("other", other)])
    place = [chart.title for chart in CHARTS].index("Sliced Wasserstein distance")
    *own, other = curves._plots[place].listDataItems()
    assert len(own) == 2  # the floor of another run says nothing of this one
    steps, values = other.getData()
    assert steps.tolist() == [1, 2]
    assert values[1] == 0  # the logarithm of 1
    curves.grab()

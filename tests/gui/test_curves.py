import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from satstudio.gui.kit.theme import palette_of
from satstudio.gui.pages.train.curves.chart_menu import ChartMenu
from satstudio.gui.pages.train.curves.charts import CHARTS
from satstudio.gui.pages.train.curves.curve_points import thinned
from satstudio.gui.pages.train.curves.curves import Curves


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
    assert curves.points("ks_modulus") == ([5.0], [0.15])
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
    before = len(curves.plots[0].listDataItems())
    curves.show_others(logs)
    assert curves.others.points(1, "wasserstein_train") == ([1, 2], [2, 4])
    assert len(curves.plots[0].listDataItems()) == before + 2
    assert "a&lt;b" in curves.legend.text()
    curves.show_others([])
    assert len(curves.plots[0].listDataItems()) == before
    assert curves.legend.isHidden()


def test_a_log_of_a_restorer_shows_its_own_charts(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)

    def shown():
        return [
            chart.title
            for chart, plot in zip(CHARTS, curves.plots, strict=True)
            if not plot.isHidden()
        ]

    assert "Wasserstein distance" in shown()
    curves.append({"step": 1, "loss_train": 0.6, "loss_validation": 0.7, "ratio_mean": 1.01})
    assert shown() == ["Loss", "Intensity before over after"]
    assert curves.points("ratio_mean") == ([1.0], [1.01])
    curves.show_lines([{"step": 1, "wasserstein_train": 2.0}])
    assert "Loss" not in shown()


TRANSLATED = {
    "step": 1,
    "loss_train": 0.2,
    "loss_validation": 0.3,
    "critic_loss": 0.7,
    "psnr": 24.5,
    "psnr_copy": 22.1,
    "psnr_table": 24.0,
    "brightness_target": 0.9,
    "brightness_input": 0.8,
}


RESTORED = {
    "step": 1,
    "loss_train": 0.2,
    "loss_validation": 0.3,
    "psnr": 24.5,
    "psnr_mosaic": 19.2,
    "psnr_best": 19.2,
    "gain_over_best": 5.3,
    "sam": 4.5,
    "sam_best": 6.0,
    "psnr_never_clear": 22.0,
    "psnr_once_clear": 29.0,
    "psnr_never_clear_best": 10.0,
}


def test_a_log_of_a_restorer_of_pairs_shows_psnr_beside_the_baselines_of_its_task(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    curves.append(RESTORED)
    curves.append({"step": 2, "loss_train": 0.1, "loss_validation": 0.2})
    assert titles(curves)[:3] == [
        "Loss of the restorer", "PSNR beside baselines", "Gain over the best baseline",
    ]  # fmt: skip
    assert curves.levels("PSNR beside baselines") == {"mosaic": 19.2}
    offered = {chart.title for chart in curves.offers}
    assert {"Spectral angle", "PSNR under clouds"} <= offered
    assert not {"Coherence with the target", "Intensity of input over output"} & offered


def test_a_log_of_a_translation_shows_psnr_beside_what_must_be_beaten(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    curves.append(TRANSLATED)
    assert titles(curves) == ["Difference from the target", "PSNR", "Correlation of brightness"]
    assert curves.levels("PSNR") == {"input copied": 22.1, "look-up table": 24.0}
    curves.show_lines([{"step": 1, "loss_train": 0.6, "ratio_mean": 1.01}])
    assert "PSNR" not in titles(curves)


def test_a_figure_of_two_charts_is_drawn_in_both_for_other_runs(qtbot):
    curves = Curves()
    qtbot.addWidget(curves)
    plots = [curves.plot_of(title) for title in ("Loss", "Difference from the target")]
    before = [len(plot.listDataItems()) for plot in plots]
    curves.show_others([("other", [TRANSLATED])])
    assert [len(plot.listDataItems()) for plot in plots] == [count + 2 for count in before]


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
        plot = curves.plots[0]
        assert plot.backgroundBrush().color() == palette.color(QPalette.ColorRole.Base)


FRECHET = [chart.title for chart in CHARTS].index(
    "Fr\N{LATIN SMALL LETTER E WITH ACUTE}chet distance"
)
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

    assert "Phase from pixel to pixel (Kuiper)" not in offered()
    curves.append({**FIGURES, "phase_step_azimuth": 0.2, "phase_step_range": 0.3})
    assert offered()["Sliced Wasserstein distance (std. dev.)"] is True
    assert offered()["Phase from pixel to pixel (Kuiper)"] is False
    actions = {action.text(): action for action in menu._menu.actions()}
    actions["Phase from pixel to pixel (Kuiper)"].trigger()
    actions["Gradient penalty"].trigger()
    assert "Phase from pixel to pixel" in titles(curves)
    assert "Gradient penalty" not in titles(curves)
    curves.show_lines([FIGURES])  # another run, which has no phases
    assert "Phase from pixel to pixel" not in titles(curves)
    curves.append({"step": 6, "phase_step_azimuth": 0.1})
    curves._on_time()
    assert "Phase from pixel to pixel" in titles(curves)


def test_only_the_lowest_chart_has_the_axis_of_steps(curves):
    curves.append({**FIGURES, "kid": 0.1})
    for chosen in (True, False):
        curves.choose("Kernel distance", chosen)
        shown = [plot for plot in curves.plots if not plot.isHidden()]
        axes = [plot.getAxis("bottom") for plot in shown]
        assert [axis.style["showValues"] for axis in axes] == [False] * (len(axes) - 1) + [True]
        assert [axis.labelText for axis in axes if axis.label.isVisible()] in ([], ["Step"])


def test_what_real_patches_and_gaussian_fields_have_are_level_lines_with_their_names(curves):
    swd = "Sliced Wasserstein distance"
    curves.append(FIGURES)
    assert curves.levels(swd) == pytest.approx({"real against real": 0.02})
    curves.append({**FIGURES, "step": 9, "swd_white": 0.4, "swd_coloured": 0.1})
    curves.draw()
    assert curves.levels(swd) == pytest.approx({
        "real against real": 0.02, "white Gaussian field": 0.4,
        "Gaussian field, training spectrum": 0.1,
    })  # fmt: skip
    plot = curves.plots[[chart.title for chart in CHARTS].index(swd)]
    upright = pg.InfiniteLine().angle  # as the mark of the best step
    lines = [
        item
        for item in plot.getPlotItem().items
        if isinstance(item, pg.InfiniteLine) and item.angle != upright
    ]
    assert [line.label.toPlainText() for line in lines if line.isVisible()] == list(
        curves.levels(swd)
    )
    assert lines[0].value() == pytest.approx(np.log10(0.02)), "the axis is logarithmic"
    curves.show_lines([{"step": 1, "swd": 0.3}])  # an earlier run, which has none
    assert curves.levels(swd) == {}


def test_the_spectra_stand_beside_fields_that_have_learnt_nothing(curves):
    line = {"spectrum_azimuth_db": 2.0, "spectrum_range_db": 3.0}
    known = {"floor": 0.2, "coloured": 0.3, "white": 6.0}
    beside = {f"spectrum_distance_db_{name}": value for name, value in known.items()}
    curves.append({"step": 1, **line, **beside})
    assert sorted(curves.levels("Distance of spectra").values()) == pytest.approx([0.2, 0.3, 6.0])


def test_the_intensity_moment_stands_beside_that_of_real_patches_and_of_speckle(curves):
    curves.append({"step": 1, "swd": 0.1})
    assert curves.levels("Intensity moment") == {}
    curves.append({"step": 2, "intensity_moment": 2.5, "intensity_moment_real": 3.4})
    curves.draw()
    curves.choose("Intensity moment", True)
    assert curves.levels("Intensity moment") == {
        "real patches": 3.4, "fully developed speckle": 2.0,
    }  # fmt: skip


def test_no_chart_has_a_goal_that_nobody_set():
    said = " ".join(f"{chart.title} {chart.tip}" for chart in CHARTS)
    assert "goal" not in said


def test_a_logarithmic_chart_leaves_out_what_has_no_logarithm(curves):
    for step, value in enumerate((0.1, 0.0, -1.0, 10.0)):
        curves.append({"step": step, "swd": value})
    curves.draw()
    line = curves.plot_of("Sliced Wasserstein distance").lines["swd"]
    assert line.opts["logMode"] == [False, True]
    assert np.isnan(line.yData).tolist() == [False, True, True, False]


def test_a_distance_of_features_says_of_which_and_how_many(curves):
    curves.show_features({"title": "fd_handcrafted", "n": 256, "note": "amber"})
    headings = [plot.getPlotItem().titleLabel.text for plot in curves.plots]
    assert sum("fd_handcrafted, n 256" in text for text in headings) == 2
    assert curves.plots[FRECHET].toolTip().endswith("\namber")
    curves.clear()
    assert curves.plots[FRECHET].getPlotItem().titleLabel.text == "Fréchet distance"


def test_other_runs_are_drawn_over_a_logarithmic_axis_too(curves):
    curves.append(FIGURES)
    other = [{"step": 1, "swd": 0.0, "swd_floor": 1}, {"step": 2, "swd": 1}]
    curves.show_others([("other", other)])
    place = [chart.title for chart in CHARTS].index("Sliced Wasserstein distance")
    *own, other = curves.plots[place].listDataItems()
    assert len(own) == 1
    assert curves.levels("Sliced Wasserstein distance") == pytest.approx(
        {"real against real": 0.02}
    ), "the floor of another run says nothing of this one"
    steps, values = other.getData()
    assert steps.tolist() == [1, 2]
    assert values[1] == 0  # the logarithm of 1
    curves.grab()

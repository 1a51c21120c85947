from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette

from satstudio.gui.curve_points import thinned
from satstudio.gui.curves import CHARTS, Curves
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

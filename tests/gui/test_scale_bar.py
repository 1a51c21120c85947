import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import made_slc
from window_made import made_window, open_sample

from satstudio.core.grid import Size
from satstudio.gui.canvas.scale_bar import ScaleBarOverlay, scale_bar
from satstudio.gui.canvas.tiles.painter import View
from satstudio.gui.kit.units import FOOT_M, MILE_M, THIN
from satstudio.session.settings_file import load_settings
from satstudio.session.viewport import Viewport

METRES = {"cm": 0.01, "m": 1.0, "km": 1000.0, "ft": FOOT_M, "mi": MILE_M}


@given(st.floats(1e-3, 1e5), st.sampled_from(["metric", "imperial"]))
def test_the_bar_is_as_long_as_it_says_and_has_a_round_number(unit_m, lengths):
    bar = scale_bar(unit_m, 150, lengths)
    number, unit = bar.text.split(THIN)
    assert float(number) * METRES[unit] == pytest.approx(bar.width * unit_m)
    assert 150 / 5.3 / 2 <= bar.width <= 150 * 1.001
    assert number.strip("0.")[0] in "125"
    assert len(number.strip("0.")) == 1


def test_nothing_is_said_where_nothing_is_known():
    assert scale_bar(float("nan"), 150) is None
    assert ScaleBarOverlay().bar(View(Viewport(), Size(500, 500), 1.0)) is None


class Sheared:
    class grid:  # noqa: N801 - stands for a scene with pixels six times as high as wide
        spacing_m = (14.0, 2.3)


def test_pixels_that_are_not_square_are_measured_along_the_row():
    overlay = ScaleBarOverlay()
    overlay.show(Sheared)
    view = View(Viewport(scale=0.5, aspect=14.0 / 2.3), Size(800, 1200), 1.0)
    bar = overlay.bar(view)
    assert bar.text == f"500{THIN}m"
    assert bar.width == pytest.approx(500 / 2.3 * 0.5)
    high = view.viewport.scales[0]
    assert bar.width / high * 14.0 == pytest.approx(500), "as many metres down as to the right"


def test_the_bar_is_switched_by_its_action_and_remembered(qtbot, study, tmp_path):
    path = made_slc(tmp_path, 200, 300)
    with made_window(qtbot, study) as window:
        open_sample(qtbot, window, path)
        page, actions = window.page_widget("view"), window.context.actions
        with_bar = page.canvas.grab().toImage()
        view = page.canvas.view
        if page.canvas.scene.grid.spacing_m is not None:
            assert page.scale_bar.bar(view) is not None
        actions.trigger("view.scale_bar")
        assert page.scale_bar.bar(view) is None
        assert not actions.qaction("view.scale_bar").isChecked()
        assert page.canvas.grab().toImage() != with_bar
        assert not load_settings().scale_bar
        window.context.change_settings(lengths="imperial", scale_bar=True)
        assert page.scale_bar.bar(view).text.endswith(("ft", "mi"))
        actions.trigger("view.legend")
        assert not page.legend.is_visible
        assert not load_settings().legend

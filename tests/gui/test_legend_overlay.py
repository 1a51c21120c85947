import numpy as np
import pytest
from made import made_complex, made_rgb, write_geotiff
from PySide6.QtGui import QFontMetricsF, QImage, QPainter

from satstudio.core.grid import Size
from satstudio.gui.canvas.legend_overlay import LegendOverlay, LegendView, legend_size
from satstudio.gui.canvas.pixel_grid import pixel_text
from satstudio.gui.canvas.tiles.painter import View
from satstudio.render.legend import legend
from satstudio.render.style import DisplayStyle
from satstudio.scenes.scene import open_scene
from satstudio.session.viewport import Viewport

VIEW = View(Viewport(), Size(400, 500))
STYLES = {
    "wheel": DisplayStyle(view="hsv", low=0, high=3),
    "bar": DisplayStyle(view="db", low=-20, high=10),
    "channels": DisplayStyle(view="rgb", bands=(0, 1, 2), low=0, high=255),
}


def painted(overlay, view=VIEW):
    image = QImage(view.size.cols, view.size.rows, QImage.Format.Format_RGB32)
    image.fill(0xFF808080)
    painter = QPainter(image)
    overlay.paint(painter, view)
    painter.end()
    bits = np.frombuffer(image.constBits(), np.uint8)
    return bits.reshape(view.size.rows, view.size.cols, 4)[..., :3].copy()


@pytest.fixture
def scene(tmp_path):
    opened = open_scene(made_complex(tmp_path))
    yield opened
    opened.close()


@pytest.mark.parametrize("kind", STYLES)
def test_each_kind_is_painted_in_the_lower_right_corner(qapp, scene, kind):
    overlay = LegendOverlay()
    overlay.show(scene, STYLES[kind])
    assert overlay.legend.kind == kind
    seen = painted(overlay)
    changed = (seen != 128).any(axis=2)
    assert changed[-100:, -100:].mean() > 0.5
    assert not changed[:100, :100].any()


def test_the_wheel_is_red_to_the_right_and_green_up_left(qapp, scene):
    overlay = LegendOverlay()
    overlay.show(scene, STYLES["wheel"])
    seen = painted(overlay).astype(int)
    red = (seen[..., 2] > 180) & (seen[..., 1] < 90) & (seen[..., 0] < 90)
    cyan = (seen[..., 2] < 90) & (seen[..., 1] > 150) & (seen[..., 0] > 150)
    assert np.argwhere(red)[:, 1].mean() > np.argwhere(cyan)[:, 1].mean() + 20


def test_a_bar_is_bright_above_and_dark_below(qapp, scene):
    overlay = LegendOverlay()
    overlay.show(scene, STYLES["bar"])
    seen = painted(overlay)
    rows = np.argwhere((seen > 225).all(axis=2))[:, 0]
    assert rows.size
    assert rows.min() < np.argwhere((seen < 15).all(axis=2))[:, 0].max()


def test_a_small_canvas_and_a_switched_off_legend_stay_free(qapp, scene):
    overlay = LegendOverlay()
    overlay.show(scene, STYLES["wheel"])
    assert (painted(overlay, View(Viewport(), Size(120, 160))) == 128).all()
    overlay.is_visible = False
    assert (painted(overlay) == 128).all()


def test_the_panel_makes_room_for_its_legend(qtbot):
    view = LegendView()
    qtbot.addWidget(view)
    assert view.sizeHint().height() == 0
    shown = legend(STYLES["bar"])
    view.show_legend(shown)
    assert view.sizeHint().height() >= legend_size(shown, QFontMetricsF(view.font())).height()
    assert "Decibels" in view.accessibleDescription()


def test_pixels_are_written_as_value_or_as_magnitude_and_phase(tmp_path, scene):
    z = np.zeros((4, 4), np.complex64)
    z[1, 2] = 3j
    complex_scene = open_scene(write_geotiff(tmp_path / "z.tif", z, nodata=0))
    raster = complex_scene.read()
    assert pixel_text(raster, 1, 2) == "3\n90°"
    assert pixel_text(raster, 0, 0) == "no data"
    real = open_scene(made_rgb(tmp_path))
    assert pixel_text(real.read(), 0, 5) == "0"
    complex_scene.close()
    real.close()

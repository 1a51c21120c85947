"""Compare page: what super-resolved scenes gained, left out and made up, beside their input."""

import numpy as np
import pytest
from gui_made import made_compare_context, open_in, pixels_of, shown_page, wait_complete
from made import TRANSFORM, write_geotiff
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from rasterio.transform import Affine
from scipy.ndimage import gaussian_filter

from satstudio.gui.pages.compare.page import make_page
from satstudio.pixels.resampling import bicubic


@pytest.fixture
def context(qtbot):
    with made_compare_context() as made:
        yield made


@pytest.fixture
def page(context, qtbot):
    with shown_page(make_page(context), qtbot, 900, 620) as made:
        yield made


def press(page, key):
    page.views.front.canvas.setFocus()
    QApplication.processEvents()
    QTest.keyClick(page.views.front.canvas, key)


def test_the_key_g_shows_what_was_made_up_in_red_and_what_was_gained_in_green(
    page, context, qtbot, tmp_path
):
    rng = np.random.default_rng(3)
    fine = gaussian_filter(rng.standard_normal((96, 96)), 1.5)[None].astype(np.float32)
    low = fine.reshape(1, 32, 3, 32, 3).mean(axis=(2, 4))
    plain = bicubic(low, np.ones((32, 32), bool), 3)[0]
    images = {"fine": fine, "better": 0.1 * plain + 0.9 * fine,
              "made_up": plain + rng.standard_normal(plain.shape)}  # fmt: skip
    for name, image in images.items():
        open_in(context, qtbot, write_geotiff(tmp_path / f"{name}.tif", image.astype(np.float32)))
    press(page, Qt.Key.Key_G)
    assert "open the coarser input" in page.views.views[0].strip.name.text()
    coarse = TRANSFORM * Affine.scale(3)
    open_in(context, qtbot, write_geotiff(tmp_path / "low.tif", low, transform=coarse))
    context.store.change(active=0)
    qtbot.waitUntil(lambda: len(page.views.canvases) == 2, timeout=10_000)
    for canvas in page.views.canvases:
        wait_complete(canvas, qtbot)
    colours = {}
    for view in page.views.views[:2]:
        name = view.strip.name.text().partition(".tif")[0]
        colours[name] = pixels_of(view.canvas)[100:300, 100:300, :3].reshape(-1, 3).mean(axis=0)
    blue, green, red = colours["better"]
    assert green > 1.5 * red
    blue, green, red = colours["made_up"]
    assert red > 1.5 * green
    assert red > 1.5 * blue

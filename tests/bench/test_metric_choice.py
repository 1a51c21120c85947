"""Which figures a comparison has unasked follows from what the metrics say of themselves."""

import numpy as np
import pytest

from satstudio.bench.metric_choice import fitting, offered, usual_names, usual_of_values
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.metrics.card import card_of
from satstudio.metrics.score import METRICS
from satstudio.metrics.suits import Suits

RADAR = ("enl", "radiometric_bias_db", "ratio_image_stats", "epi_ratio")


def scene(quantity="reflectance", bands=1, side=40):
    pixels = np.ones((bands, side, side), np.float32)
    names = tuple(f"b{number}" for number in range(bands))
    return Raster(pixels, GeoGrid(Size(side, side)), names, pixels[0] > 0, quantity)


@pytest.mark.parametrize(
    ("given", "known", "wanted"),
    [
        (scene("power"), {}, RADAR),
        (scene("power", bands=3), {"data_range": 1.0}, RADAR),
        (scene(), {}, ("mse",)),
        (scene(), {"data_range": 1.0}, ("mse", "psnr", "ssim")),
        (scene(side=10), {"data_range": 1.0}, ("mse", "psnr")),
        (scene(bands=3), {}, ("mse", "sam")),
        (scene(bands=3), {"ratio_h_over_l": 1.0}, ("mse", "sam", "ergas")),
        (scene("class"), {}, ()),
    ],
)
def test_the_usual_figures_suit_the_scene_and_what_is_known(given, known, wanted):
    assert usual_names(given, known) == wanted


def test_what_is_compared_may_be_smaller_than_the_scene():
    known = {"data_range": 1.0}
    assert usual_of_values(scene(), known, Size(40, 9)) == ("mse", "psnr")


def test_a_metric_of_a_plug_in_says_itself_that_it_is_usual(monkeypatch):
    def largest_gap(reference, estimate):
        """Largest gap."""
        return float(abs(reference - estimate).max())

    said = {"better": "lower", "unit": "", "source": "", "masks": ""}
    one = card_of(largest_gap, **said, suits=Suits(place=65, usual="real", holds="optical"))
    monkeypatch.setitem(METRICS._loaded(), "largest_gap", one)
    assert usual_names(scene(), {"data_range": 1.0}) == ("mse", "largest_gap", "psnr", "ssim")
    assert offered().index("largest_gap") == offered().index("mse") + 1
    assert fitting(("largest_gap",), scene()) == ("largest_gap",)
    assert fitting(("largest_gap",), scene("power")) == ()

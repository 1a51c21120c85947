"""A raster knows whether its pixels are complex samples, and nothing in it can be exchanged."""

import dataclasses

import numpy as np
import pytest

from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster


@pytest.mark.parametrize(("dtype", "is_complex"), [("complex64", True), ("float32", False)])
def test_complex_is_what_the_pixels_are(dtype, is_complex):
    raster = Raster(np.zeros((1, 2, 3), dtype), GeoGrid(Size(2, 3)), ("VV",), np.ones((2, 3), bool))
    assert raster.is_complex is is_complex


def test_a_raster_is_frozen():
    raster = Raster(np.zeros((1, 2, 3)), GeoGrid(Size(2, 3)), ("VV",), np.ones((2, 3), bool))
    with pytest.raises(dataclasses.FrozenInstanceError):
        raster.bands = ("HH",)

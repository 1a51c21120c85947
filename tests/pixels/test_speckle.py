"""The intensity moment tells speckle from texture."""

import numpy as np
import pytest

from satstudio.pixels.speckle import median_intensity_moment


def test_the_intensity_moment_of_fully_developed_speckle_is_two():
    random = np.random.default_rng(0)
    speckle = (
        random.exponential(1, (200, 1, 32, 32)) * np.geomspace(1e-3, 1e3, 200)[:, None, None, None]
    )
    assert median_intensity_moment(speckle) == pytest.approx(2, abs=0.1)
    looks = random.gamma(4, 0.25, (200, 1, 32, 32))
    assert median_intensity_moment(looks) == pytest.approx(1 + 1 / 4, abs=0.02)


@pytest.mark.filterwarnings("error")
def test_the_intensity_moment_leaves_out_what_has_none():
    patches = np.ones((4, 1, 8, 8))
    patches[1] = 0
    patches[2, 0, 3, 3] = np.nan
    assert median_intensity_moment(patches) == 1
    assert np.isnan(median_intensity_moment(patches[1:3]))
    bright = patches[:1].copy()
    bright[0, 0, 0, 0] = 1e4
    assert median_intensity_moment(bright) > 50

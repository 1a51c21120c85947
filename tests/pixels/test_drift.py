"""Where the spectrum of a block lies, and how it moves."""

import numpy as np
import pytest

from satstudio.pixels.spectral.drift import Drift, common_centre, measure_drift, wanders
from satstudio.pixels.synthetic.scenes import Band, surface


def block(centre=0.0, rate=0.0, side=256):
    z = surface(np.ones((side, side)), (Band(0.7), Band(0.7)), np.random.default_rng(2))
    rows = np.arange(side)
    return z * np.exp(2j * np.pi * ((centre * rows + rate * rows**2 / 2) % 1))[:, None]


@pytest.mark.parametrize("centre", [-0.45, 0.0, 0.2, 0.5])
def test_a_centre_that_stays_is_found_wherever_it_lies(centre):
    z = block(centre)
    assert np.exp(2j * np.pi * common_centre([z], 0)) == pytest.approx(
        np.exp(2j * np.pi * centre), abs=0.02
    )
    assert not wanders([measure_drift(z, 0)])


@pytest.mark.parametrize("rate", [0.0064, -0.003])
def test_a_centre_that_runs_is_followed_through_the_wrap(rate):
    z = block(0.1, rate)
    drift = measure_drift(z, 0)
    assert wanders([drift])
    still = z * drift.turns(np.arange(256))[:, None]
    assert measure_drift(still, 0).runs < 0.06
    assert abs(common_centre([still], 0)) < 0.01


def test_a_few_lines_white_noise_and_nothing_have_no_centre_to_speak_of():
    white = surface(np.ones((128, 128)), (Band(), Band()), np.random.default_rng(5))
    assert abs(measure_drift(white, 0).centre) < 0.5
    assert not wanders([Drift()])
    for z in (np.zeros((40, 40), np.complex64), white[:1, :1], white[:3]):
        assert np.isfinite(measure_drift(z, 0).turns(np.arange(len(z)))).all()


def test_strong_points_do_not_lead():
    z = block(0.2)
    z[60, 60] += 1e4
    assert common_centre([z], 0) == pytest.approx(0.2, abs=0.01)

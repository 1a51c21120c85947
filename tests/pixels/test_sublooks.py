"""Sub-looks: the scene's power, speckle that is independent, points in both."""

import numpy as np
import pytest

from satstudio.pixels.phasor import intensity
from satstudio.pixels.spectral.sublooks import sublooks
from satstudio.pixels.synthetic.scenes import Band, surface

LEVEL = np.full((256, 256), 0.3)


@pytest.mark.parametrize("band", [Band(), Band(0.8, 0.2, "hamming", 0.6), Band(0.6, -0.45)])
def test_looks_keep_the_power_and_share_no_speckle(band):
    samples = surface(LEVEL, (band, Band()), np.random.default_rng(1))
    looks = sublooks(samples)
    assert looks.shape == (2, 256, 256)
    assert looks.dtype == np.float32
    np.testing.assert_allclose(looks.mean(axis=(1, 2)), intensity(samples).mean(), rtol=0.05)
    logs = np.log(looks + 1e-9).reshape(2, -1)
    assert abs(np.corrcoef(logs)[0, 1]) < 0.05
    assert abs(np.corrcoef(logs[0], np.log(intensity(samples) + 1e-9).ravel())[0, 1]) > 0.2


def test_a_point_is_in_both():
    samples = surface(LEVEL * 0.01, (Band(), Band()), np.random.default_rng(2))
    samples[100, 120] += 30
    for look in sublooks(samples):
        assert np.unravel_index(look.argmax(), look.shape) == (100, 120)


def test_nothing_gives_nothing():
    assert not sublooks(np.zeros((40, 30), np.complex64)).any()
    assert np.isfinite(sublooks(np.ones((1, 1), np.complex64))).all()

"""Whitening: centre, flatten, crop the spectrum of a scene, and come back to its grid."""

import numpy as np
import pytest

from satstudio.core.grid import Size, Window
from satstudio.pixels.spectral.axis_spectrum import estimate_spectrum
from satstudio.pixels.spectral.region_spectrum import neighbour_correlation
from satstudio.pixels.spectral.whitening import Whitening, back
from satstudio.pixels.synthetic.simulate import SceneModel, simulate_surface

SIDE = 512
BANDS = [(1.0, 1.0, 0.0), (0.8, 0.54, 0.0), (0.6, 0.54, 0.1), (0.9, 1.0, 0.2), (0.67, 0.75, -0.3)]


def speckle(bandwidth, weighting, centre, sigma=None, seed=1):
    model = SceneModel(
        azimuth_bandwidth=bandwidth,
        range_bandwidth=bandwidth,
        doppler_centroid=centre,
        range_centroid=centre,
        weighting=weighting,
    )
    sigma = np.ones((SIDE, SIDE)) if sigma is None else sigma
    return simulate_surface(sigma, model, np.random.default_rng(seed))


def whitening_of(z):
    return Whitening(estimate_spectrum([z], 0), estimate_spectrum([z], 1))


@pytest.mark.parametrize(("bandwidth", "weighting", "centre"), BANDS)
def test_speckle_becomes_white_and_keeps_its_power(bandwidth, weighting, centre):
    z = speckle(bandwidth, weighting, centre)
    whitening = whitening_of(z)
    white = whitening.apply(z, 0, 0)
    assert whitening.azimuth.centre == pytest.approx(centre, abs=0.01)
    assert max(neighbour_correlation(white, axis) for axis in (0, 1)) < 0.05
    kept = 10 * np.log10(np.mean(np.abs(white) ** 2) / np.mean(np.abs(z) ** 2))
    assert abs(kept) < 0.2
    assert white.shape == (whitening.coarse(Size(SIDE, SIDE)).rows, white.shape[1])


def test_a_bright_point_does_not_tell_the_spectrum():
    z = speckle(0.8, 0.54, 0.1)
    plain = estimate_spectrum([z], 0)
    z[200, 300] += 1000
    assert estimate_spectrum([z], 0).kept == plain.kept
    assert estimate_spectrum([z], 0).centre == pytest.approx(plain.centre, abs=0.01)


def test_nothing_at_all_is_white():
    spectrum = estimate_spectrum([np.zeros((64, 64), np.complex64)], 0)
    assert (spectrum.centre, spectrum.kept) == (0.0, 16)


def test_a_block_does_not_depend_on_how_much_is_asked_for():
    z = speckle(0.8, 0.54, 0.1)
    whitening = whitening_of(z)
    kept = whitening.kept[0]
    small, large = whitening.apply(z[128:384], 128, 0), whitening.apply(z[64:448], 64, 0)
    margin = 32 * kept // 16
    inner = small[margin:-margin]
    shifted = large[64 * kept // 16 :][margin : margin + len(inner)]
    scale = np.sqrt(np.mean(np.abs(inner) ** 2))
    assert np.sqrt(np.mean(np.abs(inner - shifted) ** 2)) < 0.05 * scale


def test_intensities_come_back_to_their_places_without_ringing():
    white = np.ones((64, 64), np.float32)
    white[:, 32:] = 100
    fine = back(white, (11, 16), (0, 0), Window(0, 0, 90, 64))
    assert fine.shape == (90, 64)
    assert fine.min() >= 1 - 1e-5
    assert fine.max() <= 100 * (1 + 1e-5)
    ramp = np.repeat(np.linspace(1, 2, 64, dtype=np.float32)[:, None] ** 2, 8, axis=1)
    there = back(ramp, (8, 16), (0, 0), Window(0, 0, 120, 8))[:, 0]
    assert np.sqrt(there) == pytest.approx(1 + np.arange(120) / 2 / 63, abs=2e-3)

"""Speckle is speckle, the spectrum is where it should be, and the landscape comes again exactly."""

import hashlib
from contextlib import closing

import numpy as np
import pytest
from made_looks import equivalent_looks

from satstudio.core.grid import Size
from satstudio.core.paths import resources_folder
from satstudio.pixels.spectral.region_spectrum import centroid, power_spectrum
from satstudio.pixels.synthetic.coast import Points, point_scatterers
from satstudio.pixels.synthetic.simulate import (
    SceneModel,
    reflectivity,
    simulate_points,
    simulate_scene,
    simulate_surface,
)
from satstudio.scenes.scene import Scene, open_scene

SAMPLE = resources_folder() / "demo" / "sample_slc.tif"
SMALL = SceneModel(rows=256, cols=192, seed=3)


def uniform_surface(model: SceneModel, sigma: float, seed: int = 0) -> np.ndarray:
    return simulate_surface(
        np.full((model.rows, model.cols), sigma), model, np.random.default_rng(seed)
    )


def sample_model(scene: Scene) -> SceneModel:
    return SceneModel.model_validate_json(scene.tags["SATSTUDIO_SCENE_MODEL"])


def test_reflectivity_comes_again_to_the_bit_from_its_seed():
    first, again = (reflectivity(Size(200, 150), 5) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.dtype == np.float32
    assert not np.array_equal(first, reflectivity(Size(200, 150), 6))


def test_reflectivity_is_a_known_scene_on_every_machine():
    known = hashlib.sha256(reflectivity(Size(256, 256), 1).astype("<f4").tobytes()).hexdigest()
    assert known == "a26172549fa12a6aea64008464096f9f315d5d8902b914ed467f0a553f71b28c"


def test_reflectivity_is_positive_and_holds_sea_fields_and_town():
    sigma = reflectivity(Size(512, 512), 1)
    assert (sigma > 0).all()
    assert np.isfinite(sigma).all()
    assert 0.1 < (sigma < 0.01).mean() < 0.7
    assert (sigma > 0.2).mean() > 0.01


def test_a_uniform_surface_is_one_look_with_its_power_and_any_phase():
    model = SceneModel(rows=512, cols=512)
    z = uniform_surface(model, 3.0)
    power = np.abs(z.astype(complex)) ** 2
    assert power.mean() == pytest.approx(3.0, rel=0.02)
    assert equivalent_looks(power) == pytest.approx(1.0, abs=0.03)
    counts, _ = np.histogram(np.angle(z), 16, (-np.pi, np.pi))
    assert counts == pytest.approx(z.size / 16, rel=0.03)


def test_the_spectrum_is_band_limited_around_the_doppler_centroid():
    z = uniform_surface(SMALL, 1.0)
    assert centroid(z, 0) == pytest.approx(SMALL.doppler_centroid, abs=0.005)
    assert centroid(z, 1) == pytest.approx(0.0, abs=0.005)
    for axis, width, centre in ((0, 0.8, 0.12), (1, 0.85, 0.0)):
        power = power_spectrum(z, axis)
        offset = (np.fft.fftfreq(len(power)) - centre + 0.5) % 1 - 0.5
        outside = np.abs(offset) > width / 2
        assert outside.mean() == pytest.approx(1 - width, abs=0.02)
        assert power[outside].max() < 1e-10 * power.max()


def test_neighbours_correlate_as_the_pass_band_says():
    z = uniform_surface(SceneModel(rows=512, cols=512, range_bandwidth=0.5, weighting=1), 1.0)
    at_two = np.mean(z[:, 2:] * np.conj(z[:, :-2]))
    assert np.abs(at_two) < 0.02  # sinc(2 * 0.5) = 0
    at_one = np.mean(z[:, 1:] * np.conj(z[:, :-1]))
    assert at_one.real == pytest.approx(np.sinc(0.5), abs=0.02)


@pytest.mark.parametrize("place", [(100.0, 80.0), (100.5, 80.25)])
def test_a_point_is_a_peak_of_its_amplitude_at_its_place(place):
    model = SceneModel(rows=256, cols=192)
    row, col = (np.array([value]) for value in place)
    z = np.abs(simulate_points(Points(row, col, np.array([7.0]), np.array([0.3])), model))
    peak = np.unravel_index(z.argmax(), z.shape)
    assert np.abs(np.subtract(peak, place)).max() <= 0.5
    if place == (100.0, 80.0):
        assert z.max() == pytest.approx(7.0, rel=1e-5)
    near = z[80:121, 60:101].astype(float) ** 2
    rows, cols = np.mgrid[80:121, 60:101]
    middle = [(near * axis).sum() / near.sum() for axis in (rows, cols)]
    assert middle == pytest.approx(place, abs=0.02)


def test_points_lie_in_the_scene():
    size = Size(300, 260)
    points = point_scatterers(size, 1)
    assert len(points.rows) == len(points.cols) == len(points.amplitude) == len(points.turns) > 20
    assert ((points.rows >= 0) & (points.rows <= size.rows - 1)).all()
    assert ((points.cols >= 0) & (points.cols <= size.cols - 1)).all()
    assert (points.amplitude > 0).all()


def test_a_scene_comes_again_from_its_model():
    assert np.array_equal(simulate_scene(SMALL), simulate_scene(SMALL))


def test_the_sample_scene_is_what_is_promised():
    with closing(open_scene(SAMPLE)) as scene:
        assert SAMPLE.stat().st_size <= 4_000_000
        assert scene.dtype == "complex_int16"
        assert min(scene.grid.size.rows, scene.grid.size.cols) >= 1024
        assert scene.bands == ("VV",)
        assert len(scene.grid.gcps) >= 4
        assert scene.grid.is_located
        z = scene.read().pixels[0]
    assert centroid(z, 0) == pytest.approx(0.12, abs=0.01)
    assert np.abs(z).max() > 20 * np.median(np.abs(z))


def test_the_truth_of_the_sample_scene_comes_again_exactly():
    with closing(open_scene(SAMPLE)) as scene:
        model = sample_model(scene)
        truth = reflectivity(model.size, model.seed).astype("<f4").tobytes()
        assert hashlib.sha256(truth).hexdigest() == scene.tags["SATSTUDIO_REFLECTIVITY_SHA256"]


@pytest.mark.slow
def test_the_sample_scene_is_the_simulation_of_its_model():
    with closing(open_scene(SAMPLE)) as scene:
        model = sample_model(scene)
        factor = np.float32(scene.tags["SATSTUDIO_DN_PER_AMPLITUDE"])
        stored = scene.read().pixels[0]
    made = np.round(simulate_scene(model) * factor)
    difference = np.abs(made - stored)
    assert difference.max() <= 2**0.5  # another FFT may round the other way, once in a while
    assert (difference > 0).mean() < 1e-4


def test_the_sample_scene_follows_its_truth():
    """In the open sea, power over truth is speckle of one look and mean one."""
    with closing(open_scene(SAMPLE)) as scene:
        model = sample_model(scene)
        factor = float(scene.tags["SATSTUDIO_DN_PER_AMPLITUDE"])
        power = np.abs(scene.read().pixels[0].astype(complex) / factor) ** 2
    truth = reflectivity(model.size, model.seed) + model.noise_floor
    ratio = (power / truth)[400:560, 0:300]
    assert np.median(ratio) == pytest.approx(np.log(2), rel=0.04)
    ratio = ratio[ratio < 12]  # not the ships
    assert ratio.mean() == pytest.approx(1, rel=0.04)
    assert equivalent_looks(ratio) == pytest.approx(1, abs=0.08)

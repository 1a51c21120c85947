"""Synthetic scenes to learn from: of all kinds, reproducible, white, holes as holes."""

import numpy as np
import pytest

from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.patches.patch_set import PatchSet
from satstudio.patches.training_scenes import make_training_scenes
from satstudio.pixels.spectral.region_spectrum import neighbour_correlation, occupied_share
from satstudio.pixels.synthetic.reflectivities import KINDS
from satstudio.pixels.synthetic.scenes import Band, surface, synthetic_scene
from satstudio.pixels.synthetic.training_scene import training_scene

SIZE = Size(192, 192)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_speckle_of_a_made_scene_has_the_power_that_it_says(seed):
    scene = synthetic_scene(seed, SIZE)
    away = np.hypot(
        *(np.indices((192, 192))[axis, ..., None] - scene.points[:60, axis] for axis in (0, 1))
    )
    ground = (away > 12).all(-1) & (np.abs(scene.samples) > 0)
    if len(scene.points) > 60 or ground.sum() < 5000:
        pytest.skip("points cover the scene")
    looks = np.abs(scene.samples[ground]) ** 2 / scene.power[ground]
    assert np.median(looks) == pytest.approx(np.log(2), abs=0.45)  # side lobes, edges


def test_a_seed_is_a_scene():
    first, again, other = (
        synthetic_scene(5, SIZE),
        synthetic_scene(5, SIZE),
        synthetic_scene(15, SIZE),
    )
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


@pytest.mark.parametrize(
    "band", [Band(0.6, 0.3), Band(0.8, -0.1, "hamming", 0.54), Band(0.7, 0.0, "taylor", -30.0)]
)
def test_a_band_passes_what_it_says_and_keeps_the_power(band):
    z = surface(np.ones((256, 256)), (band, band), np.random.default_rng(1))
    assert np.mean(np.abs(z) ** 2) == pytest.approx(1, abs=0.05)
    assert occupied_share(z, 0) == pytest.approx(band.width, abs=0.12)


def test_lessons_are_white_and_empty_only_where_there_is_no_data():
    correlations, shares = [], []
    for seed in range(12):
        pixels, valid = training_scene(seed, Size(256, 256))
        assert pixels.shape == valid.shape
        assert not pixels[~valid].any()
        correlations.append(max(neighbour_correlation(pixels, axis) for axis in (0, 1)))
        shares.append(valid.mean())
    assert np.median(correlations) < 0.08
    assert min(shares) < 1


def test_a_patch_set_of_lessons_has_both_splits_of_different_scenes(tmp_path):
    made = PatchSet.open(make_training_scenes(3, 7, tmp_path / "set", Progress()))
    splits = {entry.split: entry.source for entry in made.manifest.items}
    assert splits["validation"] == 0
    assert splits["train"] == 2
    assert made.manifest.recipe["white"]
    power = np.mean(np.abs(made.train[:]) ** 2)
    assert 0.5 < power < 2

"""The subsample of a scene is fixed, valid and spread over all of it."""

from contextlib import closing

import numpy as np
import pytest
from made import made_intensity, write_geotiff

from satstudio.scenes.scene import open_scene


def test_the_sample_is_fixed_valid_and_spread(tmp_path):
    with closing(open_scene(made_intensity(tmp_path, 600, 600))) as scene:
        first, again = scene.sample(), scene.sample()
        assert first.pixels.shape == (1, 1, 65536)
        assert np.array_equal(first.pixels, again.pixels)
        assert first.valid.all()
        assert first.pixels.min() >= 0
        assert first.pixels.mean() == pytest.approx(1, rel=0.02)
        assert not np.array_equal(first.pixels, scene.sample(seed=1).pixels)


@pytest.mark.parametrize("profile", [{}, {"tiled": True, "compress": "deflate"}])
def test_the_sample_of_a_large_scene_sees_all_of_it(tmp_path, profile):
    rows, cols = 3000, 2500
    ramp = np.add.outer(np.arange(rows), np.arange(cols)).astype(np.float32)
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", ramp, **profile))) as scene:
        seen = scene.sample().pixels
    assert seen.size == 65536
    limits = np.percentile(ramp, [2, 50, 98])
    assert np.percentile(seen, [2, 50, 98]) == pytest.approx(limits, abs=110)  # 2 % of the range


def test_many_bands_share_the_room_of_a_sample(tmp_path):
    pixels = np.ones((100, 120, 120), np.uint8)
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", pixels))) as scene:
        assert scene.sample().pixels.shape == (100, 1, 10485)
        assert scene.sample(bands=[3, 5]).pixels.shape == (2, 1, 14400)


def test_a_band_without_data_at_a_pixel_is_nan_there(tmp_path):
    pixels = np.full((2, 30, 30), 7, np.int16)
    pixels[0, :15], pixels[1, :, :10], pixels[:, 0] = -99, -99, -99
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", pixels, nodata=-99))) as scene:
        sample = scene.sample().pixels
    assert sample.dtype == np.float32
    assert np.unique(sample[np.isfinite(sample)]).tolist() == [7]
    assert np.isfinite(sample).sum(axis=(1, 2)).tolist() == [450, 580]


def test_a_scene_without_any_data_has_an_empty_sample(open_data):
    with closing(open_scene(open_data / "optical/geo/inverted_lat.tif")) as scene:
        assert scene.sample().pixels.shape == (1, 1, 0)


def test_a_mostly_empty_scene_is_looked_at_twice(tmp_path):
    pixels = np.zeros((2000, 1500), np.float32)
    pixels[:, 1100:] = 5
    profile = {"nodata": 0, "tiled": True}
    with closing(open_scene(write_geotiff(tmp_path / "a.tif", pixels, **profile))) as scene:
        sample = scene.sample().pixels
    assert 25_000 < sample.size <= 65_536
    assert (sample == 5).all()

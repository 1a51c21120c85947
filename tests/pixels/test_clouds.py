"""Made clouds: true masks, shadows where the sun puts them, blue haze, a band that sees cirrus."""

import numpy as np
import pytest

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cloud_series import cloud_series
from satstudio.pixels.synthetic.clouds import CLOUD_MAKERS, Sky, cloud_depth, clouded
from satstudio.pixels.synthetic.cover_spectra import BANDS
from satstudio.pixels.synthetic.sun import Sun

SIDE = Size(64, 64)
LEVEL = np.full((13, 64, 64), 0.2, np.float32)
LEVEL[BANDS.index("B10")] = 0.001
SUMMER = Sun.of(172, 48)


def sky(**values):
    usual = {"cover": 0.0, "haze": 0.0, "cirrus": 0.0, "height_m": 600.0, "sun": SUMMER}
    return Sky(**(usual | values))


@pytest.mark.parametrize("maker", CLOUD_MAKERS)
def test_masks_say_where_a_clear_scene_was_changed(maker):
    for seed in range(6):
        seen = clouded(LEVEL, sky(cover=0.4, maker=maker), seed)
        again = clouded(LEVEL, sky(cover=0.4, maker=maker), seed)
        np.testing.assert_array_equal(seen.pixels, again.pixels)
        assert not (seen.cloud & seen.shadow).any()
        red = seen.pixels[BANDS.index("B4")]
        assert red[seen.clear].std() < 0.01
        if seen.cloud.sum() > 50:
            assert red[seen.cloud].mean() > red[seen.clear].mean() + 0.1
        if seen.shadow.sum() > 50:
            assert red[seen.shadow].mean() < red[seen.clear].mean() - 0.02


def test_the_shadow_is_the_cloud_displaced_away_from_the_sun():
    low = Sun(azimuth_deg=135, height_deg=45)  # in the south-east: shadows fall to the north-west
    found = []
    for seed in range(12):
        seen = clouded(LEVEL, sky(cover=0.3, sun=low, height_m=141.4), seed)
        moved = np.roll(seen.cloud, (-10, -10), axis=(0, 1))[:50, :50]
        visible = (~seen.cloud)[:50, :50]
        found.append(np.mean(moved[visible] == seen.shadow[:50, :50][visible]))
    assert np.mean(found) > 0.93


def test_haze_takes_most_of_the_contrast_in_the_blue():
    added = clouded(LEVEL * 0.2, sky(haze=0.4), 1).pixels.mean(axis=(1, 2)) - 0.04
    by_band = dict(zip(BANDS, added, strict=True))
    assert by_band["B2"] > 1.8 * by_band["B8"] > 3 * by_band["B12"] > 0


def test_at_the_top_of_the_air_molecules_add_what_they_do_over_dark_ground():
    """About .1 at 443 nm and nothing in the shortwave infrared, as over clear water (level 1C)."""
    dark = LEVEL * 0
    added = clouded(dark, sky(haze=0.0, molecules=1.0), 1).cloudless.mean(axis=(1, 2))
    by_band = dict(zip(BANDS, added, strict=True))
    assert 0.09 < by_band["B1"] < 0.14
    assert 0.015 < by_band["B4"] < 0.03
    assert by_band["B12"] < 0.001
    assert clouded(dark, sky(haze=0.0), 1).cloudless.max() == 0


def test_only_cirrus_is_seen_in_its_band():
    where = BANDS.index("B10")
    low = clouded(LEVEL, sky(cover=0.6), 2)
    high = clouded(LEVEL, sky(cirrus=1.2), 4)
    assert high.cloud.any()
    assert low.pixels[where].max() < 0.1
    assert high.pixels[where].max() > 0.04


def test_all_may_be_cloud_and_nothing_may_be():
    closed, open_ = clouded(LEVEL, sky(cover=1.0), 5), clouded(LEVEL, sky(), 5)
    assert closed.cloud.mean() > 0.98
    assert open_.clear.all()
    np.testing.assert_allclose(open_.pixels, LEVEL, rtol=0.2, atol=0.01)


@pytest.mark.parametrize("maker", CLOUD_MAKERS)
def test_clouds_take_about_the_share_that_is_asked_for(maker):
    rng = np.random.default_rng(1)
    shares = [np.mean(cloud_depth(SIDE, 0.4, rng, maker) > 0) for _ in range(40)]
    assert np.mean(shares) == pytest.approx(0.4, abs=0.12)
    assert not cloud_depth(SIDE, 0, rng, maker).any()
    assert cloud_depth(Size(1, 1), 1, rng, maker).shape == (1, 1)


def test_the_sun_stands_in_the_south_east_in_the_morning_and_low_in_winter():
    winter, north = Sun.of(355, 48), Sun.of(172, 70)
    assert 100 < SUMMER.azimuth_deg < 160
    assert SUMMER.height_deg > 50 > 30 > winter.height_deg >= 20
    down, across = SUMMER.toward(100)
    assert down > 0 < across
    assert north.height_deg < SUMMER.height_deg


def test_a_series_is_one_ground_on_rising_days_with_the_middle_one_clear():
    series = cloud_series(SIDE, 8, 3)
    same, other = cloud_series(SIDE, 8, 3), cloud_series(SIDE, 9, 3)
    np.testing.assert_array_equal(series.sar, same.sar)
    assert (series.target != other.target).any()
    assert list(series.days) == sorted(set(series.days))
    assert abs(series.sar_day - series.days[1]) <= 3
    for frame in series.frames:
        assert np.isfinite(frame.pixels).all()
        assert 0 <= frame.pixels.min() < frame.pixels.max() <= 1.5
    assert -32 < series.sar.mean() < 0


@pytest.mark.parametrize("maker", ["fields", "terrain"])
def test_the_clear_part_of_the_middle_date_is_near_its_truth(maker):
    differences = []
    for seed in range(10):
        series = cloud_series(SIDE, seed, 3, maker=maker)
        middle = series.frames[1]
        if middle.clear.any():
            away = middle.pixels - series.target
            differences.append(np.abs(away[:, middle.clear]).mean())
    assert np.median(differences) < 0.01

"""Made land: the same from a seed, of two makers, spectra as land has them, green in its season."""

import numpy as np
import pytest

from satstudio.core.grid import Size
from satstudio.pixels.synthetic.cover_spectra import BANDS, NAMES
from satstudio.pixels.synthetic.ground import decibels, speckled
from satstudio.pixels.synthetic.land_cover import MAKERS, land_cover

SIDE = Size(64, 64)


def over(values, where):
    return values[..., where].mean(axis=-1)


def grounds(maker, count=12):
    return [land_cover(SIDE, seed, maker) for seed in range(count)]


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 9), Size(40, 24)])
def test_a_seed_makes_one_ground_of_any_size(maker, size):
    first, again, other = (land_cover(size, seed, maker) for seed in (3, 3, 4))
    for of in (lambda g: g.reflectance(100), lambda g: g.backscatter(100)):
        np.testing.assert_array_equal(of(first), of(again))
        assert (of(first) != of(other)).any()
    assert first.reflectance(100).shape == (13, size.rows, size.cols)
    assert first.size == size


@pytest.mark.parametrize("maker", MAKERS)
def test_reflectances_are_in_range_and_their_means_plausible(maker):
    pixels = np.stack([g.reflectance(180) for g in grounds(maker)])
    assert pixels.dtype == np.float32
    assert pixels.min() > 0
    assert pixels.max() < 1
    means = dict(zip(BANDS, pixels.mean(axis=(0, 2, 3)), strict=True))
    assert means["B2"] < means["B3"] < means["B8"]
    assert 0.03 < means["B2"] < 0.12
    assert 0.15 < means["B8"] < 0.45
    assert means["B10"] == pytest.approx(0.001, rel=0.01)


@pytest.mark.parametrize("maker", MAKERS)
def test_water_is_dark_in_infrared_and_radar_and_towns_are_bright_in_radar(maker):
    found = {name: [] for name in ("lake", "roofs", "meadow")}
    for seed in range(30):
        ground = land_cover(SIDE, seed, maker)
        pixels, power = ground.reflectance(180), ground.backscatter(180)
        for name in found:
            if (where := ground.has(name)).any():
                infrared = over(pixels[BANDS.index("B8")], where)
                found[name].append((infrared, *over(decibels(power), where)))
    lake, roofs, meadow = (np.mean(found[name], axis=0) for name in ("lake", "roofs", "meadow"))
    assert lake[0] < 0.03 < 0.15 < meadow[0]
    assert lake[1] < -18
    assert roofs[1] > -6 > meadow[1]
    assert (lake[2] < lake[1], roofs[2] < roofs[1]) == (True, True)


def test_crops_are_green_in_their_season_and_needles_always():
    greenest = {}
    for name in ("winter crop", "summer crop", "broad-leaved forest", "coniferous forest"):
        ndvi = []
        for day in (20, 130, 215):
            values = [g.reflectance(day)[..., where].mean(axis=-1)
                      for g in grounds("fields", 30) if (where := g.has(name)).any()]  # fmt: skip
            red, infrared = np.mean(values, axis=0)[[BANDS.index("B4"), BANDS.index("B8")]]
            ndvi.append((infrared - red) / (infrared + red))
        greenest[name] = ndvi
    winter, summer, broad, needles = greenest.values()
    assert winter[1] > max(winter[0], winter[2]) + 0.2
    assert summer[2] > max(summer[0], summer[1]) + 0.2
    assert broad[2] > broad[0] + 0.3
    assert max(needles) - min(needles) < 0.1


def test_rain_darkens_soil_and_brightens_its_radar_image_but_not_a_forest():
    for ground in grounds("fields"):
        for name, changes in (("bare soil", True), ("coniferous forest", False)):
            if not (where := ground.has(name)).any():
                continue
            dry, wet = (ground.reflectance(300, wetness)[..., where] for wetness in (0, 1))
            quiet, loud = (ground.backscatter(300, wetness)[..., where] for wetness in (0, 1))
            assert (wet[3].mean() < 0.8 * dry[3].mean()) == changes
            assert (loud.mean() > 1.5 * quiet.mean()) == changes


def test_makers_have_little_in_common():
    covers = {maker: np.bincount(np.concatenate([g.cover_map.ravel() for g in grounds(maker, 40)]),
                                 minlength=len(NAMES)) for maker in MAKERS}  # fmt: skip
    fields, terrain = (counts / counts.sum() for counts in covers.values())
    assert np.abs(fields - terrain).sum() > 0.3
    assert terrain[NAMES.index("rock")] > fields[NAMES.index("rock")] == 0
    assert fields[NAMES.index("river")] > terrain[NAMES.index("river")] == 0


@pytest.mark.parametrize("looks", [1, 4.4])
def test_speckle_has_the_mean_and_the_looks_that_are_asked_for(looks):
    power = np.full((2, 200, 200), 0.05, np.float32)
    seen = speckled(power, looks, np.random.default_rng(0)).astype(float)
    assert seen.mean() == pytest.approx(0.05, rel=0.02)
    assert seen.mean() ** 2 / seen.var() == pytest.approx(looks, rel=0.05)

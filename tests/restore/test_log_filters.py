"""Non-local means and total variation of log intensity: true power, no seams, holes harm nobody."""

import numpy as np
import pytest
import rasterio
from made import speckle_power, write_geotiff

from satstudio.cli.main import main
from satstudio.core.errors import InputError, RecipeError
from satstudio.core.grid import Size
from satstudio.core.progress import Progress
from satstudio.pixels.filters import boxcar
from satstudio.pixels.log_filters import log_speckle, non_local_means, total_variation
from satstudio.pixels.synthetic.reflectivities import reflectivity_of
from satstudio.pixels.synthetic.scenes import Band, surface
from satstudio.restore.recipe import RestoreRecipe
from satstudio.restore.restorers import log_filters
from satstudio.restore.whole_scene import restore_scene

FILTERS = (non_local_means, total_variation)
NAMES = ("nlm", "tv")


def decibels(ratio):
    return 10 * np.log10(ratio)


def restored(scene, name, out, **choices):
    recipe = RestoreRecipe(**choices)
    path = restore_scene(scene, f"baseline:{name}", recipe, out, Progress(), overwrite=True)
    with rasterio.open(path) as dataset:
        return dataset.read(1)


@pytest.mark.parametrize("looks", [1, 4])
def test_mean_and_spread_of_log_speckle_are_those_of_drawn_speckle(looks):
    drawn = np.log(speckle_power(600, 600, looks))
    mean, spread = log_speckle(looks)
    assert mean == pytest.approx(drawn.mean(), abs=0.01)
    assert spread == pytest.approx(drawn.std(), rel=0.01)


@pytest.mark.parametrize("function", FILTERS)
@pytest.mark.parametrize("looks", [1, 3])
def test_a_uniform_area_keeps_its_power_and_loses_its_speckle(function, looks):
    power = speckle_power(160, 160, looks, power=50.0)
    found = function(power, looks).astype(float)
    assert abs(decibels(found.mean() / power.mean())) < 0.15
    assert found.mean() ** 2 / found.var() > 20 * looks


@pytest.mark.parametrize("function", FILTERS)
@pytest.mark.parametrize("kind", ["fields", "roads"])
def test_made_ground_with_edges_comes_out_closer_than_any_boxcar_brings_it(function, kind):
    truth = reflectivity_of(kind, Size(192, 192), 70_003)
    power = np.abs(surface(truth, (Band(), Band()), np.random.default_rng(1))) ** 2
    rival = min(log_error(boxcar(power, side), truth) for side in (3, 5, 7, 9, 11))
    assert log_error(function(power), truth) < rival


def log_error(found, truth):
    return np.mean((np.log(found) - np.log(truth)) ** 2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("rows", "cols"), [(97, 128), (300, 270)])
def test_two_sizes_of_tiles_give_the_same_scene(tmp_path, name, rows, cols):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(rows, cols))
    halo = log_filters.BASELINES[name].halo_px(RestoreRecipe())
    first, *others = (
        restored(scene, name, tmp_path / "o.tif", tile_px=tile)
        for tile in (None, 2 * halo + 64, 2 * halo + 91)
    )
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_large_holes_make_no_seams_either(tmp_path, name):
    power = speckle_power(300, 260)
    power[60:200, 50:240] = np.nan
    power[:, :20] = 0
    scene = write_geotiff(tmp_path / "scene.tif", power)
    halo = log_filters.BASELINES[name].halo_px(RestoreRecipe())
    whole = restored(scene, name, tmp_path / "o.tif")
    tiled = restored(scene, name, tmp_path / "o.tif", tile_px=2 * halo + 70)
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(power))
    np.testing.assert_allclose(tiled, whole, rtol=1e-4)


@pytest.mark.parametrize("function", FILTERS)
def test_an_answer_depends_on_nothing_beyond_its_reach(function):
    reach = {non_local_means: 14, total_variation: 100}[function]
    power = speckle_power(reach + 1, 2 * reach + 1, seed=3)
    far = power.copy()
    far[:, 2 * reach] *= 1000
    middle, changed = function(power)[:, : reach + 1], function(far)[:, : reach + 1]
    np.testing.assert_array_equal(changed[:, :reach], middle[:, :reach])
    assert (function(far)[:, 2 * reach - 2] != function(power)[:, 2 * reach - 2]).any()


@pytest.mark.parametrize("function", FILTERS)
@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_a_scene_of_other_units_is_filtered_alike(function, scale):
    power = speckle_power(90, 90)
    power[40, 40] = 1e4
    power[10:20, 30:50] = 0
    power[70:72, 5:60] = np.nan
    found = function(power * np.float32(scale)) / scale
    np.testing.assert_allclose(found, function(power), rtol=1e-3)


@pytest.mark.parametrize("function", FILTERS)
def test_zeros_and_holes_cost_no_neighbour_and_darken_none(function):
    power = speckle_power(120, 120, power=8.0)
    holed = power.copy()
    holed[30:33, 30:33] = 0
    holed[60:90, 60:90] = 0
    holed[90:110, 10:30] = np.nan
    whole, found = function(power), function(holed)
    assert np.isfinite(found[~np.isnan(holed)]).all()
    assert np.isnan(found[np.isnan(holed)]).all()
    assert (found[holed > 0] > 0).all()
    assert (found[30:33, 30:33] > 1).all()  # a lost sample or two: what lies around
    assert (found[60:90, 60:90] == 0).mean() > 0.9  # a block without power stays one
    changed = np.abs(decibels(found[holed > 0] / whole[holed > 0]))
    assert np.percentile(changed, 99.9) < 1


@pytest.mark.parametrize("function", FILTERS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (2, 5, 6)])
def test_tiny_images_and_images_of_nothing_are_taken(function, shape):
    power = np.full(shape, 3.0, np.float32)
    np.testing.assert_allclose(function(power), 3 * np.exp(np.euler_gamma), rtol=1e-5)
    assert np.isnan(function(np.full(shape, np.nan, np.float32))).all()
    assert (function(np.zeros(shape, np.float32)) == 0).all()


def test_more_strength_smooths_more_and_nonsense_is_refused():
    power = speckle_power(80, 80)
    for function in FILTERS:
        weak, strong = function(power, strength=0.2), function(power, strength=1.5)
        assert np.log(weak).var() > np.log(strong).var()
        with pytest.raises(InputError, match="strength"):
            function(power, strength=0.0)
        with pytest.raises(InputError, match="Looks"):
            function(power, looks=0.0)
    with pytest.raises(RecipeError, match="strength"):
        RestoreRecipe.build({"strength": -1})


def test_threads_change_nothing():
    power = speckle_power(600, 40)
    np.testing.assert_allclose(non_local_means(power, threads=3), non_local_means(power), rtol=1e-6)


def test_the_command_takes_a_strength_and_the_file_says_how_it_was_made(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(64, 64))
    out = tmp_path / "tv.tif"
    words = ["restore", str(scene), "--baseline", "tv", "--strength", "0.9", "--out", str(out)]
    assert main(words) == 0
    with rasterio.open(out) as dataset:
        assert "--strength 0.9" in dataset.tags()["SATSTUDIO_COMMAND"]
        np.testing.assert_array_equal(
            dataset.read(1), restored(scene, "tv", tmp_path / "o.tif", strength=0.9)
        )

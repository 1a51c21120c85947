"""Baselines are models of the first class: found by name, the same whatever the tiles."""

import sys
import types

import numpy as np
import pytest
import rasterio
from made import UTM, made_complex, made_intensity, speckle_power, write_geotiff

from satstudio.cli.main import main
from satstudio.core.errors import InputError, RecipeError
from satstudio.core.paths import plugins_folder
from satstudio.core.plugins import Registry
from satstudio.core.progress import Progress
from satstudio.pixels import filters
from satstudio.restore.baselines import BASELINES, baseline_name
from satstudio.restore.restorers import speckle_filters
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene

CLASSIC = {"boxcar", "lee", "refined_lee", "gamma_map"}
LOGARITHMIC = {"nlm", "tv"}
BY_ROLE = {
    "bicubic", "frame_mean", "frame_median", "registered_mean", "shift_and_add", "least_cloudy",
    "mosaic", "temporal_interpolation", "histogram_match", "nearest_fill", "harmonic_fill",
    "filled_mosaic", "filled_interpolation",
}  # fmt: skip


def restored(scene, name, out, **choices):
    recipe = RestoreRecipe(**choices)
    path = restore_scene(scene, f"baseline:{name}", recipe, out, Progress(), overwrite=True)
    with rasterio.open(path) as dataset:
        return dataset.read()


def test_the_baselines_are_there_with_titles_and_options():
    assert set(BASELINES) >= CLASSIC | LOGARITHMIC | BY_ROLE | {"identity"}
    for name, baseline in BASELINES.items():
        assert baseline.title, name
        assert baseline.source, name
        assert set(baseline.options) <= set(RestoreRecipe.model_fields)
        assert baseline.halo_px(baseline.chosen(name, RestoreRecipe())) >= 0


def test_a_baseline_has_a_name_where_a_model_has_a_path():
    assert baseline_name("baseline:lee") == "lee"
    assert baseline_name("models/lee.onnx") is None


@pytest.mark.parametrize("name", sorted(CLASSIC))
@pytest.mark.parametrize(("rows", "cols"), [(3, 5), (40, 67), (97, 128)])
def test_a_scene_in_tiles_is_the_filter_of_the_whole(tmp_path, name, rows, cols):
    power = speckle_power(rows, cols)
    power[rows // 2 :, cols // 3] = np.nan
    scene = write_geotiff(tmp_path / "scene.tif", power)
    function = getattr(filters, name)
    looks = {} if name == "boxcar" else {"looks": 2.0}
    expected = function(power, 5, **looks)
    for tile in (24, 37, None):
        found = restored(scene, name, tmp_path / "o.tif", tile_px=tile, filter_px=5, looks=2)[0]
        np.testing.assert_array_equal(np.isnan(found), np.isnan(power))
        np.testing.assert_allclose(found, expected, atol=1e-6 * np.nanmax(expected), rtol=1e-6)


def test_of_complex_samples_the_intensity_is_filtered(tmp_path):
    scene = made_complex(tmp_path, 40, 50)
    with rasterio.open(scene) as dataset:
        power = np.abs(dataset.read(1)) ** 2
    found = restored(scene, "lee", tmp_path / "lee.tif", filter_px=7)
    np.testing.assert_allclose(found[0], filters.lee(power, 7), rtol=1e-5)
    with rasterio.open(tmp_path / "lee.tif") as dataset:
        assert dataset.dtypes == ("float32",)
        assert dataset.tags()["SATSTUDIO_QUANTITY"] == "intensity"
        assert dataset.tags()["SATSTUDIO_MODEL"] == "baseline:lee"


def test_amplitudes_and_decibels_are_filtered_as_power(tmp_path):
    power = speckle_power(30, 30)
    expected = filters.boxcar(power, 3)
    for quantity, values, back in (
        ("amplitude", np.sqrt(power), np.square),
        ("db", 10 * np.log10(power), lambda db: 10 ** (db / 10)),
    ):
        scene = write_geotiff(
            tmp_path / f"{quantity}.tif", values, tags={"SATSTUDIO_QUANTITY": quantity}
        )
        found = restored(scene, "boxcar", tmp_path / "o.tif", filter_px=3)[0]
        np.testing.assert_allclose(back(found), expected, rtol=1e-4)
        with rasterio.open(tmp_path / "o.tif") as dataset:
            assert dataset.tags()["SATSTUDIO_QUANTITY"] == quantity


def test_identity_keeps_complex_samples_and_real_values(tmp_path):
    for scene in (made_complex(tmp_path, 33, 20), made_intensity(tmp_path, 33, 40)):
        with rasterio.open(scene) as before:
            expected, nodata = before.read(), before.nodata
        found = restored(scene, "identity", tmp_path / "same.tif", tile_px=16)
        np.testing.assert_array_equal(found, expected)
        with rasterio.open(tmp_path / "same.tif") as after:
            assert after.nodata == nodata
            assert after.dtypes[0] == str(expected.dtype)


def test_values_of_nodata_do_not_leak_into_their_neighbours(tmp_path):
    scene = made_intensity(tmp_path, 40, 60)
    found = restored(scene, "boxcar", tmp_path / "o.tif")[0]
    assert (found[:, :16] == -9999).all()
    assert found[:, 16:].min() > 0


def test_a_baseline_in_the_users_folder_is_found(monkeypatch):
    (plugins_folder() / "restorers").mkdir(parents=True)
    (plugins_folder() / "restorers" / "half.py").write_text(
        "from satstudio.restore.baselines import Baseline\n"
        "from test_registry import OWN\n"
        "OWN.add('half', Baseline('Half', 'x / 2', lambda x, r: x / 2, lambda r: 0))\n"
    )
    (plugins_folder() / "restorers" / "broken.py").write_text("import nothing_of_this_name\n")
    registry: Registry = Registry("satstudio.restore.restorers", "baseline")
    own = types.SimpleNamespace(OWN=registry)  # the plug-in above finds this very registry
    monkeypatch.setitem(sys.modules, "test_registry", own)
    assert registry["half"].title == "Half"
    assert "nothing_of_this_name" in registry.broken["broken"]


@pytest.mark.parametrize("side", [4, 1, 99])
def test_a_filter_window_that_cannot_be_is_refused(side):
    with pytest.raises(RecipeError, match="filter_px"):
        RestoreRecipe.build({"filter_px": side})


def test_an_unknown_baseline_is_refused_with_those_there_are(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(8, 8), crs=UTM)
    with pytest.raises(InputError, match=r"no baseline 'best'.*gamma_map"):
        restored(scene, "best", tmp_path / "o.tif")
    assert not (tmp_path / "o.tif").exists()


@pytest.mark.parametrize(("given", "wanted"), [([], 5), (["--threads", "2"], 2)])
def test_a_command_takes_all_cores_and_the_result_does_not_say_how_many(
    tmp_path, monkeypatch, given, wanted
):
    asked = []

    def spied(*arguments, threads, **known):
        asked.append(threads)
        return filters.lee(*arguments, threads=threads, **known)

    monkeypatch.setattr("satstudio.core.system.machine.cores", lambda: 5)
    monkeypatch.setattr(speckle_filters, "lee", spied)
    out = tmp_path / "o.tif"
    words = ["restore", str(made_intensity(tmp_path)), "--baseline", "lee", "--out", str(out)]
    assert main([*words, *given]) == 0
    assert set(asked) == {wanted}
    with rasterio.open(out) as dataset:
        assert "threads" not in dataset.tags()["SATSTUDIO_RECIPE"]
    restore_scene(made_intensity(tmp_path), "baseline:lee", RestoreRecipe(), tmp_path / "p.tif",
                  Progress())  # fmt: skip
    assert asked[-1] == 4  # beside the window one is left

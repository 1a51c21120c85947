"""A despeckler beside classic filters: figures on scenes of known and of unknown reflectivity."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from satstudio.bench.compare import figures_of
from satstudio.bench.despeckling.evaluation import as_text
from satstudio.bench.despeckling.real_scenes import (
    EVALUATED,
    UNIFORM,
    compare_despeckler,
    evaluate_despeckler,
    uniform_area,
)
from satstudio.core.errors import Cancelled, InputError
from satstudio.core.grid import GeoGrid, Size, Window
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.pixels.synthetic.simulate import SceneModel, reflectivity, simulate_surface
from satstudio.restore.models.model_file import read_card
from satstudio.restore.whole_scene import RestoreRecipe, restore_raster
from satstudio.scenes.scene import open_scene
from satstudio.scenes.write import create_scene

MODEL = resources_folder() / "models/despeckler.onnx"
REAL = {
    "Sentinel-1": "data/open/sar_slc/geotiff/s1a-iw3-slc-vv_crop_601x1401.tiff",
    "UAVSAR": "data/open/sar_slc/uavsar/winnip_crop_L090HH_01.ann",
}


@pytest.fixture
def speckle_scene(tmp_path) -> Path:
    """Two fields of 1 and 100, band-limited speckle."""
    power = np.ones((120, 160))
    power[:, 80:] = 100
    values = simulate_surface(power, SceneModel(rows=120, cols=160), np.random.default_rng(0))
    path = tmp_path / "fields.tif"
    with create_scene(path, GeoGrid(Size(120, 160)), ["VV"], "complex64") as target:
        target.write(values[None], Window(0, 0, 120, 160))
    return path


def test_a_smooth_model_has_more_looks_and_a_rough_one_keeps_edges(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    rough = compare_despeckler("baseline:identity", speckle_scene)
    assert [one.filter for one in found.tuned] == [
        "boxcar", "lee", "refined_lee", "gamma_map", "nlm", "tv"
    ]  # fmt: skip
    assert len(found.filters) == 23  # a window of 3 px is too small for refined Lee
    for one in found.tuned:
        others = [each for each in found.filters if each.filter == one.filter]
        assert abs(one.ratio_var - 1) == min(abs(each.ratio_var - 1) for each in others)
    assert found.model.looks > rough.model.looks
    assert rough.model.edges == pytest.approx(1)
    assert rough.model.ratio_var == pytest.approx(0, abs=1e-9)
    assert found.model.psnr_db is None
    assert "Neighbours stay correlated" in as_text([found])
    assert "Gamma-MAP" in as_text([found])


def test_a_window_is_tuned_to_a_ratio_image_of_speckle_alone(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    first, *others = [one for one in found.filters if one.filter == "lee"]
    lost = [one.changed(ratio_var=1.3) for one in others]  # structure went with the speckle
    kept = first.changed(ratio_var=0.9)
    changed = found.changed(filters=(*found.filters[:4], kept, *lost, *found.filters[8:]))
    assert changed.tuned[1] == kept
    true = kept.changed(psnr_db=20.0), *(one.changed(psnr_db=21.0) for one in lost[:1])
    known = found.changed(filters=(*found.filters[:4], *true, *found.filters[8:]))
    assert known.tuned[1] == true[1]  # where the truth is known it decides


def test_the_weakest_figure_stands_beside_the_strongest(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    standings = found.standings
    ahead = [one.ahead_db for one in standings]
    assert ahead == sorted(ahead, reverse=True)
    assert found.headline == f"strongest: {standings[0].text}; weakest: {standings[-1].text}"
    edges = {one.name: one.edges for one in found.tuned}
    weakest = next(one for one in standings if one.figure == "edges kept")
    assert weakest.best_value == max(edges.values())
    assert weakest.ahead_db == pytest.approx(10 * np.log10(found.model.edges / max(edges.values())))


def test_mean_power_kept_counts_every_pixel_with_data(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    with closing(open_scene(speckle_scene)) as scene:
        noisy = np.abs(scene.read().pixels[0].astype(np.complex128)) ** 2
        restored = restore_raster(scene, "baseline:boxcar", RestoreRecipe()).pixels[0]
    wanted = 10 * np.log10(restored.astype(float).mean() / noisy.mean())
    assert found.model.power_kept_db == pytest.approx(wanted, abs=1e-6)
    power = found.meanings()["power_kept_db"]
    assert (power.limit, "Sentinel-1" in power.source) == (0.5, True)
    assert all(one.limit is None or one.source for one in found.meanings().values())


def test_without_a_uniform_area_no_looks_are_told(tmp_path):
    rng = np.random.default_rng(3)
    power = rng.choice([0.02, 1.0, 50.0], size=(96, 96))  # no two pixels alike
    values = simulate_surface(power, SceneModel(rows=96, cols=96), rng)
    path = tmp_path / "rough.tif"
    with create_scene(path, GeoGrid(Size(96, 96)), ["VV"], "complex64") as target:
        target.write(values[None], Window(0, 0, 96, 96))
    found = compare_despeckler("baseline:boxcar", path)
    assert {one.looks for one in (found.noisy, *found.filters, found.model)} == {None}
    assert "mixed area" in as_text([found])
    assert "looks" not in {one.figure for one in found.standings}


def test_each_figure_says_what_it_is_and_where_it_was_measured(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    meanings = found.meanings()
    assert list(meanings) == [
        "looks", "power_kept_db", "ratio_mean", "ratio_var", "edges", "edge_correlation"
    ]  # fmt: skip
    assert "mean^2 / variance" in meanings["looks"].definition
    area = found.area
    assert f"rows {area.row} to {area.end_row - 1}" in meanings["looks"].where
    assert "19200 pixels" in meanings["edges"].where
    assert len(found.table().head) == len(found.table().rows[0]) == len(meanings) + 1
    assert len(found.definitions().rows) == len(meanings)
    truth = found.changed(log_range=2.0).meanings()
    assert "L = 2.000" in truth["psnr_db"].definition
    assert "here: the reflectivity" in truth["edge_correlation"].definition


def test_the_figures_are_those_that_compare_and_score_give(speckle_scene):
    found = compare_despeckler("baseline:boxcar", speckle_scene)
    with closing(open_scene(speckle_scene)) as scene:
        restored = restore_raster(scene, "baseline:boxcar", RestoreRecipe())
        scores = figures_of(scene.read(), restored)
        inside = figures_of(scene.read(found.area), restore_raster(
            scene, "baseline:boxcar", RestoreRecipe(window=found.area)
        ))  # fmt: skip
    ratio = scores["ratio_image_stats"].parts
    assert found.model.ratio_mean == pytest.approx(ratio["mean"], rel=1e-6)
    power = scores["radiometric_bias_db"].value
    assert found.model.power_kept_db == pytest.approx(power, abs=1e-6)
    assert found.model.ratio_var == pytest.approx(ratio["var"], rel=1e-6)
    assert found.model.edges == pytest.approx(scores["epi_ratio"].value, rel=1e-6)
    assert found.model.looks == pytest.approx(inside["enl"].value, rel=1e-4)


def test_the_uniform_area_avoids_edges_and_holes(tmp_path):
    power = np.ones((96, 128))
    power[:, 40:] = 100
    values = simulate_surface(power, SceneModel(rows=96, cols=128), np.random.default_rng(0))
    values[:64, 64:] = 0
    path = tmp_path / "fields.tif"
    with create_scene(path, GeoGrid(Size(96, 128)), ["VV"], "complex64", nodata=0) as target:
        target.write(values[None], Window(0, 0, 96, 128))
    with closing(open_scene(path)) as scene:
        found = uniform_area(scene, Window(0, 0, 96, 128))
        small = uniform_area(scene, Window(70, 60, 20, 25))
    assert (found.rows, found.cols) == (32, 32)
    assert not (found.col < 40 < found.end_col)
    assert (found.end_col <= 64) or (found.row >= 64)
    assert small == Window(70, 60, 20, 25)


def test_a_comparison_tells_how_far_it_is_and_stops_when_asked(speckle_scene):
    shares = []
    compare_despeckler(
        "baseline:boxcar", speckle_scene, None, Progress(lambda s, _: shares.append(s))
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1
    asked = Progress(is_stopped=lambda: True)
    with pytest.raises(Cancelled):
        compare_despeckler("baseline:boxcar", speckle_scene, None, asked)


def test_only_the_sample_scene_can_be_judged(speckle_scene):
    with pytest.raises(InputError, match="is not the sample scene"):
        evaluate_despeckler("baseline:boxcar", speckle_scene)


def test_the_uniform_area_is_uniform_and_among_the_judged_rows():
    model = SceneModel(rows=1280, cols=1280, seed=1)
    known = reflectivity(model.size, model.seed)[UNIFORM.slices].astype(np.float64)
    assert known.std() / known.mean() < 0.03
    assert EVALUATED.row <= UNIFORM.row < UNIFORM.end_row <= EVALUATED.end_row


@pytest.mark.nightly
def test_what_does_not_despeckle_is_told_to_fail():
    found = evaluate_despeckler("baseline:identity")
    assert len(found.failures) == 2  # it keeps all of the power
    assert found.gain_db < -5


@pytest.mark.nightly
def test_the_shipped_despeckler_beats_the_filters_on_rows_it_never_saw(record_testsuite_property):
    found = evaluate_despeckler(MODEL)
    record_testsuite_property("despeckler", as_text([found]))
    assert found.failures == ()
    assert found.best_filter.name == "Total variation 1"


def test_the_shipped_despeckler_is_small_and_carries_its_card():
    card = read_card(MODEL)
    assert MODEL.stat().st_size < 5_000_000
    assert card.parts == ("whitening", "points", "power")
    assert "worst" in card.notes
    assert (card.task, card.method, card.takes) == ("despeckle", "despeckle", "image")
    assert (card.bands_in, card.bands_out, card.is_complex) == (1, 1, True)


NIGHTLY = ("Sentinel-1",)
"""Scenes that take the good despeckler and all filters a minute."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.nightly if name in NIGHTLY else ()) for name in REAL
    ],
)
def compared(request, shared_data):
    """The shipped despeckler beside all filters on a real scene."""
    return request.param, compare_despeckler(MODEL, shared_data / REAL[request.param])


@pytest.mark.slow
def test_real_scenes_are_despeckled_without_a_bias(compared, record_testsuite_property):
    name, found = compared
    record_testsuite_property(f"despeckler on {name}", as_text([found]))
    lee = next(one for one in found.tuned if one.filter == "lee")
    assert abs(found.model.ratio_var - 1) < abs(lee.ratio_var - 1)
    assert abs(found.model.power_kept_db) < 0.15
    assert not any("wanders" in remark for remark in found.remarks)  # bursts are deramped


@pytest.mark.slow
def test_real_scenes_have_more_looks_than_any_filter_leaves_and_a_better_ratio(compared):
    _, found = compared
    lee = next(one for one in found.tuned if one.filter == "lee")
    assert found.model.looks > found.best_filter.looks
    assert abs(found.model.ratio_mean - 1) < abs(lee.ratio_mean - 1)

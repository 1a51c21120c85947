"""Figures of a whole scene, read tile by tile, are those of its pixels in one piece."""

from contextlib import closing

import numpy as np
import pytest
from made import made_complex, made_slc, speckle, speckle_power, write_geotiff

from satstudio.bench import scene_figures as engine
from satstudio.bench.compare import figures_of, own_figures
from satstudio.bench.scene_figures import ScenePair, own_scene_figures, plan, scene_figures
from satstudio.core.errors import Cancelled, InputError
from satstudio.core.grid import Size, Window
from satstudio.core.progress import Progress
from satstudio.metrics.score import METRICS
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene

OF_REAL = (
    "mse", "psnr", "psnr_per_band", "ssim", "uqi", "sam", "ergas", "epi_ratio", "epi_corr",
    "ratio_image_stats", "enl", "radiometric_bias_db",
)  # fmt: skip
OF_COMPLEX = (
    "complex_correlation", "coherence", "phase_rmse", "amplitude_log_rmse", "mse",
    "radiometric_bias_db",
)  # fmt: skip
KNOWN = {"data_range": 10.0, "ratio_h_over_l": 0.5}


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(engine, "TILE_VALUES", 64 * 128)


def pair_of(tmp_path, first, second, **profile):
    return [
        open_scene(write_geotiff(tmp_path / f"{name}.tif", pixels, **profile))
        for name, pixels in (("first", first), ("second", second))
    ]


def agree(found, wanted):
    assert list(found) == list(wanted)
    for name, one in found.items():
        other = wanted[name]
        assert one.value == pytest.approx(other.value, rel=1e-9, abs=1e-13, nan_ok=True), name
        assert one.parts == pytest.approx(other.parts, rel=1e-9, abs=1e-13, nan_ok=True), name
        assert (one.n, one.note, one.definition) == (other.n, other.note, other.definition), name


@pytest.fixture
def optical(tmp_path):
    """Two images of 3 bands with holes, a bright point and an offset of a thousand."""
    first = 1000 + speckle_power(300, 260, looks=4, seed=1) * np.ones((3, 1, 1), np.float32)
    second = first + np.random.default_rng(2).normal(0, 0.3, first.shape).astype(np.float32)
    first[:, 50:61, 120:140], second[0, 200, 7] = -1, -1
    first[:, 130, 127], second[2, 64, 64], second[:, 5, 5] = 1e6, np.nan, 0
    first[:, 5, 5] = 0
    return pair_of(tmp_path, first, second, nodata=-1)


@pytest.fixture
def complex_pair(tmp_path):
    first = speckle(300, 260, seed=1)
    second = (first * np.exp(0.3j) + speckle(300, 260, power=0.2, seed=2)).astype(np.complex64)
    second[100:130, 60:70] = 0
    return pair_of(tmp_path, first, second)


@pytest.mark.parametrize("where", [None, Window(33, 21, 211, 197)])
def test_every_metric_by_tiles_is_that_of_one_piece(optical, where):
    pixels = [scene.read(where) for scene in optical]
    agree(
        scene_figures(ScenePair(*optical, where), OF_REAL, **KNOWN),
        figures_of(*pixels, OF_REAL, **KNOWN),
    )


def test_every_metric_of_complex_scenes_too(complex_pair):
    pixels = [scene.read() for scene in complex_pair]
    found = scene_figures(ScenePair(*complex_pair), OF_COMPLEX)
    agree(found, figures_of(*pixels, OF_COMPLEX))
    assert "300 valid values do not count by definition" in found["phase_rmse"].note


def test_a_mask_chooses_what_counts(optical, tmp_path):
    chosen = np.zeros((300, 260), np.uint8)
    chosen[40:222, 90:91] = chosen[150:200] = 1
    with closing(open_scene(write_geotiff(tmp_path / "mask.tif", chosen))) as mask:
        found = scene_figures(ScenePair(*optical, None, mask), OF_REAL, **KNOWN)
    pixels = [scene.read() for scene in optical]
    agree(found, figures_of(*pixels, OF_REAL, **KNOWN, mask=chosen.astype(bool)))


def test_the_usual_figures_of_a_restored_scene_are_those_of_its_pixels(tmp_path):
    scene = made_slc(tmp_path, 300, 280)
    out = restore_scene(scene, "baseline:lee", RestoreRecipe(), tmp_path / "lee.tif", Progress())
    with closing(open_scene(scene)) as noisy, closing(open_scene(out)) as lee:
        agree(scene_figures(ScenePair(noisy, lee)), figures_of(noisy.read(), lee.read()))
        agree(own_scene_figures(noisy), own_figures(noisy.read()))


def test_looks_of_a_uniform_scene_are_told_whatever_the_tiles(tmp_path):
    path = write_geotiff(tmp_path / "power.tif", speckle_power(300, 300, looks=4)[None])
    with closing(open_scene(path)) as scene:
        found = scene_figures(ScenePair(scene, scene), ["enl", "mse"])
        agree(found, figures_of(scene.read(), scene.read(), ["enl", "mse"]))
    assert found["enl"].value == pytest.approx(4, rel=0.05)
    assert not found["enl"].note


def test_metrics_that_need_the_whole_stand_beside_the_others(optical):
    names = ["scc", "mse", "ms_ssim"]
    pixels = [scene.read() for scene in optical]
    agree(scene_figures(ScenePair(*optical), names, **KNOWN), figures_of(*pixels, names, **KNOWN))


def test_a_stop_is_noticed_between_tiles(tmp_path):
    asked = iter(range(10))
    progress = Progress(is_stopped=lambda: next(asked) > 3)
    with closing(open_scene(made_complex(tmp_path, 300, 300))) as scene:
        pair = ScenePair(scene, scene)
        with pytest.raises(Cancelled):
            scene_figures(pair, ["mse"], progress)


@pytest.mark.parametrize("name", ["ssim", "uqi", "coherence"])
def test_an_image_smaller_than_a_window_is_refused_as_in_one_piece(tmp_path, name):
    first = speckle(70, 3)
    first = first if name == "coherence" else np.abs(first)
    with closing(open_scene(write_geotiff(tmp_path / "thin.tif", first))) as scene:
        pixels, pair = scene.read(), ScenePair(scene, scene)
        with pytest.raises(InputError) as wanted:
            figures_of(pixels, pixels, [name], **KNOWN)
        with pytest.raises(InputError) as found:
            scene_figures(pair, [name], **KNOWN)
    assert str(found.value) == str(wanted.value)


@pytest.mark.parametrize(("rows", "cols", "bands"), [(1, 1, 1), (64, 64, 3), (300, 70_000, 2)])
def test_tiles_cover_each_pixel_once(rows, cols, bands):
    seen = np.zeros((rows, cols), np.uint8)
    for tile in plan(Size(rows, cols), bands):
        seen[tile.slices] += 1
        assert tile.row % 64 == tile.col % 64 == 0
    assert (seen == 1).all()


def test_all_usual_metrics_go_by_tiles():
    missing = {name for name in (*OF_REAL, *OF_COMPLEX) if METRICS[name].tiled is None}
    assert not missing

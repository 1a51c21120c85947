"""Comparing: figures equal those of the metrics, one stretch for all, misfits are said."""

import csv
import json
from contextlib import closing

import numpy as np
import pytest
from made import made_slc, speckle, speckle_power, write_geotiff
from PIL import Image

from satstudio.bench.compare import CompareRecipe, compare_scenes, figures_of
from satstudio.bench.figure_files import write_figures
from satstudio.bench.figures import short_text
from satstudio.bench.metric_choice import usual_names
from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.progress import Progress
from satstudio.core.raster import Raster
from satstudio.metrics.measures.speckle import enl, ratio_image_stats
from satstudio.metrics.measures.structure import epi_ratio
from satstudio.pixels.filters import boxcar
from satstudio.restore.whole_scene import RestoreRecipe, restore_scene
from satstudio.scenes.scene import open_scene


@pytest.fixture
def pair(tmp_path):
    """A complex scene and its intensity through a boxcar filter."""
    scene = made_slc(tmp_path, 96, 80)
    out = tmp_path / "boxcar.tif"
    return scene, restore_scene(scene, "baseline:boxcar", RestoreRecipe(), out, Progress())


def read(path):
    with closing(open_scene(path)) as scene:
        return scene.read()


def test_a_complex_scene_and_its_filtered_intensity_are_compared_as_power(pair):
    noisy, filtered = read(pair[0]), read(pair[1])
    found = figures_of(noisy, filtered, usual_names(noisy, {}))
    power = np.abs(noisy.pixels.astype(np.complex128)) ** 2
    made = filtered.pixels.astype(np.float64)
    assert found["enl"].value == pytest.approx(enl(made, mask=filtered.valid), rel=1e-6)
    assert found["enl"].value > 3 * enl(power)
    ratio = ratio_image_stats(power, made, mask=filtered.valid)
    assert dict(found["ratio_image_stats"].parts) == pytest.approx(ratio, rel=1e-6)
    edges = epi_ratio(power, made, mask=filtered.valid)
    assert found["epi_ratio"].value == pytest.approx(edges, rel=1e-6)
    assert all(one.definition for one in found.values())


def radar(power, quantity="power"):
    """A raster of linear power (rows, cols)."""
    grid, valid = GeoGrid(Size(*power.shape)), np.ones(power.shape, bool)
    return Raster(power[None], grid, ("VV",), valid, quantity)


def test_mean_power_kept_is_told_in_decibels_with_its_sign():
    noisy = radar(speckle_power(64, 64, seed=3))
    half = radar(boxcar(noisy.pixels[0] / 2, 5))
    found = figures_of(noisy, half)
    wanted = 10 * np.log10(half.pixels.mean() / noisy.pixels.mean())
    assert found["radiometric_bias_db"].value == pytest.approx(wanted, rel=1e-6)
    assert "mean power kept -3.0" in short_text(found)
    assert "dB" in short_text(found)


def test_a_loss_of_nothing_has_no_minus():
    noisy = radar(speckle_power(32, 32, seed=3))
    same = radar(noisy.pixels[0] * (1 - 1e-9))
    assert "mean power kept +0.00 dB" in short_text(figures_of(noisy, same))


@pytest.mark.parametrize("looks", [1, 4])
def test_looks_are_told_of_uniform_areas_alone(looks):
    uniform = speckle_power(96, 96, looks=looks, seed=1)
    mixed = uniform * np.where(np.arange(96) < 48, 1.0, 2.0)
    dotted = uniform.copy()
    dotted[40, 50] += 1e4
    told = figures_of(radar(uniform), radar(boxcar(uniform, 7)))["enl"]
    assert told.value > 20 * looks
    assert told.note == ""
    for power in (mixed, dotted):
        found = figures_of(radar(power), radar(boxcar(power, 7)))
        assert np.isnan(found["enl"].value)
        assert "coefficient of variation" in found["enl"].note
        assert "looks mixed area" in short_text(found)
        asked = figures_of(radar(power), radar(boxcar(power, 7)), ["enl"])["enl"]
        assert np.isfinite(asked.value)
        assert asked.note.startswith("mixed area")


def test_texture_of_single_pixels_is_noticed_where_the_looks_are_known():
    samples = speckle(96, 96, seed=2)
    samples[::2, ::2] *= 5
    found = figures_of(radar(samples, "complex"), radar(boxcar(np.abs(samples) ** 2, 7)))
    assert "of pixels is" in found["enl"].note


def test_an_area_of_a_few_pixels_tells_no_looks():
    power = speckle_power(7, 7, seed=1)
    assert "too small" in figures_of(radar(power), radar(power))["enl"].note


def test_a_scene_is_best_against_itself(pair):
    scene = read(pair[0])
    found = figures_of(scene, scene)
    assert found["ratio_image_stats"].value == pytest.approx(1)
    assert found["epi_ratio"].value == pytest.approx(1)


def test_bytes_have_psnr_and_ssim_without_asking(tmp_path):
    values = np.arange(40 * 40, dtype=np.uint16).reshape(40, 40) % 200
    first = write_geotiff(tmp_path / "a.tif", values.astype(np.uint8))
    second = write_geotiff(tmp_path / "b.tif", (values + 5).astype(np.uint8))
    found = figures_of(read(first), read(second))
    assert found["mse"].value == pytest.approx(25)
    assert found["psnr"].value == pytest.approx(10 * np.log10(255**2 / 25))
    assert found["psnr"].data_range == 255
    assert found["ssim"].value < 1


def test_the_picture_shows_all_scenes_under_the_stretch_of_the_first(pair, tmp_path):
    recipe = CompareRecipe(window="8,8,64,48", max_px=128)
    out = tmp_path / "compare.png"
    made = compare_scenes([str(pair[0]), str(pair[1]), str(pair[0])], recipe, out, Progress())
    assert list(made.figures) == [pair[0].name, "boxcar.tif", f"{pair[0].name} (2)"]
    with Image.open(out) as picture:
        assert picture.width > 2 * 48
        colours = np.asarray(picture.convert("L"))
    assert len(np.unique(colours)) > 50


def test_scenes_of_other_sizes_are_refused(pair, tmp_path):
    small = made_slc(tmp_path, 40, 40, name="small.tif")
    with pytest.raises(GridMismatchError, match="same grid"):
        compare_scenes([str(pair[0]), str(small)], CompareRecipe(), tmp_path / "no.png", Progress())
    assert not (tmp_path / "no.png").exists()


def test_one_scene_alone_is_nothing_to_compare(pair, tmp_path):
    with pytest.raises(InputError, match="at least one result"):
        compare_scenes([str(pair[0])], CompareRecipe(), tmp_path / "no.png", Progress())


def optical(tmp_path, name, seed=0, bands=4):
    """Bands of different means, uint16; the seed adds noise."""
    means = np.arange(1, bands + 1)[:, None, None] * 500.0
    pixels = means + np.random.default_rng(seed).normal(0, 20, (bands, 40, 48))
    return write_geotiff(tmp_path / name, pixels.astype(np.uint16))


def test_optical_scenes_have_the_spectral_angle_and_ergas(tmp_path):
    first, second = (read(optical(tmp_path, f"{seed}.tif", seed)) for seed in (0, 1))
    found = figures_of(first, second, ratio_h_over_l=1.0)
    assert list(found) == ["mse", "sam", "ergas"]
    one, other = (raster.pixels.astype(np.float64) for raster in (first, second))
    squares = np.square(one - other).mean(axis=(1, 2)) / one.mean(axis=(1, 2)) ** 2
    assert found["ergas"].value == pytest.approx(100 * np.sqrt(squares.mean()))
    cosine = (one * other).sum(0) / np.linalg.norm(one, axis=0) / np.linalg.norm(other, axis=0)
    assert found["sam"].value == pytest.approx(np.degrees(np.arccos(cosine)).mean(), rel=1e-4)


@pytest.mark.parametrize(("name", "reason"), [
    ("sam", "at least 2 bands"), ("psnr", "needs data_range"), ("qnr", "it wants pan"),
    ("nothing", "nothing"),
])  # fmt: skip
def test_a_metric_that_does_not_fit_is_refused_with_the_reason(tmp_path, name, reason):
    scenes = [str(optical(tmp_path, f"{seed}.tif", seed, bands=1)) for seed in (0, 1)]
    out = tmp_path / "compare.png"
    with pytest.raises(InputError, match=reason):
        compare_scenes(scenes, CompareRecipe(metrics=(name,)), out, Progress())
    assert not out.exists()


def test_spectral_figures_of_a_radar_scene_are_refused(pair, tmp_path):
    recipe = CompareRecipe(metrics=("ergas",))
    with pytest.raises(InputError, match="of optical bands; the scene holds complex"):
        compare_scenes([str(path) for path in pair], recipe, tmp_path / "no.png", Progress())


def test_a_usual_figure_that_cannot_be_measured_says_why(tmp_path):
    paths = []
    for name in ("a.tif", "b.tif"):
        pixels = np.full((2, 20, 20), -5, np.int16)
        paths.append(write_geotiff(tmp_path / name, pixels))
    found = figures_of(read(paths[0]), read(paths[1]), ratio_h_over_l=1.0)
    assert "negative mean" in found["ergas"].note
    assert "ERGAS \N{EM DASH}" in short_text(found)


def test_saved_figures_carry_all_that_they_need(pair, tmp_path):
    recipe = CompareRecipe(window="8,8,64,48")
    made = compare_scenes([str(path) for path in pair], recipe, tmp_path / "c.png", Progress())
    write_figures(made.table, tmp_path / "c.json")
    write_figures(made.table, tmp_path / "c.csv")
    text = (tmp_path / "c.json").read_text("utf-8")
    document = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert document["window"] == "8,8,64,48"
    rows = {(row["scene"], row["figure"]): row for row in document["figures"]}
    looks, power = rows["boxcar.tif", "looks"], rows["boxcar.tif", "mean power kept"]
    assert looks["value"] is None
    assert looks["note"].startswith("mixed area")
    assert power["value"] == pytest.approx(made.figures["boxcar.tif"]["radiometric_bias_db"].value)
    assert (power["unit"], power["n"]) == ("dB", 64 * 48 - 1)  # one without data
    assert all(row["definition"] and row["mask"] for row in document["figures"])
    with (tmp_path / "c.csv").open(encoding="utf-8", newline="") as file:
        read_back = list(csv.DictReader(file))
    assert [row["figure"] for row in read_back] == [row["figure"] for row in document["figures"]]
    assert [row["value"] for row in read_back[:2]] == ["mixed area", "mixed area"]
    assert float(read_back[2]["value"]) == power["value"]
    with pytest.raises(InputError, match=r"written as \.csv or \.json"):
        write_figures(made.table, tmp_path / "c.txt")

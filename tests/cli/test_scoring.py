"""score: two files on one grid, the same numbers as in Python, each with its definition."""

import json

import numpy as np
import pytest
from made import made_complex, made_intensity, speckle_power, write_geotiff
from PIL import Image

from satstudio.cli.main import main
from satstudio.metrics.measures.pixel import psnr
from satstudio.metrics.score import score
from satstudio.scenes.scene import open_scene


@pytest.fixture
def pair(tmp_path):
    """Two scenes of 3 bands; the estimate has noise and a hole without data."""
    rng = np.random.default_rng(0)
    clean = rng.random((3, 40, 50)).astype(np.float32)
    made = clean + rng.normal(0, 0.05, clean.shape).astype(np.float32)
    made[:, :10, :10] = -9999
    return (
        write_geotiff(tmp_path / "clean.tif", clean, nodata=-9999),
        write_geotiff(tmp_path / "made.tif", made, nodata=-9999),
    )


def document(words, capsys):
    assert main([str(word) for word in ["score", *words, "--json"]]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def refused(words, capsys):
    assert main([str(word) for word in ["score", *words]]) == 2
    return capsys.readouterr().err


def test_the_command_line_gives_what_python_gives(pair, capsys):
    names = ["psnr", "ssim", "sam", "ergas", "psnr_per_band"]
    found = document(
        [*pair, "--metrics", ",".join(names), "--data-range", 1, "--set", "ratio_h_over_l=0.25"],
        capsys,
    )
    rasters = [open_scene(path).read() for path in pair]
    known = score(*rasters, names, data_range=1, ratio_h_over_l=0.25)
    assert list(found) == names
    for name, one in known.items():
        assert found[name]["value"] == one.value
        assert found[name]["definition"] == one.definition
        assert (found[name]["unit"], found[name]["better"]) == (one.unit, one.better)
        assert found[name]["n"] == 40 * 50 - 100
    assert found["psnr"]["data_range"] == 1
    assert found["sam"]["data_range"] is None
    assert list(found["psnr_per_band"]["parts"]) == ["1", "2", "3"]
    assert "100 of 2000 pixels do not count" in found["psnr"]["note"]


def test_a_mask_and_a_window_choose_what_counts(pair, tmp_path, capsys):
    mask = np.zeros((1, 40, 50), np.uint8)
    mask[:, 20:, 25:] = 255
    path = write_geotiff(tmp_path / "mask.tif", mask)
    words = [*pair, "--metrics", "psnr", "--data-range", 2, "--mask", path]
    clean, made = (open_scene(path).read().pixels for path in pair)
    whole = document(words, capsys)["psnr"]
    known = psnr(clean[:, 20:, 25:], made[:, 20:, 25:], data_range=2)
    assert whole["n"] == 20 * 25
    assert whole["value"] == pytest.approx(known, rel=1e-12)
    part = document([*words, "--window", "0,0,30,50"], capsys)["psnr"]
    assert part["n"] == 10 * 25


def test_without_names_what_fits_the_pixels_is_measured(pair, tmp_path, capsys):
    assert list(document(pair, capsys)) == ["mse", "sam"]
    assert list(document([*pair, "--data-range", 1], capsys)) == ["mse", "psnr", "ssim", "sam"]
    first = made_complex(tmp_path, 32, 32, seed=1, name="a.tif")
    second = made_complex(tmp_path, 32, 32, seed=2, name="b.tif")
    found = document([first, second], capsys)
    assert {"coherence", "complex_correlation", "phase_rmse"} <= set(found)
    assert set(found["complex_correlation"]["parts"]) == {"magnitude", "phase"}


def test_a_perfect_score_is_valid_json(pair, capsys):
    found = document([pair[0], pair[0], "--metrics", "psnr,mse", "--data-range", 1], capsys)
    assert found["psnr"]["value"] == "inf"
    assert found["mse"]["value"] == 0


def test_people_read_value_unit_and_definition(pair, capsys):
    assert main(["score", *map(str, pair), "--metrics", "psnr", "--data-range", "1"]) == 0
    text = capsys.readouterr().out
    assert "dB" in text
    assert "10 log10(L^2 / MSE)" in text


def test_what_cannot_be_scored_is_one_sentence(pair, tmp_path, capsys):
    other = made_intensity(tmp_path)
    assert "same grid" in refused([pair[0], other], capsys)
    assert "data_range" in refused([*pair, "--metrics", "psnr"], capsys)
    assert "no metric 'beauty'" in refused([*pair, "--metrics", "beauty"], capsys)
    assert "KEY=VALUE" in refused([*pair, "--set", "axis"], capsys)
    assert "no metric has the parameter" in refused([*pair, "--set", "colour=1"], capsys)
    assert "mask" in refused([*pair, "--mask", other], capsys)
    assert "qnr" in refused([*pair, "--metrics", "qnr"], capsys)


def test_what_needs_all_pixels_at_once_asks_for_a_window_where_they_are_too_many(
    tmp_path, capsys, monkeypatch
):
    scene = write_geotiff(tmp_path / "large.tif", speckle_power(400, 300))
    monkeypatch.setattr("satstudio.bench.scene_figures.MOST_VALUES", 180 * 180)
    words = [scene, scene, "--metrics", "mse,ms_ssim", "--data-range", 9]
    said = refused(words, capsys)
    assert "--window" in said
    assert "ms_ssim is not calculated by tiles" in said
    assert document([*words, "--window", "20,20,176,176"], capsys)["ms_ssim"]["value"] == 1
    assert document([scene, scene, "--metrics", "mse"], capsys)["mse"]["n"] == 400 * 300


def test_looks_of_a_file_are_found(tmp_path, capsys):
    path = write_geotiff(tmp_path / "power.tif", speckle_power(200, 200, looks=4)[np.newaxis])
    found = document([path, path, "--metrics", "enl,ratio_image_stats"], capsys)
    assert found["enl"]["value"] == pytest.approx(4, rel=0.05)
    assert found["ratio_image_stats"]["value"] == 1


def test_compare_and_score_give_the_same_numbers(tmp_path, capsys):
    scene = made_complex(tmp_path, 64, 64, name="scene.tif")
    out = tmp_path / "lee.tif"
    assert main(["restore", str(scene), "--baseline", "lee", "--out", str(out)]) == 0
    capsys.readouterr()
    scored = document([scene, out], capsys)
    words = ["compare", scene, out, "--out", tmp_path / "compare.png", "--json"]
    assert main([str(word) for word in words]) == 0
    compared = json.loads(capsys.readouterr().out)["figures"]["lee.tif"]
    assert scored == compared
    assert {"enl", "ratio_image_stats", "radiometric_bias_db", "epi_ratio"} == set(scored)


@pytest.mark.parametrize("zone", ["EPSG:32632", "EPSG:32701"])
def test_identical_pixels_on_other_ground_are_refused(tmp_path, capsys, zone):
    values = speckle_power(30, 30)
    here = write_geotiff(tmp_path / "here.tif", values)
    there = write_geotiff(tmp_path / "there.tif", values, crs=zone)
    assert "coordinate systems differ" in refused([here, there], capsys)
    assert "mask" in refused([here, here, "--mask", there], capsys)
    words = ["compare", str(here), str(there), "--out", str(tmp_path / "c.png")]
    assert main(words) == 2
    assert "there.tif does not lie on here.tif" in capsys.readouterr().err
    assert not (tmp_path / "c.png").exists()


def test_an_image_without_a_place_is_scored_by_size_and_that_is_said(tmp_path, capsys):
    values = np.random.default_rng(0).integers(0, 255, (30, 30), np.uint8)
    here = write_geotiff(tmp_path / "here.tif", values)
    plain = tmp_path / "plain.png"
    Image.fromarray(values).save(plain)
    words = [str(word) for word in ["score", here, plain, "--metrics", "mse", "--json"]]
    assert main(words) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["mse"]["value"] == 0
    assert "plain.png does not say where it lies" in said.err
    assert main(["compare", str(plain), str(here), "--out", str(tmp_path / "c.png")]) == 0
    assert "plain.png does not say where it lies" in capsys.readouterr().err
    assert main(["score", str(plain), str(plain)]) == 0
    assert not capsys.readouterr().err

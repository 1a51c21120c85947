"""Super-resolved scenes: what was gained, left out or made up, block by block as in one piece."""

import json
from contextlib import closing

import numpy as np
import pytest
import rasterio
from made import TRANSFORM, write_geotiff
from rasterio.transform import Affine
from scipy.ndimage import gaussian_filter

from satstudio.bench import gain_figures
from satstudio.bench.gain_figures import consistency_figure, super_resolution_figures
from satstudio.bench.gain_scene import SHARES, GainScene, finer_window, ratio_of
from satstudio.cli.main import main
from satstudio.core.errors import GridMismatchError
from satstudio.core.grid import Window
from satstudio.core.progress import Progress
from satstudio.metrics.measures.super_resolution import (
    hallucination,
    improvement,
    lr_consistency,
    omission,
)
from satstudio.pixels.resampling import bicubic
from satstudio.scenes.scene import open_scene

LOW = TRANSFORM * Affine.scale(3)


@pytest.fixture
def images():
    """Fine ground, its input of pixels three times as large, and what three models made of it."""
    rng = np.random.default_rng(4)
    fine = 0.3 + 0.1 * gaussian_filter(rng.standard_normal((2, 96, 90)), (0, 1.5, 1.5)) * 6
    low = fine.reshape(2, 32, 3, 30, 3).mean(axis=(2, 4))
    plain = bicubic(low, np.ones(low.shape[1:], bool), 3)[0]
    made_up = plain + 0.2 * rng.standard_normal(plain.shape)
    better = 0.2 * plain + 0.8 * fine
    return {"fine": fine, "low": low, "plain": plain, "made_up": made_up, "better": better}


@pytest.fixture
def files(tmp_path, images):
    return {
        name: write_geotiff(
            tmp_path / f"{name}.tif", image.astype(np.float32),
            transform=LOW if name == "low" else TRANSFORM,
        )
        for name, image in images.items()
    }  # fmt: skip


def figures(files, made):
    with (
        closing(open_scene(files["fine"])) as fine,
        closing(open_scene(files[made])) as result,
        closing(open_scene(files["low"])) as low,
    ):
        return super_resolution_figures(fine, result, low, Progress())


def test_the_figures_are_those_of_the_metrics_of_whole_arrays(files, images, monkeypatch):
    monkeypatch.setattr(gain_figures, "LOW_SIDE_PX", 7)
    fine, plain = (np.float64(np.float32(images[name])) for name in ("fine", "plain"))
    low = np.float64(np.float32(images["low"]))
    for name in ("made_up", "better"):
        made = np.float64(np.float32(images[name]))
        found = figures(files, name)
        for metric in (improvement, omission, hallucination):
            wanted = metric(fine, plain, made)
            assert found[metric.__name__].value == pytest.approx(wanted, rel=1e-3)
        wanted = lr_consistency(low, made)
        assert found["lr_consistency"].value == pytest.approx(wanted["mae"], rel=1e-5)
        assert found["lr_consistency"].parts["bias_2"] == pytest.approx(wanted["bias_2"], abs=1e-7)


def test_what_a_model_does_is_told_apart(files):
    found = {name: figures(files, name) for name in ("plain", "made_up", "better", "fine")}
    assert found["plain"]["omission"].value > 0.7  # nothing was made
    assert found["made_up"]["hallucination"].value > 0.8
    assert found["better"]["improvement"].value > 0.6
    assert found["fine"]["lr_consistency"].value < 1e-6
    assert found["made_up"]["lr_consistency"].value > 10 * found["better"]["lr_consistency"].value


def test_a_window_of_the_maps_is_that_of_all_of_them(files):
    with (
        closing(open_scene(files["fine"])) as fine,
        closing(open_scene(files["made_up"])) as made,
        closing(open_scene(files["low"])) as low,
    ):
        gain = GainScene(fine, made, low)
        assert gain.bands == SHARES
        whole, window = gain.read(), Window(17, 23, 31, 40)
        part = gain.read(window).pixels
        np.testing.assert_allclose(part, whole.pixels[:, *window.slices], atol=1e-6)
        np.testing.assert_allclose(whole.pixels.sum(axis=0)[whole.valid], 1, rtol=1e-5)


def test_by_a_fraction_a_window_is_as_in_one_piece(tmp_path):
    low = np.random.default_rng(0).standard_normal((1, 40, 44)).astype(np.float32)
    path = write_geotiff(tmp_path / "low.tif", low, transform=TRANSFORM * Affine.scale(2.5))
    fine, _ = bicubic(low, np.ones((40, 44), bool), 2.5)
    high = write_geotiff(tmp_path / "high.tif", fine)
    with closing(open_scene(path)) as coarse, closing(open_scene(high)) as result:
        ratio = ratio_of(coarse, result)
        assert ratio == 5 / 2
        for window in (Window(0, 0, 100, 110), Window(33, 51, 20, 31)):
            values, good = finer_window(coarse, window, ratio)
            np.testing.assert_allclose(values, fine[:, *window.slices], atol=1e-5)
            assert good.all()
        assert consistency_figure(coarse, result, Progress()).value < 0.4


def test_images_of_other_ground_or_size_are_refused(files, tmp_path):
    apart = write_geotiff(
        tmp_path / "apart.tif", np.zeros((2, 32, 30)), transform=LOW * Affine.translation(5, 0)
    )
    with closing(open_scene(files["fine"])) as fine, closing(open_scene(apart)) as other:
        with pytest.raises(GridMismatchError, match=r"apart\.tif is no coarser image"):
            ratio_of(other, fine)
        with pytest.raises(GridMismatchError, match="its pixels are not larger"):
            ratio_of(fine, fine)


def test_the_command_line_scores_and_writes_the_maps(files, tmp_path, capsys):
    out = tmp_path / "maps.tif"
    words = ["score", str(files["fine"]), str(files["better"]), "--low", str(files["low"])]
    assert main([*words, "--data-range", "1", "--maps", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {"psnr", "lr_consistency", "improvement", "omission", "hallucination"} <= set(said)
    with rasterio.open(out) as dataset:
        assert dataset.descriptions == SHARES
        shares = dataset.read()
        assert dataset.tags()["SATSTUDIO_RESULT"] == "better.tif"
    mean = np.nanmean(shares, axis=(1, 2))
    for share, name in zip(mean, SHARES, strict=True):
        assert share == pytest.approx(said[name]["value"], rel=1e-5)
    assert main([*words[:3], "--maps", str(tmp_path / "no.tif")]) == 2
    assert "give --low FILE" in capsys.readouterr().err


def test_a_comparison_has_the_figures_too(files, tmp_path, capsys):
    scenes = [str(files[name]) for name in ("fine", "better", "made_up")]
    out = tmp_path / "sheet.png"
    assert main(["compare", *scenes, "--low", str(files["low"]), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["figures"]
    assert said["better.tif"]["improvement"]["value"] > said["made_up.tif"]["improvement"]["value"]
    assert said["made_up.tif"]["hallucination"]["value"] > 0.8
    assert said["better.tif"]["lr_consistency"]["parts"]["mae"] > 0


def test_of_complex_scenes_both_parts_count(tmp_path, images):
    """A model that turns the phase invents, though every amplitude is right."""
    pairs = {name: image[:1] + 1j * image[1:] for name, image in images.items()}
    pairs["turned"] = 1j * pairs["fine"]
    files = {
        name: write_geotiff(
            tmp_path / f"{name}_complex.tif", image.astype(np.complex64),
            transform=LOW if name == "low" else TRANSFORM,
        )
        for name, image in pairs.items()
    }  # fmt: skip
    true, turned = figures(files, "fine"), figures(files, "turned")
    assert true["improvement"].value == pytest.approx(0.787, abs=0.01)
    assert true["lr_consistency"].value == pytest.approx(0, abs=1e-6)
    assert turned["hallucination"].value > true["hallucination"].value
    assert turned["lr_consistency"].value > 0.1
    better = figures(files, "better")
    assert better["improvement"].value > figures(files, "made_up")["improvement"].value

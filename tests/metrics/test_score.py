"""score() checks at the door, and each figure says what it is."""

import subprocess
import sys

import numpy as np
import pytest
from made import speckle

from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.metrics.score import METRICS, score, score_patches


def raster(pixels, valid=None, spacing_m=None):
    bands, rows, cols = pixels.shape
    grid = GeoGrid(Size(rows, cols), spacing_m=spacing_m)
    mask = np.ones((rows, cols), bool) if valid is None else valid
    names = tuple(f"b{band}" for band in range(bands))
    quantity = "complex" if np.iscomplexobj(pixels) else "dn"
    return Raster(pixels, grid, names, mask, quantity)


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    reference = rng.random((2, 20, 30)).astype(np.float32)
    return reference, reference + rng.normal(0, 0.1, reference.shape).astype(np.float32)


def test_a_score_carries_its_definition_unit_range_and_n(pair):
    one = score(raster(pair[0]), raster(pair[1]), ["psnr"], data_range=1.0)["psnr"]
    assert one.value == pytest.approx(
        10 * np.log10(1 / np.mean((pair[0] - pair[1]) ** 2)), abs=1e-4
    )
    assert (one.unit, one.better, one.data_range, one.n) == ("dB", "higher", 1.0, 600)
    assert "10 log10(L^2 / MSE)" in one.definition
    assert "data_range 1)" in one.definition


def test_only_pixels_with_data_in_both_count(pair):
    reference, estimate = pair
    valid = np.ones((20, 30), bool)
    valid[:5] = False
    broken = estimate.copy()
    broken[:, :5] = 1e9  # masked by the reference
    broken[1, 7, 7] = np.nan  # not finite: invalid in every band
    one = score(raster(reference, valid), raster(broken), ["mse"])["mse"]
    kept = valid.copy()
    kept[7, 7] = False
    assert one.n == kept.sum() == 449
    assert one.value == pytest.approx(np.mean((reference - estimate)[:, kept] ** 2), rel=1e-6)


def test_no_valid_pixel_gives_nan_not_zero(pair):
    nothing = np.zeros((20, 30), bool)
    found = score(raster(pair[0], nothing), raster(pair[1]), ["mse", "ks_modulus"])
    assert np.isnan(found["mse"].value)
    assert np.isnan(found["ks_modulus"].value)
    assert found["mse"].n == 0


def test_complex_images_are_scored_too():
    z = speckle(64, 64)[np.newaxis]
    names = ["ks_modulus", "spectrum_distance_db", "enl", "mse"]
    found = score(raster(z), raster(z), names)
    assert found["ks_modulus"].value == 0
    assert found["spectrum_distance_db"].value == 0
    assert found["enl"].value == pytest.approx(1, abs=0.1)
    assert found["mse"].value == 0


@pytest.mark.parametrize("name", ["mse", "ks_modulus", "spectrum_distance_db", "psd_lsd_db"])
def test_an_image_is_best_against_itself(pair, name):
    reference, estimate = raster(pair[0]), raster(pair[1])
    known = {"data_range": 1.0, "axis": 0}
    assert score(reference, reference, [name], **known)[name].value == 0
    assert score(reference, estimate, [name], **known)[name].value > 0


def test_a_missing_parameter_is_named(pair):
    with pytest.raises(InputError, match="psnr needs data_range"):
        score(raster(pair[0]), raster(pair[1]), ["psnr"])


def test_an_unknown_metric_lists_those_there_are(pair):
    with pytest.raises(InputError, match=r"no metric 'fidelity'.*ks_modulus"):
        score(raster(pair[0]), raster(pair[1]), ["fidelity"])


def test_images_that_do_not_lie_on_each_other_are_refused(pair):
    reference = raster(pair[0])
    with pytest.raises(GridMismatchError, match="bands, rows, cols"):
        score(reference, raster(pair[1][:, 1:]), ["mse"])
    with pytest.raises(GridMismatchError, match="same ground"):
        score(reference, raster(pair[1], spacing_m=(1.0, 2.0)), ["mse"])
    with pytest.raises(GridMismatchError, match="complex"):
        score(reference, raster(pair[1] * 1j), ["mse"])


def test_patches_are_scored_by_the_set():
    first = np.stack([speckle(16, 16, seed=seed) for seed in range(20)])
    second = np.stack([speckle(16, 16, seed=seed) for seed in range(50, 80)])
    found = score_patches(first, second, ["ks_modulus", "spectrum_distance_db"])
    assert found["ks_modulus"].value < 0.05
    assert found["ks_modulus"].n == 20
    assert found["spectrum_distance_db"].value < 0.5


def test_every_metric_has_a_definition_and_reads_its_signature():
    assert METRICS.broken == {}
    for name, one in METRICS.items():
        assert one.id == name
        assert len(one.definition) > 20
        assert one.images
        assert set(one.required) <= set(one.parameters)
    psd = METRICS["psd_lsd_db"]
    assert (psd.images, psd.required) == (("reference", "estimate"), ("axis",))
    assert METRICS["psnr"].required == ("data_range",)


def test_metrics_load_neither_torch_nor_qt_nor_scipy():
    code = (
        "import sys; from satstudio.metrics.score import METRICS; list(METRICS);"
        "print([name for name in ('torch', 'PySide6', 'scipy', 'rasterio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""score() checks at the door, and each figure says what it is."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made import speckle

from satstudio.core.errors import GridMismatchError, InputError
from satstudio.core.grid import GeoGrid, Size
from satstudio.core.raster import Raster
from satstudio.metrics.score import METRICS, one_column, score, score_patches


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


@pytest.mark.parametrize("name", ["mse", "psnr", "sam"])
def test_pixels_without_data_in_the_estimate_alone_do_not_count(pair, name):
    reference, estimate = pair
    valid = np.ones((20, 30), bool)
    valid[:, 21:] = False
    broken = np.where(valid, estimate, 1e6).astype(np.float32)
    one = score(raster(reference), raster(broken, valid), [name], data_range=1.0)[name]
    kept = score(raster(reference[..., :21]), raster(estimate[..., :21]), [name], data_range=1.0)
    assert one.n == valid.sum()
    assert one.value == pytest.approx(kept[name].value, rel=1e-6)


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
        score(raster(pair[0], spacing_m=(1.0, 1.0)), raster(pair[1], spacing_m=(1.0, 2.0)), ["mse"])
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


def test_a_metric_of_several_figures_keeps_its_parts(pair):
    found = score(
        raster(pair[0]), raster(pair[1]), ["psnr_per_band", "ratio_image_stats"], data_range=1
    )
    bands = found["psnr_per_band"]
    assert list(bands.parts) == ["1", "2"]
    assert bands.value == pytest.approx(np.mean(list(bands.parts.values())))
    assert found["ratio_image_stats"].value == found["ratio_image_stats"].parts["mean"]


def test_every_parameter_is_part_of_the_definition_also_where_it_is_the_usual_one(pair):
    first, second = raster(pair[0]), raster(pair[1])
    one = score(first, second, ["uqi"])["uqi"]
    assert "(block 8, stride 1)" in one.definition
    assert score(first, second, ["uqi"], block=8)["uqi"].column == one.column
    assert score(first, second, ["sam"], unit="rad")["sam"].unit == "rad"


def test_numbers_of_different_definitions_do_not_share_a_column(pair):
    first, second = raster(pair[0]), raster(pair[1])
    known = {"block": 7}
    one, same, other = (
        score(first, second, ["psnr"], data_range=value)["psnr"] for value in (1, 1.0, 255)
    )
    assert one_column([one, same]) == one.column
    with pytest.raises(InputError, match="column"):
        one_column([one, other])
    blocks = [score(first, second, ["uqi"], **more)["uqi"] for more in ({}, known)]
    with pytest.raises(InputError, match="column"):
        one_column(blocks)
    with pytest.raises(InputError, match="at least one"):
        one_column([])


def test_the_note_says_which_pixels_do_not_count(pair):
    reference, estimate = pair[0] + 1, pair[1].copy()
    reference[:, 0, :3] = 0
    estimate[0, 5, 5] = np.nan
    valid = np.ones((20, 30), bool)
    valid[-1] = False
    mask = np.ones((20, 30), bool)
    mask[:, -1] = False
    one = score(raster(reference, valid), raster(estimate), ["sam"], mask=mask)["sam"]
    assert one.n == 19 * 29 - 1
    assert one.note == (
        "50 of 600 pixels do not count; 1 of them are not finite; "
        "3 valid values do not count by definition"
    )
    with pytest.raises(InputError, match="1 pixels are not finite"):
        score(raster(reference, valid), raster(estimate), ["sam"], nan_policy="raise")
    with pytest.raises(GridMismatchError, match="mask"):
        score(raster(reference), raster(reference), ["sam"], mask=mask[1:])


def test_other_images_are_given_by_their_name(pair):
    rng = np.random.default_rng(1)
    high = rng.random((2, 64, 64)) + 0.1
    low = high.reshape(2, 16, 4, 16, 4).mean(axis=(2, 4))
    pan, pan_low = high.mean(axis=0, keepdims=True), low.mean(axis=0, keepdims=True)
    estimate = raster(high + rng.normal(0, 0.05, high.shape))
    more = {"multispectral": raster(low), "pan": pan, "pan_low": pan_low}
    found = score(raster(high), estimate, ["qnr", "lr_consistency"], low_resolution=low, **more)
    fused = estimate.pixels
    assert found["qnr"].value == METRICS["qnr"].function(pan, pan_low, low, fused)
    assert found["lr_consistency"].value < 0.03
    with pytest.raises(InputError, match="qnr wants pan, pan_low"):
        score(raster(high), estimate, ["qnr"])


@pytest.mark.parametrize(
    ("quantity", "known"), [("power", 1.0), ("amplitude", 1.0), ("complex", 1.0)]
)
def test_looks_are_those_of_the_quantity(quantity, known):
    z = speckle(300, 300)[np.newaxis]
    values = {"power": np.abs(z) ** 2, "amplitude": np.abs(z), "complex": z}[quantity]
    image = Raster(values, GeoGrid(Size(300, 300)), ("b",), np.ones((300, 300), bool), quantity)
    assert score(image, image, ["enl"])["enl"].value == pytest.approx(known, rel=0.02)


def test_decibels_and_mixed_quantities_are_refused():
    values = np.random.default_rng(0).random((1, 20, 20))
    grid, valid = GeoGrid(Size(20, 20)), np.ones((20, 20), bool)
    decibels, power, amplitude = (
        Raster(values, grid, ("b",), valid, name) for name in ("db", "power", "amplitude")
    )
    with pytest.raises(InputError, match="decibels"):
        score(decibels, decibels, ["enl"])
    with pytest.raises(GridMismatchError, match="quantity"):
        score(power, amplitude, ["mse"])


def test_a_users_own_file_is_a_metric():
    code = (
        "import numpy as np\nfrom satstudio.metrics.score import metric\n\n"
        '@metric(better="lower")\ndef largest_error(reference, estimate):\n'
        '    """Largest absolute error."""\n'
        "    return float(np.nanmax(np.abs(reference - estimate)))\n"
    )
    program = (
        "import numpy as np; from satstudio.core.grid import GeoGrid, Size\n"
        "from satstudio.core.raster import Raster; from satstudio.metrics.score import score\n"
        "a = np.zeros((1, 4, 4)); b = a.copy(); b[0, 1, 1] = 3; b[0, 0, 0] = 9\n"
        "valid = np.ones((4, 4), bool); valid[0, 0] = False\n"
        "pair = [Raster(x, GeoGrid(Size(4, 4)), ('b',), valid) for x in (a, b)]\n"
        "print(score(*pair, ['largest_error'])['largest_error'])\n"
    )
    where = subprocess.run(
        [sys.executable, "-c", "from satstudio.core.paths import plugins_folder as f; print(f())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    own = Path(where) / "measures"
    own.mkdir(parents=True)
    (own / "mine.py").write_text(code, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Score(value=3.0")
    assert "Largest absolute error" in done.stdout


def test_every_measure_loads_neither_torch_nor_qt_nor_scipy():
    code = (
        "import sys; from satstudio.metrics.score import METRICS; list(METRICS);"
        "import satstudio.metrics.sets.feature_scores;"
        "print(len(METRICS) > 50, [name for name in ('torch', 'PySide6', 'scipy', 'skimage',"
        "'rasterio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"

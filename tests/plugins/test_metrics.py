"""Every registered metric: its card, an image against itself, symmetry, masks, missing values."""

import inspect
import math

import numpy as np
import pytest
from made import speckle

from satstudio.core.errors import InputError
from satstudio.metrics.score import METRICS

SIDE = 192
PARAMETERS = {
    "data_range": 1.0,
    "ratio_h_over_l": 0.25,
    "axis": 0,
    "baseline_cpsnr": 20.0,
    "block_fused": 32,
}
FEATURES = {"features_a", "features_b"}
COMPLEX = {
    "coherence", "complex_correlation", "phase_rmse", "amplitude_log_rmse",
    "phase_distance", "phase_step_distance",
}  # fmt: skip
SYMMETRIC = {
    "mse", "psnr", "psnr_per_band", "ssim", "ms_ssim", "sam", "uqi", "scc", "ks_modulus", "kid",
    "epi_corr", "coherence", "phase_rmse", "phase_distance", "phase_step_distance",
    "amplitude_log_rmse", "frechet_features",
    "compat_allclear_mae", "compat_allclear_rmse", "compat_allclear_psnr", "compat_allclear_ssim",
    "compat_allclear_sam", "compat_sen12mscrts_mae", "compat_sen12mscrts_rmse",
    "compat_sen12mscrts_psnr", "compat_sen12mscrts_ssim", "compat_sen12mscrts_sam",
}  # fmt: skip
PAIRED = [name for name, one in METRICS.items() if one.is_of_pair and len(one.images) == 2]
OF_FEATURES = [name for name, one in METRICS.items() if set(one.images) == FEATURES]
MASKED = [name for name in PAIRED if "mask" in METRICS[name].parameters]
SETS = {
    "ks_modulus", "spectrum_distance_db", "swd", "value_w1", "phase_distance",
    "phase_step_distance",
}  # fmt: skip
"""Metrics of sets of patches, which see bands as patches."""


def scene(seed=0, bands=4, side=SIDE):
    """A rough scene in 0..1, in which neighbours and bands are alike."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[:side, :side]
    base = 0.5 + 0.2 * np.sin(row / 9) * np.cos(col / 7)
    rough = [base * (0.6 + 0.1 * band) + rng.normal(0, 0.05, (side, side)) for band in range(bands)]
    return np.clip(rough, 0.01, 1)


def pair(name, seed=0):
    """A reference and a poorer estimate, as the metric wants them."""
    if name in COMPLEX:
        first = speckle(64, 64, seed=seed)[np.newaxis].astype(complex)
        return first, first + 0.5 * speckle(64, 64, seed=seed + 1)
    first = scene(seed, side=400 if name == "ms_ssim" else SIDE)  # room for holes at 5 scales
    noise = np.random.default_rng(seed + 1).normal(0, 0.1, first.shape)
    return first, np.clip(first * 0.9 + noise, 0.01, 1)


def value(name, first, second, **more):
    one = METRICS[name]
    wanted = PARAMETERS | more
    known = {key: wanted[key] for key in one.parameters if key in wanted}
    return one.value_of(one.measure(first, second, known.pop("mask", None), known))


def badness(name, found):
    """How far from the best value a metric is; smaller is better."""
    better = METRICS[name].better
    return {"higher": -found, "lower": found, "zero": abs(found), "one": abs(found - 1)}[better]


def test_no_metric_is_broken_and_the_whole_table_is_there():
    assert METRICS.broken == {}
    table = """psnr psnr_per_band ssim ms_ssim sam ergas uqi q2n scc d_lambda d_s qnr cpsnr cssim
    probav_score frechet_features frechet_stats kid inception_score precision recall density
    coverage swd enl ratio_image_stats epi_ratio epi_corr coherence complex_correlation phase_rmse
    amplitude_log_rmse radiometric_bias_db psd_lsd_db pslr_db islr_db ks_modulus
    spectrum_distance_db phase_step_distance phase_distance phase_nonuniformity value_w1
    hallucination omission improvement lr_consistency
    compat_worldstrat_registered_mse"""
    assert set(table.split()) <= set(METRICS)


@pytest.mark.parametrize("name", METRICS)
def test_its_card_says_all(name):
    one = METRICS[name]
    card = one.describe()
    assert card["id"] == name == one.function.__name__
    assert len(one.definition) > 40
    assert one.source
    assert one.masks, "say what becomes of pixels without data"
    assert one.better in {"higher", "lower", "zero", "one", "none"}
    assert one.span[0] < one.span[1]
    assert one.images
    assert set(one.required) <= set(one.parameters)
    assert card["data_range"] == ("explicit" if one.has_data_range else "none")


@pytest.mark.parametrize("name", METRICS)
def test_its_data_range_is_never_assumed(name):
    one = METRICS[name]
    assert not one.has_data_range or "data_range" in one.required
    positional = list(inspect.signature(one.function).parameters.values())[: len(one.images)]
    assert all(item.default is item.empty for item in positional)


@pytest.mark.parametrize("name", PAIRED)
def test_an_image_against_itself_is_best(name):
    first, second = pair(name)
    best, found = value(name, first, first), value(name, first, second)
    assert not math.isnan(best)
    assert badness(name, best) < badness(name, found) or name == "epi_ratio"
    low, high = METRICS[name].span
    assert low - 1e-12 <= best <= high + 1e-12
    assert low - 1e-12 <= found <= high + 1e-12


@pytest.mark.parametrize("name", OF_FEATURES)
def test_a_set_against_itself_is_best(name):
    rng = np.random.default_rng(0)
    features, other = rng.normal(size=(80, 6)), rng.normal(1.5, 1.5, size=(80, 6))
    one = METRICS[name]
    best, found = one.function(features, features), one.function(features, other)
    assert badness(name, best) < badness(name, found)
    low, high = one.span
    assert low <= best <= high
    with pytest.raises(InputError, match="two spaces"):
        one.function(features, other[:, :3])
    with pytest.raises(InputError, match="finite"):
        one.function(features, np.where(other > 0, other, np.nan))


@pytest.mark.parametrize("name", sorted(SYMMETRIC & {*PAIRED, *OF_FEATURES}))
def test_a_symmetric_metric_does_not_care_which_is_the_reference(name):
    if name in OF_FEATURES:
        rng = np.random.default_rng(0)
        first, second = rng.normal(size=(80, 6)), rng.normal(1, 2, size=(70, 6))
        found = METRICS[name].function(first, second), METRICS[name].function(second, first)
    else:
        first, second = pair(name)
        found = value(name, first, second), value(name, second, first)
    assert found[0] == pytest.approx(found[1], rel=1e-9)


@pytest.mark.parametrize("name", MASKED)
def test_what_lies_outside_the_mask_does_not_matter(name):
    first, second = pair(name)
    mask = np.ones(first.shape[1:], bool)
    mask[: len(mask) // 3, : len(mask) // 3] = False
    broken = [np.where(mask, image, worse) for image, worse in ((first, np.nan), (second, 1e9))]
    if name == "compat_allclear_sam":  # the script looks at whole columns
        broken = [first, second]
    known = {"estimate_mask": mask} if name in {"cpsnr", "cssim", "probav_score"} else {}
    found = value(name, *broken, mask=mask, **known)
    assert math.isfinite(found)
    assert found == pytest.approx(value(name, first, second, mask=mask, **known), rel=1e-9)


@pytest.mark.parametrize("name", MASKED)
def test_no_valid_pixel_gives_nan_not_zero(name):
    first, second = pair(name)
    assert math.isnan(value(name, first, second, mask=np.zeros(first.shape[1:], bool)))


@pytest.mark.parametrize(
    "name", [name for name in PAIRED if "nan_policy" in METRICS[name].parameters]
)
def test_values_that_are_not_finite_raise_or_are_left_out(name):
    first, second = pair(name)
    hole = np.ones(first.shape[1:], bool)
    hole[50:53, 40:44] = False
    broken = np.where(hole, second, np.inf)
    with pytest.raises(InputError, match="not finite"):
        value(name, first, broken, nan_policy="raise")
    left_out = value(name, first, broken, nan_policy="omit")
    assert left_out == pytest.approx(value(name, first, second, mask=hole), rel=1e-12)
    with pytest.raises(InputError, match="nan_policy"):
        value(name, first, second, nan_policy="ignore")


@pytest.mark.parametrize("name", [name for name in PAIRED if name not in SETS])
def test_images_of_two_sizes_are_refused(name):
    first, second = pair(name)
    if name in {"psd_lsd_db"}:
        return
    with pytest.raises(InputError):
        value(name, first, second[:, 1:])


@pytest.mark.parametrize("name", PAIRED)
def test_inputs_are_not_changed(name):
    first, second = pair(name)
    kept = first.copy(), second.copy()
    value(name, first, second)
    assert np.array_equal(first, kept[0])
    assert np.array_equal(second, kept[1])

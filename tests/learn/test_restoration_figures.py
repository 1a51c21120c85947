"""Figures of restorers: PSNR beside baselines, by band, region and shift; speckle by likelihood."""

import numpy as np
import pytest
from made_restorers import port

from satstudio.learn.evaluation.restoration_figures import RestorationMeter
from satstudio.learn.evaluation.speckle_figures import SpeckleMeter
from satstudio.learn.evaluation.translation_figures import Pairs
from satstudio.learn.method import Rivals

SHAPE = (3, 2, 24, 24)
WANTED = np.random.default_rng(0).uniform(0.2, 1, SHAPE).astype(np.float32)


def off(error):
    return WANTED + np.float32(error)


def meter(rivals, wanted=WANTED, valid=None, **made) -> RestorationMeter:
    target = port("target", ("red", "nir")).changed(**made)
    return RestorationMeter(Pairs(None, wanted, valid), rivals, target)


def test_a_network_ten_times_nearer_than_the_best_baseline_gains_twenty_decibels():
    found = meter(Rivals({"mosaic": off(0.1), "least_cloudy": off(0.3)})).of(off(0.01))
    assert found["gain_over_best"] == pytest.approx(20, abs=1e-3)
    assert found["psnr"] - found["psnr_mosaic"] == pytest.approx(20, abs=1e-3)
    assert found["psnr_best"] == found["psnr_mosaic"] > found["psnr_least_cloudy"]
    assert found["wins_over_best"] == 1
    assert found["psnr_red"] == pytest.approx(found["psnr_nir"], abs=1e-3)
    assert found["psnr_red_best"] == pytest.approx(found["psnr_mosaic"], abs=1e-3)
    assert found["sam"] < found["sam_best"]
    assert found["ssim"] > 0.99


def test_a_network_worse_than_the_baseline_is_said_to_be():
    found = meter(Rivals({"mosaic": off(0.01)})).of(off(0.1))
    assert found["gain_over_best"] == pytest.approx(-20, abs=1e-3)
    assert found["wins_over_best"] == 0


def test_only_gaps_are_counted_and_each_width_by_itself():
    gap = np.zeros((3, 24, 24), bool)
    gap[:, :, 4:8] = True
    wide = np.zeros_like(gap)
    wide[1:, :, 4:8] = True
    made = np.where(gap[:, None], off(0.1), WANTED)
    rivals = Rivals({"nearest": made}, {"gaps_wider": wide, "none": wide & ~wide}, counted=gap)
    found = meter(rivals).of(made)
    whole = meter(Rivals({"nearest": made})).of(made)
    assert whole["psnr"] - found["psnr"] == pytest.approx(10 * np.log10(6), abs=1e-3)
    assert found["psnr_gaps_wider"] == pytest.approx(found["psnr"], abs=1e-3)
    assert "psnr_none" not in found
    nothing = Rivals({"nearest": made}, counted=gap & ~gap)
    assert meter(nothing).of(made) == {}


def test_pixels_without_data_in_the_target_do_not_count():
    valid = np.ones((3, 24, 24), bool)
    valid[:, :5] = False
    spoilt = np.where(valid[:, None], off(0.01), 99)
    found = meter(Rivals({"mosaic": off(0.1)}), valid=valid).of(spoilt)
    assert found["gain_over_best"] == pytest.approx(20, abs=1e-3)


def test_a_tolerated_shift_and_constant_cost_nothing():
    moved = np.roll(WANTED, (1, -2), (2, 3)) + 0.3
    rivals = Rivals({"bicubic": off(0.1) + np.roll(WANTED, 1, 1)}, tolerated_px=2)
    measured = meter(rivals)
    assert measured.of(moved.astype(np.float32))["psnr"] > 90
    assert "up to a constant" in measured.info()["psnr"]


def test_finer_images_say_what_they_invented():
    rivals = Rivals({"bicubic": np.full(SHAPE, 0.6, np.float32)})
    measured = meter(rivals, ratio="2")
    perfect, idle = measured.of(WANTED), measured.of(rivals.images["bicubic"])
    wrong = measured.of(1.2 - WANTED)
    assert perfect["improvement"] == pytest.approx(0.787, abs=0.01)
    assert idle["omission"] == pytest.approx(0.787, abs=0.01)
    assert wrong["hallucination"] > perfect["hallucination"]
    assert "improvement" not in meter(Rivals({"bicubic": WANTED})).of(WANTED)


@pytest.mark.parametrize("ratio", ["2", "3/2"])
def test_finer_images_still_say_what_they_were_made_of(ratio):
    by = {"2": (12, 1), "3/2": (16, 2)}[ratio]
    parted = WANTED.repeat(by[1], 2).repeat(by[1], 3)
    coarse = parted.reshape(3, 2, by[0], -1, by[0], 48 // by[0] // (2 // by[1])).mean((3, 5))
    coarse[0, :, 0] = np.nan
    measured = meter(Rivals({"bicubic": off(0.1)}, coarse=coarse), ratio=ratio)
    assert measured.of(WANTED)["lr_consistency"] == pytest.approx(0, abs=1e-6)
    found = measured.of(off(0.02))
    assert found["lr_consistency"] == pytest.approx(0.02, abs=1e-5)
    assert found["lr_consistency_best"] == pytest.approx(0.1, abs=1e-5)


def test_complex_outputs_have_a_coherence():
    draw = np.random.default_rng(1)
    samples, other = draw.standard_normal((2, *SHAPE)) + 1j * draw.standard_normal((2, *SHAPE))
    made = {"dtype": "complex64", "scaling": {"kind": "unit_power"}}
    measured = meter(Rivals({"nearest": other}), samples, **made)
    assert measured.of(samples)["coherence"] == pytest.approx(1)
    assert measured.of(other)["coherence"] < 0.3
    assert measured.of(samples)["coherence_best"] < 0.3


def test_finer_complex_images_say_what_they_invented_too():
    draw = np.random.default_rng(1)
    samples = draw.standard_normal(SHAPE) + 1j * draw.standard_normal(SHAPE)
    made = {"dtype": "complex64", "scaling": {"kind": "unit_power"}, "ratio": "2"}
    measured = meter(Rivals({"bicubic": 0.5 * samples}), samples, **made)
    assert measured.of(samples)["improvement"] == pytest.approx(0.787, abs=0.01)
    turned = measured.of(1j * samples)
    assert turned["psnr"] == measured.of(samples)["psnr"]  # of the modulus
    assert turned["hallucination"] > measured.of(samples)["hallucination"]


def test_of_two_despecklers_the_likelier_is_the_one_nearer_to_the_ground():
    """Though the target is noisy; the ground itself is the best."""
    draw = np.random.default_rng(2)
    ground = np.repeat(draw.uniform(1, 10, (4, 1, 32, 4)), 8, 3)
    noisy, other = ground * draw.exponential(size=(2, *ground.shape))
    measured = SpeckleMeter(Pairs(noisy, other), Rivals({"lee": 1.5 * ground, "none": noisy}))
    found = measured.of(ground)
    assert measured.best == "lee"
    assert found["gain_over_best"] == pytest.approx(np.log(1.5) + 1 / 1.5 - 1, abs=0.03)
    assert found["wins_over_best"] == 1
    assert found["ratio_mean"] == pytest.approx(1, abs=0.05)
    assert found["ratio_var"] == pytest.approx(1, abs=0.15)
    assert measured.of(0.5 * ground)["gain_over_best"] < 0

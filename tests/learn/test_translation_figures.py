"""What is said of translations while they are learnt: PSNR, SSIM, baselines, brightness."""

import json

import numpy as np
import pytest
from made_pairs import BYTES, blobs, coloured, made_pairs
from PIL import Image

from satstudio.core.port import BoundPort
from satstudio.core.progress import Progress
from satstudio.core.scaling import Scaling
from satstudio.learn.evaluation.collapse import INVERTED, Look, Watch
from satstudio.learn.evaluation.translation_figures import (
    MOST_DB,
    Pairs,
    TranslationMeter,
    correlation,
)
from satstudio.learn.loop.loop import train
from satstudio.learn.methods.pix2pix import PairedTrainer
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.pixels.scaling import scaled

TINY = {"method": "pix2pix", "preset": "tiny", "threads": 1, "samples": 3, "log_every_s": 0}


def port(bands=3, scaling=BYTES, **values):
    return BoundPort(role="target", bands=bands, dtype="float32", scaling=scaling, **values)


def numbers(images, scaling=BYTES):
    return scaled(images, scaling)


GREY = blobs(12, 24)
COLOUR = coloured(GREY)
SEEN = Pairs(numbers(GREY[:8]), numbers(COLOUR[:8]))
KEPT = Pairs(numbers(GREY[8:]), numbers(COLOUR[8:]))


def test_psnr_is_that_of_the_values_and_the_range_of_the_scaling():
    meter = TranslationMeter(KEPT, SEEN, port())
    off = COLOUR[8:] + 5.1
    found = meter.of(numbers(off))
    assert meter.info()["data_range"] == 255
    assert found["psnr"] == pytest.approx(20 * np.log10(255 / 5.1), abs=1e-3)
    copied = np.mean([10 * np.log10(255**2 / np.square(g - c).mean())
                      for g, c in zip(GREY[8:], COLOUR[8:], strict=True)])  # fmt: skip
    assert found["psnr_copy"] == pytest.approx(copied, abs=1e-3)
    assert found["wins_over_copy"] == 1
    assert found["ssim"] < 1


def test_a_table_finds_colours_that_follow_from_grey_and_nothing_is_worse():
    found = TranslationMeter(KEPT, SEEN, port()).of(KEPT.wanted)
    assert found["psnr"] == MOST_DB
    assert found["ssim"] == pytest.approx(1)
    assert found["psnr_table"] > found["psnr_copy"] + 10
    worst = TranslationMeter(KEPT, SEEN, port()).of(-KEPT.wanted)
    assert worst["wins_over_copy"] == 0


def test_holes_do_not_count():
    valid = np.ones((4, 24, 24), bool)
    valid[:, 5:9, 3:20] = False
    broken = np.where(valid[:, None], KEPT.wanted, 9.0)
    meter = TranslationMeter(Pairs(KEPT.taken, broken, valid), SEEN, port())
    assert meter.of(KEPT.wanted)["psnr"] == MOST_DB
    assert meter.of(KEPT.wanted)["brightness_target"] == pytest.approx(1)


def test_other_scalings_have_the_range_of_the_targets():
    scaling = Scaling(kind="linear", gain=0.01, offset=-1)
    pairs = Pairs(numbers(GREY, scaling), numbers(COLOUR, scaling))
    info = TranslationMeter(pairs, pairs, port(scaling=scaling)).info()
    low, high = np.percentile(COLOUR, (0.1, 99.9))
    assert info["data_range"] == pytest.approx(high - low, rel=1e-4)
    assert "held-out targets' values" in info["data_range_is"]


def test_complex_targets_are_measured_by_their_moduli_without_a_table():
    random = np.random.default_rng(0)
    drawn = random.standard_normal((2, 5, 1, 16, 16))
    images = (drawn[0] + 1j * drawn[1]).astype(np.complex64)
    made = BoundPort(role="target", bands=1, dtype="complex64", scaling=Scaling(kind="unit_power"))
    pairs = Pairs(images, images)
    found = TranslationMeter(pairs, pairs, made).of(images * np.exp(2j))
    assert found["psnr"] == pytest.approx(MOST_DB)
    assert found["psnr_copy"] == MOST_DB
    assert "psnr_table" not in found
    mixed = TranslationMeter(Pairs(KEPT.taken[:, :, :16, :16], images[:4]), pairs, made)
    assert "psnr_copy" not in mixed.of(images[:4])


def test_without_pairs_only_the_brightness_of_the_input_is_known():
    meter = TranslationMeter(Pairs(KEPT.taken, None), Pairs(None, None), port())
    assert meter.of(KEPT.wanted).keys() == {"brightness_input"}
    assert meter.info() == {}


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_constant_and_broken_images_have_no_correlation_and_do_no_harm(value):
    found = TranslationMeter(KEPT, SEEN, port()).of(np.full_like(KEPT.wanted, value))
    assert np.isnan(found["brightness_target"])
    assert correlation(np.zeros((2, 3)), np.zeros((2, 3))) != 0


def test_small_images_have_no_ssim():
    small = Pairs(KEPT.taken[:, :, :8, :8], KEPT.wanted[:, :, :8, :8])
    assert "ssim" not in TranslationMeter(small, SEEN, port()).of(small.wanted)


def said(figures):
    watch = Watch()
    return [watch.warnings(Look(0.5, one)) for one in figures]


def test_inverted_brightness_is_said_after_three_checks():
    bad, good = {"brightness_input": -0.8}, {"brightness_input": 0.8}
    assert said([bad, bad, bad]) == [(), (), (INVERTED,)]
    assert said([bad, bad, good, bad]) == [()] * 4
    assert "identity loss" in INVERTED
    assert "another seed" in INVERTED


def test_where_there_are_targets_the_input_may_well_be_dark():
    paired = {"brightness_input": -0.8, "brightness_target": 0.5}
    assert said([paired] * 4) == [()] * 4
    assert said([{**paired, "brightness_target": -0.1}] * 3)[-1] == (INVERTED,)


@pytest.fixture
def pairs(tmp_path):
    return made_pairs(tmp_path / "set", GREY, COLOUR)


def test_a_run_that_inverts_the_brightness_says_so_while_it_happens(tmp_path, pairs, monkeypatch):
    monkeypatch.setattr(PairedTrainer, "translate", lambda self, batch: -batch["target"].numpy())
    monkeypatch.setattr("satstudio.learn.loop.loop.VALIDATION_SHARE", 1e6)  # look at every step
    recipe = TrainRecipe(**TINY, steps=8, check_every_s=1e-6, sample_every_s=999)
    run = train(pairs, recipe, tmp_path / "run", Progress())
    assert INVERTED in json.loads((run / "run.json").read_text("utf-8"))["remarks"]


def test_a_preview_shows_input_output_and_target_in_colour(tmp_path, pairs):
    run = train(pairs, TrainRecipe(**TINY, steps=1), tmp_path / "run", Progress())
    picture = np.asarray(Image.open(sorted((run / "samples").glob("*.png"))[-1]).convert("RGB"))
    assert np.ptp(picture, axis=2).max() > 100  # targets are coloured
    samples = np.load(sorted((run / "samples").glob("*.npy"))[-1])
    assert samples.shape == (3, 3, 16, 16)


def test_unpaired_sets_are_previewed_without_figures_of_pairs(tmp_path):
    unpaired = made_pairs(tmp_path / "set", GREY, COLOUR, is_paired=False)
    cycle = TrainRecipe(**{**TINY, "method": "cyclegan"}, steps=1, batch=2)
    run = train(unpaired, cycle, tmp_path / "run", Progress())
    last = json.loads((run / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert "psnr" not in last
    assert "brightness_input" in last


def test_a_few_held_out_pairs_are_shown_and_counted_once(tmp_path):
    few = made_pairs(tmp_path / "few", GREY, COLOUR, held_out=2)
    recipe = TrainRecipe(**{**TINY, "samples": 9}, steps=1)
    train(few, recipe, tmp_path / "run", Progress())
    (line,) = [json.loads(one) for one in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert line["n"] == 2
    (shown,) = (tmp_path / "run/samples").glob("*.npy")
    assert len(np.load(shown)) == 2

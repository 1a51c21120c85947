import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from made_patches import band_limited

from satstudio.core.progress import Progress
from satstudio.learn.batches import Batches
from satstudio.learn.collapse import EARLY_CHECKS, LOW_CHECKS, CollapseWatch, spread
from satstudio.learn.game import Game
from satstudio.learn.loop import COLLAPSED, TrainRecipe, train
from satstudio.pixels.scaling import fit_scaling


def watch():
    patches = band_limited(32, 24)
    scaling = fit_scaling("log_amplitude", patches)
    return CollapseWatch(Batches(patches, scaling, 32, 16, 0, torch.device("cpu")), scaling)


@given(count=integers(0, 6), size=integers(1, 4))
def test_the_spread_is_the_mean_distance_of_two(count, size):
    random = np.random.default_rng(count)
    images = random.standard_normal((count, 1, size, size)) + 1j * random.standard_normal(
        (count, 1, size, size)
    )
    pairs = [
        np.linalg.norm(images[a] - images[b]) for a in range(count) for b in range(a + 1, count)
    ]
    assert spread(images) == pytest.approx(np.mean(pairs) if pairs else 0.0)


def test_other_real_patches_are_about_as_different():
    assert watch().diversity(band_limited(32, 16, seed=5)) == pytest.approx(1.0, abs=0.15)


def test_equal_images_have_no_diversity():
    assert watch().diversity(np.repeat(band_limited(1, 16), 8, axis=0)) == pytest.approx(
        0, abs=1e-6
    )


def test_a_warning_needs_several_low_comparisons_in_a_row():
    one = watch()
    told = [one.is_collapsed(0.1, 0.5) for _ in range(LOW_CHECKS)]
    assert told == [False] * (LOW_CHECKS - 1) + [True]
    assert not one.is_collapsed(0.6, 0.5)
    assert not one.is_collapsed(0.1, 0.5)


def test_the_beginning_does_not_count():
    one = watch()
    assert not any(one.is_collapsed(0.1, 0.01) for _ in range(20))
    endless = watch()
    told = [endless.is_collapsed(0.1, 0.0) for _ in range(EARLY_CHECKS + LOW_CHECKS)]
    assert told == [False] * (len(told) - 1) + [True]


def run_of(patches, recipe, out):
    events = []
    progress = Progress(announce=lambda name, fields: events.append((name, dict(fields))))
    train(patches, recipe.changed(check_every_s=1e-9, steps=20), out, progress)
    remarks = [fields["text"] for name, fields in events if name == "remark"]
    lines = [json.loads(text) for text in (out / "log.jsonl").read_text().splitlines()]
    return remarks, lines, json.loads((out / "run.json").read_text())


def test_a_generator_that_always_answers_the_same_is_told_once(
    recipe, patches, tmp_path, monkeypatch
):
    method = Game
    generate = method.generate
    monkeypatch.setattr(method, "generate", lambda self, seeds: generate(self, [0] * len(seeds)))
    monkeypatch.setattr("satstudio.learn.loop.VALIDATION_SHARE", 1e9)
    remarks, lines, info = run_of(patches, recipe, tmp_path / "run")
    assert remarks == [COLLAPSED]
    assert info["remarks"] == [COLLAPSED]
    assert lines[-1]["diversity"] == pytest.approx(0, abs=1e-3)


def test_a_generator_of_different_images_is_not_warned_of(patches, tmp_path, monkeypatch):
    method = Game

    def varied(self, seeds):
        return band_limited(len(seeds), 16, seed=9) / 20

    monkeypatch.setattr(method, "generate", varied)
    monkeypatch.setattr("satstudio.learn.loop.VALIDATION_SHARE", 1e9)
    recipe = TrainRecipe(preset="tiny", threads=1, samples=4, log_every_s=0)
    remarks, lines, _ = run_of(patches, recipe, tmp_path / "run")
    assert remarks == []
    assert lines[-1]["diversity"] > 0.5

"""Scores of the critic: a row a time, seed and epoch; at large times it cannot tell."""

import json
import statistics

import numpy as np
import pytest
import torch
from made_patches import made_patches
from made_sweeps import check_trials, run_plan

from satstudio.bench.plans.papers.critic_plan import CriticPlan, distance
from satstudio.core.errors import RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.setup.recipe import TrainRecipe

BASE = {"method": "dcgan", "preset": "tiny", "threads": 1, "batch": 4, "samples": 2}
PLAN = {"base": BASE, "times": [0, 4], "epochs": 2, "images": 8, "seeds": [0, 1]}


def textures(count, side=16, seed=0):
    """Real images (count, 1, side, side) whose spectrum falls as 1 / f^1.2."""
    random = np.random.default_rng(seed)
    rows, cols = np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None]
    radius = np.hypot(rows, cols)
    radius[0, 0] = np.inf
    white = random.standard_normal((count, 1, side, side))
    return np.fft.ifft2(np.fft.fft2(white) / radius**1.2).real.astype(np.float32)


@pytest.fixture
def images(tmp_path):
    return made_patches(tmp_path / "patches", size=16, values=textures(12), validation=0)


def test_scores_of_every_epoch_are_shares_of_belief(images, tmp_path):
    page = run_plan(CriticPlan.build(PLAN), images, tmp_path / "out", Progress())
    document = json.loads(page.read_text("utf-8"))
    rows = document["rows"]
    assert [(row["time"], row["seed"], row["epoch"]) for row in rows] == [
        (time, seed, epoch) for time in (0, 4) for seed in (0, 1) for epoch in (1, 2)
    ]
    for row in rows:
        for kind in ("real", "generated"):
            assert len(row[kind]) == 8
            assert 0 <= min(row[kind]) <= max(row[kind]) <= 1
    section = document["report"]["sections"][0]
    assert [curve["title"] for curve in section["curves"]] == ["t = 0", "t = 4"]
    assert next(iter(section["curves"][1]["lines"])) == "D(real), 5 %"
    together = [value for row in rows[4:] if row["epoch"] == 2 for value in row["real"]]
    assert section["tables"][0]["rows"][1][1] == f"{statistics.median(together):.3f}"
    again = run_plan(CriticPlan.build(PLAN), images, tmp_path / "out", Progress())
    assert json.loads(again.read_text("utf-8"))["rows"] == rows


def test_a_method_without_a_space_is_refused(images):
    base = {"method": "despeckle", "preset": "tiny"}
    with pytest.raises(RecipeError, match="space"):
        check_trials(CriticPlan.build({**PLAN, "base": base}).trials(1), images)


def test_the_plan_that_comes_along_is_whole():
    plan = CriticPlan.load(resources_folder() / "recipes/nss/critic-percentiles.toml")
    trials = plan.trials(10)
    assert len(trials) == len(plan.times) * len(plan.seeds)
    recipes = [TrainRecipe.build(trial.recipe) for trial in trials]
    assert {recipe.options["schedule"] for recipe in recipes} == {"constant"}
    assert {recipe.options["share"] for recipe in recipes} == {1.0}


@pytest.mark.nightly
def test_at_large_times_a_critic_cannot_tell_real_from_made(tmp_path):
    torch.set_num_threads(1)
    patches = made_patches(tmp_path / "patches", size=32, values=textures(1024, 32), validation=0)
    plan = CriticPlan.load(resources_folder() / "recipes/nss/critic-percentiles.toml")
    plan = plan.changed(times=(0, 256), epochs=4)
    run_plan(plan, patches, tmp_path / "out", Progress())
    lines = (tmp_path / "out/rows.jsonl").read_text("utf-8").splitlines()
    last = [row for row in map(json.loads, lines) if row["epoch"] == 4]
    near, far = ([distance(row) for row in last if row["time"] == time] for time in (256, 0))
    assert max(near) < 0.15
    assert statistics.mean(far) > 2 * statistics.mean(near)

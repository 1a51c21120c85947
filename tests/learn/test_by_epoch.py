"""By epoch: a run stands still after each epoch and goes on exactly; the same noise is drawn."""

import json

import numpy as np
import pytest
from made_patches import made_patches
from made_sweeps import check_trials, run_plan

from satstudio.bench.plans.papers.by_epoch_plan import EpochPlan
from satstudio.bench.plans.papers.epochs_of import steps_of_epoch
from satstudio.core.errors import Cancelled, RecipeError
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.experiments.epochs import steps_done, train_to
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.recipe import TrainRecipe

BASE = {"method": "dcgan", "preset": "tiny", "threads": 1, "batch": 4}
PLAN = {"base": BASE, "epochs": 2, "shown": 3, "seeds": [0, 1]}


def textures(count, seed=0):
    """Real images (count, 1, 16, 16)."""
    random = np.random.default_rng(seed)
    return (100 + 20 * random.standard_normal((count, 1, 16, 16))).astype(np.float32)


@pytest.fixture
def images(tmp_path):
    return made_patches(tmp_path / "patches", size=16, values=textures(12), validation=0)


def test_an_epoch_shows_each_image_once():
    assert steps_of_epoch(12, 4) == 3
    assert steps_of_epoch(13, 4) == 3
    assert steps_of_epoch(3, 128) == 1


@pytest.mark.slow
def test_a_run_that_stood_still_ends_as_an_unbroken_one(images, tmp_path):
    recipe = TrainRecipe.build({**BASE, "steps": 6, "samples": 2})
    for step in (3, 3, 6):
        seen = train_to(step, images, recipe, tmp_path / "still", Progress())
        assert seen["step"] == step
        assert steps_done(tmp_path / "still") == step
    train(images, recipe, tmp_path / "unbroken", Progress())
    made = [
        np.load(tmp_path / name / "samples/step-000000006.npy") for name in ("still", "unbroken")
    ]
    assert np.array_equal(*made)


def test_every_epoch_has_a_row_and_a_line_of_images_of_the_same_noise(images, tmp_path):
    page = run_plan(EpochPlan.build(PLAN), images, tmp_path / "out", Progress())
    document = json.loads(page.read_text("utf-8"))
    assert [(row["seed"], row["epoch"], row["step"]) for row in document["rows"]] == [
        (0, 1, 3), (0, 2, 6), (1, 1, 3), (1, 2, 6),
    ]  # fmt: skip
    section = document["report"]["sections"][0]
    assert [picture["path"] for picture in section["pictures"]] == [
        "epochs-seed0.png",
        "epochs-seed1.png",
    ]
    assert (tmp_path / "out/epochs-seed1.png").stat().st_size > 1000
    assert [row[0] for row in section["tables"][0]["rows"]] == ["1", "2"]
    assert set(section["curves"][0]["lines"]) == {"critic_loss", "generator_loss"}


@pytest.mark.slow
def test_more_epochs_go_on_where_it_ended_and_a_stop_loses_no_epoch(images, tmp_path):
    plan = EpochPlan.build({**PLAN, "seeds": [0], "epochs": 3})
    out = tmp_path / "out"
    looks = iter(range(10**6))
    with pytest.raises(Cancelled):
        run_plan(plan, images, out, Progress(is_stopped=lambda: next(looks) > 12))
    first = (out / "rows.jsonl").read_text("utf-8").splitlines()
    assert 0 < len(first) < 3
    run_plan(plan, images, out, Progress())
    whole = run_plan(plan, images, tmp_path / "whole", Progress())
    rows = json.loads((out / "report.json").read_text("utf-8"))["rows"]
    assert [json.loads(line) for line in first] == rows[: len(first)]
    assert rows == json.loads(whole.read_text("utf-8"))["rows"]


def test_the_plan_that_comes_along_is_whole(images):
    plan = EpochPlan.load(resources_folder() / "recipes/dcgan/by-epoch.toml")
    assert len(plan.trials(10)) == len(plan.seeds) == 3
    assert plan.trials(10)[0].recipe["steps"] == 10 * plan.epochs
    with pytest.raises(RecipeError, match="no preset 'huge'"):
        check_trials(plan.changed(base={"method": "dcgan", "preset": "huge"}).trials(1), images)

"""A generator's figures stand beside the floor and no-skill fields, with n and seeds."""

import json

import numpy as np
import pytest
from made_patches import made_patches

from satstudio.core.progress import Progress
from satstudio.learn.loop.loop import TrainRecipe, train
from satstudio.metrics.sets.distances import OF_NO_SKILL, REFERENCES


def trained(folder, **patches):
    made = made_patches(folder / "patches", **patches)
    method = "complex_wgan_gp" if patches.get("values") is None else "dcgan"
    recipe = TrainRecipe(method=method, preset="tiny", steps=2, batch=4, threads=1, samples=2)
    run = train(made, recipe, folder / "run", Progress())
    text = (run / "log.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()], json.loads(
        (run / "run.json").read_text("utf-8")
    )


@pytest.fixture(scope="module")
def of_speckle(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("speckle"), train=40, validation=30, size=16)


def test_what_needs_no_skill_stands_in_the_log_from_the_first_comparison_on(of_speckle):
    lines, info = of_speckle
    measured = [line for line in lines if line.get("n")]
    for line in measured:
        for name in OF_NO_SKILL:
            for ending in REFERENCES:
                assert line[f"{name}{ending}"] == measured[0][f"{name}{ending}"] > 0
    assert measured[0]["swd"] > measured[0]["swd_coloured"], "two steps teach nothing"
    assert info["best"]["swd_coloured"] == measured[0]["swd_coloured"]


def test_the_intensity_moment_of_generated_and_real_speckle_is_told(of_speckle):
    line = of_speckle[0][-1]
    assert line["intensity_moment_real"] == pytest.approx(2, abs=0.3)
    assert line["intensity_moment"] > 1


def test_n_says_how_many_real_patches_differ(of_speckle):
    lines, info = of_speckle
    assert (lines[-1]["n"], lines[-1]["n_real"]) == (64, 30)
    assert info["figures"] == {"n": 64, "n_real": 30, "split": "validation", "first_seed": 0}


def test_a_set_without_validation_says_that_it_is_judged_by_what_it_learnt(tmp_path):
    random = np.random.default_rng(0)
    values = (100 + 20 * random.standard_normal((12, 1, 16, 16))).astype(np.float32)
    lines, info = trained(tmp_path, size=16, values=values, validation=0)
    assert info["figures"]["split"] == "train"
    assert lines[-1]["n_real"] == 12
    assert "intensity_moment" not in lines[-1], "of real images the intensity is not known"
    assert lines[-1]["swd_coloured"] < lines[-1]["swd_white"] * 1.5

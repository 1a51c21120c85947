"""Losses and spaces on small networks: each comes much nearer to real images than at first."""

import json
from functools import lru_cache

import pytest
from made_patches import made_patches
from made_sar import sar_like

from satstudio.bench.plans.sweeps.sweep_plan import SweepPlan
from satstudio.core.paths import resources_folder
from satstudio.core.progress import Progress
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.learn.setup.set_up import set_up
from satstudio.metrics.measures.wasserstein import swd
from satstudio.pixels.scaling import unscaled

LOSSES = ("GAN", "GAN-GR", "LSGAN", "WGAN-GP", "DRAGAN", "SS", "NS", "NSS")
SMALL = {"steps": 1200, "width": 8, "batch": 16, "lr": 1e-3, "threads": 1}
RARE = {"sample_every_s": 1e9, "check_every_s": 1e9, "log_every_s": 5}
SEEN = 256
LEAST_SHARE = 0.6
"""Of the distance at first."""

WIDER = {"threads": 1}
WIDER_SHARE, DIVERSITY = 0.25, 0.6


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sar") / "made"
    return made_patches(folder, size=32, values=sar_like(2048), validation=0)


@lru_cache(maxsize=1)
def held_out():
    return sar_like(SEEN, seed=1)


def trial(name: str, seed: int, sizes=SMALL):
    """The plan's row of a loss, with the smallest networks."""
    values = SweepPlan.load(resources_folder() / "recipes/nss/losses.toml").model_dump()
    base = {**values["base"], **sizes, **RARE}
    trials = SweepPlan.build({**values, "base": base, "seeds": [seed]}).trials()
    return next(each for each in trials if each.label == name)


def distance(method, data) -> float:
    return float(swd(held_out(), unscaled(method.generate(range(SEEN)), data.scaling)))


def learnt(values, patches, run):
    """Train; return the distance as a share of that at first, and the last line of the log."""
    recipe = TrainRecipe.build(values)
    data = open_data(patches, recipe)
    before = distance(set_up(data, recipe).method, data)
    train(patches, recipe, run, Progress())
    method = set_up(data, recipe).method
    method.load_state(newest_checkpoint(run / "checkpoints").tensors)
    lines = (run / "log.jsonl").read_text("utf-8").splitlines()
    return distance(method, data) / before, json.loads(lines[-1])


def test_the_table_has_these_methods():
    assert [trial(name, 0).label for name in LOSSES] == list(LOSSES)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_brings_images_nearer_to_real_ones(patches, tmp_path, name, seed):
    share, line = learnt(trial(name, seed).recipe, patches, tmp_path / "run")
    assert share <= LEAST_SHARE
    penalty = line["penalty_train"]
    if name in ("WGAN-GP", "DRAGAN"):
        assert 0 < penalty < 0.2, "the gradient's norm is near one"
    elif name == "GAN-GR":
        assert 0 < penalty < 1
    else:
        assert penalty == 0


@pytest.mark.nightly
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_plain_gan_comes_to_a_quarter_of_the_distance(patches, tmp_path, seed):
    share, line = learnt(trial("GAN", seed, WIDER).recipe, patches, tmp_path / "run")
    assert share <= WIDER_SHARE
    assert line["diversity"] >= DIVERSITY

"""A training learns from no patch that is rejected, and does not go on where others are."""

from pathlib import Path

import numpy as np
import pytest
from made_patches import made_patches

from satstudio.core.errors import RunError
from satstudio.core.progress import Progress
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.data import open_data
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.patches.rejected import Rejected

RECIPE = {
    "method": "dcgan", "preset": "tiny", "steps": 2, "threads": 1, "samples": 2,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path) -> Path:
    values = np.ones((6, 1, 16, 16), np.float32) * np.arange(1, 7)[:, None, None, None]
    values += np.random.default_rng(0).random(values.shape, np.float32) / 10
    return made_patches(tmp_path / "set", size=16, values=values, validation=0)


def test_rejected_patches_are_not_learnt_from(folder):
    Rejected(train=(0, 5)).write(folder)
    data = open_data(folder, TrainRecipe.build(RECIPE))
    every = data.training_patches[np.arange(len(data.training_patches))]
    assert sorted({int(patch.mean()) for patch in every}) == [2, 3, 4, 5]
    Rejected(train=tuple(range(6))).write(folder)
    with pytest.raises(RunError, match="no training patches"):
        open_data(folder, TrainRecipe.build(RECIPE))


@pytest.mark.slow
def test_a_run_does_not_go_on_with_other_patches(folder, tmp_path):
    run = tmp_path / "run"
    train(folder, TrainRecipe.build(RECIPE), run, Progress())
    Rejected(train=(1,)).write(folder)
    longer = TrainRecipe.build({**RECIPE, "steps": 4})
    with pytest.raises(RunError, match="the same patches rejected"):
        train(folder, longer, run, Progress(), resume=True)
    Rejected().write(folder)
    train(folder, longer, run, Progress(), resume=True)

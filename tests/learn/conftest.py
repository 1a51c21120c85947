"""One thread, one tiny patch set and one short run for all tests of learn."""

import pytest
import torch
from made_patches import made_patches

from satstudio.core.progress import Progress
from satstudio.learn.evaluation import evaluator as evaluator
from satstudio.learn.loop.loop import TrainRecipe, train

IN_USE = evaluator.FIGURE_PIXELS


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def few_images():
    """Comparisons are of few images, as most tests do not care how good a generator is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluator, "FIGURE_PIXELS", 64 * 16 * 16)
        yield


@pytest.fixture
def many_images(monkeypatch):
    """Comparisons are of as many images as in use."""
    monkeypatch.setattr(evaluator, "FIGURE_PIXELS", IN_USE)


@pytest.fixture(scope="session")
def patches(tmp_path_factory):
    return made_patches(tmp_path_factory.mktemp("patches") / "made")


@pytest.fixture(scope="session")
def recipe():
    return TrainRecipe(preset="tiny", steps=12, threads=1, samples=4, log_every_s=0)


@pytest.fixture(scope="session")
def run(patches, recipe, tmp_path_factory):
    return train(patches, recipe, tmp_path_factory.mktemp("runs") / "made", Progress())

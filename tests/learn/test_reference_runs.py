"""Runs of the first patch set format, kept as they were written: resume exactly, show, export."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from satstudio.core.progress import Progress
from satstudio.learn.export.onnx_export import export_onnx
from satstudio.learn.loop.checkpoint import newest_checkpoint
from satstudio.learn.loop.loop import train
from satstudio.learn.setup.recipe import TrainRecipe
from satstudio.restore.models.model_file import ModelFile

KEPT = Path(__file__).parents[1] / "reference"
DATA = {
    "complex_wgan_gp": "complex",
    "complex_dcgan": "complex",
    "dcgan": "real",
    "despeckle": "complex",
}


def opened(method, folder):
    """A copy of a kept run, which stopped after 6 steps."""
    return Path(shutil.copytree(KEPT / "runs_1" / method, folder / method))


@pytest.mark.parametrize("method", DATA)
def test_a_kept_run_goes_on_as_it_did_then(tmp_path, method):
    run = opened(method, tmp_path)
    recipe = TrainRecipe.load(run / "recipe.toml").changed(steps=12)
    train(KEPT / "patches_1" / DATA[method], recipe, run, Progress(), resume=True)
    found = newest_checkpoint(run / "checkpoints")
    wanted = load_file(run / "after-12.safetensors")
    assert found.step == 12
    assert found.tensors.keys() == wanted.keys()
    for name, tensor in wanted.items():
        # the same bits on the machine that wrote it; another one rounds otherwise
        torch.testing.assert_close(found.tensors[name], tensor, rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize("method", DATA)
def test_a_kept_run_exports_to_a_file_that_answers_as_that_of_then(tmp_path, method):
    run = opened(method, tmp_path)
    made = export_onnx(run, tmp_path / "new.onnx", Progress(), checkpoint="newest")
    old, new = ModelFile.load(run / "exported.onnx"), ModelFile.load(made)
    random = np.random.default_rng(0)
    size = (2, 2 * old.card.bands_in, 32, 32)
    if old.card.latent:
        size = (2, old.card.latent.dim * (2 if old.card.is_complex else 1))
    given = random.standard_normal(size).astype(np.float32)
    np.testing.assert_allclose(new.run(given), old.run(given), atol=1e-6)
    assert new.card.scaling == old.card.scaling
    assert new.card.first.bands == ("band1",) or old.card.bands_out == 2

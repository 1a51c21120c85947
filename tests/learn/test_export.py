import json

import numpy as np
import onnx
import pytest
import torch
from made_patches import made_ports

from satstudio.core.errors import CheckFailedError, RunError
from satstudio.core.progress import Progress
from satstudio.learn.export import onnx_export as export
from satstudio.learn.export import parity
from satstudio.learn.export.onnx_export import export_onnx, weights_sha256
from satstudio.learn.loop.checkpoint import shown_checkpoint
from satstudio.learn.method import METHODS
from satstudio.pixels.noise import complex_normal
from satstudio.pixels.phasor import deinterleave, interleave
from satstudio.pixels.scaling import unscaled
from satstudio.restore.generate.samples import SampleRecipe, draw_samples, generate
from satstudio.restore.models.model_file import ModelFile

NAMES = {
    "format", "task", "method", "inputs", "outputs", "entries", "latent", "domain",
    "fitted_median", "tile_px", "halo_px", "size_multiple", "blending", "test_time", "parts",
    "fills_gaps", "notes", "trained_on_sha256", "started_from_sha256", "converted_from_sha256",
    "weights_sha256", "licence", "version",
}  # fmt: skip

REAL_OPERATORS = {
    "Gemm", "Reshape", "Conv", "Elu", "Resize",  # layers
    "Pow", "ReduceSum", "Div", "Add", "Mul",  # the limit of the modulus
}  # fmt: skip


@pytest.fixture(scope="module")
def model(run, tmp_path_factory):
    return export_onnx(run, tmp_path_factory.mktemp("models") / "made.onnx", Progress())


@pytest.fixture(scope="module")
def method(run, recipe):
    found = shown_checkpoint(run / "checkpoints")
    method = METHODS[recipe.method].make(recipe.chosen(), made_ports(), 0, torch.device("cpu"))
    method.load_state(found.tensors)
    return method


def test_the_file_holds_only_real_arithmetic_of_opset_18(model):
    graph = onnx.load(model)
    assert [item.version for item in graph.opset_import if item.domain == ""] == [18]
    assert {node.op_type for node in graph.graph.node} == REAL_OPERATORS
    assert [path.name for path in model.parent.iterdir()] == ["made.onnx"]


def test_the_file_tells_nothing_of_the_machine_it_was_made_on(model):
    content = model.read_bytes()
    for path in (torch.__file__, export.__file__, str(model.parent)):
        assert str(path).rpartition("/")[0].encode() not in content
    assert b".py" not in content


def test_the_card_has_exactly_the_names_of_the_layout(model):
    graph = onnx.load(model)
    assert {item.key for item in graph.metadata_props} == NAMES
    card = ModelFile.load(model).card
    assert (card.takes, card.tile_px, card.is_complex) == ("noise", 16, True)
    assert card.latent.model_dump() == {"dim": 16, "dist": "complex_normal", "var": 1.0}
    assert card.weights_sha256 == weights_sha256(graph)


def test_the_card_carries_scaling_and_data_of_the_run(model, run):
    facts = json.loads((run / "run.json").read_text())
    card = ModelFile.load(model).card
    assert card.scaling.model_dump() == facts["scaling"]
    assert card.trained_on_sha256 == facts["trained_on_sha256"]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_the_file_answers_as_native_complex_torch(model, method, count):
    noise = complex_normal(400, count, 16)
    answer = deinterleave(ModelFile.load(model).run(interleave(noise)))
    assert np.abs(answer - method.exportable().reference(noise)).max() < 1e-5


def test_a_seed_gives_the_same_image_from_file_and_torch(model, method):
    card = ModelFile.load(model).card
    wanted = unscaled(method.generate([5, 17]), card.scaling)
    found = generate(model, [17, 5])[::-1]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_a_file_that_differs_from_torch_never_gets_its_name(run, tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "LARGEST_ERROR", -1.0)
    with pytest.raises(CheckFailedError, match=r"bad.onnx was not written.*differs"):
        export_onnx(run, tmp_path / "bad.onnx", Progress())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="no training run"):
        export_onnx(tmp_path, tmp_path / "x.onnx", Progress())


def test_a_walk_through_an_exported_network_is_smooth_and_ends_at_its_seeds(model, tmp_path):
    recipe = SampleRecipe(count=3, seed=2, walk="slerp", walk_steps=33)
    walks = np.load(draw_samples(model, recipe, tmp_path / "walk.npy", Progress()))
    np.testing.assert_allclose(walks[[0, 32, 65]], generate(model, [2, 3, 4]), rtol=1e-3)
    first = walks[:33, 0]
    steps = np.abs(np.diff(first, axis=0)).mean(axis=(1, 2))
    assert steps.max() < 0.2 * np.abs(first[0] - first[-1]).mean()

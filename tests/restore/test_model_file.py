import json

import numpy as np
import pytest
from made_models import DIM, SIDE, made_card, made_model, matrix

from satstudio.core.errors import ModelError
from satstudio.restore.model_file import ModelCard, ModelFile, read_card


@pytest.fixture
def model(tmp_path):
    return made_model(tmp_path / "made.onnx")


def test_a_card_comes_back_from_the_file(model):
    assert read_card(model) == made_card()


@pytest.mark.parametrize("spacing", [None, (2.3, 13.9)])
def test_every_value_of_a_card_survives_as_text(spacing, tmp_path):
    card = made_card(pixel_size_m=spacing, licence="1.0", trained_on_sha256="123")
    assert ModelCard.from_metadata(card.to_metadata(), tmp_path) == card


def test_a_model_runs_at_any_batch_size(model):
    net = ModelFile.load(model)
    for count in (1, 5):
        noise = np.ones((count, 2 * DIM), np.float32)
        answer = net.run(noise)
        assert answer.shape == (count, 2, SIDE, SIDE)
        np.testing.assert_allclose(answer.reshape(count, -1), noise @ matrix().T, rtol=1e-5)


def test_a_batch_of_the_wrong_shape_is_said(model):
    with pytest.raises(ModelError, match=r"does not take a batch of shape \(1, 99\)"):
        ModelFile.load(model).run(np.ones((1, 99), np.float32))


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ModelError, match="no model file"):
        ModelFile.load(tmp_path / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x07" * 40])
def test_a_file_that_is_no_onnx_model_is_said(content, tmp_path):
    path = tmp_path / "text.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"text\.onnx is no ONNX model"):
        ModelFile.load(path)


def test_a_cut_off_file_is_said(model):
    model.write_bytes(model.read_bytes()[:-200])
    with pytest.raises(ModelError, match=r"made.onnx"):
        ModelFile.load(model)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({}, "without a satstudio card"),
        ({"author": "someone"}, "without a satstudio card"),
        (made_card().to_metadata() | {"format": "2"}, "card format 2"),
        (made_card().to_metadata() | {"tile_px": "many"}, "damaged: tile_px"),
        (made_card().to_metadata() | {"scaling": json.dumps({"kind": "odd"})}, "damaged: scaling"),
    ],
)
def test_a_foreign_or_damaged_card_is_said(metadata, words, tmp_path):
    with pytest.raises(ModelError, match=words):
        read_card(made_model(tmp_path / "odd.onnx", metadata))

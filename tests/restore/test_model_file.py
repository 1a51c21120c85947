import json
import tracemalloc

import numpy as np
import onnx
import pytest
from made import made_intensity, write_geotiff
from made_models import (
    DIM,
    SIDE,
    made_card,
    made_model,
    made_restorer,
    matrix,
    restorer_card,
)
from onnx import TensorProto, helper

from satstudio.cli.main import main
from satstudio.core.errors import ModelError
from satstudio.restore.models.model_card import ModelCard
from satstudio.restore.models.model_file import ModelFile, read_card


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
        (made_card().to_metadata() | {"format": "3"}, "card format 3"),
        (made_card().to_metadata() | {"tile_px": "many"}, "damaged: tile_px"),
        (
            made_card().to_metadata() | {"outputs": '[{"role": "A"}]'},
            r"damaged: outputs\.0\.role",
        ),
    ],
)
def test_a_foreign_or_damaged_card_is_said(metadata, words, tmp_path):
    with pytest.raises(ModelError, match=words):
        read_card(made_model(tmp_path / "odd.onnx", metadata))


# ------------------------------------------------------------ cards out of proportion


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"tile_px": 200_000}, "tile_px"),
        ({"tile_px": 8_192, "halo_px": 100_000}, "halo_px"),
        ({"tile_px": 8_192, "size_multiple": 10**9}, "size_multiple"),
        ({"inputs": [{"role": "x", "bands": 10**9, "dtype": "float32"}]}, "inputs.0"),
        ({"outputs": [{"role": "y", "bands": 10**9, "dtype": "float32"}]}, "outputs.0"),
        ({"latent": {"dim": 10**12, "dist": "normal"}}, "latent.dim"),
    ],
)
def test_a_card_that_asks_for_more_than_any_machine_has_is_one_sentence(
    tmp_path, capsys, values, said
):
    model = made_restorer(tmp_path / "huge.onnx")
    changed = onnx.load(model)
    texts = {item.key: item.value for item in changed.metadata_props}
    texts |= {key: json.dumps(value) for key, value in values.items()}
    onnx.helper.set_model_props(changed, texts)
    onnx.save(changed, model)
    words = ["restore", str(made_intensity(tmp_path)), "--model", str(model)]
    main([*words, "--window", "0,0,1,1", "--out", str(tmp_path / "no.tif")])  # loads libraries
    capsys.readouterr()
    tracemalloc.start()
    try:
        assert main([*words, "--out", str(tmp_path / "o.tif")]) == 2
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    error = capsys.readouterr().err
    assert said in error
    assert "huge.onnx" in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "o.tif").exists()


def test_a_tile_whose_numbers_alone_fill_the_memory_is_refused(tmp_path, capsys):
    model = made_restorer(tmp_path / "wide.onnx", bands=8, tile_px=8192)
    scene = write_geotiff(tmp_path / "wide.tif", np.ones((8, 40, 40), np.float32))
    words = ["restore", str(scene), "--model", str(model), "--out", str(tmp_path / "o.tif")]
    assert main(words) == 2
    assert "tile of 8192 x 8192 px with 8 channel(s)" in capsys.readouterr().err
    assert main([*words, "--tile", "64"]) == 0


@pytest.mark.parametrize("part", [b"licence", b"blur", b"GRAPH"])
def test_texts_that_are_not_utf_8_are_one_sentence(tmp_path, capsys, part):
    model = made_restorer(tmp_path / "odd.onnx", licence="GRAPH" if part == b"GRAPH" else "")
    content = model.read_bytes()
    assert part in content
    model.write_bytes(content.replace(part, b"\xff\xfe" + part[2:]))
    words = ["restore", str(made_intensity(tmp_path)), "--model", str(model)]
    code = main([*words, "--out", str(tmp_path / "o.tif")])
    error = capsys.readouterr().err
    if part != b"blur":  # the name of the graph is of no use to anyone
        assert code == 2
        assert "odd.onnx" in error
    assert code in (0, 2)
    assert "made an error" not in error
    assert main(["info", str(model)]) in (0, 2)
    assert "made an error" not in capsys.readouterr().err


def test_a_model_without_input_is_one_sentence(tmp_path, capsys):
    constant = helper.make_node("Constant", [], ["y"], value_float=1.0)
    value = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
    graph = helper.make_graph([constant], "none", [], [value])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, restorer_card("blur").to_metadata())
    onnx.save(model, tmp_path / "none.onnx")
    words = ["restore", str(made_intensity(tmp_path)), "--model", str(tmp_path / "none.onnx")]
    assert main([*words, "--out", str(tmp_path / "o.tif")]) == 2
    assert "without any input" in capsys.readouterr().err

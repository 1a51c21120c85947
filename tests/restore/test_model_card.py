"""Cards of format 2 say every port; files of format 1 say the same in fewer words."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from made_models import made_card
from onnx import TensorProto, helper

from satstudio.core.errors import ModelError
from satstudio.core.port import BoundPort
from satstudio.core.scaling import Scaling
from satstudio.restore.models.first_card import Latent
from satstudio.restore.models.model_card import EntryPoint, ModelCard
from satstudio.restore.models.model_file import ModelFile, describe_card, read_card

FIRST = Path(__file__).parents[1] / "reference/cards_1"
UNIT = Scaling(kind="linear")


def port(role, bands=1, **values):
    return BoundPort(**{"role": role, "bands": bands, "dtype": "float32", "scaling": UNIT} | values)


def card(**values):
    ports = {"inputs": (port("sar", 2),), "outputs": (port("target"),)}
    usual = {"task": "restore", "method": "made", "tile_px": 32, "version": "1"}
    return ModelCard(**(usual | ports | values))


def save(path, nodes, inputs, outputs, said):
    """Write a graph whose inputs and outputs are given as name -> shape."""
    values = [
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in each]
        for each in (inputs.items(), outputs.items())
    ]
    graph = helper.make_graph(nodes, "made", *values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    helper.set_model_props(model, said.to_metadata())
    onnx.save(model, path)
    return path


# -------------------------------------------------------------------------------- format 1


def test_a_restorer_of_format_1_says_its_ports():
    found = read_card(FIRST / "restorer.onnx")
    (taken,), (given,) = found.inputs, found.outputs
    assert (taken.role, taken.band_count, taken.dtype) == ("input", 2, "float32")
    assert taken.scaling == given.scaling == Scaling(kind="linear", gain=0.5, offset=0.25)
    assert (given.role, given.ratio, given.quantity) == ("output", "1", "reflectance")
    assert (found.takes, found.bands_in, found.bands_out, found.ratio) == ("image", 2, 2, 1)
    assert found.pixel_size_m == (10.0, 10.0)
    assert (found.notes, found.licence, found.halo_px) == ("two bands", "1.0", 2)


def test_a_despeckler_of_format_1_gives_amplitudes():
    found = read_card(FIRST / "despeckler.onnx")
    assert (found.is_complex, found.inputs[0].dtype) == (True, "complex64")
    assert (found.outputs[0].dtype, found.outputs[0].quantity) == ("float32", "amplitude")
    assert (found.fitted_median, found.parts) == (0.0667, ("points", "power"))


def test_a_generator_of_format_1_takes_noise_and_answers():
    net = ModelFile.load(FIRST / "generator.onnx")
    assert (net.card.takes, net.card.inputs) == ("noise", ())
    assert net.card.outputs[0].is_complex
    assert net.run(np.ones((2, 6), np.float32)).shape == (2, 2, 8, 8)


def test_a_table_of_a_card_has_the_short_names_too():
    table = describe_card(FIRST / "despeckler.onnx")
    assert (table["takes"], table["bands_in"], table["is_complex"]) == ("image", 1, True)
    assert table["scaling"]["kind"] == "unit_power"
    assert table["inputs"][0]["role"] == "input"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"bands_in": str(10**9)}, "damaged: bands_in"),
        ({"complex_layout": "none"}, "contradict each other"),
        ({"takes": "noise"}, "takes noise of 1 bands"),
        ({"scale": "0"}, "damaged: scale"),
    ],
)
def test_a_damaged_card_of_format_1_is_said(changed, said, tmp_path):
    texts = onnx.load(FIRST / "despeckler.onnx").metadata_props
    metadata = {item.key: item.value for item in texts} | changed
    with pytest.raises(ModelError, match=said):
        ModelCard.from_metadata(metadata, tmp_path / "odd.onnx")


# -------------------------------------------------------------------------------- format 2


def test_every_value_of_several_ports_survives_as_text(tmp_path):
    said = card(
        inputs=(
            port("sar", ("VV", "VH"), quantity="db", pixel_size_m=(10.0, 10.0)),
            port("optical", 4, ratio="1/2", frames=(1, 9), dates=("2022-01-01",)),
            port("clear", 1, ratio="1/2", frames=(1, 9), dtype="bool", scaling=None).changed(
                mask_of="optical"
            ),
        ),
        outputs=(port("target", 4, ratio="500/160"),),
        blending="weighted",
        test_time="tile_statistics",
        size_multiple=4,
    )
    assert ModelCard.from_metadata(said.to_metadata(), tmp_path) == said
    assert (said.takes, said.bands_in, said.unit_px) == ("images", 2, 8)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"inputs": (port("a"), port("a"))}, "two ports have one role"),
        ({"inputs": (port("a", ratio="2"),)}, "ratio 1"),
        ({"inputs": (port("a", None),)}, "how many bands"),
        ({"inputs": (port("a", scaling=None),)}, "no scaling"),
        ({"inputs": (port("a", mask_of="b"),)}, "mask of 'b'"),
        ({"outputs": ()}, "outputs"),
    ],
)
def test_ports_that_contradict_each_other_are_no_card(values, why):
    with pytest.raises(ValueError, match=why):
        card(**values)


def test_inputs_are_fed_by_role_whatever_their_order(tmp_path):
    said = card(inputs=(port("sar"), port("optical")))
    shape = ["n", 1, "rows", "cols"]
    nodes = [helper.make_node("Sub", ["sar", "optical"], ["target"])]
    path = save(
        tmp_path / "m.onnx", nodes, {"optical": shape, "sar": shape}, {"target": shape}, said
    )
    net = ModelFile.load(path)
    five, two = (np.full((1, 1, 3, 3), value, np.float32) for value in (5, 2))
    np.testing.assert_array_equal(net.run({"optical": two, "sar": five}), five - two)
    with pytest.raises(ModelError, match="needs the input 'optical' too"):
        net.run({"sar": five})
    with pytest.raises(ModelError, match="no input 'odd'; it has sar, optical"):
        net.run({"odd": five})


def test_a_network_whose_inputs_are_not_those_of_its_card_is_refused(tmp_path):
    said = card(inputs=(port("sar"), port("optical")))
    nodes = [helper.make_node("Sub", ["a", "b"], ["target"])]
    shape = ["n", 1, "rows", "cols"]
    path = save(tmp_path / "m.onnx", nodes, {"a": shape, "b": shape}, {"target": shape}, said)
    with pytest.raises(ModelError, match=r"m\.onnx takes a, b, but its card says sar, optical"):
        ModelFile.load(path)


def test_a_file_may_have_several_ways_in(tmp_path):
    latent = Latent(dim=3, dist="normal")
    said = made_card(is_complex=False, complex_layout="none", scaling=UNIT, latent=latent).changed(
        outputs=(port("image"),),
        entries=(
            EntryPoint(name="z", inputs=("noise",), outputs=("w",)),
            EntryPoint(name="w", inputs=("style",), outputs=("image",)),
        ),
    )
    assert said.takes == "noise"
    nodes = [
        helper.make_node("Neg", ["noise"], ["w"]),
        helper.make_node("Add", ["style", "style"], ["image"]),
    ]
    flat = ["n", 3]
    path = save(
        tmp_path / "m.onnx", nodes, {"noise": flat, "style": flat}, {"w": flat, "image": flat}, said
    )
    net = ModelFile.load(path)
    one = np.ones((2, 3), np.float32)
    assert list(net.answers({"noise": one}, "z")) == ["w"]
    np.testing.assert_array_equal(net.answers({"style": one}, "w")["image"], 2 * one)
    np.testing.assert_array_equal(net.run({"noise": one}), -one)
    with pytest.raises(ModelError, match="no entry 'x'; it has z, w"):
        net.answers({"noise": one}, "x")

"""The seam doctor: tells where tiles show, how far, why, and what helps; and is right about it."""

import json

import numpy as np
import onnx
import pytest
import rasterio
from made import made_complex, made_intensity, speckle_power, write_geotiff
from made_models import made_restorer, restorer_card
from onnx import TensorProto, helper, numpy_helper

from satstudio.cli.main import main
from satstudio.core.errors import InputError
from satstudio.core.progress import Progress
from satstudio.restore.blockwise.seams import check_seams
from satstudio.restore.recipe import RestoreRecipe


@pytest.fixture
def scene(tmp_path):
    return write_geotiff(tmp_path / "scene.tif", speckle_power(300, 260))


def checked(scene, model, out=None, **choices):
    return check_seams(scene, model, RestoreRecipe(**choices), Progress(), out)


@pytest.mark.parametrize("halo", [0, 1, 3, 4])
def test_the_halo_that_is_advised_is_the_one_that_the_network_needs(tmp_path, scene, halo):
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=64)
    found = checked(scene, model, halo_px=halo)
    assert found["has_seams"] == (halo < 4)
    assert len(found["crops"]) == 3
    if halo < 4:
        assert found["wanted_halo_px"] == 4
        assert "--halo 4" in found["advice"]
        assert all(crop["at_seams"] > crop["inside"] for crop in found["crops"])
    else:
        assert "No seams" in found["advice"]


def of_one_size(path, side):
    """Let a model file take tiles of one size only, as exporters with fixed shapes make them."""
    model = onnx.load(path)
    for axis in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        axis.dim_value = side
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("halo", [0, 3, 4])
def test_a_network_of_one_tile_size_is_compared_with_shifted_tiles(tmp_path, scene, halo):
    model = of_one_size(made_restorer(tmp_path / "m.onnx", "deep", tile_px=64), 64)
    found = checked(scene, model, halo_px=halo)
    assert found["compared_with"] == "shifted tiles"
    assert found["has_seams"] == (halo < 4)
    assert found["wanted_halo_px"] == (4 if halo < 4 else None)
    small = write_geotiff(tmp_path / "small.tif", speckle_power(80, 80))
    with pytest.raises(InputError, match="no room for tiles that start elsewhere"):
        checked(small, model)


def made_network(path, kind, **card):
    """`normaliser` takes the mean of its tile away; `box` is the mean of 5 x 5."""
    nodes = {
        "normaliser": [
            helper.make_node("ReduceMean", ["x"], ["m"], axes=[2, 3], keepdims=1),
            helper.make_node("Sub", ["x", "m"], ["y"]),
        ],
        "box": [helper.make_node("Conv", ["x", "w"], ["y"], pads=[2] * 4)],
    }[kind]
    spatial = ["n", 1, "rows", "cols"]
    weight = numpy_helper.from_array(np.full((1, 1, 5, 5), 0.04, np.float32), "w")
    graph = helper.make_graph(
        nodes,
        kind,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, spatial)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, spatial)],
        [weight] if kind == "box" else [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    made = restorer_card("raised", tile_px=64).model_copy(update=card)
    helper.set_model_props(model, made.to_metadata())
    onnx.save(model, path)
    return path


def test_blended_tiles_are_judged_too(tmp_path, scene):
    model = made_network(tmp_path / "b.onnx", "box", halo_px=8, blending="weighted")
    assert not checked(scene, model)["has_seams"]
    found = checked(scene, model, halo_px=2)
    assert max(crop["at_seams"] for crop in found["crops"]) > 0.001


def test_a_model_that_normalises_its_tile_is_not_told_to_take_a_halo(tmp_path, scene):
    hard = checked(scene, made_network(tmp_path / "n.onnx", "normaliser"))
    assert hard["wanted_halo_px"] is None
    assert "its own statistics" in hard["advice"]
    soft = made_network(tmp_path / "s.onnx", "normaliser", halo_px=12, blending="weighted")
    found = checked(scene, soft)
    assert not found["has_seams"]
    assert "fade into each other" in found["advice"]


def test_tiles_of_a_whitened_scene_are_judged_on_the_scene(tmp_path):
    scene = made_complex(tmp_path, 300, 300)
    model = made_restorer(tmp_path / "m.onnx", "despeckle", tile_px=64)
    parts = {"whitening": "on", "points": "on"}
    assert not checked(scene, model, **parts)["has_seams"]
    assert checked(scene, model, **parts, halo_px=0)["has_seams"]


def test_a_filter_has_no_seams_where_its_halo_is_right(tmp_path):
    scene = write_geotiff(tmp_path / "scene.tif", speckle_power(900, 800))
    assert not checked(scene, "baseline:boxcar")["has_seams"]
    found = checked(scene, "baseline:boxcar", halo_px=0)
    assert found["wanted_halo_px"] == 3


def test_a_small_scene_is_one_tile(tmp_path):
    scene = made_intensity(tmp_path, 40, 40)
    found = checked(scene, made_restorer(tmp_path / "m.onnx", tile_px=128))
    assert (found["has_seams"], found["crops"]) == (False, ())


def test_the_command_tells_the_figures_and_writes_the_map(tmp_path, scene, capsys):
    model = made_restorer(tmp_path / "m.onnx", "deep", tile_px=64)
    words = ["restore", str(scene), "--model", str(model), "--check-seams"]
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["has_seams"] is False
    out = tmp_path / "map.tif"
    assert main([*words, "--halo", "0", "--out", str(out)]) == 3
    said = capsys.readouterr()
    assert "--halo 4" in said.err
    with rasterio.open(out) as dataset:
        shown = np.abs(dataset.read(1))
    assert shown[:, 62:66].mean() > 10 * shown[:, 25:40].mean()
    assert main([*words, "--halo", "0", "--out", str(out)]) == 2, "it exists"
    assert "exists already" in capsys.readouterr().err
